"""What somebody is in a course, by the roles their LMS gives them."""

from __future__ import annotations

from collections.abc import Iterable

from convclass.web.models import Role

_IN_COURSE = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_INSTRUCTORS = {"Instructor", "TeachingAssistant", "ContentDeveloper", "Administrator"}
_STUDENTS = {"Learner"}


def role_of(roles: Iterable[object]) -> Role | None:
    """The role in the course; None for somebody who is neither a student nor an instructor of it, such as a mentor.

    Only roles in the course count: the administrator of an institution or a system is not an instructor of every
    course, unless the LMS says so of this one. Who is both is an instructor; Canvas's test student is a student.
    """
    names = {name for role in roles if isinstance(role, str) and (name := _in_course(role))}
    if names & _INSTRUCTORS:
        return Role.INSTRUCTOR
    return Role.STUDENT if names & _STUDENTS else None


def _in_course(role: str) -> str:
    """The principal role, such as Instructor of `…/membership/Instructor#TeachingAssistant`; a short name is one."""
    if not role.startswith(_IN_COURSE):
        return role if role.isalpha() else ""
    rest = role.removeprefix(_IN_COURSE)
    if rest.startswith("#"):
        return rest[1:]
    return rest[1:].split("#")[0] if rest.startswith("/") else ""
