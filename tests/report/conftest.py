"""A made class in all its variety, for looking at and for testing the pages."""

from __future__ import annotations

import random
from dataclasses import replace
from types import SimpleNamespace

import pytest

from convclass.exam.results import CaseResult, NamedMistake, Picture, SubmissionResult, TestResult
from convclass.exam.verdict import Verdict

NAMES = ("output_size", "cross_correlate2d", "convolve2d", "im2col", "conv2d", "conv2d_backward", "conv_transpose2d")
POINTS = (2.0, 2.0, 1.0, 2.0, 4.0, 4.0, 1.0)
TITLES = (
    "{} gives the right answer on square images",
    "{} also handles images that are not square, with kernels that are not square",
    "{} refuses what is impossible",
)
FLIPPED = NamedMistake(
    "kernel flipped",
    "Your answer is what a kernel turned by 180° would give. Cross-correlation slides the kernel as it is; only "
    "convolution in the sense of signal processing flips it.",
)
STRIDE = NamedMistake(
    "stride ignored in the window start",
    "The output has the right size, but the windows lie next to each other: window i starts at i * stride, not at i.",
)
HINTS = (
    "Draw a 4 × 4 image and a 2 × 2 kernel on paper and slide the kernel by hand.",
    "Start with four nested loops: two over the output, two over the kernel. Speed comes later.",
)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE students; --",
    "\u202egnp.exe\u202c reversed \u2066isolate",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 bell\x07 null\x00",
    "{{ 7 * 7 }}{% raw %}",
    "</style><style>body{display:none}</style>",
    '=HYPERLINK("http://evil.example","click")',
    "x" * 10_000,
    "line\n" * 3_000,
    "\ud800 lone surrogate",
    "مرحبا بالعالم 🎓 e\u0301",
    "javascript:alert(1)",
)

IMAGE = ((1, 0, 2, 3, 0), (0, 1, 1, 0, 2), (2, 0, 0, 1, 1), (1, 3, 0, 2, 0))
KERNEL = ((1, 0), (-1, 2))


def correlate(image, kernel):
    rows, columns = len(image) - len(kernel) + 1, len(image[0]) - len(kernel[0]) + 1
    return tuple(
        tuple(
            float(sum(k * image[i + a][j + b] for a, row in enumerate(kernel) for b, k in enumerate(row)))
            for j in range(columns)
        )
        for i in range(rows)
    )


def pictures(image=IMAGE, kernel=KERNEL):
    expected = correlate(image, kernel)
    yours = correlate(image, tuple(row[::-1] for row in kernel[::-1]))
    difference = tuple(tuple(a - b for a, b in zip(x, y, strict=True)) for x, y in zip(yours, expected, strict=True))
    return (
        Picture("input", image),
        Picture("kernel", kernel),
        Picture("yours", yours),
        Picture("expected", expected),
        Picture("difference", difference, "yours − expected"),
    )


def big_pictures():
    random.seed(3)
    image = tuple(tuple(round(random.gauss(0, 1), 3) for _ in range(20)) for _ in range(16))
    return pictures(image, ((0.5, -1.0, 0.25), (1.0, 0.125, -0.5), (0.0, 0.75, -0.25)))


def test_result(question, kind, verdict=Verdict.PASSED, *, points=0.0, share=None, public=False, **extra):
    share = {Verdict.PASSED: 1.0}.get(verdict, 0.0) if share is None else share
    return TestResult(
        name=f"test_{question}_{kind}",
        title=TITLES[kind].format(question),
        question=question,
        points=points,
        score=points * share,
        verdict=verdict,
        public=public,
        hints=HINTS,
        **extra,
    )


test_result.__test__ = False


def question_tests(name, points, verdict=Verdict.PASSED, *, mistake=None, message="", share=None, blocked_by=""):
    """A public test and three hidden ones, all with the same verdict; failing ones with pictures."""
    case_pictures = pictures() if verdict is Verdict.FAILED else ()
    told = message or ("5 of 12 values differ; the largest difference is 6" if verdict is Verdict.FAILED else "")
    public = test_result(
        name,
        0,
        verdict,
        public=True,
        mistake=mistake,
        blocked_by=blocked_by,
        cases=(CaseResult("a 4 × 5 image", verdict, told, pictures=case_pictures),),
    )
    hidden = [
        test_result(
            name,
            kind,
            verdict,
            points=points / 3,
            share=share,
            mistake=mistake,
            blocked_by=blocked_by,
            cases=tuple(CaseResult(f"SECRET-{kind}-{i}", verdict, message or "") for i in range(4)),
        )
        for kind in range(3)
    ]
    return [public, *hidden]


def submission(student, tests, **extra):
    fields = {
        "assignment": "01_convolution",
        "student": student,
        "submission_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "exam_version": "3f2a9c1d",
        "isolation": "A",
        "device": "cpu",
        "tests": tuple(tests),
        "seconds": 0.21,
    }
    return SubmissionResult(**(fields | extra))


def perfect(student="Ada Lovelace"):
    return submission(student, [t for n, p in zip(NAMES, POINTS, strict=True) for t in question_tests(n, p)])


def untouched(student="Nils Holgersson"):
    tests = [t for n, p in zip(NAMES, POINTS, strict=True) for t in question_tests(n, p, Verdict.NOT_ATTEMPTED)]
    return submission(student, tests)


