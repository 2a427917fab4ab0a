"""Finding our students in a roster: by ids alone, unless names are asked for; a doubt is an error, never a guess."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from convclass.course import CourseError
from convclass.grading.names import visible
from convclass.lms.grades.roster import Roster, folded, name_and_id


@dataclass(frozen=True, slots=True)
class Joined:
    """For every student the place among the roster's people, and who of them was found by the name alone."""

    places: Mapping[str, int]
    by_name: tuple[str, ...]


def join(students: Iterable[str], roster: Roster, *, by_name: bool = False) -> Joined:
    """Find each of the students. Raises CourseError, naming all of them, when any is missing or in doubt.

    Every column of ids is looked into, and the id at the end of a downloaded name; all that is found has to be one
    person. With `by_name` whoever is not found so is looked for by the name, which has to be there once.
    """
    index = _Index(roster)
    found = {student: index.by_id(student) for student in students}
    named = [student for student, people in found.items() if by_name and not people]
    found |= {student: index.by_name(student) for student in named}
    _refuse(found, roster, by_name)
    return Joined({student: people[0] for student, people in found.items()}, tuple(named))


class _Index:
    """The people of a roster by what may be said of them."""

    def __init__(self, roster: Roster) -> None:
        self.downloaded = roster.downloaded
        self.own = _by((person.own,) for person in roster.people)
        self.ids = _by((person.own, *person.others) for person in roster.people)
        self.names = _by(person.names for person in roster.people)
        _refuse_doubled(roster, self.own)

    def by_id(self, student: str) -> list[int]:
        found = set(self.ids.get(folded(student), ()))
        parts = name_and_id(student)
        if self.downloaded and parts:
            found |= self.own.get(folded(parts[1]), set())
        return sorted(found)

    def by_name(self, student: str) -> list[int]:
        parts = name_and_id(student)
        names = {folded(student), folded(parts[0])} if parts else {folded(student)}
        return sorted(set().union(*(self.names.get(name, set()) for name in names)))


def _by(said: Iterable[Iterable[str]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for person, texts in enumerate(said):
        for text in filter(None, map(folded, texts)):
            found[text].add(person)
    return dict(found)


def _refuse_doubled(roster: Roster, own: Mapping[str, set[int]]) -> None:
    doubled = [visible(one) for one, people in own.items() if len(people) > 1]
    if doubled:
        raise CourseError(
            f"{roster.table.name}: several lines have the same id ({', '.join(doubled)}); nothing was written. "
            "Download the roster again"
        )


def _refuse(found: Mapping[str, Sequence[int]], roster: Roster, by_name: bool) -> None:
    """Say of everybody who is not one person of the roster, or the same one as somebody else, what is wrong."""
    missing = [student for student, people in found.items() if not people]
    doubtful = [f"{student} ({_shown(people, roster)})" for student, people in found.items() if len(people) > 1]
    claims = Counter(people[0] for people in found.values() if len(people) == 1)
    twice = [
        f"{' and '.join(student for student, people in found.items() if list(people) == [person])} "
        f"({roster.people[person].shown})"
        for person, how_often in claims.items()
        if how_often > 1
    ]
    problems = {
        "not in the roster": missing,
        "could be several of the roster": doubtful,
        "several submissions of one student": twice,
    }
    told = "; ".join(f"{problem}: {', '.join(whom)}" for problem, whom in problems.items() if whom)
    if told:
        names = " (--by-name looks for names too)" if missing and not by_name else ""
        raise CourseError(
            f"{roster.table.name}: nothing was written; {told}. Mend the roster or the names of the submissions{names}"
        )


def _shown(people: Sequence[int], roster: Roster) -> str:
    return " or ".join(roster.people[person].shown for person in people)
