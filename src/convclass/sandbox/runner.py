"""Loads a student's module and calls its functions. Student code shares its process, so nobody trusts what it says."""

from __future__ import annotations

import builtins
import contextlib
import difflib
import io
import random
import sys
import types
from collections.abc import Iterator, Sequence
from pathlib import PurePath
from typing import Any

import numpy
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from convclass.sandbox.described import RUN, Builder, holds_description
from convclass.sandbox.notebook import AVAILABLE, read_source
from convclass.sandbox.reply import (
    Frame,
    Loaded,
    Missing,
    OutOfMemory,
    Raised,
    Reply,
    Returned,
    TimedOut,
    Unsendable,
)
from convclass.sandbox.scan import scan
from convclass.sandbox.source import ENVIRONMENT, ModuleSource, SourceError
from convclass.sandbox.values import plain, refusal
from convclass.sandbox.wire import WireError, copied

_NOTHING = contextlib.nullcontext()
MAX_PRINTED = 10_000
MAX_MESSAGE = 2_000
MAX_FRAMES = 12
MAX_OBSERVED = 500
OUT_OF_MEMORY = ("not enough memory", "can't allocate memory", "out of memory", "Cannot allocate memory")


class Runner:
    """One submitted file: `inspect` it, `load` it, then `call` its functions.

    `memory` is the limit in bytes that is named when a call asks for too much; exceptions in `passing` are not the
    student's and are let through.
    """

    def __init__(self, source: bytes, filename: str, memory: int, passing: tuple[type[BaseException], ...] = ()):
        self.bytes, self.filename, self.memory, self.passing = source, filename, memory, passing
        self.source: ModuleSource | None = None
        self.loaded = Loaded()
        self.names: dict[str, Any] = {}

    def inspect(self) -> Loaded:
        """Read and scan the file without running any of it."""
        try:
            self.source = read_source(self.bytes, self.filename)
            found = scan(self.source)
            self.loaded = Loaded(found.functions, found.uses, found.calls, self.source.skipped)
        except SourceError as error:
            frames = (Frame(error.place[0], error.place[1], "", error.place[2]),) if error.place else ()
            self.loaded = Loaded(error=Raised(error.kind, str(error), ("Exception",), frames))
        except (RecursionError, MemoryError):
            sentence = f"{self.filename} is too deeply nested to be read"
            self.loaded = Loaded(error=Raised("SyntaxError", sentence, ("Exception",)))
        return self.loaded

    def load(self) -> Loaded:
        """Run the module's top level, after `inspect`."""
        if self.source is None:
            return self.loaded
        before = self.loaded
        source, caught = self.source, _Caught(self)
        module = types.ModuleType(PurePath(self.filename).stem)
        self.names = vars(module)
        self.names.update({"__builtins__": _builtins(), "__file__": self.filename})
        with caught, _registered(module):
            code = compile(source.tree, self.filename, "exec", dont_inherit=True)
            exec(code, self.names)
        error, printed = caught.problem, caught.printed.text()
        self.loaded = Loaded(before.functions, before.uses, before.calls, before.skipped, error, printed)
        return self.loaded

    def call(
        self,
        function: str,
        arguments: tuple[Any, ...],
        keywords: dict[str, Any],
        *,
        return_arguments: bool = False,
        observe: bool = False,
    ) -> Reply:
        """Call `function`; its arguments are the student's to spoil, so the caller hands over copies."""
        if self.loaded.error is not None:
            return self.loaded.error
        builder = Builder(self._function)
        called = builder.last if function == RUN else self.names.get(function)
        if not callable(called):
            return Missing(function, self._near(function))
        caught, observed = _Caught(self), _Observed() if observe else None
        value: Any = None
        with caught, observed or _NOTHING:
            value = called(*builder.build(arguments), **builder.build(keywords))
        names = observed.names() if observed else ()
        if caught.problem:
            return _with_observed(caught.problem, names)
        return self._answer(value, arguments if return_arguments else None, names, caught)

    def _answer(
        self, value: Any, arguments: tuple[Any, ...] | None, observed: tuple[str, ...], caught: _Caught
    ) -> Reply:
        """The reply that carries `value`; student code may still run here, in the methods of what it returned."""
        refused: Unsendable | None = None
        answer: Any = None
        with caught:
            refused = refusal(value)
            if refused is None:
                answer = plain(value)
        if caught.problem:
            return caught.problem
        after = _arguments_after(arguments)
        return refused or Returned(answer, after, observed, caught.printed.text())

    def _function(self, name: str) -> Any:
        if not callable(found := self.names.get(name)):
            raise NotImplementedError(f"{name}: there is no {name} in this file")
        return found

    def _near(self, function: str) -> tuple[str, ...]:
        names = [name for name in self.loaded.functions if name != function]
        lowered = {name.lower(): name for name in names}
        close = difflib.get_close_matches(function.lower(), lowered, n=3, cutoff=0.7)
        return tuple(lowered[name] for name in close)

    def raised(self, error: BaseException, printed: _Printed) -> Raised | OutOfMemory:
        """What the student's code raised, as a reply."""
        message = _message(error)
        if isinstance(error, MemoryError) or (
            isinstance(error, RuntimeError) and any(words in message for words in OUT_OF_MEMORY)
        ):
            return OutOfMemory(self.memory)
        kind = str(type(error).__name__)[:100]
        return Raised(kind, message, _ancestors(error), self._frames(error), (), printed.text())

    def _frames(self, error: BaseException) -> tuple[Frame, ...]:
        """The lines of the traceback that lie in the student's file, outermost first; the middle of many left out."""
        assert self.source is not None
        frames: list[Frame] = []
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            if code.co_filename == self.filename:
                place = self.source.place(trace.tb_lineno)
                text = self.source.text(trace.tb_lineno)
                frames.append(Frame(place.file, place.line, code.co_qualname[:100], text))
            trace = trace.tb_next
        half = MAX_FRAMES // 2
        return tuple(frames if len(frames) <= MAX_FRAMES else frames[:half] + frames[-half:])


