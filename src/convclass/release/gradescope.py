"""autograder.zip of each assignment, as Gradescope takes it: setup.sh, run_autograder, and what they use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from pathlib import Path

from convclass.course import Assignment
from convclass.lms.archive import packed
from convclass.release.carried import Wheels
from convclass.release.packed_exam import packed_exam
from convclass.release.wheels import PYTHON, download, own_wheel, requirements

_PROGRAMS = ("run_autograder", "setup.sh")


def write_package(assignments: Sequence[Assignment], out: Path, wheels: Wheels = Wheels.OWN) -> Iterator[Path]:
    """Write OUT/NN_topic/autograder.zip for each assignment and name it; each holds the hidden tests.

    With `wheels` all, setup.sh needs no network where Python is there; torch's is about 200 MB. Without wheels but
    convclass's own the zip is the same to the byte for the same course and environment, and with them for the same
    wheels. Raises CourseError when the wheels cannot be had.
    """
    common = _common(wheels)
    for assignment in assignments:
        path = out / assignment.name / "autograder.zip"
        path.parent.mkdir(parents=True, exist_ok=True)
        course = {f"course/{name}": content for name, content in packed_exam(assignment).items()}
        path.write_bytes(packed(dict(sorted((common | course).items())), executable=_PROGRAMS))
        yield path


def _common(wheels: Wheels) -> dict[str, bytes]:
    """What is the same in the zip of every assignment: the programs, what they install, and the wheels of that."""
    scripts = resources.files("convclass.release") / "at_gradescope"
    files = {name: (scripts / name).read_bytes() for name in _PROGRAMS}
    small = requirements()
    torch = {"torch": small.pop("torch")}
    name, content = own_wheel()
    files |= {
        "python.txt": f"python{PYTHON}\n".encode(),
        "requirements.txt": _lines(small.values()),
        "torch.txt": _lines(torch.values()),
        "convclass.txt": _lines([f"convclass=={name.split('-')[1]}"]),
        f"wheels/convclass/{name}": content,
    }
    if wheels is not Wheels.OWN:
        files |= {f"wheels/requirements/{name}": content for name, content in download(small).items()}
    if wheels is Wheels.ALL:
        files |= {f"wheels/torch/{name}": content for name, content in download(torch).items()}
    return files


def _lines(texts: Iterable[str]) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode()
