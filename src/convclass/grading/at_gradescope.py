"""What run_autograder runs at Gradescope: one submission in, one results.json out, whole or not at all.

Two processes, so that one is left to say so when the other is killed for its memory or is too slow. Whatever fails on
our side leaves a results.json without a score: Gradescope then has no grade to keep, which is not a 0.
https://gradescope-autograders.readthedocs.io: specs, submission_metadata, troubleshooting.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from convclass.course import Assignment, CourseError
from convclass.grading.names import visible
from convclass.grading.output import write_whole
from convclass.report.gradescope_json import gradescope_json, no_grade_json

TIME_LIMIT = 540.0  # seconds; Gradescope itself ends a run after 10 minutes unless told otherwise, and gives a 0
_LARGEST_METADATA = 16 * 2**20  # it repeats the results of all previous submissions
_LONGEST_NAME = 200
_MOST_WARNINGS = 50
_TRIES = 2
_WORKER = "--worker"


@dataclass(frozen=True, slots=True)
class Place:
    """The folders and files below /autograder, by Gradescope's names."""

    root: Path = Path("/autograder")

    @property
    def submission(self) -> Path:
        """What the student handed in."""
        return self.root / "submission"

    @property
    def metadata(self) -> Path:
        """Who handed it in, and the results of what was handed in before."""
        return self.root / "submission_metadata.json"

    @property
    def results(self) -> Path:
        """The file that Gradescope reads when the run is over."""
        return self.root / "results" / "results.json"

    @property
    def assignment(self) -> Assignment:
        """The one assignment whose hidden material the zip holds. Raises CourseError when there is not one."""
        course = self.root / "source" / "course"
        found = sorted(path.name for path in (course / "autograder").glob("[0-9]*_*"))
        if len(found) != 1:
            raise CourseError(
                f"{course}: holds {len(found)} assignments, not one; upload autograder.zip as it was made"
            )
        return Assignment(found[0], course)

    def close(self) -> None:
        """Keep every other user out of what is not for students; what somebody else owns is left to its owner."""
        folders = (self.root / "source", self.submission, self.results.parent)
        for path, mode in (*((folder, 0o700) for folder in folders), (self.metadata, 0o600)):
            with contextlib.suppress(FileNotFoundError, PermissionError):
                path.chmod(mode)


def main(arguments: Sequence[str] | None = None) -> None:
    """Grade the submission that lies there; there is a results.json when this returns."""
    options, place = _parser().parse_args(arguments), Place()
    os.umask(0o077)
    least = "E" if options.trust_submissions else options.min_isolation
    if options.worker:
        _work(place, least)
        return
    place.results.parent.mkdir(parents=True, exist_ok=True)
    place.close()
    place.results.unlink(missing_ok=True)
    reason = _graded(place, ["--min-isolation", least] if least else [], options.time_limit)
    if not place.results.is_file():
        write_whole(place.results, no_grade_json(reason, _name(place)))
        print(f"not graded: {reason}; results.json has no score", flush=True)


def grade(place: Place, least: str | None) -> None:
    """Grade and write results.json. What is for the instructor alone is printed, which Gradescope shows nobody else."""
    from convclass.grading.single import Grader

    started = time.monotonic()
    result = Grader(place.assignment, min_isolation=least).grade(place.submission, student_of(place.metadata))
    write_whole(place.results, gradescope_json(result, time.monotonic() - started))
    print(f"isolation {result.isolation}; {result.score:g} of {result.max_score:g} points; complete: {result.complete}")
    for warning in result.warnings[:_MOST_WARNINGS]:
        print(visible(warning))


def _work(place: Place, least: str | None) -> None:
    try:
        grade(place, least)
    except CourseError as error:
        sys.exit(f"{error}; options go into run_autograder")


def student_of(metadata: Path) -> str:
    """Who handed in, by email or else name, with commas for a group; "" when Gradescope does not say."""
    try:
        with metadata.open("rb") as file:
            about = json.loads(file.read(_LARGEST_METADATA))
        users = about["users"]
        names = [str(user.get("email") or user.get("name") or user.get("id")) for user in users]
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return ""
    return visible(", ".join(names))[:_LONGEST_NAME]


def _graded(place: Place, options: list[str], seconds: float) -> str:
    """Have the submission graded, a second time when the first fails; why there is no result, in words for a student.

    Gradescope has no other run to take a grade from: what fails by chance, such as a sandbox that a busy machine keeps
    from starting, must not wait for the instructor.
    """
    end, reason = time.monotonic() + seconds, ""
    for _ in range(_TRIES):
        left = end - time.monotonic()
        if left > 0 and not place.results.is_file():
            reason = _tried(options, left, seconds)
    return reason


def _tried(options: list[str], left: float, seconds: float) -> str:
    """Run the process that grades and end all that it leaves; what it may have failed by."""
    command = [sys.executable, "-I", "-m", __spec__.name, _WORKER, *options]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        code: int | None = process.wait(left)
    except subprocess.TimeoutExpired:
        code = None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if code is None:
        return f"it took longer than {seconds:g} seconds"
    if code == -signal.SIGKILL:
        return "the autograder was killed, most likely for its memory (it needs 1.5 GB)"
    return "the autograder failed"


def _name(place: Place) -> str:
    try:
        return place.assignment.name
    except CourseError:
        return ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="run_autograder", description=__doc__)
    parser.add_argument("--min-isolation", choices=tuple("ABCDE"), help="default: C in a container, as Gradescope's")
    parser.add_argument("--trust-submissions", action="store_true", help="grade whatever the isolation level is")
    parser.add_argument("--time-limit", type=float, default=TIME_LIMIT, help="seconds, below Gradescope's own")
    parser.add_argument(_WORKER, action="store_true", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    main()
