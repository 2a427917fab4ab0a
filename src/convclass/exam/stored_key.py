"""The stored answer key of the public cases, which a released assignment carries.

With it a student's check names mistakes without holding a line of the hidden material: it knows each public call by
its content, and has for it the right answer and the answers of the misconceptions.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from convclass.course import CourseError
from convclass.exam import collect
from convclass.exam.call import Call
from convclass.exam.checker import first_later
from convclass.exam.examiner import Exam, live_key
from convclass.exam.key import Answer, Expected, LiveKey, WrongAnswer, judged
from convclass.exam.results import NamedMistake
from convclass.sandbox.described import RUN
from convclass.sandbox.reply import Limits, Loaded, Raised, Reply, Returned

DECIMALS = 9  # of a number: more than `compare` looks at, and so few that another machine writes the same
FORMAT = 2  # of the JSON text; raised when an older text can no longer be read


def public_exam(folder: Path) -> Exam:
    """The exam that a student takes at home: the public tests of a released assignment's folder."""
    answers = folder / "public_answers.json"
    if not answers.is_file():
        raise CourseError(f"{answers}: no such file; take it from the course again")
    return Exam(collect.public_tests(folder / "test_public.py"), StoredKey(answers.read_text("utf-8"), answers))


def stored_answers(public_tests: Path, autograder: Path) -> str:
    """The JSON text of the StoredKey for a file of public tests, answered by the reference and the misconceptions.

    Raises CourseError when the reference itself does not pass a public test.
    """
    key = live_key(autograder)
    reference = ReferenceStudent(key)
    examined = Exam(collect.public_tests(public_tests), key).examine(reference)
    failed = [f"{test.name}: {test.message}" for test in examined.tests if test.score < test.points or test.message]
    if failed:
        raise CourseError(f"{public_tests.name}: the reference fails public tests: {'; '.join(failed)}")
    return _recorded(reference.calls, key)


class ReferenceStudent:
    """A student who answers as the reference does, and keeps what was asked."""

    def __init__(self, key: LiveKey) -> None:
        self._key = key
        self.calls: dict[str, Call] = {}
        self.loaded = Loaded()

    def call(
        self,
        function: str,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        *,
        limits: Limits = Limits(),
        return_arguments: bool = False,
        observe: bool = False,
    ) -> Reply:
        """The reference's answer."""
        about = first_later(arguments) if function == RUN else None
        call = Call(about.function if about else function, arguments, keywords, steps=about is not None)
        self.calls[call.digest] = call
        answer = self._key.expected(call).answer
        if isinstance(answer, Returned):
            return Returned(answer.value, arguments if return_arguments else None)
        return answer


class StoredKey:
    """A key that looks calls up in the JSON text made by `stored_answers`."""

    def __init__(self, text: str, origin: Path) -> None:
        self._origin = origin
        content = json.loads(text)
        if content.get("format") != FORMAT:
            raise CourseError(f"{origin}: made by another version of convclass; take the assignment's folder again")
        self._sentences: dict[str, dict[str, str]] = content["mistakes"]
        self._calls = content["calls"]

    def expected(self, call: Call) -> Expected:
        """The stored answer; CourseError when the call is not one of the released public cases."""
        entry = self._entry(call)
        return Expected(_decoded(entry["right"]), None, tuple(entry["parameters"]))

    def wrong(self, call: Call) -> Mapping[NamedMistake, WrongAnswer]:
        """The stored answers of the misconceptions; one of which none is stored answers as it should."""
        stored = self._entry(call)["wrong"]
        expected = self.expected(call)
        answers = {
            NamedMistake(name, sentence): _decoded(stored[name]) if name in stored else expected.answer
            for name, sentence in self._sentences[call.function].items()
        }
        return judged(answers, expected)

    def _entry(self, call: Call) -> Any:
        try:
            return self._calls[call.digest]
        except KeyError:
            raise CourseError(
                f"{self._origin}: holds no answer for this call of {call.function}; "
                "the public tests were edited: take test_public.py and public_answers.json from the course again"
            ) from None


def _recorded(calls: dict[str, Call], key: LiveKey) -> str:
    mistakes: dict[str, dict[str, str]] = {}
    entries = {}
    for digest, call in sorted(calls.items()):
        expected = key.expected(call)
        right = _encoded(expected.answer)
        answers = {mistake.name: _encoded(known.answer) for mistake, known in key.wrong(call).items()}
        mistakes[call.function] = {mistake.name: mistake.sentence for mistake in key.wrong(call)}
        wrong = {name: answer for name, answer in answers.items() if answer != right}
        entries[digest] = {
            "function": call.function,
            "parameters": expected.parameters,
            "right": right,
            "wrong": wrong,
        }
    content = {"format": FORMAT, "mistakes": mistakes, "calls": entries}
    return json.dumps(content, indent=None, separators=(",", ":"), allow_nan=False) + "\n"


def _encoded(answer: Answer) -> Any:
    if isinstance(answer, Raised):
        return {"raised": answer.kind, "ancestors": list(answer.ancestors)}
    return _encoded_value(answer.value)


def _encoded_value(value: Any) -> Any:
    if isinstance(value, torch.Tensor | np.ndarray):
        kind = "tensor" if isinstance(value, torch.Tensor) else "array"
        digits = 17 if str(value.dtype).endswith("float64") else 9
        flat = [_humane(v, digits) for v in np.asarray(value).ravel().tolist()]
        return {kind: str(value.dtype).removeprefix("torch."), "shape": list(value.shape), "values": flat}
    if isinstance(value, tuple):
        return {"tuple": [_encoded_value(v) for v in value]}
    if isinstance(value, list):
        return [_encoded_value(v) for v in value]
    if isinstance(value, dict):
        return {"dict": [[key, _encoded_value(v)] for key, v in value.items()]}
    if isinstance(value, float):
        return round(value, DECIMALS) if math.isfinite(value) else {"number": str(value)}
    return value


def _humane(value: float, digits: int) -> float | str:
    """Whole numbers without a point; the rest with as many digits as the dtype holds; NaN and infinity as text."""
    if isinstance(value, int):
        return value
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    return int(value) if value == int(value) else float(f"{value:.{digits}g}")


def _decoded(entry: Any) -> Answer:
    if isinstance(entry, dict) and "raised" in entry:
        return Raised(entry["raised"], "", tuple(entry["ancestors"]))
    return Returned(_decoded_value(entry))


def _decoded_value(entry: Any) -> Any:
    if isinstance(entry, list):
        return [_decoded_value(v) for v in entry]
    if not isinstance(entry, dict):
        return entry
    if "tuple" in entry:
        return tuple(_decoded_value(v) for v in entry["tuple"])
    if "dict" in entry:
        return {key: _decoded_value(v) for key, v in entry["dict"]}
    if "number" in entry:
        return float(entry["number"])
    flat = [float(v) if isinstance(v, str) else v for v in entry["values"]]
    if "array" in entry:
        return np.array(flat, dtype=entry["array"]).reshape(entry["shape"])
    return torch.tensor(flat, dtype=getattr(torch, entry["tensor"])).reshape(entry["shape"])
