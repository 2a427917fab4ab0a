"""What a hidden test holds in its hands: `check` and `student`, bound to one student and one case.

A check that fails raises `CaseStopped`; only that blames the student. Any other exception in a test is our mistake.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from convclass.exam import wording
from convclass.exam.call import Call
from convclass.exam.call_log import CallLog
from convclass.exam.compare import WRONG_VALUES, Mismatch, allowed_error, compare
from convclass.exam.key import AnswerKey
from convclass.exam.verdict import Verdict
from convclass.sandbox.described import RUN, Described, Later, holds_description
from convclass.sandbox.reply import Asked, Heard, Hearing, Limits, Raised, Reply, Returned, Student, Unsendable

LARGEST_KEPT = 2**20  # bytes of an answer; all of a student's that are kept for the diagnosis are in memory at once
OBSERVED_ELEMENTS = 256  # observation slows every operator down, so that only small calls are observed


CHANGED = "changed"
"""The kind of a mismatch whose answer is right: the call changed its arguments."""


class CaseStopped(Exception):  # noqa: N818 - it stops a case, it is not an error of ours
    """The case is decided: the student's work does not do what the test asks; `credit` is what it earns anyhow."""

    def __init__(self, verdict: Verdict, message: str, credit: float = 0.0) -> None:
        super().__init__(message)
        self.verdict = verdict
        self.message = message
        self.credit = credit


@dataclass(frozen=True, slots=True)
class Record:
    """One checked call: what was asked, what came back, and what was wrong with it (None: nothing)."""

    call: Call
    reply: Reply
    mismatch: Mismatch | None
    answer: Any = None
    expects_error: bool = False


@dataclass(slots=True)
class CaseRun:
    """One case in progress: the student, the key, and what has been recorded so far.

    With `observe_next` the next small call is observed: which torch operators it runs.
    """

    student: Student
    key: AnswerKey
    limits: Limits
    public: bool
    log: CallLog = field(default_factory=CallLog)
    observe_next: bool = False
    records: list[Record] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    observed: set[str] = field(default_factory=set)
    later_calls: int = 0
    too_large: bool = False
    """Whether the last answer is too large to be kept."""
    before: deque[tuple[Asked, Heard]] = field(default_factory=deque)
    """What the student has been asked already, and answered."""
    heard: list[tuple[Asked, Heard]] = field(default_factory=list)

    def ask(self, call: Call, *, return_arguments: bool = False) -> Reply:
        """Send the call to the student's process."""
        observe = self.observe_next and call.elements <= OBSERVED_ELEMENTS
        self.observe_next = self.observe_next and not observe
        function = RUN if call.steps else call.function
        heard = self._hear((function, call.arguments, call.keywords, return_arguments, observe))
        reply = heard.reply
        self.too_large = heard.size > LARGEST_KEPT
        if isinstance(reply, Returned | Raised):
            self.observed.update(reply.observed)
        return reply

    def record(
        self, call: Call, reply: Reply, mismatch: Mismatch | None, answer: Any = None, expects_error: bool = False
    ) -> None:
        """Keep a checked call for the diagnosis; of an answer that is very large, only what was wrong with it."""
        if self.too_large:
            reply, answer = Unsendable("answer", "too large to be kept"), None
            mismatch = mismatch and Mismatch(mismatch.kind, mismatch.words)
        self.records.append(Record(call, reply, mismatch, answer, expects_error))

    def _hear(self, asked: Asked) -> Heard:
        """What the call brings, or has brought."""
        if self.before and same_question(self.before[0][0], asked):
            heard = self.before.popleft()[1]
        else:
            self.before.clear()
            heard = hear(self.student, asked, self.limits)
        self.heard.append((asked, heard))
        return heard

    def stop_unless_returned(self, call: Call, reply: Reply) -> Returned:
        """The reply, when the call returned; any other reply is recorded and ends the case."""
        if isinstance(reply, Returned):
            return reply
        self.record(call, reply, Mismatch("reply", "did not return"))
        known = self.student.loaded.functions
        raise CaseStopped(*wording.of_reply(call.function, reply, public=self.public, known=known))


def hear(student: Student, asked: Asked, limits: Limits) -> Heard:
    """Ask the student, whether the answer comes as bytes or not."""
    if hears(student):
        return student.hear(asked, limits)
    function, arguments, keywords, return_arguments, observe = asked
    flags = {"return_arguments": return_arguments, "observe": observe}
    reply = student.call(function, arguments, keywords, limits=limits, **flags)
    return Heard(None, lambda: reply)


