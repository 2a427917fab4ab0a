"""Item analysis by classical test theory: which questions tell those who know from those who do not.

Sources: Crocker & Algina, Introduction to Classical and Modern Test Theory (1986), chapters 7 and 14; Kuder &
Richardson, Psychometrika 2 (1937); Cronbach, Psychometrika 16 (1951). Variances are those of the population.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convclass.quiz.models import AnyQuestion
from convclass.quiz.scores import StudentScore
from convclass.quiz.scoring import Scored

Matrix = NDArray[np.float64]
"""Students × questions: the share of the points that each student got, 0 to 1."""

FEW_STUDENTS = 10
TOO_HARD, TOO_EASY = 0.2, 0.95
WEAK = 0.1
RARE = 0.02
"""Below this share of the answers, a wrong option distracts nobody; told from 50 answers on."""
_ANSWERS_TO_TELL = 50


@dataclass(frozen=True, slots=True)
class Distractor:
    """What was chosen: by how many, how many of them are among the better half, and whether it is right."""

    label: str
    count: int
    better_half: int
    mistake: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One question over the class.

    difficulty: the mean share of its points (high is easy).
    item_total: its correlation with the sum of all shares; point-biserial where it is right or wrong.
    item_rest: the same with the sum of all others; None where nobody differs.
    """

    question: AnyQuestion
    answered: int
    students: int
    difficulty: float
    item_total: float | None
    item_rest: float | None
    chosen: tuple[Distractor, ...]
    advice: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """A class and its quiz."""

    students: int
    items: tuple[Item, ...]
    reliability: float | None
    reliability_name: str
    shares: tuple[float, ...]
    mistakes: tuple[tuple[str, int], ...]


def analyse(students: Sequence[StudentScore]) -> Analysis:
    """The analysis of a class that answered variants of one quiz; questions of one family are one item."""
    names = list(dict.fromkeys(one.question.family for student in students for one in student.scored))
    matrix = _matrix(students, names)
    return Analysis(
        students=len(students),
        items=tuple(_item(name, i, students, matrix) for i, name in enumerate(names)),
        reliability=alpha(matrix),
        reliability_name="KR-20" if is_dichotomous(matrix) else "Cronbach's alpha",
        shares=tuple(student.points / student.whole if student.whole else 0.0 for student in students),
        mistakes=mistakes_of(students),
    )


def difficulty(matrix: Matrix) -> NDArray[np.float64]:
    """The mean of each question."""
    return np.asarray(matrix.mean(axis=0), dtype=np.float64)


def item_total(matrix: Matrix, item: int) -> float | None:
    """The correlation of a question with the total; for 0 and 1 the point-biserial one."""
    return _correlation(matrix[:, item], matrix.sum(axis=1))


def item_rest(matrix: Matrix, item: int) -> float | None:
    """The correlation of a question with the total of all others."""
    return _correlation(matrix[:, item], matrix.sum(axis=1) - matrix[:, item])


def alpha(matrix: Matrix) -> float | None:
    """Cronbach's alpha, which for 0 and 1 is KR-20; None for one question, or when all totals are equal."""
    questions = matrix.shape[1]
    total = float(matrix.sum(axis=1).var()) if matrix.size else 0.0
    if questions < 2 or total <= 1e-12:
        return None
    return float(questions / (questions - 1) * (1 - matrix.var(axis=0).sum() / total))


def is_dichotomous(matrix: Matrix) -> bool:
    """Every answer is right or wrong."""
    return bool(np.isin(matrix, (0.0, 1.0)).all())


def mistakes_of(students: Iterable[StudentScore]) -> tuple[tuple[str, int], ...]:
    """How many students made each misconception at least once, the most frequent first."""
    counts: Counter[str] = Counter()
    for student in students:
        counts.update({mistake for one in student.scored for mistake in one.judged.mistakes})
    return tuple(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


def _matrix(students: Sequence[StudentScore], names: Sequence[str]) -> Matrix:
    column = {name: i for i, name in enumerate(names)}
    matrix = np.zeros((len(students), len(names)))
    for row, student in enumerate(students):
        for one in student.scored:
            matrix[row, column[one.question.family]] = one.fraction
    return matrix


def _item(name: str, index: int, students: Sequence[StudentScore], matrix: Matrix) -> Item:
    scored = [(row, one) for row, s in enumerate(students) for one in s.scored if one.question.family == name]
    totals = matrix.sum(axis=1)
    middle = float(np.median(totals))
    answered = sum(one.judged.answered for _, one in scored)
    same = len({one.question.id for _, one in scored}) == 1
    chosen = _chosen([(_labels(one, same), one.judged.mistakes, totals[row] > middle) for row, one in scored])
    value, rest = float(difficulty(matrix)[index]), item_rest(matrix, index)
    question = scored[0][1].question
    return Item(
        question=question,
        answered=answered,
        students=len(scored),
        difficulty=value,
        item_total=item_total(matrix, index),
        item_rest=rest,
        chosen=chosen,
        advice=_advice(question, value, rest, chosen, answered, len(scored)),
    )


def _chosen(answers: Iterable[tuple[tuple[str, ...], tuple[str, ...], bool]]) -> tuple[Distractor, ...]:
    """Answers by the misconception behind them where there is one, else by their label."""
    counts: Counter[tuple[str, str]] = Counter()
    better: Counter[tuple[str, str]] = Counter()
    for chosen, mistakes, is_better in answers:
        named = [(mistake, mistake) for mistake in mistakes] or [(label, "") for label in chosen]
        counts.update(named)
        if is_better:
            better.update(named)
    ordered = sorted(counts, key=lambda entry: (-counts[entry], entry))
    return tuple(Distractor(entry[0], counts[entry], better[entry], entry[1]) for entry in ordered)


def _labels(one: Scored, same: bool) -> tuple[str, ...]:
    """What was chosen; letters and numbers differ between variants, and say nothing there."""
    if not one.judged.answered:
        return ("not answered",)
    return one.judged.chosen if same else ("right" if one.fraction == 1 else "partly or not right",)


def _advice(
    question: AnyQuestion,
    value: float,
    rest: float | None,
    chosen: Sequence[Distractor],
    answered: int,
    students: int,
) -> tuple[str, ...]:
    """What to do about a question; nothing is said about a class that is too small to tell."""
    if students < FEW_STUDENTS:
        return ()
    advice = []
    if rest is not None and rest < 0:
        advice.append("drop: those who know less get it right more often; check the key")
    elif rest is not None and rest < WEAK:
        advice.append("mend: it hardly tells those who know from those who do not")
    if value < TOO_HARD:
        advice.append("mend: hardly anybody gets it right")
    elif value > TOO_EASY:
        advice.append("mend: nearly everybody gets it right")
    unused = _unused(question, chosen) if answered >= _ANSWERS_TO_TELL else ()
    if unused:
        advice.append(f"mend: nobody falls for {', '.join(unused)}")
    return tuple(advice)


def _unused(question: AnyQuestion, chosen: Sequence[Distractor]) -> tuple[str, ...]:
    offered = [option.mistake for option in getattr(question, "options", ()) if option.mistake]
    total = sum(distractor.count for distractor in chosen)
    counts = {distractor.mistake: distractor.count for distractor in chosen}
    return tuple(mistake for mistake in offered if counts.get(mistake, 0) < RARE * total)


def _correlation(first: Matrix, second: Matrix) -> float | None:
    if first.size < 2 or float(first.std()) < 1e-9 or float(second.std()) < 1e-9:
        return None
    centred = (first - first.mean()) * (second - second.mean())
    return float(centred.mean() / (first.std() * second.std()))
