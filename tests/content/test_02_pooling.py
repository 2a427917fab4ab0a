"""Assignment 2 beyond `verify`: what shortcuts earn, that every subgradient is accepted, and the handout's figures."""

import pytest

from convclass.course import find_assignment, find_course
from convclass.exam import collect
from convclass.exam.examiner import Examiner
from convclass.release.module import solution_module
from convclass.sandbox.local import LocalStudent

ASSIGNMENT = find_assignment(find_course(), "02")
POINTS = {
    "max_pool2d": 22,
    "avg_pool2d": 20,
    "global_avg_pool2d": 8,
    "max_pool2d_backward": 20,
    "avg_pool2d_backward": 14,
    "receptive_field": 10,
    "relu": 6,
}


@pytest.fixture(scope="module")
def examiner():
    return Examiner(ASSIGNMENT, seed=5)


@pytest.fixture
def examine(examiner, tmp_path):
    """The points of each question that a module earns."""

    def run(source):
        file = tmp_path / "pooling.py"
        file.write_bytes(source if isinstance(source, bytes) else source.encode())
        tests = examiner.examine(LocalStudent(file)).tests
        return {q: sum(test.score for test in tests if test.question == q) for q in POINTS}

    return run


def test_points_and_cases(examiner):
    hidden = [test for test in examiner.exam.tests if not test.public]
    points = {q: sum(test.mark.points for test in hidden if test.mark.name == q) for q in POINTS}
    assert points == pytest.approx(POINTS)
    assert sum(len(test.cases) for test in hidden) >= 50


def test_the_solution_in_this_process(examine):
    assert examine(solution_module(ASSIGNMENT)) == pytest.approx(POINTS)


def module(body):
    """A module whose functions all have the same body."""
    signatures = {
        "max_pool2d": "x, kernel_size, stride=None, padding=0",
        "avg_pool2d": "x, kernel_size, stride=None, padding=0, count_include_pad=True",
        "global_avg_pool2d": "x",
        "max_pool2d_backward": "grad_out, x, kernel_size, stride=None, padding=0",
        "avg_pool2d_backward": "grad_out, x, kernel_size, stride=None, padding=0",
        "receptive_field": "layers",
        "relu": "x",
    }
    return "import torch\n\n" + "\n\n".join(f"def {name}({s}):\n    {body}\n" for name, s in signatures.items())


@pytest.mark.parametrize(
    "body",
    [
        "raise ValueError('impossible')",
        "return None",
        "return 0",
        "return torch.zeros(1)",
        "return (1, 1)",
        "return torch.zeros_like(x)",
        "return locals().get('x', locals().get('layers'))",
    ],
)
def test_shortcuts_earn_next_to_nothing(examine, body):
    earned = examine(module(body))
    assert sum(earned.values()) <= 1.0
    assert max(earned.values()) <= 0.5


BACKWARD = """
import torch

def max_pool2d_backward(grad_out, x, kernel_size, stride=None, padding=0):
    grad_x = torch.zeros_like(x)
    kh, kw = (kernel_size,) * 2 if isinstance(kernel_size, int) else kernel_size
    sh, sw = (kh, kw) if stride is None else (stride,) * 2 if isinstance(stride, int) else stride
    ph, pw = (padding,) * 2 if isinstance(padding, int) else padding
    counts = [(n + 2 * p - k) // s + 1 for n, p, k, s in zip(x.shape[2:], (ph, pw), (kh, kw), (sh, sw))]
    if grad_out.shape != (*x.shape[:2], *counts) or 2 * ph > kh or 2 * pw > kw:
        raise ValueError
    for i in range(counts[0]):
        for j in range(counts[1]):
            rows = slice(max(i * sh - ph, 0), i * sh - ph + kh)
            columns = slice(max(j * sw - pw, 0), j * sw - pw + kw)
            window = x[:, :, rows, columns]
            ties = (window == window.amax((2, 3), keepdim=True)).to(x.dtype)
            g = grad_out[:, :, i, j, None, None]
            grad_x[:, :, rows, columns] += SHARE
    return grad_x
"""
FIRST = "(ties.flatten(2).cumsum(2) == 1).to(x.dtype).reshape(ties.shape) * ties * g"


@pytest.mark.parametrize(
    ("share", "right"),
    [
        (FIRST, True),
        ("(ties * g / ties.sum((2, 3), keepdim=True)).to(x.dtype)", True),
        (f"({FIRST} * 0.75 + ties * g * 0.25 / ties.sum((2, 3), keepdim=True)).to(x.dtype)", True),
        ("ties * g", False),
        ("ties * (ties.sum((2, 3), keepdim=True) == 1) * g", False),
        ("torch.ones_like(ties) * g / ties[0, 0].numel() if ties.sum() > 2 * len(x) * x.shape[1] else ties * g", False),
        (f"2 * {FIRST} - (ties * g / ties.sum((2, 3), keepdim=True)).to(x.dtype)", False),
    ],
    ids=["first", "evenly", "mixed", "all in full", "none", "to the others too", "more than there is"],
)
def test_ties_may_be_broken_in_any_way_that_is_a_subgradient(examine, share, right):
    earned = examine(BACKWARD.replace("SHARE", share))["max_pool2d_backward"]
    assert (earned == pytest.approx(20)) is right


def test_the_numbers_of_the_handout():
    facts = collect.load_module(ASSIGNMENT.solution / "handout.py", "handout").facts()
    totals = [row[-1].replace("\N{NO-BREAK SPACE}", "") for row in facts["networks"]]
    assert totals == ["57870", "14670", "370"]
    assert facts["depths"] == [60, 112, 156, 192]
    plain, two, one = ([int(n) for n in facts[f"row_{name}"].split(", ")] for name in ("plain", "two", "one"))
    assert two == [plain[-1], *plain[:-1]]
    assert sorted(one) != sorted(plain)
    assert (facts["vgg_size"], facts["vgg_jump"]) == (212, 32)
    assert facts["deep_core"] / facts["stack_core"] == pytest.approx(2, abs=0.2)
