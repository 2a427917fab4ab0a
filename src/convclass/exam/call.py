"""One call of one function, with an identity that depends on nothing but its content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from convclass.sandbox.reply import Raised, Returned
from convclass.sandbox.wire import copied


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """`function(*arguments, **keywords)`; equal content gives an equal digest, on any device and in any layout."""

    function: str
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        digest = hashlib.blake2b(digest_size=16)
        _absorb(digest.update, (self.function, self.arguments, dict(self.keywords)))
        object.__setattr__(self, "digest", digest.hexdigest())

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Call) and other.digest == self.digest

    @property
    def elements(self) -> int:
        """How many numbers the tensors and arrays among the arguments hold."""
        return sum(a.numel() if isinstance(a, torch.Tensor) else getattr(a, "size", 1) for a in self.arguments)

    def run(self, implementation: Callable[..., Any]) -> Returned | Raised:
        """Call a trusted `implementation` on copies of the arguments; what it raises is an answer like any other."""
        arguments = copied(self.arguments)
        try:
            return Returned(implementation(*arguments, **self.keywords))
        except Exception as error:  # any exception is how this implementation answers
            names = tuple(base.__name__ for base in type(error).__mro__[1:])
            return Raised(type(error).__name__, str(error), names)


def _absorb(update: Callable[[bytes], None], value: Any) -> None:
    if isinstance(value, torch.Tensor):
        array = value.detach().cpu().contiguous().numpy()
        update(f"tensor {array.dtype} {array.shape};".encode())
        update(array.tobytes())
    elif isinstance(value, np.ndarray):
        update(f"array {value.dtype} {value.shape};".encode())
        update(value.tobytes())
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
