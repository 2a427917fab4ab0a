"""A submission's result as JSON text and back, without loss."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from convclass.exam.results import CaseResult, NamedMistake, Picture, SubmissionResult, TestResult
from convclass.exam.verdict import Verdict


def to_json(result: SubmissionResult) -> str:
    """The result as one line of JSON. Numbers keep all their digits; NaN is written as Python writes it."""
    return json.dumps(result, default=_fields, ensure_ascii=True, separators=(",", ":"), sort_keys=True)


def from_json(text: str) -> SubmissionResult:
    """The result that `to_json` wrote. Raises ValueError for anything else."""
    try:
        fields = json.loads(text)
    except RecursionError:
        raise ValueError("a result that is nested too deeply") from None
    result: SubmissionResult = _read(SubmissionResult, fields)
    return result


def _fields(part: Any) -> dict[str, Any]:
    """The fields of one of the dataclasses; what they hold is left as it is, which `dataclasses.asdict` would copy."""
    return {name: getattr(part, name) for name in part.__slots__}


def _read(kind: Any, fields: Any) -> Any:
    """An object of one of the dataclasses, every field read as what it has to be."""
    readers = _READERS[kind]
    if type(fields) is not dict or not fields.keys() <= readers.keys():
        raise ValueError(f"a {kind.__name__} that is none")
    read = {name: readers[name](value) for name, value in fields.items()}
    try:
        return kind(**read)
    except TypeError:
        raise ValueError(f"a {kind.__name__} without all its parts") from None


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError(f"a {type(value).__name__} where a text is due")
    return value


def _number(value: Any) -> Any:
    if type(value) not in (float, int):
        raise ValueError(f"a {type(value).__name__} where a number is due")
    if type(value) is int and abs(value) >= 2**63:
        raise ValueError("a number that is too large")
    return value


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError(f"a {type(value).__name__} where true or false is due")
    return value


def _each(read: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    """A reader of lists whose items `read` reads."""

    def items(value: Any) -> tuple[Any, ...]:
        if type(value) is not list:
            raise ValueError(f"a {type(value).__name__} where a list is due")
        return tuple(map(read, value))

    return items


def _maybe(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A reader of what may be missing."""
    return lambda value: None if value is None else read(value)


def _one(kind: Any) -> Callable[[Any], Any]:
    return lambda value: _read(kind, value)


def _verdict(value: Any) -> Verdict:
    return Verdict(_text(value))


_READERS: dict[Any, dict[str, Callable[[Any], Any]]] = {
    Picture: {"label": _text, "rows": _each(_each(_maybe(_number))), "caption": _text},
    NamedMistake: {"name": _text, "sentence": _text},
    CaseResult: {
        "name": _text, "verdict": _verdict, "message": _text, "notes": _each(_text), "pictures": _each(_one(Picture)),
        "credit": _number,
    },
    TestResult: {
        "name": _text, "title": _text, "question": _text, "points": _number, "score": _number, "verdict": _verdict,
        "message": _text, "public": _flag, "mistake": _maybe(_one(NamedMistake)), "blocked_by": _text,
        "hints": _each(_text), "cases": _each(_one(CaseResult)),
    },
    SubmissionResult: {
        "assignment": _text, "student": _text, "submission_sha256": _text, "exam_version": _text, "isolation": _text,
        "device": _text, "tests": _each(_one(TestResult)), "notices": _each(_text), "warnings": _each(_text),
        "seconds": _number, "cpu_seconds": _number,
    },
}  # fmt: skip
