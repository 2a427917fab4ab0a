"""Who handed in what in a Gradescope export: the file submission_metadata.yml beside the folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from convclass.course import CourseError

METADATA = "submission_metadata.yml"


@dataclass(frozen=True, slots=True)
class Submitter:
    """One of the people behind a submission; `student` is the school's id, else the email, else the name."""

    student: str
    display_name: str


def read_submitters(source: bytes) -> dict[str, tuple[Submitter, ...]]:
    """The submitters of every folder of the export. Raises CourseError when the file is not as Gradescope writes it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        content = yaml.load(source, Loader=loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CourseError(f"{METADATA}: {type(error).__name__}, not YAML; export from Gradescope again") from None
    if not isinstance(content, dict):
        raise CourseError(f"{METADATA}: holds no submissions; export from Gradescope again")
    people = {str(folder): _people(about) for folder, about in content.items()}
    return {folder: found for folder, found in people.items() if found}


def _people(about: Any) -> tuple[Submitter, ...]:
    listed = about.get(":submitters") if isinstance(about, dict) else None
    found = [_person(one) for one in listed or () if isinstance(one, dict)] if isinstance(listed, list) else []
    return tuple(one for one in found if one is not None)


def _person(fields: dict[Any, Any]) -> Submitter | None:
    name, sid, email = (str(fields.get(f":{key}") or "").strip() for key in ("name", "sid", "email"))
    student = sid or email or name
    return Submitter(student, name or student) if student else None
