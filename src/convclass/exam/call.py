"""One call of one function, with an identity that depends on nothing but its content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from convclass.sandbox.described import Builder, Described, Later
from convclass.sandbox.reply import Raised, Returned
from convclass.sandbox.values import plain
from convclass.sandbox.wire import copied


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """`function(*arguments, **keywords)`; equal content gives an equal digest, on any device and in any layout.

    With `steps` the arguments are descriptions to be built one after the other, the last of which is the answer;
    `function` then names the one that the call is about.
    """

    function: str
    arguments: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)
    steps: bool = False
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.blake2b(digest_size=16)
        _absorb(digest.update, (self.function, self.arguments, self.keywords, self.steps))
        object.__setattr__(self, "digest", digest.hexdigest())

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Call) and other.digest == self.digest

    @property
    def elements(self) -> int:
        """How many numbers the tensors and arrays among the arguments hold."""
        return sum(_elements(argument) for argument in self.arguments)

    def run(self, resolve: Callable[[str], Callable[..., Any]]) -> Returned | Raised:
        """Answer the call on copies of the arguments, by trusted functions that `resolve` finds by name.

        What they raise is an answer like any other.
        """
        builder = Builder(resolve)
        try:
            called = builder.last if self.steps else resolve(self.function)
            arguments = copied(self.arguments)
            value = called(*builder.build(arguments), **builder.build(copied(self.keywords)))
            return Returned(plain(value), arguments)
        except Exception as error:  # any exception is how this implementation answers
            names = tuple(base.__name__ for base in type(error).__mro__[1:])
            return Raised(type(error).__name__, str(error), names)


def _elements(value: Any) -> int:
    if isinstance(value, torch.Tensor):
        return value.numel()
    if isinstance(value, Described):
        return _elements(tuple(value.parts.values()))
    if isinstance(value, Later):
        return _elements(value.arguments)
    if isinstance(value, tuple | list):
        return sum(_elements(item) for item in value)
    return value.size if isinstance(value, np.ndarray) else 1


def _absorb(update: Callable[[bytes], None], value: Any) -> None:
    if isinstance(value, torch.Tensor):
        array = value.detach().cpu().contiguous().numpy()
        update(f"tensor {array.dtype} {array.shape};".encode())
        update(array.tobytes())
    elif isinstance(value, np.ndarray):
        update(f"array {value.dtype} {value.shape};".encode())
        update(value.tobytes())
    elif isinstance(value, Described):
        _absorb(update, ("described", value.kind, value.parts))
    elif isinstance(value, Later):
        _absorb(update, ("later", value.number, value.function, value.arguments, value.keywords))
    elif isinstance(value, Mapping):
        update(f"map {len(value)};".encode())
        for name in sorted(value):
            _absorb(update, (name, value[name]))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        update(f"{type(value).__name__} {len(value)};".encode())
        for item in value:
            _absorb(update, item)
    else:
        update(f"{type(value).__name__} {value!r};".encode())
