"""The files of a graded class: grades.csv, index.html, and for each student results/*.json and feedback/*.html."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from sys import intern

from convclass.course import CourseError
from convclass.exam.results import SubmissionResult, TestResult
from convclass.exam.verdict import Verdict
from convclass.grading.names import safe_names
from convclass.report.classpage import class_page
from convclass.report.feedback import feedback_page
from convclass.report.results_json import results_json
from convclass.report.text import csv_cell

_COLUMNS = ("student", "score", "max_score", "complete", "isolation")


def write_class(
    out: Path, students: Iterable[str], results: Iterable[SubmissionResult], title: str
) -> tuple[SubmissionResult, ...]:
    """Write all files into `out`, each whole or not at all; returns the results without pictures.

    `results` may be read from the gradebook as they are asked for: one at a time is held with its pictures.
    Raises CourseError when `out` cannot be written.
    """
    try:
        return _write_class(out, safe_names(students), results, title)
    except OSError as error:
        raise CourseError(f"{error.filename or out}: cannot be written ({error.strerror})") from None


def _write_class(
    out: Path, names: dict[str, str], results: Iterable[SubmissionResult], title: str
) -> tuple[SubmissionResult, ...]:
    kept: list[SubmissionResult] = []
    sharing = Sharing()
    for kind in ("results", "feedback"):
        (out / kind).mkdir(exist_ok=True)
    for result in results:
        name = names[result.student]
        write_whole(out / "results" / f"{name}.json", results_json(result))
        write_whole(out / "feedback" / f"{name}.html", feedback_page(result, title=title))
        kept.append(sharing.slim(result))
    links = {student: f"feedback/{name}.html" for student, name in names.items()}
    write_whole(out / "grades.csv", grades_csv(kept))
    write_whole(out / "index.html", class_page(kept, title=title, feedback_links=links))
    return tuple(kept)


def grades_csv(results: Sequence[SubmissionResult]) -> str:
    """One line per student: points, then for each question what came of it, then the notices. Safe in a spreadsheet."""
    questions = list(dict.fromkeys(test.question for result in results for test in result.tests))
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([*_COLUMNS, *map(csv_cell, questions), "notices"])
    for result in results:
        told = [_came_of(question, result.tests) for question in questions]
        cells = [result.student, *_figures(result), *told, "; ".join(result.notices)]
        lines.writerow(csv_cell(cell) for cell in cells)
    return text.getvalue()


def write_whole(path: Path, content: str | bytes) -> None:
    """Write the file so that a reader sees either the old content or the new one. Text is written as UTF-8."""
    new = path.with_name(f".new-{path.name}")
    try:
        new.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _figures(result: SubmissionResult) -> tuple[str, str, str, str]:
    complete = "yes" if result.complete else "no"
    return f"{result.score:.10g}", f"{result.max_score:.10g}", complete, result.isolation


def _came_of(question: str, tests: Iterable[TestResult]) -> str:
    """The hidden tests of a question in words: "passed", or how many of each verdict; a named mistake beside it."""
    mine = [test for test in tests if test.question == question and not test.public]
    verdicts = Counter(test.verdict for test in mine)
    if set(verdicts) <= {Verdict.PASSED}:
        return Verdict.PASSED.words if mine else ""
    told = ", ".join(f"{verdicts[verdict]} {verdict.words}" for verdict in Verdict if verdicts[verdict])
    mistakes = dict.fromkeys(test.mistake.name for test in mine if test.mistake)
    return f"{told} ({', '.join(mistakes)})" if mistakes else told


class Sharing:
    """Results of a class as they are held all at once: without pictures, and what is equal in many is held once.

    Else a class of 10 000 would take gigabytes: most tests come to the same for most students.
    """

    def __init__(self) -> None:
        self._tests: dict[tuple[object, ...], TestResult] = {}

    def slim(self, result: SubmissionResult) -> SubmissionResult:
        """The result without pictures."""
        texts = {name: intern(getattr(result, name)) for name in ("assignment", "exam_version", "isolation", "device")}
        return replace(result, tests=tuple(map(self._test, result.tests)), **texts)  # type: ignore[arg-type]

    def _test(self, test: TestResult) -> TestResult:
        if any(case.pictures for case in test.cases):
            test = replace(test, cases=tuple(replace(case, pictures=()) for case in test.cases))
        alike = self._tests.setdefault((test.name, test.verdict, test.score, test.message), test)
        return alike if alike == test else test
