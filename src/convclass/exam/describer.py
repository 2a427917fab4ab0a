"""Describing callables in a hidden test: `described.conv2d(weight, padding=1)`, `described.sequence([...])`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from convclass.sandbox import layers
from convclass.sandbox.described import Described, is_kind


class Describer:
    """`described.kind(...)` describes what convclass.sandbox.layers.kind(...) makes, where and when it is used."""

    def __getattr__(self, kind: str) -> Callable[..., Described]:
        if not is_kind(kind):
            raise AttributeError(f"{kind} is no kind of description; see convclass.sandbox.layers")
        signature = inspect.signature(getattr(layers, kind))

        def describe(*arguments: Any, **keywords: Any) -> Described:
            return Described(kind, dict(signature.bind(*arguments, **keywords).arguments))

        return describe


described = Describer()
