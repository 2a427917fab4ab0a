"""What a link in a course can open: the assignments of the course, and their quizzes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from convclass.course import Assignment, assignments
from convclass.web.models import Work
from convclass.web.refused import Refused

CUSTOM_WORK, CUSTOM_ASSIGNMENT = "convclass_work", "convclass_assignment"


@dataclass(frozen=True, slots=True)
class Offer:
    """An assignment or a quiz, by the name of the assignment's folder."""

    work: Work
    assignment: str
    title: str

    def url(self, tool_url: str) -> str:
        """The address that a link in the LMS has."""
        return f"{tool_url}/lti/launch?{urlencode({self.work.value: self.assignment})}"


def offers(course: Path) -> tuple[Offer, ...]:
    """Everything that can be linked: each assignment, and its quiz where it has one."""
    found = []
    for assignment in assignments(course):
        title = _title(assignment)
        found.append(Offer(Work.ASSIGNMENT, assignment.name, title))
        if (assignment.solution / "quiz.py").is_file():
            found.append(Offer(Work.QUIZ, assignment.name, f"Quiz: {title}"))
    return tuple(found)


def pointed_at(course: Path, custom: Mapping[str, str], target: str) -> Offer | None:
    """What a launch points at: by the custom parameters that Deep Linking gave the link, else by its address.

    None when neither says it. Raises Refused when the course has no such assignment or quiz.
    """
    wanted = _by_custom(custom) or _by_address(target)
    if wanted is None:
        return None
    for offer in offers(course):
        if (offer.work.value, offer.assignment) == wanted:
            return offer
    raise Refused(
        f"This link points at the {wanted[0]} {wanted[1]}, which this course does not have.",
        "Whoever runs the course has to add the link again.",
        404,
    )


def _by_custom(custom: Mapping[str, str]) -> tuple[str, str] | None:
    work, assignment = custom.get(CUSTOM_WORK, ""), custom.get(CUSTOM_ASSIGNMENT, "")
    return (work, assignment) if work and assignment else None


def _by_address(target: str) -> tuple[str, str] | None:
    query = parse_qs(urlsplit(target).query)
    named = [(work.value, query[work.value][0]) for work in Work if work.value in query]
    return named[0] if len(named) == 1 else None


def _title(assignment: Assignment) -> str:
    """The handout's heading, else the folder's name."""
    handout = assignment.solution / "handout.md"
    if handout.is_file():
        for line in handout.read_text(encoding="utf-8").splitlines():
            if line.startswith("# "):
                return line[2:].strip()
    return assignment.name