def hears(student: Student) -> TypeGuard[Hearing]:
    """Whether the student's answers come as bytes."""
    return hasattr(student, "hear")


def same_question(one: Asked, other: Asked) -> bool:
    """Whether both are one call with one set of argument objects."""
    return one[0] == other[0] and one[1] is other[1] and one[2] is other[2] and one[3:] == other[3:]


class StudentProxy:
    """`student.f(...)`: the bare call, for properties. The answer has the type, shape and dtype of the right one.

    Without that demand a test's own arithmetic could fail on a strange answer, which would look like our mistake.
    """

    def __init__(self, run: CaseRun) -> None:
        self._run = run

    def __getattr__(self, function: str) -> Callable[..., Any]:
        if function.startswith("_"):
            raise AttributeError(function)

        def bare(*arguments: Any, **keywords: Any) -> Any:
            return self._ask(self._run.log.call(function, arguments, keywords))

        return bare

    @property
    def later(self) -> LaterCalls:
        """`student.later.f(...)` describes a call of the student's f, to be made inside `student.run`."""
        return LaterCalls(self._run)

    def run(self, *steps: Any) -> Any:
        """As `check.run`, without comparing the values of the answer with the reference's."""
        return self._ask(steps_call(self._run.log, steps))

    def _ask(self, call: Call) -> Any:
        returned = self._run.stop_unless_returned(call, self._run.ask(call))
        expected = self._run.key.expected(call).answer
        if not isinstance(expected, Returned):
            raise RuntimeError(f"the reference raises {expected.kind}: {expected.message}")
        comparison = compare(returned.value, expected.value)
        self._run.record(call, returned, comparison.mismatch, comparison.answer)
        if comparison.mismatch is not None and comparison.mismatch.kind not in WRONG_VALUES:
            raise CaseStopped(Verdict.FAILED, wording.of_mismatch(comparison.mismatch, public=False))
        return comparison.answer


class Check:
    """`check.f(...)`: the student's `f` against the reference `f` on the same arguments.

    `check.raises(ValueError).f(...)` demands an error, `check.inputs_unchanged.f(...)` also that the arguments are
    left as they were, `check.each_part.f(...)` gives each value of a tuple its share of the case, and
    `check.same(actual, expected, "what this says")` is for properties.
    """

    def __init__(self, run: CaseRun, *, unchanged: bool = False, each_part: bool = False) -> None:
        self._run = run
        self._unchanged = unchanged
        self._each_part = each_part

    def __getattr__(self, function: str) -> Callable[..., Any]:
        if function.startswith("_"):
            raise AttributeError(function)

        def checked(*arguments: Any, **keywords: Any) -> Any:
            return self._check(self._run.log.call(function, arguments, keywords))

        return checked

    @property
    def inputs_unchanged(self) -> Check:
        """A check that also fails when the function changed its arguments."""
        return Check(self._run, unchanged=True)

    @property
    def each_part(self) -> Check:
        """A check of a function that returns several values, each of which earns its share of the case."""
        return Check(self._run, each_part=True)

    def raises(self, *errors: type[Exception]) -> RaisesCheck:
        """A check that the function refuses an impossible request with one of `errors`."""
        return RaisesCheck(self._run, errors)

    def same(self, actual: Any, expected: Any, what: str, magnitude: Any = None) -> None:
        """Fail, saying `what` does not hold, unless both values agree within rounding.

        `magnitude` is Σ|x·w| where the values are sums of products that may cancel.
        """
        mismatch = compare(actual, expected, allowed_error(expected, magnitude)).mismatch
        if mismatch is not None:
            raise CaseStopped(Verdict.FAILED, f"{what} does not hold: {wording.of_mismatch(mismatch, public=False)}")

    @property
    def later(self) -> LaterCalls:
        """`check.later.f(...)` describes a call of the student's f, to be made inside `check.run`."""
        return LaterCalls(self._run)

    def run(self, *steps: Any) -> Any:
        """Build the descriptions `steps` one after the other on the student's side and check the last one's value.

        A step is made of `described.…(…)` and `check.later.f(…)`; each later call is made once, however often it is
        used: for functions that return functions, and for models that are made, trained and asked. The first later
        call names the function that a mistake is looked for in.
        """
        return self._check(steps_call(self._run.log, steps))

    def _check(self, call: Call) -> Any:
        run = self._run
        expected = run.key.expected(call)
        if isinstance(expected.answer, Raised):
            raise RuntimeError(f"the reference raises {expected.answer.kind}: {expected.answer.message}")
        reply = run.ask(call, return_arguments=self._unchanged)
        returned = run.stop_unless_returned(call, reply)
        comparison = compare(returned.value, expected.answer.value, expected.allowed)
        mismatch = comparison.mismatch
        if mismatch is None and self._unchanged:
            mismatch = changed(call, returned.arguments or ())
        run.record(call, reply, mismatch, comparison.answer)
        run.notes += [note for note in comparison.notes if note not in run.notes]
        if mismatch is not None:
            credit = mismatch.right_share if self._each_part else 0.0
            raise CaseStopped(Verdict.FAILED, wording.of_mismatch(mismatch, public=run.public), credit)
        return comparison.answer


