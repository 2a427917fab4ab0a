"""The questions of a quiz, as immutable data that every exporter, the scorer and the practice page read.

Texts are Markdown with `$math$` (LaTeX), fenced code and figures as `![alternative text](figure:name)`.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator

Text = Annotated[str, Field(min_length=1)]
"""Markdown."""


class Level(StrEnum):
    """What a question asks of a student."""

    RECALL = "recall"
    COMPUTE = "compute"
    PREDICT = "predict"
    """Say what code prints."""
    READ = "read"
    """Read a feature map or another figure."""
    REFUTE = "refute"
    """Find what is false in a popular explanation."""


class Frozen(BaseModel):
    """Data that nobody changes, with no field but those named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Figure(Frozen):
    """A picture that code has made; `name` is what texts call it."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    svg: Text
    alternative: Text


class Option(Frozen):
    """One of the answers to choose from; `mistake` names the misconception that would choose it."""

    text: Text
    right: bool = False
    feedback: str = ""
    mistake: str = ""


class WrongNumber(Frozen):
    """A number that a known mistake computes, and what to say about it."""

    value: float
    feedback: Text
    mistake: str = ""


class Question(Frozen):
    """What all kinds of questions have.

    family: the function of the bank that made it; seed: what it drew from (0 when nothing is drawn).
    claim: the row of claims.md that it tests, 1 to 22.
    explanation: what everybody is told afterwards.
    """

    family: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    seed: int = 0
    title: Annotated[str, Field(min_length=1, max_length=120)]
    prompt: Text
    claim: Annotated[int, Field(ge=1, le=22)]
    level: Level
    points: Annotated[float, Field(gt=0, le=100)] = 1.0
    explanation: str = ""
    figures: tuple[Figure, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def id(self) -> str:
        """A hash of everything that a student sees or is judged by: the same question has the same id everywhere."""
        content = self.model_dump_json(exclude={"id", "seed"})
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    @model_validator(mode="after")
    def _figures_are_used_and_known(self) -> Question:
        names = [figure.name for figure in self.figures]
        if len(set(names)) != len(names):
            raise ValueError(f"two figures of one name: {names}")
        return self


class Choice(Question):
    """A question with options to choose from."""

    options: Annotated[tuple[Option, ...], Field(min_length=2, max_length=10)]

    @model_validator(mode="after")
    def _options_differ(self) -> Choice:
        texts = [" ".join(option.text.split()) for option in self.options]
        if len(set(texts)) != len(texts):
            raise ValueError(f"two options say the same: {texts}")
        return self


class SingleChoice(Choice):
    """Exactly one option is right."""

    kind: Literal["single_choice"] = "single_choice"

    @model_validator(mode="after")
    def _one_is_right(self) -> SingleChoice:
        if sum(option.right for option in self.options) != 1:
            raise ValueError("exactly one option must be right")
        return self


class MultipleChoice(Choice):
    """One option or more are right."""

    kind: Literal["multiple_choice"] = "multiple_choice"

    @model_validator(mode="after")
    def _some_are_right(self) -> MultipleChoice:
        if not any(option.right for option in self.options) or all(option.right for option in self.options):
            raise ValueError("at least one option must be right and at least one wrong")
        return self


class TrueFalse(Question):
    """A statement to accept or refuse; `feedback` is for those who err."""

    kind: Literal["true_false"] = "true_false"
    answer: bool
    feedback: str = ""


class Numeric(Question):
    """A number is asked for; right is what differs from `answer` by at most `tolerance` (absolute)."""

    kind: Literal["numeric"] = "numeric"
    answer: float
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    unit: str = ""
    wrong: tuple[WrongNumber, ...] = ()

    @model_validator(mode="after")
    def _no_mistake_is_right(self) -> Numeric:
        right = [w.value for w in self.wrong if abs(w.value - self.answer) <= self.tolerance]
        if right or len({w.value for w in self.wrong}) != len(self.wrong):
            raise ValueError(f"wrong numbers that count as right, or the same twice: {[w.value for w in self.wrong]}")
        return self


class Pair(Frozen):
    """What belongs together."""

    left: Text
    right: Text


class Matching(Question):
    """Every left side gets its right side; `distractors` are right sides that belong to nothing."""

    kind: Literal["matching"] = "matching"
    pairs: Annotated[tuple[Pair, ...], Field(min_length=2, max_length=10)]
    distractors: tuple[Text, ...] = ()
    feedback: str = ""

    @model_validator(mode="after")
    def _sides_differ(self) -> Matching:
        lefts, rights = [p.left for p in self.pairs], {p.right for p in self.pairs}
        if len(set(lefts)) != len(lefts) or len(set(self.distractors)) != len(self.distractors):
            raise ValueError("a side that stands there twice")
        if rights & set(self.distractors):
            raise ValueError("a distractor that is right")
        return self


class Ordering(Question):
    """Things to put in order; `items` are in the right one."""

    kind: Literal["ordering"] = "ordering"
    items: Annotated[tuple[Text, ...], Field(min_length=2, max_length=10)]
    feedback: str = ""

    @model_validator(mode="after")
    def _items_differ(self) -> Ordering:
        if len(set(self.items)) != len(self.items):
            raise ValueError("an item that stands there twice")
        return self


class Gap(Frozen):
    """A gap of a cloze text: a number, one of several words, or a word to write."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    number: float | None = None
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    options: tuple[Option, ...] = ()
    words: tuple[Text, ...] = ()
    """Accepted spellings; case does not count."""

    @model_validator(mode="after")
    def _one_kind(self) -> Gap:
        if sum((self.number is not None, bool(self.options), bool(self.words))) != 1:
            raise ValueError(f"gap {self.name}: give a number, options or words, and only one of them")
        if self.options and sum(option.right for option in self.options) != 1:
            raise ValueError(f"gap {self.name}: exactly one option must be right")
        return self


