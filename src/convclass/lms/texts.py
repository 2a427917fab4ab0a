"""Texts of questions as the formats want them: HTML, plain text, numbers, names, and without forbidden characters."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from html import escape

from lxml import etree, html

from convclass.quiz.markdown import GAP_MARK, Math, to_html
from convclass.quiz.models import Cloze, Figure, Question, Quiz

_MARK, _END = GAP_MARK, "\ue0f1"
_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ue0ef\ue0f2-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]"
)
"""What XML 1.0 forbids or discourages, rare line ends, and the two private characters that mark a gap's place."""
_GAP = re.compile(f"{_MARK}([a-z][a-z0-9_]*){_END}")
_UNSEEN = re.compile("<(?!img )[^>]*>")
"""Tags, which show nothing by themselves, but for those of pictures."""
_BLOCKS = {"p", "pre", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "div", "table", "hr", "br"}


def clean(text: str) -> str:
    """The text with the replacement character for what no XML document may hold, and one kind of line end."""
    return _FORBIDDEN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def as_html(
    text: str, figures: Iterable[Figure] = (), show: Callable[[Figure], str] | None = None, math: Math = "tex"
) -> str:
    """Markdown as well-formed HTML; `show` says what stands for a figure, by default its picture as a data URI."""
    return _never_nothing(text, to_html(clean(text), math=math, figure=_shower(figures, show or data_image)).strip())


def inline_html(
    text: str, figures: Iterable[Figure] = (), show: Callable[[Figure], str] | None = None, math: Math = "tex"
) -> str:
    """The same, without the `<p>` around a text that is one paragraph."""
    made = as_html(text, figures, show, math)
    alone = made.startswith("<p>") and made.endswith("</p>") and made.count("<p>") == 1
    return made[3:-4] if alone else made


def as_plain(text: str, figures: Iterable[Figure] = ()) -> str:
    r"""Markdown as one line of plain text: math as LaTeX between `\(` and `\)`, figures as their description."""
    return visible(as_html(text, figures, figure_in_words))


def in_a_list(text: str, figures: Iterable[Figure] = ()) -> str:
    """Plain text for a list box, where no formula is typeset: LaTeX without its brackets."""
    return re.sub(r"\\[()\[\]]", "", as_plain(text, figures))


def visible(markup: str) -> str:
    """What a reader sees of HTML, on one line."""
    if not markup.strip():
        return ""
    words: list[str] = []
    for event, element in etree.iterwalk(html.fragment_fromstring(markup, create_parent=True), events=("start", "end")):
        if event == "start":
            words += [" " if element.tag in _BLOCKS else "", element.text or ""]
        else:
            words += [" " if element.tag in _BLOCKS else "", element.tail or ""]
    return " ".join("".join(words).split())


def figure_in_words(figure: Figure) -> str:
    """The description of a figure, for formats without pictures."""
    return f"[{escape(clean(figure.alternative))}]"


def data_image(figure: Figure) -> str:
    """A picture that travels inside the HTML."""
    data = base64.b64encode(figure.svg.encode()).decode()
    return image(f"data:image/svg+xml;base64,{data}", figure)


def image(source: str, figure: Figure) -> str:
    """An `<img>` of a figure that lies at `source`."""
    return f'<img src="{escape(source)}" alt="{escape(clean(figure.alternative))}" />'


def marked_gaps(question: Cloze) -> str:
    """The prompt with each `{{gap}}` as a mark that Markdown leaves alone; `fill_gaps` puts something in its place."""
    prompt = clean(question.prompt)
    for gap in question.gaps:
        prompt = prompt.replace("{{" + gap.name + "}}", f"{_MARK}{gap.name}{_END}")
    return prompt


def marked_html(question: Cloze, show: Callable[[Figure], str] | None = None, math: Math = "tex") -> str:
    """The prompt of a cloze as HTML with marks for gaps."""
    return to_html(marked_gaps(question), math=math, figure=_shower(question.figures, show or data_image)).strip()


def fill_gaps(marked: str, fill: Callable[[str], str]) -> str:
    """The text with what `fill` makes of each gap's name in its place."""
    return _GAP.sub(lambda match: fill(match[1]), marked)


def free_name(gap: str, prompt: str) -> str:
    """A name for a gap that is written as `[name]`: one that the prompt does not hold in brackets already."""
    while f"[{gap}]" in prompt:
        gap += "_"
    return gap


def number(value: float) -> str:
    """A number with a point as its decimal sign, all its digits and no exponent, such as `0.00001`."""
    exact = Decimal(repr(value))
    digits = format(exact, "f")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def shifted(value: float, by: float) -> float:
    """value + by, as the decimal numbers that they are written as: 0.1 + 0.2 is 0.3."""
    return float(Decimal(repr(value)) + Decimal(repr(by)))


def share(part: int, whole: int, digits: int = 5) -> str:
    """part/whole in percent, such as `33.33333`."""
    return number(round(100 * part / whole, digits))


def figure_file(question: Question, figure: Figure) -> str:
    """The name of a figure's file: different wherever the picture is."""
    digest = hashlib.sha256(figure.svg.encode()).hexdigest()[:12]
    return f"{figure.name}-{digest}.svg"


def quiz_id(quiz: Quiz) -> str:
    """An id that stays when questions change, so that a re-import updates the quiz; each student's is another one."""
    seed = quiz.variant.split("-")[1:2]
    return derived_id(quiz.assignment, quiz.title, *seed)


def derived_id(*parts: str) -> str:
    """An id made from others: a letter and 32 hex digits."""
    return "g" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _never_nothing(text: str, made: str) -> str:
    """Markdown can vanish, as a link definition or a heading of nothing does; an empty answer ends Moodle's import."""
    shown = _UNSEEN.sub("", made).strip()
    return made if shown or not text else f"<p>{escape(clean(text).strip()) or '(blank)'}</p>"


def _shower(figures: Iterable[Figure], show: Callable[[Figure], str]) -> Callable[[str, str], str]:
    known = {figure.name: figure for figure in figures}

    def shown(name: str, alternative: str) -> str:
        if name not in known:
            return escape(alternative)
        figure = known[name]
        return show(figure.model_copy(update={"alternative": alternative}) if alternative else figure)

    return shown
