"""Open edX and the tool, each a process of its own, with a course, people and links: for tests and for pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from web.chromium import LMS, TOOL
from web.openedx.platform import OpenEdx, wait_until
from web.tls import certificate, listening, tls_front
from web.toolserver import ToolServer
from web.visitor import Page, Visitor

ROSTER = {"ada": "Ada Lovelace", "bob": "Bob Jones", "eve": "Eve Adams", "kim": "Kim Park"}
TEACHER = "grace"
NEVER_CAME = "Nia Quiet"


@dataclass
class Campus:
    """A platform and a tool that know each other. `ids`: by which the platform's people are known to tools."""

    openedx: OpenEdx
    tool: ToolServer
    ids: dict[str, str]

    def add_link(self, name: str, work: str = "", assignment: str = "", **options: Any) -> dict[str, Any]:
        """A block of the course; `work` and `assignment` are its custom parameters, where nobody picks content."""
        custom = {"convclass_work": work, "convclass_assignment": assignment} if work else {}
        like = "first" if name != "first" else ""
        return self.openedx.add_block(name, self.tool.addresses, like=like, custom=custom, **options)

    def signed_in(self, username: str) -> Visitor:
        """Somebody who has signed in to the platform."""
        visitor = Visitor()
        visitor.get(f"{self.openedx.url}/login/{username}")
        return visitor

    def open(self, username: str, block: str, status: int = 200) -> tuple[Visitor, Page]:
        """Somebody who opens a block, and the page of the tool that they see."""
        visitor = self.signed_in(username)
        return visitor, visitor.launch(f"{self.openedx.url}/block/{block}", status)

    def scores(self, block: str, username: str) -> list[dict[str, Any]]:
        """The scores that the platform has of somebody: one, or none, of each line item."""
        items = [item for item in self.openedx.state()["items"] if item["block"] == block]
        return [score for item in items for score in item["scores"] if score["user_id"] == self.ids[username]]

    def wait_for_score(self, block: str, username: str, given: float, seconds: float = 120) -> dict[str, Any]:
        """The score, when the platform has it."""

        def arrived() -> dict[str, Any] | None:
            return next((one for one in self.scores(block, username) if one["score_given"] == given), None)

        return wait_until(arrived, seconds, f"no score of {given} for {username}")

    def grade(self, block: str, username: str) -> dict[str, Any]:
        """The cell of the platform's own gradebook."""
        grades = self.openedx.state()["grades"]
        return next(one for one in grades if (one["block"], one["username"]) == (block, username))


@contextmanager
def campus(folder: Path, course: Path, *, tls: bool = False, jobs: int = 1) -> Iterator[Campus]:
    """Both servers, while the block lasts. tls: browsers reach them at two hosts that do not exist, with TLS."""
    with ExitStack() as stack:
        lms_front, tool_front = (stack.enter_context(listening()) for _ in range(2)) if tls else (None, None)
        pages = f"https://{LMS}:{lms_front.getsockname()[1]}" if lms_front else ""
        url = f"https://{TOOL}:{tool_front.getsockname()[1]}" if tool_front else ""
        openedx, tool = OpenEdx(folder, pages=pages), ToolServer(folder, course, url, jobs)
        if tls:
            pem = certificate(folder, LMS, TOOL)
            stack.enter_context(tls_front(pem, lms_front, openedx.port))
            stack.enter_context(tls_front(pem, tool_front, tool.port))
        stack.callback(openedx.stop)
        stack.callback(tool.stop)
        openedx.start()
        ids = {username: openedx.add_person(username, name) for username, name in ROSTER.items()}
        ids[TEACHER] = openedx.add_person(TEACHER, "Grace Hopper", role="instructor")
        openedx.add_person("nia", NEVER_CAME)
        made = Campus(openedx, tool, ids)
        tool.register("Open edX", made.add_link("first"))
        tool.start()
        yield made
