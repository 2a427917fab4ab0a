"""What an answer is worth: pure functions of a question, an answer and a rule for partial credit.

Answers tell options, right sides and items by their place in the order of `convclass.quiz.shown`, from 0.

| kind | answer |
| --- | --- |
| single choice, spot the error | the place of the option or line |
| multiple choice | a list of places |
| true/false | true or false |
| numeric | a number, or a text such as "1,5", "9 408 weights" or "1/3" |
| matching | for each left side the place of its right side, or null |
| ordering | the places, in the order that the student gives |
| cloze | an object: for each gap's name a text or a number, or the place of an option |
| short text | a text |
"""

from __future__ import annotations

import math
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from convclass.quiz.models import (
    AnyQuestion,
    Choice,
    Cloze,
    Gap,
    Matching,
    MultipleChoice,
    Numeric,
    Ordering,
    Quiz,
    ShortText,
    SpotTheError,
    TrueFalse,
)
from convclass.quiz.shown import LETTERS, mixed, right_sides

Answer = Any
"""What JSON can hold. Nothing is taken for granted about it."""

_LONGEST = 1000
"""Characters of an answer that are looked at."""
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}([ ,'\u2019]\d{3})+(\.\d+)?")
_SPACES = re.compile(r"[\u00a0\u2007\u2009\u202f]")


class Rule(StrEnum):
    """How an answer that is partly right is counted."""

    ALL_OR_NOTHING = "all-or-nothing"
    """Everything has to be right."""
    RIGHT_MINUS_WRONG = "right-minus-wrong"
    """Each right part adds its share, each wrong one takes it away again; never below zero."""
    PER_OPTION = "per-option"
    """Each part, of a choice each option whether ticked or not, counts for itself."""


def usual_rule(question: AnyQuestion) -> Rule:
    """The rule that the exports use: what learning management systems do by themselves."""
    if isinstance(question, MultipleChoice):
        return Rule.RIGHT_MINUS_WRONG
    if isinstance(question, Matching | Cloze):
        return Rule.PER_OPTION
    return Rule.ALL_OR_NOTHING


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer taken apart.

    right, wrong: parts that were given and are so; whole: how many parts there are.
    settled, options: of a multiple choice, how many options are rightly ticked or left, and how many there are.
    chosen: what was chosen, in few words, for counting; mistakes: the misconceptions that would choose it.
    """

    right: int
    wrong: int
    whole: int
    settled: int = 0
    options: int = 0
    answered: bool = True
    chosen: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()
    feedback: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scored:
    """What a student gets for one question."""

    question: AnyQuestion
    judged: Judged
    fraction: float

    @property
    def points(self) -> float:
        """The points, 0 to those of the question."""
        return self.fraction * self.question.points


def score(question: AnyQuestion, answer: Answer, rule: Rule | None = None) -> Scored:
    """The answer judged and counted; what cannot be read as an answer counts as none."""
    judged = judge(question, answer)
    return Scored(question, judged, fraction(judged, rule or usual_rule(question)))


def score_quiz(quiz: Quiz, answers: Mapping[str, Answer], rule: Rule | None = None) -> tuple[Scored, ...]:
    """All questions of the quiz; `answers` are by question id."""
    return tuple(score(question, answers.get(question.id), rule) for question in quiz.questions)


def fraction(judged: Judged, rule: Rule) -> float:
    """The share of the points, 0 to 1."""
    if not judged.answered:
        return 0.0
    if rule is Rule.ALL_OR_NOTHING:
        return float(judged.right == judged.whole and not judged.wrong)
    if rule is Rule.RIGHT_MINUS_WRONG:
        return max(0.0, (judged.right - judged.wrong) / judged.whole)
    return judged.settled / judged.options if judged.options else judged.right / judged.whole


def judge(question: AnyQuestion, answer: Answer) -> Judged:
    """What of the answer is right and what is wrong."""
    if isinstance(question, MultipleChoice):
        return _multiple(question, answer)
    if isinstance(question, Choice):
        return _single(question, answer)
    if isinstance(question, TrueFalse):
        return _true_false(question, answer)
    if isinstance(question, Numeric):
        return _numeric(question, answer)
    if isinstance(question, Matching):
        return _matching(question, answer)
    if isinstance(question, Ordering):
        return _ordering(question, answer)
    if isinstance(question, Cloze):
        return _cloze(question, answer)
    if isinstance(question, SpotTheError):
        return _spot(question, answer)
    return _short(question, answer)


def read_number(answer: Answer, unit: str = "") -> float | None:
    """The number that a student means, or None.

    A comma is the decimal sign unless it parts groups of three digits; a fraction and the unit are understood.
    """
    if isinstance(answer, bool):
        return None
    if isinstance(answer, int | float):
        return float(answer) if math.isfinite(answer) and abs(answer) < 1e300 else None
    if not isinstance(answer, str):
        return None
    text = _SPACES.sub(" ", unicodedata.normalize("NFKC", answer[:_LONGEST])).replace("\u2212", "-").strip()
    if unit and text.lower().endswith(unit.lower()):
        text = text[: -len(unit)].strip()
    above, slash, below = text.partition("/")
    if not slash:
        return _decimal(text)
    first, second = _decimal(above.strip()), _decimal(below.strip())
    return first / second if first is not None and second else None


def same_words(answer: Answer, accepted: Sequence[str], case_sensitive: bool = False) -> bool:
    """The answer is one of the accepted spellings; white space never counts."""
    if not isinstance(answer, str):
        return False
    given = _words(answer[:_LONGEST], case_sensitive)
    return any(given == _words(spelling, case_sensitive) for spelling in accepted)


def _decimal(text: str) -> float | None:
    plain = re.sub("[ ,'\u2019]", "", text) if _THOUSANDS.fullmatch(text) else text.replace(",", ".")
    value = float(plain) if _NUMBER.fullmatch(plain) else None
    return value if value is not None and math.isfinite(value) else None


def _words(text: str, case_sensitive: bool) -> str:
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    return plain if case_sensitive else plain.lower()


def _unanswered(whole: int = 1, options: int = 0) -> Judged:
    return Judged(0, 0, whole, 0, options, answered=False)


def _place(answer: Answer, count: int) -> int | None:
    is_whole = isinstance(answer, int) and not isinstance(answer, bool)
    return answer if is_whole and 0 <= answer < count else None


def _one(right: bool, chosen: str, mistake: str = "", feedback: str = "") -> Judged:
    return Judged(
        int(right),
        int(not right),
        1,
        chosen=(chosen,),
        mistakes=(mistake,) if mistake else (),
        feedback=(feedback,) if feedback else (),
    )


def _single(question: Choice, answer: Answer) -> Judged:
    place = _place(answer, len(question.options))
    if place is None:
        return _unanswered()
    option = question.options[place]
    return _one(option.right, LETTERS[place], option.mistake, option.feedback)


def _multiple(question: MultipleChoice, answer: Answer) -> Judged:
    options = question.options
    whole = sum(option.right for option in options)
    if not isinstance(answer, list | tuple) or not answer:
        return _unanswered(whole, len(options))
    places = {place for part in answer[:_LONGEST] if (place := _place(part, len(options))) is not None}
    if not places:
        return _unanswered(whole, len(options))
    chosen = [options[place] for place in sorted(places)]
    right = sum(option.right for option in chosen)
    return Judged(
        right,
        len(chosen) - right,
        whole,
        sum(option.right == (i in places) for i, option in enumerate(options)),
        len(options),
        chosen=tuple(LETTERS[place] for place in sorted(places)),
        mistakes=tuple(option.mistake for option in chosen if option.mistake),
        feedback=tuple(option.feedback for option in chosen if option.feedback),
    )


def _true_false(question: TrueFalse, answer: Answer) -> Judged:
    if not isinstance(answer, bool):
        return _unanswered()
    right = answer == question.answer
    return _one(right, str(answer).lower(), feedback="" if right else question.feedback)


def _numeric(question: Numeric, answer: Answer) -> Judged:
    value = read_number(answer, question.unit)
    if value is None:
        empty = answer is None or (isinstance(answer, str) and not answer.strip())
        return _unanswered() if empty else _one(False, "no number")
    if _within(value, question.answer, question.tolerance):
        return _one(True, f"{value:g}")
    known = [wrong for wrong in question.wrong if _is_that(value, wrong.value, question)]
    mistake, feedback = (known[0].mistake, known[0].feedback) if known else ("", "")
    return _one(False, f"{value:g}", mistake, feedback)


def _within(value: float, answer: float, tolerance: float) -> bool:
    """At most the tolerance away; a last digit that binary numbers cannot hold does not count."""
    return abs(value - answer) <= tolerance + 4 * sys.float_info.epsilon * max(abs(value), abs(answer))


def _is_that(value: float, wrong: float, question: Numeric) -> bool:
    """The student rounded as little as the right answer may be."""
    return _within(value, wrong, min(question.tolerance, abs(wrong - question.answer) / 2))


def _matching(question: Matching, answer: Answer) -> Judged:
    rights = right_sides(question)
    whole = len(question.pairs)
    given = list(answer[:whole]) if isinstance(answer, list | tuple) else []
    places = [_place(part, len(rights)) for part in given] + [None] * (whole - len(given))
    parts = [
        None if place is None else rights[place] == pair.right
        for place, pair in zip(places, question.pairs, strict=True)
    ]
    shown = [f"{i + 1}{'-' if place is None else LETTERS[place]}" for i, place in enumerate(places)]
    return _parts(parts, [words for words in shown if not words.endswith("-")], question.feedback)


def _ordering(question: Ordering, answer: Answer) -> Judged:
    order = mixed(question)
    places = answer if isinstance(answer, list | tuple) else []
    valid = len(places) == len(order) and sorted(p for p in places if _place(p, len(order)) is not None) == list(
        range(len(order))
    )
    if not valid:
        return _unanswered(len(order))
    items = [order[place] for place in places]
    parts: list[bool | None] = [item == i for i, item in enumerate(items)]
    return _parts(parts, ["".join(LETTERS[place] for place in places)], question.feedback)


def _cloze(question: Cloze, answer: Answer) -> Judged:
    given = answer if isinstance(answer, Mapping) else {}
    parts = [_gap(gap, given.get(gap.name)) for gap in question.gaps]
    chosen = [
        f"{g.name}={_short_words(given[g.name])}" for g, p in zip(question.gaps, parts, strict=True) if p is not None
    ]
    judged = _parts(parts, chosen, question.feedback)
    mistakes = tuple(
        gap.options[place].mistake
        for gap in question.gaps
        if gap.options
        and (place := _place(given.get(gap.name), len(gap.options))) is not None
        and gap.options[place].mistake
    )
    return Judged(
        judged.right,
        judged.wrong,
        judged.whole,
        answered=judged.answered,
        chosen=judged.chosen,
        mistakes=mistakes,
        feedback=judged.feedback,
    )


def _gap(gap: Gap, answer: Answer) -> bool | None:
    if answer is None or (isinstance(answer, str) and not answer.strip()):
        return None
    if gap.number is not None:
        value = read_number(answer)
        return value is not None and _within(value, gap.number, gap.tolerance)
    if gap.options:
        place = _place(answer, len(gap.options))
        return None if place is None else gap.options[place].right
    return same_words(answer, gap.words)


def _parts(parts: Sequence[bool | None], chosen: Sequence[str], feedback: str) -> Judged:
    if all(part is None for part in parts):
        return _unanswered(len(parts))
    right, wrong = sum(part is True for part in parts), sum(part is False for part in parts)
    said = (feedback,) if feedback and right < len(parts) else ()
    return Judged(right, wrong, len(parts), chosen=tuple(chosen), feedback=said)


def _spot(question: SpotTheError, answer: Answer) -> Judged:
    place = _place(answer, len(question.lines))
    if place is None:
        return _unanswered()
    right = place == question.wrong_line
    return _one(right, f"line {place + 1}", feedback=question.correction if right else "")


def _short(question: ShortText, answer: Answer) -> Judged:
    if not isinstance(answer, str) or not answer.strip():
        return _unanswered()
    right = same_words(answer, question.answers, question.case_sensitive)
    return _one(right, _short_words(answer), feedback="" if right else question.feedback)


def _short_words(answer: Answer) -> str:
    return " ".join(str(answer)[:60].split())
