"""Heat maps for public cases: the first image of each input, the student's answer, the right one, the difference."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from convclass.exam.checker import Record
from convclass.exam.key import AnswerKey
from convclass.exam.results import Picture
from convclass.sandbox.reply import Returned

MOST_ROWS = 16


def pictures_of(record: Record, key: AnswerKey) -> tuple[Picture, ...]:
    """The pictures that show what is wrong with one public call; none where there is no matrix to show."""
    expected = key.expected(record.call)
    inputs = zip(expected.parameters, record.call.arguments, strict=False)
    shown = [_picture(name, value) for name, value in inputs]
    if isinstance(expected.answer, Returned):
        shown += _answers(record, expected.answer.value)
    return tuple(picture for picture in shown if picture is not None)


def _answers(record: Record, expected: Any) -> list[Picture | None]:
    actual = record.reply.value if isinstance(record.reply, Returned) else None
    wrong = record.mismatch
    if wrong is not None and wrong.actual is not None and wrong.expected is not None:
        actual, expected = wrong.actual, wrong.expected  # of a tuple, the part that is wrong
    yours, right = _first_matrix(actual), _first_matrix(expected)
    pictures = [_picture("yours", actual), _picture("expected", expected)]
    if yours is not None and right is not None and yours.shape == right.shape:
        pictures.append(_picture("difference", yours - right))
    return pictures


def _picture(label: str, value: Any) -> Picture | None:
    matrix = _first_matrix(value)
    if matrix is None or max(matrix.shape) > MOST_ROWS:
        return None
    rows = tuple(tuple(float(v) for v in row) for row in matrix.tolist())
    extra = "" if value.ndim == 2 else f"the first of {int(np.prod(value.shape[:-2]))}"
    return Picture(label, rows, extra)


def _first_matrix(value: Any) -> np.ndarray | None:
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
        value = (value.double() if value.is_floating_point() else value).numpy()  # numpy knows no bfloat16
    if not isinstance(value, np.ndarray) or value.ndim < 2 or 0 in value.shape:
        return None
    first = value[(0,) * (value.ndim - 2)]
    return first.astype(np.float64) if first.dtype.kind in "iuf" else None
