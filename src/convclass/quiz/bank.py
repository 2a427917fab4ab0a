"""The question bank of an assignment: the public functions of solutions/NN_topic/quiz.py, in their order.

A function without an argument is a fixed question. One with an argument, a `Draw`, is a question in as many variants
as there are seeds. The first line of its docstring is the question's title.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest
from types import MappingProxyType, ModuleType
from typing import Any

from convclass.course import Assignment, CourseError
from convclass.exam import collect
from convclass.quiz.draw import Again, Draw
from convclass.quiz.models import AnyQuestion, Level, Question, Quiz

ATTEMPTS = 200
"""How often numbers are drawn for a question before it is given up; a mistake seldom gives the right answer."""

CLAIMS = range(1, 23)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question, and the numbers that it was made from, by name."""

    question: AnyQuestion
    given: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Family:
    """All variants of a question; or the only one, when it is not parameterised."""

    assignment: str
    name: str
    title: str
    function: Callable[..., AnyQuestion]
    parameterised: bool

    def draw(self, seed: int) -> Drawn:
        """The variant of a seed. Raises CourseError when hardly any numbers make a question."""
        if not self.parameterised:
            return Drawn(self._named(self._tried(), 0), MappingProxyType({}))
        for attempt in range(ATTEMPTS):
            draw = Draw(seed, f"{self.assignment}/{self.name}", attempt)
            try:
                question = self.function(draw)
            except Again:
                continue
            return Drawn(self._named(question, seed), MappingProxyType(draw.given))
        raise CourseError(
            f"{self}: {ATTEMPTS} draws with seed {seed} made no question, because in each of them a mistake gave the "
            "right answer or that of another mistake; draw from more numbers, or ask about fewer mistakes"
        )

    def _tried(self) -> AnyQuestion:
        try:
            return self.function()
        except Again:
            raise CourseError(f"{self}: a mistake gives the right answer, or that of another mistake") from None

    def _named(self, question: AnyQuestion, seed: int) -> AnyQuestion:
        return question.model_copy(update={"family": self.name, "title": self.title, "seed": seed})

    def __str__(self) -> str:
        return f"question {self.name} of {self.assignment}"


@dataclass(frozen=True, slots=True)
class Bank:
    """The questions of one assignment."""

    assignment: str
    title: str
    families: tuple[Family, ...]

    def quiz(self, seed: int = 0, count: int | None = None) -> Quiz:
        """The variant of a seed: all questions, or `count` of them, drawn so that the claims take turns.

        Raises CourseError for a count that the bank cannot give.
        """
        families = self.families if count is None else self._some(seed, count)
        drawn = tuple(family.draw(seed).question for family in families)
        return Quiz(assignment=self.assignment, title=self.title, questions=drawn)

    def _some(self, seed: int, count: int) -> tuple[Family, ...]:
        if not 1 <= count <= len(self.families):
            raise CourseError(f"{self.assignment} has {len(self.families)} questions; ask for 1 to that many")
        by_claim: dict[int, list[Family]] = {}
        for family in Draw(seed, self.assignment).shuffled(self.families):
            by_claim.setdefault(family.draw(seed).question.claim, []).append(family)
        rounds = chain.from_iterable(zip_longest(*by_claim.values()))
        chosen = {family.name for family in [f for f in rounds if f is not None][:count]}
        return tuple(family for family in self.families if family.name in chosen)


def load(assignment: Assignment) -> Bank:
    """The bank in the assignment's quiz.py.

    Raises CourseError when there is none, or a function has no docstring or more than one argument.
    """
    path = assignment.solution / "quiz.py"
    module = collect.load_module(path, f"convclass_quiz_{assignment.name}")
    families = tuple(_family(assignment.name, name, f) for name, f in _public_functions(module))
    if not families:
        raise CourseError(f"{path}: holds no question; write a function that returns one")
    number, _, topic = assignment.name.partition("_")
    return Bank(assignment.name, f"Quiz {int(number)}: {topic.replace('_', ' ')}", families)


def has_bank(assignment: Assignment) -> bool:
    """Whether the assignment has questions at all."""
    return (assignment.solution / "quiz.py").is_file()


def _public_functions(module: ModuleType) -> list[tuple[str, Callable[..., Any]]]:
    functions = inspect.getmembers_static(module, inspect.isfunction)
    own = [(n, f) for n, f in functions if f.__module__ == module.__name__ and not n.startswith("_")]
    return sorted(own, key=lambda member: member[1].__code__.co_firstlineno)


def _family(assignment: str, name: str, function: Callable[..., Any]) -> Family:
    title = (inspect.getdoc(function) or "").split("\n")[0]
    arguments = len(inspect.signature(function).parameters)
    if not title or len(title) > 120 or arguments > 1 or not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise CourseError(
            f"question {name} of {assignment}: needs a lower-case name, a first line of at most 120 characters in its "
            "docstring, and no argument or one, the generator"
        )
    return Family(assignment, name, title, function, arguments == 1)


@dataclass(frozen=True, slots=True)
class Covered:
    """What one question of a bank covers."""

    assignment: str
    name: str
    claim: int
    level: Level
    kind: str
    parameterised: bool


def coverage(banks: Iterable[Bank]) -> tuple[Covered, ...]:
    """Claim, level and kind of every question, as its variant of seed 0 has them."""
    return tuple(_covered(family, family.draw(0).question) for bank in banks for family in bank.families)


def _covered(family: Family, question: Question) -> Covered:
    kind = str(question.model_dump()["kind"])
    return Covered(family.assignment, family.name, question.claim, question.level, kind, family.parameterised)


def coverage_table(covered: Iterable[Covered]) -> str:
    """A Markdown table, claim × level, with the kinds of the questions in each cell; totals on the right and below."""
    questions = tuple(covered)
    head = ["claim", *Level, "all", "drawn"]
    rows = [_coverage_row(str(n), [q for q in questions if q.claim == n]) for n in CLAIMS]
    total = _coverage_row("all", questions)
    totals = [total[0], *(str(sum(q.level == level for q in questions)) for level in Level), *total[-2:]]
    lines = [head, ["---:", *["---"] * len(Level), "---:", "---:"], *rows, totals]
    kinds = Counter(q.kind for q in questions)
    by_kind = ", ".join(f"{number} {_SHORT[kind]}" for kind, number in sorted(kinds.items(), key=lambda k: -k[1]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + f"\n\nBy kind: {by_kind}.\n"


_SHORT = {
    "single_choice": "choice",
    "multiple_choice": "choices",
    "true_false": "true/false",
    "numeric": "number",
    "matching": "match",
    "ordering": "order",
    "cloze": "gaps",
    "short_text": "word",
    "spot_the_error": "error",
}


def _coverage_row(name: str, questions: Iterable[Covered]) -> list[str]:
    chosen = list(questions)
    cells = [_kinds(q.kind for q in chosen if q.level == level) for level in Level]
    return [name, *cells, str(len(chosen)), str(sum(q.parameterised for q in chosen))]


def _kinds(kinds: Iterable[str]) -> str:
    counted = Counter(_SHORT[kind] for kind in kinds)
    return ", ".join(kind if number == 1 else f"{number} {kind}" for kind, number in counted.items())
