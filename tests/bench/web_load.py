"""300 students launch and hand in within a minute: what a launch costs while grading goes on, and what is lost.

`PYTHONPATH=tests python -m bench.web_load`. The tool runs as `convclass serve`; platform and students are threads
here, on the same machine and its loopback; so the figures are those of a machine that does the students' part as well.
Exits 1 when a request failed or a grade did not arrive; times are printed, and cost no exit status.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from urllib.parse import parse_qs, urlsplit

from bench.students import Programme, copies, programmes
from web.small_platform import SmallPlatform
from web.toolserver import ToolServer
from web.visitor import Page, Visitor

from convclass.course import Assignment, find_assignment, find_course

LINK = "homework"
GOAL = 0.300
PATIENCE = 900.0
AT_ONCE = 64


@dataclass
class Measured:
    """Seconds of every request by what it was for, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def of(self, what: str):
        """Time the block; what it raises is noted, and stops this student."""
        began = time.perf_counter()
        try:
            yield
        except Exception as error:
            with self.lock:
                self.errors.append(f"{what}: {type(error).__name__}: {str(error)[:300]}")
            raise StoppedError from error
        with self.lock:
            self.seconds.setdefault(what, []).append(time.perf_counter() - began)


class StoppedError(Exception):
    """A student who cannot go on."""


def main() -> int:
    """Run it and print the table; the exit status."""
    options = _options()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else a line for every score
    assignment = find_assignment(find_course(), options.assignment)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        group = list(copies(programmes(assignment, folder), options.students))
        tool = ToolServer(folder, assignment.course, jobs=options.jobs)
        platform = SmallPlatform(tool.url, custom=_custom(assignment))
        with platform.serving():
            tool.register("Load", platform.registration())
            tool.start()
            try:
                measured, waited = _class_hands_in(platform, tool, group, options.seconds)
            finally:
                tool.stop()
    return _print(measured, platform, group, waited)


def _class_hands_in(
    platform: SmallPlatform, tool: ToolServer, group: Sequence[Programme], seconds: float
) -> tuple[Measured, float]:
    """All students, one after the other at even distances; then the wait for the last grade, in seconds from then."""
    measured, began = Measured(), time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number, programme in enumerate(group):
            time.sleep(max(0.0, began + number * seconds / len(group) - time.perf_counter()))
            pool.submit(_student, platform, tool, programme, measured)
    last = time.perf_counter()
    while len(platform.scores) < len(group) - len(measured.errors) and time.perf_counter() < last + PATIENCE:
        time.sleep(0.2)
    return measured, time.perf_counter() - last


def _student(platform: SmallPlatform, tool: ToolServer, programme: Programme, measured: Measured) -> None:
    visitor = Visitor()
    try:
        with measured.of("launch"):
            page = _launch(platform, tool, visitor, programme.name)
        with measured.of("hand in"):
            form = page.form("file")
            visitor.submit(form, files={"file": ("convolution.py", programme.source.encode(), "text/x-python")})
    except StoppedError:
        return


def _launch(platform: SmallPlatform, tool: ToolServer, visitor: Visitor, name: str) -> Page:
    """From the tool's login to the student's page; the platform's own part is only its signature."""
    begun = platform.login_parameters(name, LINK)
    login = visitor.session.get(f"{tool.url}/lti/login", params=begun, allow_redirects=False, timeout=60)
    if login.status_code != 302:
        raise RuntimeError(f"login answers {login.status_code}: {login.text[:200]}")
    asked = {key: values[0] for key, values in parse_qs(urlsplit(login.headers["Location"]).query).items()}
    token = platform.id_token(asked["lti_message_hint"], asked["nonce"])
    form = {"state": asked["state"], "id_token": token}
    answer = visitor.session.post(f"{tool.url}/lti/launch", data=form, timeout=60)
    answer.raise_for_status()
    return Page(answer)


def _print(measured: Measured, platform: SmallPlatform, group: Sequence[Programme], waited: float) -> int:
    for what, seconds in measured.seconds.items():
        cuts = quantiles(seconds, n=100) if len(seconds) > 1 else seconds * 99
        print(f"{what:10} {len(seconds):4} done   p50 {cuts[49] * 1000:6.0f} ms   p95 {cuts[94] * 1000:6.0f} ms")
    wrong = list(_wrong(platform, group))
    print(f"grades returned: {len(platform.scores)} of {len(group)}, the last {waited:.0f} s after the last file")
    print(f"errors: {len(measured.errors)}, grades out of order: {len(platform.refused)}, wrong grades: {len(wrong)}")
    launches = sorted(measured.seconds.get("launch", []))
    if launches:
        slowest = launches[int(0.95 * len(launches))]
        print(f"the goal, launch p95 under {GOAL * 1000:.0f} ms: {'met' if slowest < GOAL else 'missed'}")
    print("\n".join([*measured.errors[:10], *platform.refused[:10], *wrong[:10]]))
    return int(bool(measured.errors or platform.refused or wrong or len(platform.scores) < len(group)))


def _wrong(platform: SmallPlatform, group: Sequence[Programme]):
    """Who is right got full marks, and nobody else did."""
    for programme in group:
        for score in platform.scores.get((LINK, programme.name), [])[-1:]:
            if (score["scoreGiven"] == score["scoreMaximum"]) != programme.right:
                yield f"{programme.name}: {score['scoreGiven']} of {score['scoreMaximum']}"


def _custom(assignment: Assignment) -> dict[str, str]:
    return {"convclass_work": "assignment", "convclass_assignment": assignment.name}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.web_load", description=__doc__)
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=60.0, help="in which they all come")
    parser.add_argument("--assignment", default="01_convolution")
    parser.add_argument("--jobs", type=int, default=1, help="graders of the tool")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
