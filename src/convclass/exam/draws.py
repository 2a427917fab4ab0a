"""Seeded random inputs of a hidden case: the same for every student of an exam, others for the next exam."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import torch


class Draws:
    """Draws the inputs of one case once, and hands the same ones out again for every student.

    `tensors` and `arrays` are what a test receives under these names. Draws depend on the seed, the case and their
    place in it, and not on the device: they are made on the CPU and moved.
    """

    def __init__(self, seed: int, case: str, device: str = "cpu") -> None:
        digest = hashlib.blake2b(f"{seed}/{case}".encode(), digest_size=8).digest()
        self._generator = np.random.default_rng(int.from_bytes(digest, "little"))
        self._device = device
        self._drawn: list[tuple[tuple[object, ...], Any]] = []
        self._next = 0

    def rewind(self) -> None:
        """Start over for the next student."""
        self._next = 0

    def tensors(self, *shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """A tensor of standard normal draws, or of whole numbers from -9 to 9 for an integer dtype."""
        drawn = self._draw("tensor", shape, dtype)
        assert isinstance(drawn, torch.Tensor)
        return drawn

    def arrays(self, *shape: int, dtype: Any = np.float64) -> np.ndarray:
        """A numpy array of standard normal draws, or of whole numbers from -9 to 9 for an integer dtype."""
        drawn = self._draw("array", shape, np.dtype(dtype))
        assert isinstance(drawn, np.ndarray)
        return drawn

    def _draw(self, kind: str, shape: tuple[int, ...], dtype: Any) -> Any:
        asked = (kind, shape, dtype)
        if self._next == len(self._drawn):
            self._drawn.append((asked, self._fresh(kind, shape, dtype)))
        known, value = self._drawn[self._next]
        if known != asked:
            raise RuntimeError("a hidden test must draw the same inputs for every student")
        self._next += 1
        return value

    def _fresh(self, kind: str, shape: tuple[int, ...], dtype: Any) -> Any:
        floating = dtype.is_floating_point if kind == "tensor" else dtype.kind == "f"
        values = self._generator.normal(size=shape) if floating else self._generator.integers(-9, 10, size=shape)
        if kind == "array":
            return values.astype(dtype)
        return torch.from_numpy(np.asarray(values)).to(dtype).to(self._device)