class Cloze(Question):
    """A text with gaps; `{{name}}` in the prompt is the place of the gap of that name."""

    kind: Literal["cloze"] = "cloze"
    gaps: Annotated[tuple[Gap, ...], Field(min_length=1, max_length=10)]
    feedback: str = ""

    @model_validator(mode="after")
    def _each_gap_has_its_place(self) -> Cloze:
        wrong = [gap.name for gap in self.gaps if self.prompt.count("{{" + gap.name + "}}") != 1]
        if wrong or len({gap.name for gap in self.gaps}) != len(self.gaps):
            raise ValueError(f"gaps without exactly one place in the prompt: {wrong}")
        return self


class ShortText(Question):
    """A word or two to write; `answers` are the accepted spellings."""

    kind: Literal["short_text"] = "short_text"
    answers: Annotated[tuple[Text, ...], Field(min_length=1)]
    case_sensitive: bool = False
    feedback: str = ""


class SpotTheError(Question):
    """Lines (of code, or sentences) of which one is wrong; which one is asked for."""

    kind: Literal["spot_the_error"] = "spot_the_error"
    lines: Annotated[tuple[Text, ...], Field(min_length=2, max_length=20)]
    wrong_line: Annotated[int, Field(ge=0)]
    """Index into lines."""
    code: bool = True
    correction: Text

    @model_validator(mode="after")
    def _the_line_exists(self) -> SpotTheError:
        if self.wrong_line >= len(self.lines):
            raise ValueError(f"there is no line {self.wrong_line}")
        return self


AnyQuestion = Annotated[
    SingleChoice | MultipleChoice | TrueFalse | Numeric | Matching | Ordering | Cloze | ShortText | SpotTheError,
    Field(discriminator="kind"),
]


class Quiz(Frozen):
    """The questions of one assignment, drawn for one student or for everybody."""

    assignment: str
    title: str
    questions: tuple[AnyQuestion, ...]
    variant: str = ""
    """From which the same questions can be printed again (`convclass.quiz.variants`); empty when made otherwise."""
