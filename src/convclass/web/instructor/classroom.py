"""The class at a link: who is in it, what each student did, what it is worth, and whether the LMS knows.

The number of queries does not depend on the number of students or attempts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager

from convclass.exam.results import SubmissionResult
from convclass.report import classstats
from convclass.web.instructor.parsed import ParsedResults
from convclass.web.models import (
    Attempt,
    Exclusion,
    Extension,
    Link,
    Membership,
    Override,
    QuizAttempt,
    Role,
    Score,
    State,
    User,
    Work,
)
from convclass.web.standing import Standing, best_standing, quiz_standing, without

Newest = TypeVar("Newest", Override, Extension)

UNDER_WAY = (State.WAITING, State.GRADING)


@dataclass(frozen=True, slots=True)
class Person:
    """A student of the course; `label` is what tells them from all others, `active` False: no longer in the course."""

    user: User
    label: str
    active: bool


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt without its file and its result."""

    id: int
    user_id: int
    number: int
    filename: str
    handed_in_at: datetime
    state: State
    graded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """One student at the link. `result` is that of the attempt that counts, without the excluded questions."""

    person: Person
    attempts: tuple[AttemptRow, ...] | tuple[QuizAttempt, ...]
    standing: Standing
    result: SubmissionResult | None = None
    override: Override | None = None
    extension: Extension | None = None
    score: Score | None = None

    @property
    def share(self) -> float:
        """The part of the points, 0 to 1."""
        most = self.standing.max_score
        return min(max((self.standing.score or 0.0) / most, 0.0), 1.0) if most else 0.0

    @property
    def last_at(self) -> datetime | None:
        """When the last attempt was handed in."""
        return max((one.handed_in_at for one in self.attempts if one.handed_in_at), default=None)

    def count(self, *states: State) -> int:
        """How many attempts at the assignment are in one of these states."""
        return sum(isinstance(one, AttemptRow) and one.state in states for one in self.attempts)


@dataclass(frozen=True, slots=True)
class Classroom:
    """The class at one link."""

    link: Link
    rows: tuple[Row, ...]
    exclusions: tuple[Exclusion, ...]

    @property
    def excluded(self) -> tuple[str, ...]:
        """The questions that do not count."""
        return tuple(exclusion.question for exclusion in self.exclusions)

    @property
    def group(self) -> tuple[classstats.Student, ...]:
        """The results that count, as the class page has them."""
        return classstats.students(row.result for row in self.rows if row.result is not None)

    @property
    def max_score(self) -> float | None:
        """What the work is out of: by the newest results, else as the LMS counts it; None: nobody knows yet."""
        found = Counter(row.standing.max_score for row in self.rows if row.standing.computed is not None)
        return found.most_common(1)[0][0] if found else self.link.points

    @property
    def asked(self) -> dict[str, str]:
        """The questions that were asked, by name, with the titles that students know them by; "": by the name."""
        if self.link.work is not Work.QUIZ:
            return {one.name: "" for one in classstats.question_stats(self.group)}
        attempts = (one for row in self.rows for one in row.attempts if isinstance(one, QuizAttempt))
        return {name: parts[0] for one in attempts for name, parts in one.earned.items()}

    def states(self) -> Counter[State]:
        """How many attempts are in which state."""
        attempts = (one for row in self.rows for one in row.attempts)
        return Counter(one.state for one in attempts if isinstance(one, AttemptRow))


def classroom(session: Session, link: Link, parsed: ParsedResults, *, only: int | None = None) -> Classroom:
    """The class at a link; `only` one student of it, by id, who may be nobody of this class."""
    people = _people(session, link, only)
    exclusions = tuple(session.scalars(select(Exclusion).where(Exclusion.link_id == link.id).order_by(Exclusion.id)))
    overrides, extensions = _newest(session, Override, link, only), _newest(session, Extension, link, only)
    returned = {score.user_id: score for score in session.scalars(_of(select(Score), Score, link, only))}
    load = _quizzes if link.work is Work.QUIZ else _assignments
    known = load(session, link, parsed, [one.question for one in exclusions], overrides, only)
    rows = []
    for person in people:
        attempts, standing, result = known.get(person.user.id) or ((), _nothing(overrides.get(person.user.id)), None)
        rows.append(
            Row(
                person,
                attempts,
                standing,
                replace(result, student=person.label) if result else None,
                overrides.get(person.user.id),
                extensions.get(person.user.id),
                returned.get(person.user.id),
            )
        )
    return Classroom(link, tuple(rows), exclusions)