class Deadline(BaseException):
    """Raised inside student code by a timer of this process when its time is up."""

    def __init__(self, limit: float, clock: str):
        super().__init__(limit, clock)
        self.timed_out = TimedOut(limit, clock)


class _Printed(io.TextIOBase):
    """Keeps the first characters that are printed and forgets the rest."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.left = MAX_PRINTED

    def write(self, text: str) -> int:
        """Keep what there is room for."""
        if self.left > 0:
            self.parts.append(str(text[: self.left]))
            self.left -= len(self.parts[-1])
        return len(text)

    def writable(self) -> bool:
        """Always."""
        return True

    def text(self) -> str:
        """What was kept."""
        return "".join(self.parts).encode("utf-8", "backslashreplace").decode() if self.parts else ""


class _Caught:
    """Runs student code with its prints collected; what it raises becomes the problem."""

    def __init__(self, runner: Runner) -> None:
        self.runner, self.printed = runner, _Printed()
        self.problem: Raised | OutOfMemory | None = None
        self._streams = sys.stdout, sys.stderr

    def __enter__(self) -> None:
        self._streams = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = self.printed

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        try:
            if error is None or isinstance(error, self.runner.passing):
                return False
            self.problem = self.runner.raised(error, self.printed)
            return True
        finally:
            sys.stdout, sys.stderr = self._streams


class _Observed(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Collects the names of the torch operators that run inside, in the order in which each is first met."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operators: dict[int, Any] = {}  # by id, since torch computes the hash of an operator in Python

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else the first operator imports torch's compiler, which takes two seconds

    def __torch_dispatch__(self, func: Any, types: Sequence[type], args: Any = (), kwargs: Any = None) -> Any:
        self.operators[id(func)] = func
        return func(*args, **kwargs) if kwargs else func(*args)

    def names(self) -> tuple[str, ...]:
        """The first names, without their overloads."""
        return tuple(dict.fromkeys(str(func._schema.name)[:200] for func in self.operators.values()))[:MAX_OBSERVED]


def seed(number: int) -> None:
    """Seed every generator that student code may draw from."""
    random.seed(number)
    numpy.random.seed(number % 2**32)
    torch.manual_seed(number)


def _builtins() -> dict[str, Any]:
    """The built-in names for a student's module, with an `import` that knows the standard library, numpy and torch."""
    names = dict(vars(builtins))
    names["__import__"] = _student_import
    return names


@contextlib.contextmanager
def _registered(module: types.ModuleType) -> Iterator[None]:
    """Keep the module in `sys.modules` for as long as its top level runs, since dataclasses look it up there."""
    if module.__name__ in sys.modules:
        yield
        return
    sys.modules[module.__name__] = module
    try:
        yield
    finally:
        sys.modules.pop(module.__name__, None)


def _student_import(
    name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
) -> types.ModuleType:
    if level == 0 and str(name).split(".")[0] not in AVAILABLE:
        raise ModuleNotFoundError(f"No module named {name!r}: {ENVIRONMENT}", name=str(name))
    return builtins.__import__(name, globals, locals, fromlist, level)


def _arguments_after(arguments: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    """The arguments as the call left them; one that can no longer be sent is told by a text."""
    if arguments is None:
        return None
    return tuple(_after(argument) for argument in arguments)


def _after(argument: Any) -> Any:
    if holds_description(argument):
        return "not data: the function received what is described"
    refused = refusal(argument)
    try:
        return f"not data any more: {refused.reason}" if refused else copied(plain(argument))
    except WireError as error:
        return f"not data any more: {error}"


def _message(error: BaseException) -> str:
    """The exception's text, bounded; an exception that cannot tell it is described instead."""
    try:
        if isinstance(error, KeyError) and len(error.args) == 1:
            return f"key {error.args[0]!r} is not there"[:MAX_MESSAGE]
        text = str(error)[:MAX_MESSAGE]
        return text.encode("utf-8", "backslashreplace").decode()
    except BaseException:
        return "an exception whose message cannot be printed"


def _ancestors(error: BaseException) -> tuple[str, ...]:
    """The built-in classes that the exception is one of, nearest first."""
    classes: tuple[type, ...] = type.__dict__["__mro__"].__get__(type(error))
    return tuple(c.__name__ for c in classes if vars(builtins).get(c.__name__) is c and c is not object)


def _with_observed(problem: Raised | OutOfMemory, observed: tuple[str, ...]) -> Reply:
    if isinstance(problem, OutOfMemory):
        return problem
    return Raised(problem.kind, problem.message, problem.ancestors, problem.frames, observed, problem.printed)
