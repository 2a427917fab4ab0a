"""Verdict and message for each thing that can happen to a call, in a student's words.

For a hidden case nothing that the student's process wrote is repeated: it has seen the hidden inputs.
"""

from __future__ import annotations

import builtins
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable

import torch

from convclass.exam.compare import Mismatch
from convclass.exam.describe import describe
from convclass.exam.scoring import matcher
from convclass.exam.verdict import Verdict
from convclass.sandbox.reply import (
    Crashed,
    ForbiddenUse,
    Loaded,
    Missing,
    OutOfMemory,
    Raised,
    Reply,
    Returned,
    TimedOut,
    Unsendable,
)
from convclass.sandbox.scan import CHANGED, HANDED_ON, KEPT, TOO_MANY

MOST_LINES = 10_000
_CELL = re.compile(r"code cell \d{1,4}$", re.ASCII)

# Code that is made or found at run time, and what reaches outside the module or below torch. No exercise needs any of
# it. Whoever hides a forbidden call from the source's tree and from the observer has to use something of this.
SUSPICIOUS = (
    "builtins.__import__",
    "builtins.compile",
    "builtins.eval",
    "builtins.exec",
    "builtins.getattr",
    "builtins.globals",
    "builtins.locals",
    "builtins.vars",
    "*.f_back",
    "*.f_builtins",
    "*.f_globals",
    "*.f_locals",
    "*.?*_frame",
    "*.__builtins__*",
    "*.__code__*",
    "*.__dict__*",
    "*.__getattr*",
    "*.__globals__*",
    "*.__self__*",
    "*.__subclasses__*",
    "*._python_dispatch*",
    "code.*",
    "codeop.*",
    "ctypes.*",
    "doctest.*",
    "functools.singledispatch*",
    "gc.*",
    "importlib.*",
    "inspect.*",
    "marshal.*",
    "multiprocessing.*",
    "operator.attrgetter",
    "operator.methodcaller",
    "os.fork",
    "os.kill",
    "os.system",
    "pickle.*",
    "pkgutil.*",
    "pydoc.*",
    "runpy.*",
    "socket.*",
    "string.Formatter*",
    "subprocess.*",
    "sys._*",
    "sys.modules*",
    "sys.set*",
    "timeit.*",
    "torch._*",
    "torch.ao*",
    "torch.fx*",
    "torch.jit*",
    "torch.library*",
    "torch.compile*",
    "torch.export*",
    "torch.distributed*",
    "torch.hub*",
    "torch.load",
    "torch.multiprocessing*",
    "torch.nn.intrinsic*",
    "torch.nn.q*",
    "torch.serialization*",
    "torch.testing._*",
    "torch.utils.[!d]*",
    "numpy.*._*",
    "numpy._*",
    "numpy.ctypeslib*",
    "numpy.f2py*",
    "numpy.load",
    "numpy.matlib*",
    "torch.ops*",
    "torch.overrides*",
    "torch.package*",
    "types.*Type",
    "typing.ForwardRef*",
    "typing.get_type_hints",
    CHANGED + "*",
    HANDED_ON + "*",
    TOO_MANY,
)

# What of the standard library an exercise may have use for. In the rest there are a dozen ways to run a text, or to
# find a function by a text, and every version of Python has new ones.
_ORDINARY = """
__future__ abc array bisect builtins cmath collections contextlib copy csv dataclasses datetime decimal enum
fractions functools glob heapq io itertools json math numbers operator os pathlib platform pprint random re
statistics string sys textwrap time traceback types typing warnings
"""
ORDINARY = frozenset(_ORDINARY.split())
# Modules that others hold under their own names: `dataclasses.sys.modules` is `sys.modules`.
_HELD = re.compile(
    r"(?!torch\.Tensor\.)\w+\..*?\b(sys|os|inspect|builtins|importlib|operator|pickle|types|ctypes)\.(?!path\b)"
)
MOST_OF_A_NAME, MOST_WARNINGS = 3, 50


def of_reply(function: str, reply: Reply, *, public: bool, known: Collection[str] = ()) -> tuple[Verdict, str]:
    """Verdict and message for a reply that is not an answer; `known` are the functions of the student's file."""
    match reply:
        case Missing(near=near):
            similar = f"; if it is {' or '.join(near)}, rename it" if near and public else ""
            return Verdict.NOT_ATTEMPTED, f"your file has no function {function}{similar}"
        case Raised():
            return _of_raised(function, reply, public=public, known=known)
        case TimedOut(limit=limit, clock=clock):
            spent = "seconds of computing" if clock == "cpu" else "seconds"
            return Verdict.TIMED_OUT, f"stopped after {limit:g} {spent}: is there a loop that never ends?"
        case OutOfMemory(limit=limit):
            asked = f"more than {limit / 2**20:.0f} MB of memory" if public else "more memory than there is for a call"
            return Verdict.OUT_OF_MEMORY, f"asked for {asked}"  # the number is the student's process's word
        case Crashed(reason=reason):
            return (
                Verdict.CRASHED,
                f"the process ended: {reason}" if public else "the process ended without an answer",
            )
        case Unsendable(kind=kind, reason=reason):
            said = f"{kind}: {reason}" if public else "something that is not a plain tensor, array or number"
            return Verdict.FAILED, f"returned {said}"
        case Returned():
            raise RuntimeError("a reply that returned has no failure to tell")