def standings_without(
    session: Session, room: Classroom, parsed: ParsedResults, excluded: Collection[str]
) -> Mapping[int, Standing]:
    """Where the students of a class would stand with other questions excluded, by user id."""
    overrides = {row.person.user.id: row.override for row in room.rows if row.override is not None}
    load = _quizzes if room.link.work is Work.QUIZ else _assignments
    known = load(session, room.link, parsed, excluded, overrides, None)
    return {row.person.user.id: known[row.person.user.id][1] for row in room.rows if row.person.user.id in known}


def _people(session: Session, link: Link, only: int | None) -> list[Person]:
    """The students of the roster, and whoever handed something in before they left the course."""
    kind = QuizAttempt if link.work is Work.QUIZ else Attempt
    handed_in = select(kind.user_id).where(kind.link_id == link.id)
    members = (
        select(Membership)
        .join(Membership.user)
        .options(contains_eager(Membership.user))
        .where(Membership.context_id == link.context_id, Membership.role == Role.STUDENT)
        .where(Membership.active | Membership.user_id.in_(handed_in))
    )
    found = session.scalars(members).all()
    labels = _labels([member.user for member in found])
    people = [Person(m.user, labels[m.user_id], m.active) for m in found if only is None or m.user_id == only]
    return sorted(people, key=lambda person: (person.label.casefold(), person.user.id))


def _labels(users: Sequence[User]) -> dict[int, str]:
    """The name of each student; where two have the same one, with what tells them apart."""
    names = {user.id: user.name or user.email or user.sub for user in users}
    for further in ("email", "sub", "id"):
        same = Counter(names.values())
        names |= {u.id: f"{names[u.id]} ({getattr(u, further)})" for u in users if same[names[u.id]] > 1}
    return names


def _of(query: Select[Any], kind: Any, link: Link, only: int | None) -> Select[Any]:
    query = query.where(kind.link_id == link.id)
    return query if only is None else query.where(kind.user_id == only)


def _newest(session: Session, kind: type[Newest], link: Link, only: int | None) -> dict[int, Newest]:
    rows = session.scalars(_of(select(kind), kind, link, only).order_by(kind.id))
    return {row.user_id: row for row in rows}


_Known = dict[int, tuple[tuple[Any, ...], Standing, SubmissionResult | None]]


def _assignments(
    session: Session,
    link: Link,
    parsed: ParsedResults,
    excluded: Collection[str],
    overrides: Mapping[int, Override],
    only: int | None,
) -> _Known:
    attempts = attempt_rows(session, link, only)
    parsed_by_id = parsed.of(session, [(one.id, one.graded_at) for one in attempts if one.graded_at is not None])
    left_out = frozenset(excluded)
    known: _Known = {}
    for user_id, mine in _by_user(attempts).items():
        having = {one.number: parsed_by_id[one.id] for one in mine if one.id in parsed_by_id}
        graded = [one.graded(number, left_out) for number, one in having.items()]
        standing = best_standing(graded, overrides.get(user_id))
        counted = having.get(standing.attempt or 0)
        known[user_id] = tuple(mine), standing, without(counted.result, left_out) if counted else None
    return known


def attempt_rows(session: Session, link: Link, only: int | None = None) -> list[AttemptRow]:
    """The attempts at a link, oldest first."""
    columns = [getattr(Attempt, name) for name in AttemptRow.__slots__]
    return [AttemptRow(*row) for row in session.execute(_of(select(*columns), Attempt, link, only).order_by("number"))]


def _quizzes(
    session: Session,
    link: Link,
    parsed: ParsedResults,
    excluded: Collection[str],
    overrides: Mapping[int, Override],
    only: int | None,
) -> _Known:
    attempts = session.scalars(_of(select(QuizAttempt), QuizAttempt, link, only).order_by(QuizAttempt.number)).all()
    return {
        user_id: (tuple(mine), quiz_standing(mine, excluded, overrides.get(user_id)), None)
        for user_id, mine in _by_user(attempts).items()
    }


def _by_user(attempts: Iterable[Any]) -> dict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for one in attempts:
        found[one.user_id].append(one)
    return found


def _nothing(override: Override | None) -> Standing:
    return best_standing((), override)