class LaterCalls:
    """`check.later.f(...)`."""

    def __init__(self, run: CaseRun) -> None:
        self._run = run

    def __getattr__(self, function: str) -> Callable[..., Later]:
        if function.startswith("_"):
            raise AttributeError(function)

        def later(*arguments: Any, **keywords: Any) -> Later:
            self._run.later_calls += 1
            return Later(self._run.later_calls, function, arguments, keywords)

        return later


def steps_call(log: CallLog, steps: tuple[Any, ...]) -> Call:
    """The call that builds `steps` in order."""
    about = first_later(steps)
    if about is None:
        raise RuntimeError("a run needs a later call of a student's function")
    return log.call(about.function, steps, {}, steps=True)


def first_later(value: Any) -> Later | None:
    """The first later call in a description, itself or inside, or None."""
    if isinstance(value, Later):
        inner = first_later((*value.arguments, *value.keywords.values()))
        return inner or value
    if isinstance(value, Described):
        return first_later(tuple(value.parts.values()))
    if isinstance(value, tuple | list):
        return next((found for item in value if (found := first_later(item)) is not None), None)
    return None


class RaisesCheck:
    """`check.raises(ValueError).f(...)`."""

    def __init__(self, run: CaseRun, errors: tuple[type[Exception], ...]) -> None:
        self._run = run
        self._errors = tuple(error.__name__ for error in errors)

    def __getattr__(self, function: str) -> Callable[..., None]:
        if function.startswith("_"):
            raise AttributeError(function)

        def checked(*arguments: Any, **keywords: Any) -> None:
            self._check(self._run.log.call(function, arguments, keywords))

        return checked

    def run(self, *steps: Any) -> None:
        """As `check.run`, where the error is demanded: for what returns models, which are no answer themselves."""
        self._check(steps_call(self._run.log, steps))

    def _check(self, call: Call) -> None:
        run = self._run
        if not isinstance(run.key.expected(call).answer, Raised):
            raise RuntimeError("the reference answers where this test demands an error")
        reply = run.ask(call)
        refused = isinstance(reply, Raised) and any(e in (reply.kind, *reply.ancestors) for e in self._errors)
        mismatch = None if refused else Mismatch("error", "an impossible request was not refused")
        run.record(call, reply, mismatch, expects_error=True)
        if refused:
            return
        wanted = " or ".join(self._errors)
        if isinstance(reply, Returned):
            raise CaseStopped(Verdict.FAILED, f"an impossible request was answered; raise {wanted} instead")
        known = run.student.loaded.functions
        verdict, message = wording.of_reply(call.function, reply, public=run.public, known=known)
        if isinstance(reply, Raised) and verdict is Verdict.RAISED:
            message = f"an impossible request should raise {wanted}; {message}"
        raise CaseStopped(verdict, message)


def changed(call: Call, after: tuple[Any, ...]) -> Mismatch | None:
    """What a call did to its arguments, given as they were afterwards; None when it left them alone."""
    for place, (before, now) in enumerate(zip(call.arguments, after, strict=False), 1):
        if holds_description(before):
            continue  # a description is not what the function received
        if compare(now, before).mismatch is not None:
            return Mismatch(CHANGED, f"argument {place} was changed by the call: work on a copy of it")
    if len(after) != len(call.arguments):
        return Mismatch("reply", "the arguments did not come back from the call")
    return None