def of_load_error(error: Raised | TimedOut | OutOfMemory | Crashed) -> tuple[Verdict, str]:
    """Verdict and message for a module that could not be loaded. No hidden input is in play yet."""
    if isinstance(error, Raised):
        told = bool(error.frames) and f"line {error.frames[-1].line}" in error.message
        place = "" if told else _line(error)
        return Verdict.RAISED, f"your file could not be loaded: {error.kind}{place}: {error.message}"
    verdict, message = of_reply("", error, public=True)
    return verdict, f"your file could not be loaded: {message}"


def of_mismatch(mismatch: Mismatch, *, public: bool) -> str:
    """What is wrong with an answer; for a public case also the first wrong value."""
    words = describe(mismatch)
    actual, expected, wrong = mismatch.actual, mismatch.expected, mismatch.wrong
    if not public or actual is None or expected is None or wrong is None:
        return words
    index = tuple(torch.nonzero(wrong)[0].tolist())
    got, due = actual[index].item(), expected[index].item()
    return f"{words}; at {list(index)} you have {got:.6g}, right is {due:.6g}"


def not_attempted(function: str, raised: Raised) -> bool:
    """Whether the exception is the stub's own, not one that torch raises for a dtype it has no kernel for."""
    if raised.kind != "NotImplementedError":
        return False
    if raised.frames:
        return raised.frames[-1].source.lstrip().startswith("raise")
    return raised.message.startswith(f"{function}:")


def _of_raised(function: str, raised: Raised, *, public: bool, known: Collection[str]) -> tuple[Verdict, str]:
    if not_attempted(function, raised):
        inner = raised.frames[-1].function.split(".")[0] if raised.frames else function  # a method is its class's
        if inner in (function, "<module>"):
            return Verdict.NOT_ATTEMPTED, f"{function} is not written yet"
        named = inner if public or inner in known else "something"
        return Verdict.BLOCKED, f"it calls {named}, which is not written yet"
    kind = raised.kind if _is_builtin_error(raised.kind) or public else "an error of its own kind"
    said = f": {raised.message}" if public and raised.message else ""
    return Verdict.RAISED, f"raised {kind}{_line(raised)}{said}"


def _line(raised: Raised) -> str:
    """Where it was raised. The student's process says so, and may say anything: only what is a place is repeated."""
    if not raised.frames:
        return ""
    frame = raised.frames[-1]
    cell = _CELL.search(frame.file)
    place = f" of {cell[0]}" if cell else ""
    return f" on line {frame.line}{place}" if 0 < frame.line < MOST_LINES else ""


def _is_builtin_error(kind: str) -> bool:
    return isinstance(getattr(builtins, kind, None), type)


def of_loaded(loaded: Loaded) -> tuple[str, ...]:
    """Lines about the file as a whole, such as notebook cells that were left out."""
    return tuple(f"left out: {line}" for line in loaded.skipped)


def of_forbidden(use: ForbiddenUse) -> str:
    """Which forbidden call the source holds, and where."""
    return f"{use.place or f'line {use.line}'} uses {use.name}, which this question forbids"


def suspicious(loaded: Loaded, forbidden: Iterable[str] = ()) -> tuple[str, ...]:
    """Places of the source that an instructor should look at.

    Among them are those where something `forbidden` is kept outside of every function, from where one may fetch it.
    """
    kept = matcher(tuple(KEPT + pattern for pattern in forbidden))
    found = [use for use in loaded.uses if (kept if use.name.startswith(KEPT) else is_suspicious)(use.name)]
    times: Counter[str] = Counter()
    told: list[str] = []
    for use in found:
        times[use.name] += 1
        if times[use.name] <= MOST_OF_A_NAME:
            told.append(f"{use.place or f'line {use.line}'} uses {use.name}: {use.source.strip()}")
    left = len(found) - len(told[:MOST_WARNINGS])
    return (*told[:MOST_WARNINGS], *([f"and {left} more places of this kind"] if left else []))


def is_suspicious(name: str) -> bool:
    """Whether an instructor should look at a place that uses this outside name."""
    if matcher(SUSPICIOUS)(name) or _HELD.match(name):
        return True
    module, _, rest = name.partition(".")
    private = re.search(r"(^|\.)_(?!_)", rest) is not None
    return module in sys.stdlib_module_names and (private or module not in ORDINARY)