def mistaken(student="Béla Bartók"):
    tests = [
        *question_tests("output_size", 2.0),
        *question_tests("cross_correlate2d", 2.0, Verdict.FAILED, mistake=FLIPPED),
        *question_tests("convolve2d", 1.0, Verdict.BLOCKED, blocked_by="cross_correlate2d"),
        *question_tests("im2col", 2.0),
        *_partial_conv2d(),
        *question_tests(
            "conv2d_backward", 4.0, Verdict.RAISED, message="TypeError: 'NoneType' is not iterable (line 84)"
        ),
        *question_tests("conv_transpose2d", 1.0, Verdict.NOT_ATTEMPTED),
    ]
    return submission(student, tests, notices=("2 notebook cells that only plot were skipped.",))


def _partial_conv2d():
    passed, *rest = question_tests("conv2d", 4.0)
    note = "You returned a numpy array; it was taken as a tensor."
    cases = tuple(
        CaseResult(f"SECRET-{i}", v, "every second row differs" if v is Verdict.FAILED else "", notes=(note,))
        for i, v in enumerate([Verdict.PASSED] * 3 + [Verdict.FAILED])
    )
    public = replace(
        passed,
        verdict=Verdict.FAILED,
        mistake=STRIDE,
        cases=(CaseResult("stride=(2, 1)", Verdict.FAILED, "every second row differs", pictures=big_pictures()),),
    )
    partial = replace(rest[0], verdict=Verdict.PARTIAL, score=rest[0].points * 0.75, mistake=STRIDE, cases=cases)
    return [public, partial, *rest[1:]]


def troubled(student="Mallory"):
    """One question for each verdict that is not plain right or wrong."""
    verdicts = (
        (Verdict.CRASHED, "the interpreter ended with a segmentation fault"),
        (Verdict.TIMED_OUT, "more than 2 s of CPU time"),
        (Verdict.OUT_OF_MEMORY, "asked for more than 2 GB"),
        (Verdict.FORBIDDEN_CALL, "torch.nn.functional.conv2d is what this exercise asks you to build (line 12)"),
        (Verdict.INTERNAL, "the reference raised ZeroDivisionError"),
        (Verdict.FAILED, "the shape is (2, 4, 5), it should be (2, 4, 5, 6)"),
        (Verdict.RAISED, "ZeroDivisionError: division by zero (line 31)"),
    )
    tests = [
        t
        for (verdict, message), n, p in zip(verdicts, NAMES, POINTS, strict=True)
        for t in question_tests(n, p, verdict, message=message)
    ]
    warnings = ("convolution.py:7: reads os.environ", "convolution.py:9: calls eval")
    return submission(student, tests, warnings=warnings)


def unloadable(student="Sisyphus"):
    """A file with a syntax error: every test has the same reason, which is also the first notice."""
    reason = "your file could not be loaded: SyntaxError in line 3: '(' was never closed"
    tests = perfect().tests
    broken = [replace(t, verdict=Verdict.RAISED, score=0.0, message=reason, cases=()) for t in tests]
    return submission(student, broken, notices=(reason, "the file was read as Latin-1"))


def hostile(text):
    """`text` in every place that a student can fill."""
    case = CaseResult(text, Verdict.FAILED, text, notes=(text,), pictures=(Picture(text, ((1.0,),), text), *pictures()))
    mistake = NamedMistake(text, text)
    common = {"message": text, "mistake": mistake, "blocked_by": "", "hints": (text,), "cases": (case,)}
    tests = [
        TestResult(text, text, "conv2d", 0.0, 0.0, Verdict.FAILED, public=True, **common),
        TestResult(text, text, "conv2d", 2.0, 0.0, Verdict.FAILED, **common),
        TestResult(text, text, text, 2.0, 0.0, Verdict.BLOCKED, **(common | {"blocked_by": text})),
        TestResult(text, text, "im2col", 2.0, 0.0, Verdict.INTERNAL, **common),
    ]
    extra = dict.fromkeys(("assignment", "submission_sha256", "exam_version", "isolation", "device"), text)
    return submission(text, tests, notices=(text,), warnings=(text,), **extra)


def class_of(n):
    """A class of n students, mostly ordinary."""
    random.seed(n)
    first = ("Ana", "Ben", "Chloé", "Deniz", "Ewa", "Farid", "Greta", "Hugo", "Ines", "Jörg", "Kofi", "Lea", "Mei")
    last = ("Müller", "O'Brien", "Šimić", "Nguyen", "Rossi", "Okafor", "Kim", "de la Cruz", "Yılmaz", "Andersson")
    return [_ordinary(f"{random.choice(first)} {random.choice(last)} {i:03}") for i in range(n)]


def _ordinary(student):
    skill = random.random()
    tests = []
    for number, (name, points) in enumerate(zip(NAMES, POINTS, strict=True)):
        luck = skill + random.gauss(0, 0.25) - 0.07 * number
        if luck > 0.2:
            tests += question_tests(name, points)
        elif luck > 0.1:
            tests += question_tests(name, points, Verdict.PARTIAL, share=0.5, mistake=STRIDE)
        elif luck > -0.1:
            mistake = random.choice((FLIPPED, FLIPPED, STRIDE, None))
            tests += question_tests(name, points, Verdict.FAILED, mistake=mistake, message="3 values differ")
        else:
            tests += question_tests(name, points, Verdict.NOT_ATTEMPTED)
    return submission(student, tests)


@pytest.fixture
def samples():
    """Everything above, for tests that cannot import this file."""
    return SimpleNamespace(**globals())
