"""The practice page: one HTML file that needs no network; with `graded`, one that holds no key.

The page checks answers by the rules of `convclass.quiz.scoring`; a test plays both on the same answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from convclass.lms import texts
from convclass.lms.support import NATIVE, Exported, Kind, Support, degraded, native, split
from convclass.lms.view import View, answer, digest, render, rich, source, views
from convclass.quiz.models import (
    AnyQuestion,
    Choice,
    Cloze,
    Gap,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Question,
    Quiz,
    ShortText,
    SpotTheError,
    TrueFalse,
)
from convclass.quiz.scoring import Answer, usual_rule
from convclass.quiz.shown import mixed, right_sides

SUFFIX = ".html"
SUPPORT: Support = {
    Kind.SINGLE_CHOICE: NATIVE,
    Kind.MULTIPLE_CHOICE: NATIVE,
    Kind.TRUE_FALSE: NATIVE,
    Kind.NUMERIC: NATIVE,
    Kind.MATCHING: NATIVE,
    Kind.ORDERING: native("buttons move the items"),
    Kind.CLOZE: degraded("options of a gap become plain text"),
    Kind.SHORT_TEXT: NATIVE,
    Kind.SPOT_THE_ERROR: NATIVE,
    Kind.FIGURES: native("in the page"),
    Kind.MATH: native("MathML"),
    Kind.FEEDBACK: NATIVE,
    Kind.EXPLANATION: NATIVE,
    Kind.POINTS: NATIVE,
    Kind.PARTIAL_CREDIT: native("multiple choice: right minus wrong; matching and cloze: per part; ordering: none"),
}


def export(quiz: Quiz) -> Exported:
    """The practice page, UTF-8."""
    split(quiz, {})
    return Exported(page(quiz).encode())


@dataclass(frozen=True, slots=True)
class Server:
    """The server that a page comes from, which keeps the answers instead of the browser.

    answers: those given so far, by question id. saves: how often they were saved. save, home, scripts: paths of where
    to save them, of the page to go back to, and of scripts of the server's own, which do the saving; csrf: what comes
    with every change. due: until when answers count.
    """

    answers: Mapping[str, Answer]
    home: str
    scripts: Sequence[str] = ()
    save: str = ""
    saves: int = 0
    csrf: str = ""
    due: datetime | None = None


def policy(*, sends: bool = False, server: bool = False) -> str:
    """The Content-Security-Policy of a page; `sends` if it hands in by a form, `server` if it belongs to one."""
    own, connect = (" 'self'", "connect-src 'self'; ") if server else ("", "")
    target = "'self'" if sends else "'none'"
    return (
        f"default-src 'none'; style-src {digest(source('quiz.css'))}; "
        f"script-src {digest(source('quiz.js'))}{own}; img-src data:; {connect}"
        f"base-uri 'none'; form-action {target}"
    )


def page(quiz: Quiz, *, graded: bool = False, action: str = "", server: Server | None = None) -> str:
    """The quiz as a page. A graded one holds neither key nor feedback, and sends its answers to `action`.

    The answers are posted as a form with the fields `variant` and `answers`, JSON as `convclass.quiz.responses` has
    it; `action` is a path on the server that the page comes from. Without one they can be saved as a file. One that
    is not graded but has a `server` shows what each of its answers came to, and what is right.
    """
    return render(
        "quiz.html",
        quiz=quiz,
        title=" ".join(texts.clean(quiz.title).split()),
        views=views(quiz, _control),
        kind_of=_kind,
        graded=graded,
        action=action,
        policy=policy(sends=bool(action), server=server is not None),
        style=Markup(source("quiz.css")),
        script=Markup(source("quiz.js")),
        server=server,
        kept=_json(dict(server.answers)) if server else None,
        storage=f"convclass-quiz:{texts.quiz_id(quiz)}:{texts.derived_id(*(q.id for q in quiz.questions))}",
        key=None if graded else _json({f"q{question.id}": _key(question) for question in quiz.questions}),
    )


def _kind(view: View) -> str:
    return view.question.kind


def _control(question: Question, gap: Gap, number: int) -> Markup:
    """The control in the place of a gap."""
    label = f"gap {number}"
    if not gap.options:
        mode = Markup(' inputmode="decimal"') if gap.number is not None else Markup("")
        control = '<input class="gap" type="text" data-gap="{}" aria-label="{}" autocomplete="off" maxlength="200"{}>'
        return Markup(control).format(gap.name, label, mode)
    options = Markup("").join(
        Markup('<option value="{}">{}</option>').format(i, texts.in_a_list(option.text, question.figures))
        for i, option in enumerate(gap.options)
    )
    control = '<select class="gap" data-gap="{}" aria-label="{}"><option value="">choose</option>{}</select>'
    return Markup(control).format(gap.name, label, options)


def _key(question: AnyQuestion) -> dict[str, Any]:
    return {
        "points": question.points,
        "rule": usual_rule(question).value,
        "answer": answer(question),
        "explanation": rich(question.explanation, question) if question.explanation else "",
        **_key_of_kind(question),
    }


def _key_of_kind(question: AnyQuestion) -> dict[str, Any]:
    if isinstance(question, MultipleChoice):
        right = [i for i, option in enumerate(question.options) if option.right]
        return {"right": right, "feedback": _feedback_of(question)}
    if isinstance(question, Choice):
        right_one = next(i for i, option in enumerate(question.options) if option.right)
        return {"right": right_one, "feedback": _feedback_of(question)}
    if isinstance(question, SpotTheError):
        said = [""] * len(question.lines)
        said[question.wrong_line] = _said(question.correction, question)
        return {"right": question.wrong_line, "feedback": said}
    if isinstance(question, TrueFalse):
        wrong = _said(question.feedback, question)
        return {"right": question.answer, "feedback": wrong}
    if isinstance(question, Numeric):
        return _numeric(question)
    if isinstance(question, Matching):
        rights = right_sides(question)
        places = [rights.index(pair.right) for pair in question.pairs]
        return {"right": places, "feedback": _said(question.feedback, question)}
    if isinstance(question, Ordering):
        order = mixed(question)
        places = [order.index(i) for i in range(len(order))]
        return {"right": places, "feedback": _said(question.feedback, question)}
    if isinstance(question, Cloze):
        gaps = {gap.name: _gap_key(gap, question) for gap in question.gaps}
        return {"gaps": gaps, "feedback": _said(question.feedback, question)}
    assert isinstance(question, ShortText)
    return {
        "words": list(question.answers),
        "caseSensitive": question.case_sensitive,
        "feedback": _said(question.feedback, question),
    }


def _numeric(question: Numeric) -> dict[str, Any]:
    wrong = [
        {
            "value": w.value,
            "tolerance": min(question.tolerance, abs(w.value - question.answer) / 2),
            "feedback": _said(w.feedback, question),
        }
        for w in question.wrong
    ]
    return {"right": question.answer, "tolerance": question.tolerance, "unit": question.unit, "wrong": wrong}


def _gap_key(gap: Gap, question: Question) -> dict[str, Any]:
    if gap.number is not None:
        return {"right": gap.number, "tolerance": gap.tolerance}
    if gap.options:
        right = next(i for i, option in enumerate(gap.options) if option.right)
        return {"place": right, "feedback": [_said(option.feedback, question) for option in gap.options]}
    return {"words": list(gap.words)}


def _feedback_of(question: Choice) -> list[str]:
    return [_said(option.feedback, question) for option in question.options]


def _said(text: str, question: Question) -> str:
    return rich(text, question) if text else ""


def _json(value: Any) -> Markup:
    """JSON that may stand in a `<script>`: no character of it can end one."""
    return Markup(json.dumps(value, ensure_ascii=True).replace("<", "\\u003c").replace("&", "\\u0026"))
