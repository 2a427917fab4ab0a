"""What must hold of every question, as checks that raise AssertionError; test_proof.py shows that each of them can.

A humane number is smaller than 100 million and has at most four decimals. VGG-16's dense twin, a fixed question whose
very point is a huge number, is not held to that.
"""

import re
from functools import cache
from xml.etree import ElementTree

from quiz.oracles.keys import agrees, key

from convclass.quiz.markdown import figure_names, to_html

HUMANE = 10**8
DECIMALS = 4
_NUMBER = re.compile(r"\d[\d\u00a0]*(?:\.\d+)?(?:e[+-]?\d+)?")


def check_key(question, expected):
    """The key is what an independent computation gives."""
    assert agrees(question, expected), f"key {key(question)}, but {expected} is right"


def check_distractors(question):
    """No wrong answer is right, and no two answers are the same, as texts or as numbers."""
    for options in _options(question):
        values = [_value(option.text) for option in options]
        assert len(set(values)) == len(values), f"the same answer twice: {values}"
    if question.kind == "numeric":
        near = [w.value for w in question.wrong if abs(w.value - question.answer) <= 2 * question.tolerance]
        assert not near, f"{near} would count as right, or nearly so: {question.answer} ± {question.tolerance}"


def check_feedback(question):
    """Who answers wrong is told why, and by name; a question that knows no answers in advance tells everybody."""
    for options in _options(question):
        silent = [option.text for option in options if not option.right and not (option.feedback and option.mistake)]
        assert not silent, f"no feedback or no name of a mistake for {silent}"
    if question.kind == "numeric":
        assert question.wrong and all(w.feedback and w.mistake for w in question.wrong)
    elif question.kind not in ("single_choice", "multiple_choice"):
        assert getattr(question, "feedback", "") or question.explanation


def check_numbers(question):
    """All numbers that a student reads or is asked for are humane."""
    numbers = [number.replace("\u00a0", "") for text in texts(question) for number in _NUMBER.findall(_bare(text))]
    numbers += [repr(n) for n in _asked(question)]
    cruel = [n for n in numbers if "e" in n or float(n) >= HUMANE or len(n.partition(".")[2]) > DECIMALS]
    assert not cruel, f"not for people: {cruel}"


def check_figures(question):
    """Every figure that is named exists, and every figure is shown."""
    named = [name for text in texts(question) for name in figure_names(text)]
    assert sorted(named) == sorted(figure.name for figure in question.figures), named
    for figure in question.figures:
        ElementTree.fromstring(figure.svg)


def check_rendering(question):
    """Every text becomes well-formed HTML, and every formula MathML."""
    for text in texts(question):
        _rendered(text)


def check_said(drawn, unsaid=()):
    """Every number that was drawn stands in the question, so that the key follows from what the student reads."""
    read = {float(n) for text in texts(drawn.question) for n in re.findall(r"\d+(?:\.\d+)?", text)}
    missing = [
        (name, number)
        for name, value in drawn.given.items()
        if name not in unsaid
        for number in _flat(value)
        if abs(number) not in read
    ]
    assert not missing, f"drawn and not told: {missing}"


def texts(question):
    """All texts of a question that a student may see."""
    yield question.prompt
    if question.explanation:
        yield question.explanation
    for options in _options(question):
        yield from (text for option in options for text in (option.text, option.feedback) if text)
    for name in ("pairs", "distractors", "items", "lines", "wrong"):
        for part in getattr(question, name, ()):
            yield from [part] if isinstance(part, str) else _fields(part)
    yield from (text for name in ("feedback", "correction") if (text := getattr(question, name, "")))


def _fields(part):
    return [part.feedback] if hasattr(part, "value") else [part.left, part.right]


def _options(question):
    """The options of a question, and of each of its gaps."""
    if question.kind in ("single_choice", "multiple_choice"):
        yield question.options
    for gap in getattr(question, "gaps", ()):
        if gap.options:
            yield gap.options


def _asked(question):
    if question.kind == "numeric":
        yield from (question.answer, *(wrong.value for wrong in question.wrong))
    yield from (gap.number for gap in getattr(question, "gaps", ()) if gap.number is not None)


def _value(text):
    """A number if the text is one, so that 4 and 4.0 are the same; else the text without its spacing."""
    bare = text.strip("`").replace("\u00a0", "")
    try:
        return float(bare)
    except ValueError:
        return " ".join(text.split()).lower()


def _bare(text):
    """A text without the names of modules and functions in it, whose digits are no numbers."""
    return re.sub(r"\b[A-Za-z_]+\d+[a-z]?\b", "", text)


def _flat(value):
    if isinstance(value, bool) or not isinstance(value, int | list | tuple):
        return []
    return [value] if isinstance(value, int) else [number for part in value for number in _flat(part)]


@cache
def _rendered(text):
    html = to_html(text, figure=lambda name, alternative: "<img />")
    assert 'class="tex"' not in html, f"no LaTeX: {text}"
    return ElementTree.fromstring(f"<body>{html}</body>")
