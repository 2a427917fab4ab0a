"""The solution as a plain module, without text and tests: what grading submits to prove that the solution is right."""

from __future__ import annotations

from convclass.course import Assignment
from convclass.release.regions import without_markers
from convclass.release.source import Role, Source, read_source


def solution_module(assignment: Assignment) -> bytes:
    """The solution of an assignment as the source of a module that imports nothing of this package.

    Raises CourseError when the assignment's source cannot be read.
    """
    return module(read_source(assignment)).encode()


def module(source: Source) -> str:
    """The code cells of a source, solutions included, one below the other."""
    return "\n\n\n".join(without_markers(cell, source.path) for cell in source.of(Role.CODE)) + "\n"
