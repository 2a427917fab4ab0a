"""The package for otter-grader: for each assignment a master notebook for `otter assign`, and the files it names.

The master says what otter's authors know: questions with their points, solutions, public and hidden tests. The hidden
tests in it only hold their places, their titles and their points; a plugin grades (convclass.otter.plugin).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

import convclass
from convclass.course import Assignment, CourseError
from convclass.exam import collect
from convclass.exam.collect import Test
from convclass.otter.plugin import EXAM, SandboxedGrading
from convclass.otter.public import FOLDER, check_question
from convclass.release.notebook import notebook_of
from convclass.release.packed_exam import packed_exam
from convclass.release.regions import Region, regions, with_markers
from convclass.release.source import Cell, Role, Source, question_names, read_source
from convclass.release.writer import Fault, compare, write

_PUBLIC = ("test_public.py", "public_answers.json")
_HANDOUT = ("README.md", "figures")
_PLUGIN = f"{SandboxedGrading.__module__}.{SandboxedGrading.__qualname__}"
_NOT_GRADED = f"this is graded by the plugin {_PLUGIN}, which did not run"


def write_package(assignments: Iterable[Assignment], out: Path) -> Iterator[Path]:
    """Write a folder for each assignment into `out`, hidden tests included, and yield what was written.

    Raises CourseError when an assignment is not released, or when a folder holds files of another exam.
    """
    for assignment in assignments:
        files = otter_files(assignment)
        folder = out / assignment.name
        _refuse_extra(files, folder)
        yield from write(files, folder)


def otter_files(assignment: Assignment) -> dict[str, bytes]:
    """The files of one assignment's folder, by path in it."""
    handed_out = [path for name in _HANDOUT for path in _files(assignment.released / name)]
    files = {path.relative_to(assignment.released).as_posix(): path.read_bytes() for path in handed_out}
    files |= {f"{FOLDER}/{name}": _released(assignment.released / name) for name in _PUBLIC}
    files |= {f"{EXAM}/{name}": content for name, content in packed_exam(assignment).items()}
    names = sorted({name.split("/")[0] for name in files} - {EXAM})
    return {f"{assignment.module}.ipynb": master(assignment, names).encode(), **files}


def master(assignment: Assignment, names: Iterable[str]) -> str:
    """The master notebook; `names` are the files and folders beside it that students get too."""
    source = read_source(assignment)
    hidden = collect.hidden_tests(assignment.autograder / "test_hidden.py")
    return notebook_of(_cells(assignment, source, hidden, list(names)), f"{source.path}, for otter assign")


def _cells(
    assignment: Assignment, source: Source, hidden: tuple[Test, ...], names: list[str]
) -> Iterator[tuple[str, str]]:
    """The kind and text of each cell. A question begins where its first solution does, or the text above it."""
    yield "raw", "# ASSIGNMENT CONFIG\n" + yaml.safe_dump(_config(assignment, names), sort_keys=False)
    waiting: list[Cell] = []
    for cell in source.cells:
        if cell.role is not Role.PUBLIC:
            waiting.append(cell)
            continue
        for question in question_names(cell):
            start = _start(waiting, source.path)
            yield from _plain(waiting[:start])
            yield from _question(question, waiting[start:], hidden, source.path)
            waiting = []
    if _start(waiting, source.path) < len(waiting):
        raise CourseError(f"{source.path}: a solution without public tests below it; otter has no place for it")
    yield from _plain(waiting)


def _config(assignment: Assignment, names: list[str]) -> dict[str, Any]:
    return {
        "requirements": [f"convclass=={convclass.__version__}"],
        "files": names,
        "autograder_files": [EXAM],
        "tests": {"files": True, "ok_format": False},
        "check_all_cell": True,
        "export_cell": {"pdf": False, "run_tests": False, "ignore_log": True},
        "generate": {"show_hidden": True},
        "plugins": [{_PLUGIN: {"assignment": assignment.name}}],
    }


def _start(cells: list[Cell], path: str) -> int:
    """The place of the first cell with a solution, or of the text right above it; the end when there is none."""
    first = next((i for i, cell in enumerate(cells) if cell.role is Role.CODE and regions(cell, path)), len(cells))
    above = 0 < first < len(cells) and cells[first - 1].role is Role.TEXT
    return first - 1 if above else first


def _question(question: str, cells: list[Cell], hidden: tuple[Test, ...], path: str) -> Iterator[tuple[str, str]]:
    tests = [test for test in hidden if test.mark.name == question]
    about = {"name": question, "points": sum(test.mark.points for test in tests)}
    yield "raw", "# BEGIN QUESTION\n" + yaml.safe_dump(about, sort_keys=False)
    for cell in cells:
        if cell.role is Role.CODE and regions(cell, path):
            yield "raw", "# BEGIN SOLUTION"
            yield "code", with_markers(cell, path, _solution)
            yield "raw", "# END SOLUTION"
        else:
            yield from _plain([cell])
    yield "raw", "# BEGIN TESTS"
    yield "code", _public_test(question)
    yield from (("code", _hidden_test(test)) for test in tests)
    yield "raw", "# END TESTS"
    yield "raw", "# END QUESTION"


def _plain(cells: Iterable[Cell]) -> Iterator[tuple[str, str]]:
    for cell in cells:
        yield ("markdown" if cell.role is Role.TEXT else "code"), cell.text


def _solution(region: Region, lines: list[str]) -> list[str]:
    """A solution and the line that students get in its place, which is inert text in the master."""
    return [
        f"{region.indent}# BEGIN SOLUTION NO PROMPT",
        *lines,
        f"{region.indent}# END SOLUTION",
        f'{region.indent}""" # BEGIN PROMPT',
        region.stub,
        f'{region.indent}""" # END PROMPT',
    ]


def _public_test(question: str) -> str:
    """The public tests of a question, as one test: otter gives it no points, for the hidden ones have them all."""
    return (
        "def test_public(env):\n"
        f"    from {check_question.__module__} import {check_question.__name__}\n"
        f"    {check_question.__name__}({question!r}, env)"
    )


def _hidden_test(test: Test) -> str:
    about = yaml.safe_dump({"hidden": True, "points": test.mark.points}, sort_keys=False)
    return (
        f'""" # BEGIN TEST CONFIG\n{about}""" # END TEST CONFIG\n'
        f"def {test.name}():\n    {test.title!r}\n    raise AssertionError({_NOT_GRADED!r})"
    )


def _files(path: Path) -> list[Path]:
    """The file itself, or the files of a folder; none where there is neither."""
    return [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())


def _released(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise CourseError(f"{path}: no such file; run `convclass release` first") from None


def _refuse_extra(files: dict[str, bytes], folder: Path) -> None:
    """Refuse a folder whose exam has files that this exam does not have: otter would pack them, and grades change."""
    for part in (EXAM, FOLDER):
        own = {name.split("/", 1)[1]: content for name, content in files.items() if name.startswith(f"{part}/")}
        extra = [d.path for d in compare(own, folder / part) if d.fault is Fault.EXTRA]
        if extra:
            raise CourseError(f"{extra[0]}: belongs to another version of the exam; delete {folder} and release again")
