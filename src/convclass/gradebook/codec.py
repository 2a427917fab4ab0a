"""A submission's result as JSON text and back, without loss."""

from __future__ import annotations

import json
from typing import Any

from convclass.exam.results import CaseResult, NamedMistake, Picture, SubmissionResult, TestResult
from convclass.exam.verdict import Verdict


def to_json(result: SubmissionResult) -> str:
    """The result as one line of JSON. Numbers keep all their digits; NaN is written as Python writes it."""
    return json.dumps(result, default=_fields, ensure_ascii=True, separators=(",", ":"), sort_keys=True)


def from_json(text: str) -> SubmissionResult:
    """The result that `to_json` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    fields = json.loads(text)
    return SubmissionResult(**_told(fields, "notices", "warnings") | {"tests": _each(_test, fields["tests"])})


def _fields(part: Any) -> dict[str, Any]:
    """The fields of one of the dataclasses; what they hold is left as it is, which `dataclasses.asdict` would copy."""
    return {name: getattr(part, name) for name in part.__slots__}


def _test(fields: dict[str, Any]) -> TestResult:
    mistake = NamedMistake(**fields["mistake"]) if fields["mistake"] else None
    inner = {"verdict": Verdict(fields["verdict"]), "mistake": mistake, "cases": _each(_case, fields["cases"])}
    return TestResult(**_told(fields, "hints") | inner)


def _case(fields: dict[str, Any]) -> CaseResult:
    inner = {"verdict": Verdict(fields["verdict"]), "pictures": _each(_picture, fields["pictures"])}
    return CaseResult(**_told(fields, "notes") | inner)


def _picture(fields: dict[str, Any]) -> Picture:
    return Picture(**fields | {"rows": tuple(tuple(row) for row in fields["rows"])})


def _told(fields: dict[str, Any], *lists: str) -> dict[str, Any]:
    return fields | {name: tuple(fields[name]) for name in lists}


def _each(build: Any, items: list[dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(build(item) for item in items)
