"""Rosters as each system exports them: the same small class, and a model of what each does with a file that comes back.

The layouts follow canvas-lms (`gradebook_exporter.rb`), Moodle (`assignfeedback_offline`, `gradeexport_txt`), what D2L
and Blackboard document, and files of others that are public. In all of them Bob has a grade already.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from convclass.lms.grades.export import Graded, GradeFile, grade_file, layout
from convclass.lms.grades.table import parse

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Notes,Scaling (501),Essay (502),Assignments Current Points,"
    "Assignments Final Points,Final Score\n"
    ",,,,,,Manual Posting,,,,\n"
    "    Points Possible,,,,,(read only),7.00,10.00,(read only),(read only),(read only)\n"
    '"Doe, Jane",12,000012,jdoe@x.edu,"Lab 1 and Lab 2",shy,,8.00,8,8,47.1\n'
    '"Roe, Bob",34,000034,broe@x.edu,Lab 1,,5.50,,5.5,5.5,32.4\n'
    '"山田, 太郎",56,000056,yamada@x.edu,Lab 2,,,,,,\n'
    '"Student, Test",99,,7d1f,Lab 1,,,,,,\n'
).encode()
WORKSHEET = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Online text,Feedback comments\n"
    'Participant 12,Jane Doe,jdoe@x.edu,Submitted for grading,,7.00,Yes,"Friday, 30 January 2026, 9:00 AM",-,<p>,\n'
    'Participant 34,Bob Roe,broe@x.edu,"Submitted, Graded",5.50,7.00,Yes,"Friday, 30 January 2026, 9:01 AM",'
    '"Monday, 2 February 2026, 8:00 AM",,well done\n'
    "Participant 56,山田 太郎,yamada@x.edu,No submission,,7.00,Yes,-,-,,\n"
    "Participant 78,Ann Poe,apoe@x.edu,Submitted for grading,,7.00,No,-,-,,\n"
).encode()
MOODLE = (
    '"First name","Last name","ID number",Institution,Department,"Email address","Assignment: Scaling (Real)",'
    '"Assignment: Scaling (Percentage)","Quiz: Pooling (Real)","Course total (Real)",'
    '"Last downloaded from this course"\n'
    'Jane,Doe,000012,,,jdoe@x.edu,-,-,-,-,1769900000\nBob,Roe,000034,,,broe@x.edu,5.50,"78.57 %",-,5.50,1769900000\n'
    "太郎,山田,,,,yamada@x.edu,-,-,-,-,1769900000\n"
).encode()
BRIGHTSPACE = (
    "OrgDefinedId,Username,Last Name,First Name,Email,Scaling Points Grade <Numeric MaxPoints:7 Weight:10>,"
    "Attendance Points Grade <Calculated MaxPoints:100>,Essay Points Grade <Numeric MaxPoints:10>,"
    "End-of-Line Indicator\n"
    "#000012,#jdoe,Doe,Jane,jdoe@x.edu,,,8,#\n#000034,#broe,Roe,Bob,broe@x.edu,5.5,,,#\n#000056,#yamada,山田,太郎,,,,,#\n"
).encode()
_BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Availability"\t'
    '"Scaling [Total Pts: 7 Score] |123456"\t"Essay [Total Pts: 10 Score] |123457"\t'
    '"Weighted Total [Total Pts: up to 17 Score] |123450"\n'
    '"Doe"\t"Jane"\t"jdoe"\t"000012"\t"2026-01-30 09:00:00"\t"Yes"\t""\t"8"\t"8"\n'
    '"Roe"\t"Bob"\t"b_roe"\t"000034"\t""\t"Yes"\t"5.5"\t""\t"5.5"\n"山田"\t"太郎"\t"yamada"\t"000056"\t""\t"Yes"\t""\t""\t""\n'
)
BLACKBOARD = _BLACKBOARD.encode("utf-16")
GRADESCOPE = (
    "First Name,Last Name,SID,Email,Role,Sections\nJane,Doe,000012,jdoe@x.edu,Student,Lab 1\n"
    "Bob,Roe,000034,broe@x.edu,Student,Lab 1\n太郎,山田,,yamada@x.edu,Student,\nAda,Boss,,boss@x.edu,Instructor,\n"
).encode()
ROSTERS = {
    "canvas": CANVAS,
    "moodle": WORKSHEET,
    "brightspace": BRIGHTSPACE,
    "blackboard": BLACKBOARD,
    "gradescope": GRADESCOPE,
}
# Jane, as the download of each system names her, or where that says nothing, as her folder may be called.
JANE = {
    "canvas": "doejane_12",
    "moodle": "Jane Doe_12",
    "brightspace": "jdoe",
    "blackboard": "jdoe",
    "gradescope": "000012",
}


@dataclass(frozen=True)
class Class:
    """Grades of one assignment, out of 7."""

    scores: dict[str, float]
    names: tuple[str, ...] = ("Scaling",)
    out_of: float = 7.0
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def graded(self) -> Graded:
        return Graded(self.names, {s: (score, self.out_of) for s, score in self.scores.items()}, self.left_out)


def made(system: str, roster: bytes | None, *classes: Class, **options: object) -> GradeFile:
    table = parse(roster, "roster.csv") if roster is not None else None
    return grade_file(layout(system), [one.graded for one in classes], table, **options)  # type: ignore[arg-type]


def rows(content: bytes) -> list[list[str]]:
    """The cells as csv reads them, in the encoding that the first bytes tell."""
    if content.startswith(b"\xff\xfe"):
        return list(csv.reader(io.StringIO(content.decode("utf-16"), newline=""), delimiter="\t", strict=True))
    return list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))


def records(content: bytes) -> list[dict[str, str]]:
    heading, *lines = rows(content)
    assert len(set(heading)) == len(heading)
    return [dict(zip(heading, line, strict=True)) for line in lines]


def canvas_takes(content: bytes, grades: dict[str, str]) -> tuple[dict[str, str], str]:
    """The grades of assignment 501 by user id, and its points, after Canvas imported the file (a model of its rules).

    A row whose first cell holds "Points Possible" sets the points; a blank takes a grade away; who is missing keeps it.
    """
    heading, *lines = rows(content)
    assert "Student" in heading[0] and "ID" in heading[1] and len(heading) > 3
    assert heading[2:5] == ["SIS User ID", "SIS Login ID", "Section"]
    (place,) = (i for i, name in enumerate(heading) if name.endswith(" (501)"))
    after, points = dict(grades), ""
    for line in lines:
        if "Points Possible" in line[0]:
            points = line[place]
        else:
            after[line[1]] = line[place]
    return {student: grade for student, grade in after.items() if grade}, points


def column(content: bytes, by: str, heading: str) -> dict[str, str]:
    return {record[by]: record[heading] for record in records(content)}


def with_cell(roster: Sequence[bytes] | bytes, old: str, new: str) -> bytes:
    """The roster with some text changed, in its own encoding."""
    assert isinstance(roster, bytes)
    encoding = "utf-16" if roster.startswith(b"\xff\xfe") else "utf-8"
    text = roster.decode(encoding)
    assert old in text
    return text.replace(old, new).encode(encoding)
