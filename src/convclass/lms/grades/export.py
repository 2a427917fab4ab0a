"""The grades of a class as a file for one learning management system: pure, from results and roster to bytes.

A file holds a student only with a grade, and no column that was there before has a blank: none can erase a grade.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

from convclass.course import CourseError
from convclass.exam.results import SubmissionResult
from convclass.lms.grades import canvas
from convclass.lms.grades.join import Joined, join
from convclass.lms.grades.roster import Column, Roster, find_column
from convclass.lms.grades.sheet import Layout, Line, Sheet, written
from convclass.lms.grades.table import Table

_NOTHING = hashlib.sha256(b"").hexdigest()  # of a submission in which there was nothing to grade

_AS_EXPORTED = 0.005  # Canvas exports points with two digits


@dataclass(frozen=True, slots=True)
class Graded:
    """One assignment: for each student points and their maximum; `left_out` have no grade, each with the reason.

    `names` are what the assignment may be called in a gradebook; the first one heads a new column.
    """

    names: tuple[str, ...]
    scores: Mapping[str, tuple[float, float]]
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class GradeFile:
    """The file, how many students are in it, and what a person should know about who is not."""

    content: bytes
    students: int
    left_out: tuple[tuple[str, str], ...]
    without_grade: tuple[str, ...]
    by_name: tuple[str, ...]
    notes: tuple[str, ...]


def graded(names: Sequence[str], results: Iterable[SubmissionResult]) -> Graded:
    """The grades among the results of one assignment; who has none is left out with the reason."""
    scores: dict[str, tuple[float, float]] = {}
    left_out: list[tuple[str, str]] = []
    for result in results:
        reason = _why_none(result)
        if reason:
            left_out.append((result.student, reason))
        else:
            scores[result.student] = (result.score, result.max_score)
    return Graded(tuple(names), scores, tuple(left_out))


def layout(name: str) -> Layout:
    """The layout of a module of this package."""
    found: Layout = import_module(f"convclass.lms.grades.{name}").LAYOUT
    return found


def grade_file(
    files: Layout,
    assignments: Sequence[Graded],
    roster: Table | None,
    *,
    points: float | None = None,
    by_name: bool = False,
    named: bool = False,
) -> GradeFile:
    """The file for `files` with a column for each assignment.

    `points` scales all grades to this maximum; `named` says that a person chose the columns' names. Raises CourseError
    for a roster that is none, for students in doubt, for a maximum that is not the column's, and where no file would
    be taken by the system or could erase a grade.
    """
    _refuse_empty(assignments)
    known = files.read(roster or _from_submissions(files, assignments))
    _refuse_too_much(known, assignments, named)
    out_of = tuple(_out_of(one, points) for one in assignments)
    columns = tuple(_column(files, known, one, most) for one, most in zip(assignments, out_of, strict=True))
    _refuse_the_same(columns, known)
    joined = [join(one.scores, known, by_name=by_name) for one in assignments]
    lines = _lines(known, assignments, joined, out_of)
    _refuse_blanks(lines, columns, known)
    found = {place for one in joined for place in one.places.values()}
    return GradeFile(
        content=files.write(Sheet(known, columns, out_of, lines)),
        students=len(lines),
        left_out=(*_left_out(assignments), *_closed(known, joined)),
        without_grade=tuple(person.shown for place, person in enumerate(known.people) if place not in found),
        by_name=tuple(dict.fromkeys(name for one in joined for name in _named(known, one))),
        notes=tuple(_notes(files, known, columns, out_of, roster)),
    )


def _lines(
    roster: Roster, assignments: Sequence[Graded], joined: Sequence[Joined], out_of: Sequence[float]
) -> tuple[Line, ...]:
    """Everybody who has a grade and may get one, in the order of the roster."""
    grades: list[dict[int, float]] = [
        {one.places[student]: score * most / maximum for student, (score, maximum) in graded.scores.items()}
        for graded, one, most in zip(assignments, joined, out_of, strict=True)
    ]
    lines = tuple(
        Line(person, tuple(one.get(place) for one in grades))
        for place, person in enumerate(roster.people)
        if not person.closed and any(place in one for one in grades)
    )
    if not lines:
        reason = roster.people[next(iter(grades[0]))].closed
        raise CourseError(f"{roster.table.name}: there is no grade to write: {reason}, for every student")
    return lines


def _closed(roster: Roster, joined: Iterable[Joined]) -> Iterator[tuple[str, str]]:
    for one in joined:
        for student, place in one.places.items():
            if roster.people[place].closed:
                yield student, roster.people[place].closed


def _named(roster: Roster, joined: Joined) -> Iterator[str]:
    return (f"{student}: {roster.people[joined.places[student]].shown}" for student in joined.by_name)


def _why_none(result: SubmissionResult) -> str:
    if not result.complete:
        return "not complete, by a mistake of ours; grade again"
    if result.submission_sha256 == _NOTHING:
        return result.notices[0] if result.notices else "there was nothing to grade"
    if not (math.isfinite(result.score) and math.isfinite(result.max_score) and result.max_score > 0):
        return "the points are no number"
    return ""


def _refuse_empty(assignments: Sequence[Graded]) -> None:
    for one in assignments:
        if not one.scores:
            raise CourseError(
                f"{one.names[0]}: there is no grade to write: every result is incomplete, or there was nothing to grade"
            )


def _refuse_too_much(roster: Roster, assignments: Sequence[Graded], named: bool) -> None:
    """Refuse to name, or to double, the column of a file that has one by its kind."""
    if roster.given and (named or len(assignments) > 1):
        remedy = "give no --column" if named else "write one assignment at a time"
        raise CourseError(f"{roster.table.name}: such a file has one column, {roster.given.heading}; {remedy}")


def _left_out(assignments: Sequence[Graded]) -> tuple[tuple[str, str], ...]:
    alone = len(assignments) == 1
    return tuple(
        (student, reason if alone else f"{one.names[0]}: {reason}")
        for one in assignments
        for student, reason in one.left_out
    )


def _from_submissions(files: Layout, assignments: Sequence[Graded]) -> Table:
    """A roster made of the submissions' names, for the system whose downloads tell all that it needs."""
    if files is canvas.LAYOUT:
        return canvas.from_downloads(sorted({student for one in assignments for student in one.scores}))
    raise CourseError(
        f"{files.system} finds students by ids that are not in the submissions alone; give its own file with --roster "
        f"(in {files.system}: {files.download})"
    )


