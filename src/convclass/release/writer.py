"""Writing the released folders, and comparing them with what they should be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from convclass.course import Assignment, CourseError
from convclass.release.answers import public_answers
from convclass.release.claims import claims_page, read_claims
from convclass.release.handout import handout
from convclass.release.leaks import leaks, secrets
from convclass.release.notebook import notebook
from convclass.release.public import public_tests
from convclass.release.quiz import quiz
from convclass.release.source import read_source
from convclass.release.stub import stub

_BYPRODUCTS = ("__pycache__", ".pytest_cache", ".ipynb_checkpoints")


class Fault(StrEnum):
    """What can be wrong with a released file."""

    MISSING = "missing"
    STALE = "stale"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class Difference:
    """A file of a released folder that is not what the sources make."""

    fault: Fault
    path: Path
    line: int | None = None


def released_files(assignment: Assignment) -> dict[str, bytes]:
    """Everything that students get of one assignment, by path in its folder.

    Raises CourseError when a source is missing or wrong, or when a line that students must not see got into it.
    """
    source = read_source(assignment)
    tests = public_tests(source)
    files = {
        f"{assignment.module}.py": stub(source).encode(),
        f"{assignment.module}.ipynb": notebook(source).encode(),
        "test_public.py": tests.encode(),
        "public_answers.json": public_answers(assignment, tests).encode(),
        **handout(assignment, source),
        **quiz(assignment),
    }
    if found := leaks(files, secrets(assignment, source)):
        first = found[0]
        raise CourseError(
            f"{assignment.name}/{first.file} would give away a line of {first.origin}: {first.secret!r}; "
            "nothing was written. Take it out of the source, or change the line that is secret"
        )
    return files


def course_files(course: Path, released: Mapping[str, Mapping[str, bytes]]) -> dict[str, bytes]:
    """What students get of the course as a whole, by path beside the assignments: the page of claims, if there is one.

    `released` are the files of every assignment, by its name. Raises CourseError when a claim is not in a handout.
    """
    claims = course / "solutions" / "claims.py"
    if not claims.is_file():
        return {}
    handouts = {name: files["README.md"].decode() for name, files in released.items()}
    return {"claims.md": claims_page(read_claims(claims), handouts).encode()}


def write(files: Mapping[str, bytes], folder: Path) -> tuple[Path, ...]:
    """Write the files that differ into `folder` and return their paths. Nothing is ever deleted."""
    changed = tuple(d.path for d in compare(files, folder) if d.fault is not Fault.EXTRA)
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[path.relative_to(folder).as_posix()])
    return changed


def compare(files: Mapping[str, bytes], folder: Path) -> tuple[Difference, ...]:
    """How `folder` differs from `files`: byte by byte, and files too many."""
    expected = (_difference(folder / name, content) for name, content in sorted(files.items()))
    present = released_paths(folder)
    extra = (Difference(Fault.EXTRA, path) for path in present if path.relative_to(folder).as_posix() not in files)
    return tuple(d for d in expected if d is not None) + tuple(extra)


def compare_course(files: Mapping[str, bytes], folder: Path, released: Iterable[str]) -> tuple[Difference, ...]:
    """How `folder` differs from holding `files` beside one folder for each assignment of `released`, and no more."""
    expected = (_difference(folder / name, content) for name, content in sorted(files.items()))
    known = {*files, *released, *_BYPRODUCTS}
    extra = (Difference(Fault.EXTRA, path) for path in sorted(folder.glob("*")) if path.name not in known)
    return tuple(d for d in expected if d is not None) + tuple(extra)


def released_paths(folder: Path) -> list[Path]:
    """The files in a released folder, without what Python and Jupyter leave there."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not set(path.relative_to(folder).parts) & set(_BYPRODUCTS)
    )


def _difference(path: Path, content: bytes) -> Difference | None:
    if not path.is_file():
        return Difference(Fault.MISSING, path)
    actual = path.read_bytes()
    if actual == content:
        return None
    return Difference(Fault.STALE, path, _first_different_line(actual, content))


def _first_different_line(actual: bytes, content: bytes) -> int:
    pairs = zip(actual.split(b"\n"), content.split(b"\n"), strict=False)
    same = next((i for i, (a, b) in enumerate(pairs) if a != b), None)
    return 1 + (same if same is not None else min(actual.count(b"\n"), content.count(b"\n")) + 1)
