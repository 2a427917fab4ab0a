"""A sheet to print and the key to it, as two HTML files; a browser makes PDF of them."""

from __future__ import annotations

from markupsafe import Markup

from convclass.lms import texts
from convclass.lms.support import NATIVE, Exported, Kind, Support, native, refused, split
from convclass.lms.view import View, digest, render, source, views
from convclass.quiz.models import Gap, Matching, Ordering, Question, Quiz
from convclass.quiz.shown import LETTERS, mixed, right_sides

SUFFIX = ".html"
KEY = "-key"
SUPPORT: Support = {
    Kind.SINGLE_CHOICE: NATIVE,
    Kind.MULTIPLE_CHOICE: NATIVE,
    Kind.TRUE_FALSE: NATIVE,
    Kind.NUMERIC: native("a line to write on"),
    Kind.MATCHING: native("letters to write beside the left sides"),
    Kind.ORDERING: native("letters to write in order"),
    Kind.CLOZE: native("lines to write on, with the options behind them"),
    Kind.SHORT_TEXT: native("a line to write on"),
    Kind.SPOT_THE_ERROR: native("numbered lines"),
    Kind.FIGURES: NATIVE,
    Kind.MATH: native("MathML, typeset by the browser that prints"),
    Kind.FEEDBACK: refused("paper does not answer; the explanation is in the key"),
    Kind.EXPLANATION: native("in the key"),
    Kind.POINTS: NATIVE,
    Kind.PARTIAL_CREDIT: native("in the hands of whoever marks"),
}


def export(quiz: Quiz) -> Exported:
    """The sheet, and beside it the key, so that one can be given out without the other."""
    split(quiz, {})
    return Exported(_page(quiz, key=False).encode(), beside=((KEY, _page(quiz, key=True).encode()),))


def letters(question: Question) -> str:
    """The right answer as the letters of the sheet, of what has letters there; else an empty text."""
    if isinstance(question, Matching):
        rights = right_sides(question)
        return " ".join(f"{i}{LETTERS[rights.index(pair.right)]}" for i, pair in enumerate(question.pairs, start=1))
    if isinstance(question, Ordering):
        order = mixed(question)
        return " ".join(LETTERS[order.index(i)] for i in range(len(order)))
    return ""


def _page(quiz: Quiz, key: bool) -> str:
    style = source("paper.css")
    return render(
        "paper.html",
        quiz=quiz,
        title=" ".join(texts.clean(quiz.title).split()),
        views=views(quiz, _blank),
        letters_of=_letters_of,
        key=key,
        total=texts.number(round(sum(question.points for question in quiz.questions), 2)),
        policy=f"default-src 'none'; style-src {digest(style)}; img-src data:; base-uri 'none'; form-action 'none'",
        style=Markup(style),
    )


def _letters_of(view: View) -> str:
    return letters(view.question)


def _blank(question: Question, gap: Gap, number: int) -> Markup:
    line = Markup('<span class="blank"></span>')
    if not gap.options:
        return line
    options = Markup(" / ").join(
        Markup(texts.inline_html(option.text, question.figures, math="mathml")) for option in gap.options
    )
    return line + Markup(" ({})").format(options)
