"""What comes back from one call of a student's function: plain data, made on the trusted side.

A reply says what happened and nothing about whether it was right; judging is the exam's work.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of the student's own traceback: file name, line number, function, source line."""

    file: str
    line: int
    function: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """The call returned. `value` holds tensors, arrays, numbers, text, None, tuples, lists and dicts of these.

    `arguments` are the positional arguments as they were after the call, when the caller asked for them; `observed`
    the torch operators that ran, such as `aten::convolution`, when the caller asked for that (advisory).
    """

    value: Any
    arguments: tuple[Any, ...] | None = None
    observed: tuple[str, ...] = ()
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Unsendable:
    """The call returned something that is not data, such as a module, or more of it than is allowed."""

    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Raised:
    """The call raised. `ancestors` are the names of the exception's built-in base classes, nearest first."""

    kind: str
    message: str
    ancestors: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    observed: tuple[str, ...] = ()
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """The module has no callable of that name."""

    function: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The call was still running at its deadline and its process was killed."""

    limit: float
    clock: str = "cpu"


@dataclass(frozen=True, slots=True)
class OutOfMemory:
    """The call asked for more memory than its limit, in bytes."""

    limit: int


@dataclass(frozen=True, slots=True)
class Crashed:
    """The process ended without an answer, or sent something that is not one; `reason` says which, in words."""

    reason: str


Reply = Returned | Unsendable | Raised | Missing | TimedOut | OutOfMemory | Crashed


@dataclass(frozen=True, slots=True)
class ForbiddenUse:
    """A place in the source where a function of the module uses a name that an exercise may forbid.

    `name` is the full name, such as `torch.nn.functional.conv2d`; `function` the function of the module whose body
    holds it, or "" for the module's top level. `place` says the line in words, for a notebook with its cell.
    """

    name: str
    line: int
    function: str
    source: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was learned by loading a module: found before any of its code ran, except `error` and `printed`.

    `uses` are all places where the source uses a name outside the module; `calls` the functions of the module that
    each of its functions mentions; `error` is why loading failed, or None.
    """

    functions: tuple[str, ...] = ()
    uses: tuple[ForbiddenUse, ...] = ()
    calls: dict[str, tuple[str, ...]] = field(default_factory=dict)
    skipped: tuple[str, ...] = ()
    error: Raised | TimedOut | OutOfMemory | Crashed | None = None
    printed: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may use: CPU seconds and wall-clock seconds."""

    cpu: float = 4.0
    wall: float = 12.0


DEFAULT_LIMITS = Limits()


class Student(Protocol):
    """One student's module, wherever it runs: in a sandboxed child, or in this process for `convclass check`."""

    @property
    def loaded(self) -> Loaded:
        """What loading the module brought to light."""

    def call(
        self,
        function: str,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        *,
        limits: Limits = DEFAULT_LIMITS,
        return_arguments: bool = False,
        observe: bool = False,
    ) -> Reply:
        """Call the student's `function` and say what happened; a lost process is replaced before the next call."""


Asked = tuple[str, tuple[Any, ...], dict[str, Any], bool, bool]
"""A call: function, arguments, keywords, whether the arguments come back with the reply, whether to observe it."""


@dataclass(slots=True)
class Heard:
    """What came back for a call. `content` are its bytes but for the serial, None for a long message and for none.

    A content that is known already is not decoded before somebody wants the reply; what had to be `decoded` is given
    to the first who does. `size` is that of the message in bytes.
    """

    content: bytes | None
    decode: Callable[[], Reply]
    decoded: Reply | None = None
    size: int = 0

    @property
    def reply(self) -> Reply:
        """The reply, decoded anew each time, so that nobody changes what another one reads."""
        decoded, self.decoded = self.decoded, None
        return decoded or self.decode()


class Hearing(Student, Protocol):
    """A student whose answers come as bytes."""

    def hear(self, asked: Asked, limits: Limits, known: Container[bytes] = ()) -> Heard:
        """What the call brings."""


class SandboxFault(Exception):  # noqa: N818 - a fault, told apart from a student's errors
    """The sandbox itself failed: our mistake or the machine's, never the student's."""
