"""What a reader should find of a question in a file, by the rules of the formats' tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from quiz.read.found import GAP, Found, bare, in_place, seen, span, told

from convclass.lms import texts
from convclass.lms.formats import Format
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
    SpotTheError,
    TrueFalse,
)

MATHML = (Format.QTI21, Format.QTI3, Format.HTML, Format.PAPER)
FRACTIONS = (Format.MOODLE, Format.GIFT)
"""Formats that say what each option of several is worth; in the others an option is right or not."""
_PLAIN_RIGHTS = (Format.MOODLE, Format.GIFT, Format.QTI12)
_TOLD_OF_TRUTH = (Format.MOODLE, Format.QTI12, Format.CC, Format.BRIGHTSPACE, Format.JUPYTERQUIZ)
"""Formats where the feedback of a true/false question belongs to the wrong one of two options."""


def expected(part: AnyQuestion, format_: Format) -> Found:
    """What a reader of the format should find of a question that the format can say."""

    def shown(text: str) -> str:
        return _shown(text, part, format_)

    if isinstance(part, Choice | TrueFalse | SpotTheError):
        return _choice(part, format_)
    if isinstance(part, Numeric):
        return _number(part, format_)
    if isinstance(part, Matching):
        side = _plain if format_ in _PLAIN_RIGHTS else partial(_shown, format_=format_)
        rights = tuple(side(pair.right, part) for pair in part.pairs)
        more = tuple(sorted(side(text, part) for text in part.distractors))
        return Found("match", shown(part.prompt), tuple(shown(p.left) for p in part.pairs), (), rights, more)
    if isinstance(part, Ordering):
        return Found("order", shown(part.prompt), tuple(map(shown, part.items)))
    if isinstance(part, Cloze):
        prompt = part.prompt
        for gap in part.gaps:
            prompt = prompt.replace("{{" + gap.name + "}}", GAP)
        return Found("gaps", shown(prompt), gaps=tuple(_gap(gap, part, format_) for gap in in_place(part)))
    return Found("words", shown(part.prompt), _words_of(part.answers, format_))


def _choice(part: Choice | TrueFalse | SpotTheError, format_: Format) -> Found:
    options, rights, feedback = _options(part, format_)
    kind = "choices" if isinstance(part, MultipleChoice) else "choice"
    worth = _worth(rights, as_shares=kind == "choices" and format_ in FRACTIONS)
    said = _feedback(list(zip(rights, feedback, strict=True)), part, format_)
    return Found(kind, _shown(part.prompt, part, format_), options, worth, feedback=said)


def _options(part: Choice | TrueFalse | SpotTheError, format_: Format) -> tuple[tuple[str, ...], list[bool], list[str]]:
    """Texts, which of them are right, and what is said to them."""
    if isinstance(part, Choice):
        shown = tuple(_shown(option.text, part, format_) for option in part.options)
        return shown, [option.right for option in part.options], [option.feedback for option in part.options]
    if isinstance(part, TrueFalse):
        rights = [part.answer, not part.answer]
        to_wrong = part.feedback if format_ in _TOLD_OF_TRUTH else ""
        return ("True", "False"), rights, ["" if right else to_wrong for right in rights]
    rights = [i == part.wrong_line for i in range(len(part.lines))]
    lines = tuple(bare(texts.clean(line)) if part.code else _shown(line, part, format_) for line in part.lines)
    return lines, rights, [part.correction if right else "" for right in rights]


def _shown(text: str, part: Question, format_: Format) -> str:
    return seen(texts.as_html(text, part.figures, math="mathml" if format_ in MATHML else "tex"))


def _plain(text: str, part: Question) -> str:
    return seen(texts.as_html(text, part.figures))


def _in_a_list(text: str, part: Question) -> str:
    """Where nothing is typeset, a formula has no brackets."""
    return re.sub(r"\\[()\[\]]", "", _plain(text, part))


def _worth(rights: list[bool], as_shares: bool = False) -> tuple[float, ...]:
    share = round(1 / sum(rights), 4) if as_shares else 1.0
    return tuple(share if right else -share if as_shares else 0.0 for right in rights)


def _feedback(said: list[tuple[bool, str]], part: Question, format_: Format) -> tuple[str, ...]:
    if format_ is Format.BLACKBOARD:
        return ()
    if format_ is not Format.JUPYTERQUIZ:
        return told(_shown(text, part, format_) if text else "" for _, text in said)
    more = [text + "\n\n" + part.explanation if right else text for right, text in said]
    silence = {True: "Correct.", False: "Notright;tryagain."}
    return tuple(
        _plain(text, part) if text.strip() else silence[right] for text, (right, _) in zip(more, said, strict=True)
    )


def _number(part: Numeric, format_: Format) -> Found:
    apart = format_ in MATHML
    unit = f" ({part.unit})" if part.unit and not apart else ""
    more = (bare(texts.clean(part.unit)),) if part.unit and apart else ()
    ends = span(part.answer - part.tolerance, part.answer + part.tolerance)
    return Found("number", _shown(part.prompt + unit, part, format_), more=more, span=ends)


def _gap(gap: Gap, part: Cloze, format_: Format) -> Found:
    if gap.number is not None:
        return Found("number", "", span=span(gap.number - gap.tolerance, gap.number + gap.tolerance))
    if gap.words:
        return Found("words", "", _words_of(gap.words, format_))
    show = _in_a_list if format_ in (Format.QTI21, Format.QTI3, Format.HTML) else None
    options = [show(o.text, part) if show else _shown(o.text, part, format_) for o in gap.options]
    return Found("choice", "", tuple(options), _worth([o.right for o in gap.options]))


def _words_of(answers: Iterable[str], format_: Format) -> tuple[str, ...]:
    """The page keeps words in JSON, which holds every character; XML does not, and the others follow it."""
    return tuple(sorted(bare(answer if format_ is Format.HTML else texts.clean(answer)) for answer in answers))