def _out_of(assignment: Graded, points: float | None) -> float:
    """The maximum of what is written. Raises CourseError when results were graded out of different ones."""
    most = {maximum for _, maximum in assignment.scores.values()}
    if points is not None and not (math.isfinite(points) and points > 0):
        raise CourseError(f"--points {points}: give a number above 0")
    if points is not None:
        return points
    if len(most) > 1:
        told = " and ".join(map(written, sorted(most)))
        raise CourseError(
            f"{assignment.names[0]}: some were graded out of {told} points, by different exams; grade the class again, "
            "or scale with --points"
        )
    return most.pop() if most else 0.0


def _column(files: Layout, roster: Roster, assignment: Graded, out_of: float) -> Column:
    """The assignment's column in the roster, or a new one."""
    name = assignment.names[0]
    found = roster.given or find_column(roster, assignment.names)
    if found is None and roster.new_heading is None:
        there = ", ".join(title for column in roster.columns for title in column.titles) or "none"
        raise CourseError(
            f"{roster.table.name}: has no column of points {name!r} (there is: {there}). Make it in {files.system} "
            f"first, out of {written(out_of)} points, and download again, or name one with --column: {files.system} "
            "would make one with other points"
        )
    if found is None:
        assert roster.new_heading is not None
        return Column(roster.new_heading(name, out_of), None, (name,), None)
    if found.points is not None and not math.isclose(found.points, out_of, abs_tol=_AS_EXPORTED):
        raise CourseError(
            f"{roster.table.name}: {found.heading} is out of {written(found.points)} points, the grades are out of "
            f"{written(out_of)}; scale them with --points {written(found.points)}, or change it in {files.system}"
        )
    return found


def _refuse_the_same(columns: Sequence[Column], roster: Roster) -> None:
    headings = [column.heading for column in columns]
    if len(set(headings)) != len(headings):
        raise CourseError(f"{roster.table.name}: two assignments would share one column; name each with --column")


def _refuse_blanks(lines: Sequence[Line], columns: Sequence[Column], roster: Roster) -> None:
    """A blank in a column that the system has may erase what a person entered there since the roster was made."""
    short = [
        f"{line.person.shown} in {column.heading}"
        for line in lines
        for column, grade in zip(columns, line.grades, strict=True)
        if grade is None and column.place is not None
    ]
    if short:
        raise CourseError(
            f"{roster.table.name}: nothing was written. There is no grade for {', '.join(short)}, and a blank could "
            "erase one; write one assignment at a time"
        )


def _notes(
    files: Layout, roster: Roster, columns: Sequence[Column], out_of: Sequence[float], table: Table | None
) -> Iterator[str]:
    """What the person should check: where the grades go."""
    if table is None:
        yield f"Without --roster the ids are those at the end of the submissions' names; {files.system} checks them"
    for column, most in zip(columns, out_of, strict=True):
        new = " (new)" if column.place is None and not roster.given else ""
        unknown = "; the roster does not tell its points" if column.points is None and not new else ""
        yield f"Column{new}: {column.heading}, out of {written(most)} points{unknown}"
    yield f"To {files.system}: {files.upload}"
