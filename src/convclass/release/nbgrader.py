"""A whole nbgrader course: source notebooks for `nbgrader generate_assignment`, its settings, and the packed exams."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convclass.course import Assignment, CourseError
from convclass.nbgrader_course import EXAMS, SCORE_IMPORT, answer_cell, check_cell
from convclass.release.notebook import IMPORT, nodes, notebook_file
from convclass.release.packed_exam import packed_exam
from convclass.release.public import public_tests
from convclass.release.regions import Region, regions, with_markers
from convclass.release.source import Role, Source, question_names, read_source

CONFIG = "nbgrader_config.py"

_SETTINGS = '''"""Settings of this nbgrader course. A new release leaves this file as it is."""

from pathlib import Path

from convclass.grading.autograde import configure

c = get_config()  # noqa: F821 - nbgrader provides it
configure(c, Path(__file__).parent)  # `nbgrader autograde` grades in ConvClass's sandbox and runs no student cell

c.CourseDirectory.course_id = "convclass"  # the course's name in your exchange
# c.GradeNotebook.min_isolation = "B"      # A, B, C or D; what `convclass grade --min-isolation` takes
# c.GradeNotebook.device = "cpu"
'''

_HIDDEN = f"""### BEGIN HIDDEN TESTS
{SCORE_IMPORT}

score("{{question}}")
### END HIDDEN TESTS"""


@dataclass(frozen=True, slots=True)
class _Cell:
    """One cell of a source notebook; `marks` are nbgrader's: what a student may do with it, and its points."""

    kind: str
    text: str
    marks: dict[str, Any] | None = None


def write_package(assignments: Sequence[Assignment], out: Path) -> Iterable[Path]:
    """Write the course into `out` and return what was written. Nothing is deleted; own settings are kept.

    Raises CourseError, before anything is written, when an assignment cannot be released, or when the course has
    settings of its own with which `nbgrader autograde` would run student code.
    """
    files = _settings(out / CONFIG)
    for assignment in assignments:
        files |= _assignment_files(assignment)
    return [_write(out / name, content) for name, content in sorted(files.items())]


def _settings(path: Path) -> dict[str, bytes]:
    """The settings to write, if there are none yet. Those of a course that exists already have to call ours."""
    if not path.exists():
        return {CONFIG: _SETTINGS.encode()}
    if b"convclass.grading.autograde" not in path.read_bytes():
        raise CourseError(
            f"{path}: would let student code run with your rights; add these two lines to it and release again:\n"
            "    from convclass.grading.autograde import configure\n"
            "    configure(get_config(), __import__('pathlib').Path(__file__).parent)"
        )
    return {}


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _assignment_files(assignment: Assignment) -> dict[str, bytes]:
    """The source folder of an assignment, and its exam; by path in the course."""
    source = read_source(assignment)
    _refuse_stale(assignment, source)
    files = {f"{EXAMS}/{path}": content for path, content in packed_exam(assignment).items()}
    folder = f"source/{assignment.name}"
    files[f"{folder}/{assignment.module}.ipynb"] = source_notebook(source, points(assignment)).encode()
    for path in sorted(assignment.released.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and not _is_to_fill_in(path, assignment):
            files[f"{folder}/{path.relative_to(assignment.released).as_posix()}"] = path.read_bytes()
    return files


def _is_to_fill_in(path: Path, assignment: Assignment) -> bool:
    return path.name in (f"{assignment.module}.py", f"{assignment.module}.ipynb")


def _refuse_stale(assignment: Assignment, source: Source) -> None:
    released = assignment.released / "test_public.py"
    if not released.is_file() or released.read_text("utf-8") != public_tests(source):
        raise CourseError(f"{released}: not what the source makes; run `convclass release` first")


def points(assignment: Assignment) -> dict[str, float]:
    """The points of every question, in the exam's order. Raises CourseError when the exam cannot be collected."""
    from convclass.exam.examiner import Examiner

    found: dict[str, float] = {}
    for test in Examiner(assignment).exam.tests:
        found[test.mark.name] = found.get(test.mark.name, 0.0) + (0.0 if test.public else test.mark.points)
    return found


def source_notebook(source: Source, points: dict[str, float]) -> str:
    """The instructor's notebook, from which `nbgrader generate_assignment` makes the students'. Needs nbformat."""
    cells = list(_cells(source, points))
    made = nodes((cell.kind, cell.text) for cell in cells)
    for node, cell in zip(made, cells, strict=True):
        if cell.marks:
            node.metadata["nbgrader"] = cell.marks
    return notebook_file(made, {})


def _cells(source: Source, points: dict[str, float]) -> Iterator[_Cell]:
    """All cells in order; a question without public tests gets its check cell at the end."""
    left = dict(points)
    imported = False
    for cell in source.cells:
        if cell.role is Role.TEXT:
            yield _Cell("markdown", cell.text)
        elif cell.role is Role.PUBLIC:
            for question in question_names(cell):
                yield _check(question, left.pop(question), f'check("{question}")')
        else:
            text = with_markers(cell, source.path, _solution)
            yield _answer(text) if regions(cell, source.path) else _Cell("code", text)
            if not imported:
                yield _Cell("code", IMPORT)
            imported = True
    for question, worth in left.items():
        yield _check(question, worth, f"# {question} has hidden tests only")


def _solution(region: Region, lines: list[str]) -> list[str]:
    """A solution between nbgrader's own markers, and above them the task, which students see."""
    marks = f"{region.indent}### BEGIN SOLUTION", f"{region.indent}### END SOLUTION"
    return [f"{region.indent}# {region.task}", marks[0], *lines, marks[1]]


def _check(question: str, worth: float, shown: str) -> _Cell:
    marks = _marks(check_cell(question), grade=True, locked=True, points=worth)
    return _Cell("code", f"{shown}\n{_HIDDEN.format(question=question)}", marks)


def _answer(text: str) -> _Cell:
    defined = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return _Cell("code", text, _marks(answer_cell(defined[0].name), solution=True))


def _marks(
    grade_id: str, *, grade: bool = False, solution: bool = False, locked: bool = False, points: float | None = None
) -> dict[str, Any]:
    marks = {"grade_id": grade_id, "grade": grade, "solution": solution, "locked": locked, "task": False}
    worth = {} if points is None else {"points": points}
    return {**marks, "schema_version": 3, **worth}
