"""What grading an assignment needs of its course, to be packed into another tool's autograder. Holds the secrets."""

from __future__ import annotations

from convclass.course import Assignment


def packed_exam(assignment: Assignment) -> dict[str, bytes]:
    """The hidden material and the released files, by path in the course; what is graded with it gets the same score.

    A folder with these files is a course for `Assignment(name, folder)`: its exam has the same version and seed.
    """
    hidden = assignment.autograder.rglob("*.py")
    files = [path for path in hidden if "sample_class" not in path.parts]
    files += [path for path in assignment.released.iterdir() if path.suffix in (".py", ".ipynb", ".md")]
    return {path.relative_to(assignment.course).as_posix(): path.read_bytes() for path in sorted(files)}
