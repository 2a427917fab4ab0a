"""A student's folder at home: where the file to check is, and where its public tests are."""

from __future__ import annotations

from pathlib import Path

from convclass.course import CourseError

TESTS = "test_public.py"


def file_and_tests(path: Path) -> tuple[Path, Path]:
    """The file to check and the folder of its public tests, for a file or a folder named by the student.

    Raises CourseError when either is missing or could be several.
    """
    if path.is_dir():
        folder = path if (path / TESTS).is_file() else _only_assignment(path)
        return module_beside(folder), folder
    if not path.is_file():
        raise CourseError(f"{path}: no such file; name the file you work on, or its folder")
    folder = path.resolve().parent
    if (folder / TESTS).is_file():
        return path, folder
    raise CourseError(f"{folder}: holds no {TESTS}; keep your file in the assignment's folder, beside {TESTS}")


def module_beside(folder: Path) -> Path:
    """The module to check in a released assignment's folder: its one .py file that is not a test, else its notebook."""
    for pattern in ("*.py", "*.ipynb"):
        found = sorted(p for p in folder.glob(pattern) if not p.name.startswith(("test_", ".")))
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(p.name for p in found)
            raise CourseError(f"{folder}: several files could be meant ({names}); name one: convclass check FILE")
    raise CourseError(f"{folder}: holds no .py or .ipynb file to check")


def _only_assignment(folder: Path) -> Path:
    for pattern in (f"*/{TESTS}", f"assignments/*/{TESTS}"):
        found = sorted(p.parent for p in folder.glob(pattern))
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(str(p.relative_to(folder)) for p in found)
            raise CourseError(f"{folder}: holds several assignments ({names}); name one: convclass check FOLDER")
    raise CourseError(f"{folder}: holds no {TESTS}; change to the folder of an assignment, or name it")
