"""The submissions of a class, found in a folder or zip and read one at a time, as bytes only.

What is accepted: one folder per student; a flat folder of files as Canvas, Moodle, Blackboard or Brightspace name
them, or of files named after the student; a zip of any of these, with or without a folder around everything; a
Gradescope export; nbgrader's submitted/. Whatever is wrong with one student's files is told in that student's
`problem` and never stops the class.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from convclass.course import Assignment, CourseError
from convclass.grading.archive import ZipTree
from convclass.grading.choose import choose
from convclass.grading.handed_in import HandedIn, Item, Wanted, by_student, is_junk
from convclass.grading.names import visible
from convclass.grading.tree import FolderTree, Tree, UnreadableError


@dataclass(frozen=True, slots=True)
class Submission:
    """What one student handed in: the bytes of one file, or a `problem` in words and no bytes.

    `student` tells students of a class apart and is safe to print; `filename` is the assignment's module with the
    extension of what was handed in; `notices` say what was found besides.
    """

    student: str
    display_name: str
    filename: str
    source: bytes = field(repr=False)
    notices: tuple[str, ...] = ()
    problem: str | None = None

    @property
    def sha256(self) -> str:
        """The hash of the bytes that were handed in (of no bytes when there is a problem)."""
        return hashlib.sha256(self.source).hexdigest()

    @property
    def lines(self) -> tuple[str, ...]:
        """The problem, if any, and the notices: what the result should say about the submission as a whole."""
        return (*((self.problem,) if self.problem else ()), *self.notices)


@dataclass(frozen=True, slots=True)
class Reference:
    """A student whose files were found and not yet read."""

    student: str
    display_name: str
    _found: HandedIn = field(repr=False)
    _wanted: Wanted = field(repr=False)
    _handed_out: frozenset[str] = field(repr=False)

    def read(self) -> Submission:
        """The submission, read now; a file that cannot be read becomes a `problem`."""
        chosen = choose(self._found.items, self._wanted, self._handed_out)
        notices = (*self._found.notices, *chosen.notices)
        return Submission(self.student, self.display_name, chosen.filename, chosen.source, notices, chosen.problem)


@dataclass(frozen=True, slots=True)
class Submissions:
    """All students found, in order; `left_out` are names that belong to nobody."""

    references: tuple[Reference, ...]
    left_out: tuple[str, ...] = ()


def find_submissions(path: Path, assignment: Assignment) -> Submissions:
    """Find every student in `path`. Raises CourseError when it is missing, unreadable or holds no student."""
    wanted = _wanted(assignment)
    try:
        found, left_out = by_student(_tree(path), wanted)
    except (OSError, UnreadableError) as error:
        raise CourseError(f"{path}: {error}; give a folder or a zip of submissions") from None
    if not found:
        raise CourseError(
            f"{path}: no submissions found; give a folder with one folder per student, or the zip that your "
            f"learning platform makes"
        )
    handed_out = _hashes(assignment.released)
    references = (Reference(one.student, one.display_name, one, wanted, handed_out) for one in found)
    return Submissions(tuple(references), tuple(left_out))


def read_submission(path: Path, assignment: Assignment, student: str) -> Submission:
    """What one student handed in: `path` is the file, or a folder of which everything is this student's.

    Raises CourseError when there is no such file or folder; whatever else is wrong is told in the `problem`.
    """
    alone = path.is_file()
    if not alone and not path.is_dir():
        raise CourseError(f"{path}: there is no such file or folder; give one student's submission")
    tree = FolderTree(path.parent if alone else path)
    mine = HandedIn(student, student)
    for entry in tree.entries():
        if not is_junk(entry) and (not alone or entry.path == (path.name,)):
            name = f"{assignment.module}{path.suffix.lower()}" if alone else entry.name
            mine.items.append(Item(tree, entry, name, visible("/".join(entry.path))))
    return Reference(student, student, mine, _wanted(assignment), _hashes(assignment.released)).read()


def _wanted(assignment: Assignment) -> Wanted:
    return Wanted(assignment.module, frozenset({assignment.name, assignment.module}))


def _tree(path: Path) -> Tree:
    if path.is_dir():
        return FolderTree(path)
    if path.is_file() and path.suffix.lower() == ".zip":
        return ZipTree(path, path.stem)
    if path.is_file():
        raise CourseError(
            f"{path}: is a single file; give a folder or a zip of submissions "
            "(`convclass check` looks at one student's file)"
        )
    raise CourseError(f"{path}: there is no such folder or zip")


def _hashes(folder: Path) -> frozenset[str]:
    files = (path for path in folder.glob("*") if path.suffix in (".py", ".ipynb") and path.is_file())
    return frozenset(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
