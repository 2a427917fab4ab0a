"""The sandbox as the exam sees it: start it once, then ask it for one student after the other."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from convclass.sandbox import cuda, on_cuda
from convclass.sandbox.cgroup import Cgroup, make_cgroup
from convclass.sandbox.channel import Closed
from convclass.sandbox.container import default_least
from convclass.sandbox.isolation import ANY_NAMESPACES_REMEDY
from convclass.sandbox.jail import SandboxUnavailable
from convclass.sandbox.keeper import Child, Expired, Keeper, Patience, cpu_seconds
from convclass.sandbox.message import PackedCall, PackedCalls, Pieces, Question, encode_question
from convclass.sandbox.plan import Plan, TooWeak, plan
from convclass.sandbox.reply import (
    DEFAULT_LIMITS,
    Asked,
    Crashed,
    Heard,
    Limits,
    Loaded,
    OutOfMemory,
    Raised,
    Reply,
    SandboxFault,
    TimedOut,
)
from convclass.sandbox.source import MAX_SOURCE
from convclass.sandbox.wire import WireError
from convclass.sandbox.zygote import LOST, Policy

__all__ = ["Sandbox", "SandboxUnavailable", "SandboxedStudent", "Settings", "TooWeak"]

LOADING = Limits(cpu=10.0, wall=30.0)
NOT_ASKED = Limits(cpu=0.25, wall=1.0)
_Received = TypeVar("_Received")
FEW_AHEAD, MOST_AHEAD, BYTES_AHEAD = 2, 16, 32 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """What every child may use: bytes of memory, seconds to load the module; and the seed that it starts from."""

    memory: int = 2 * 2**30
    loading: Limits = LOADING
    seed: int = 0


class Sandbox:
    """One warm zygote and the child that it has ready. For one worker at a time; use it as a context manager."""

    def __init__(self, plan: Plan, settings: Settings, cgroup: Cgroup | None):
        self.plan, self.policy, self.settings, self.cgroup = plan, plan.policy, settings, cgroup
        self.command = cgroup.wrapped(plan.command) if cgroup else plan.command
        self.packed = PackedCalls()
        self._used = False
        self.keeper = Keeper(self.command, self.policy)
        self.keeper.order()

    @classmethod
    def start(
        cls,
        device: str = "cpu",
        settings: Settings = Settings(),  # noqa: B008 - frozen
        *,
        level: str | None = None,
        least: str | None = None,
        gpu: cuda.Gpu | None = None,
    ) -> Sandbox:
        """Start a sandbox and wait until it is warm, about two seconds.

        `device` is cpu or cuda; `gpu` is what a sandbox on cuda lets in, None for what this machine has.
        It has the best isolation level that this machine reaches, or the weaker one `level`, for who wants to see what
        that is like. Raises SandboxUnavailable, naming the remedy, where the machine cannot, TooWeak of these when it
        reaches less than `least` (None: B, or C inside a container), and SandboxFault when it fails to.
        """
        if device not in ("cpu", "cuda"):
            raise SandboxUnavailable(f"the sandbox runs student code on cpu and cuda, not on {device!r}")
        if device == "cuda":
            gpu = gpu or cuda.required_gpu()
        chosen = plan(settings.memory, settings.seed, level, least or default_least())
        if device == "cuda" and gpu:
            chosen = cuda.changed(chosen, gpu, least)
        host = 2 * 2**30 if device == "cpu" else cuda.GROUP_MEMORY
        cgroup = make_cgroup(settings.memory + host) if chosen.grouped else None
        if chosen.grouped and cgroup is None:
            raise SandboxFault("the control group that could be made a moment ago can no longer be made")
        sandbox: Sandbox | None = None
        try:
            sandbox = cls(chosen, settings, cgroup)
            sandbox._prove()
        except SandboxFault as fault:
            if sandbox:
                sandbox.close()
            elif cgroup:
                cgroup.remove()
            raise SandboxUnavailable(_remedy(str(fault))) from fault
        return sandbox

    def _prove(self) -> None:
        """Have one child attempt what none may do: a layer that does not hold shows here and not in a grade."""
        child = self._take_child()
        try:
            if self.plan.level != "E":
                _no_escape(child, self.policy)
        finally:
            child.kill()

    @property
    def isolation(self) -> str:
        """What is to be recorded in a result: the level as a letter, A to E, and what is missing."""
        return self.plan.record

    @property
    def on_cuda(self) -> bool:
        """Whether children work on CUDA."""
        return self.policy.device != "cpu"

    @contextlib.contextmanager
    def student(self, source: bytes, filename: str) -> Iterator[SandboxedStudent]:
        """The student whose file holds `source`, loaded in a child that lives as long as the block."""
        if self.plan.fresh and self._used:
            self.restart()
        self._used = True
        student = SandboxedStudent(self, source, filename)
        try:
            yield student
        finally:
            student.close()

    def take_child(self) -> Child:
        """The child that is ready; the next one is asked for at once. A child or zygote that is dead is replaced."""
        for _ in range(MORE_TRIES):
            with contextlib.suppress(SandboxFault):
                if not (child := self._take_child()).ended:
                    return child
                child.kill()
        self.restart()
        return self._take_child()

    def _take_child(self) -> Child:
        child = self.keeper.take()
        try:
            ready = child.reply(0, Patience(child.pid, cuda.STARTING if self.on_cuda else LOADING))
        except (Closed, Expired, WireError) as error:
            child.kill()
            raise SandboxFault(f"a child did not get ready ({type(error).__name__})") from error
        if ready != "ready":
            child.kill()
            raise SandboxFault(str(ready))
        self.keeper.order()
        return child

    def end_of(self, child: Child) -> Crashed:
        """How a child ended that closed its connection. Raises SandboxFault when the zygote is gone as well."""
        try:
            return Crashed(_ending(self.keeper.how_ended(child)))
        except SandboxFault:
            self.restart()
            raise

    def restart(self) -> None:
        """Put a new zygote in the place of the old one."""
        self.keeper.stop()
        self.keeper = Keeper(self.command, self.policy)
        self.keeper.order()

    def close(self) -> None:
        """End the zygote and all its children."""
        self.keeper.stop()
        if self.cgroup:
            self.cgroup.remove()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SandboxedStudent:
    """Fulfils the Student protocol with a child of the sandbox; a child that is lost is replaced at the next call.

    An exam asks every student the same, so the calls that will come next are sent ahead: the child goes on with them
    instead of going to sleep. The reply to a call that is then not asked is read past.
    """

    def __init__(self, sandbox: Sandbox, source: bytes, filename: str):
        self.sandbox, self.source, self.filename = sandbox, source, filename
        self.child: Child | None = None
        self.serial = 1
        self.sent: deque[tuple[int, PackedCall]] = deque()  # with their serials; nobody has read the replies
        self.asked: PackedCall | None = None
        self.cpu_seconds = 0.0
        self.loaded = self._load()

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
        """Call the student's `function` and say what happened. Raises SandboxFault when it is our mistake."""
        return self.hear((function, arguments, keywords, return_arguments, observe), limits).reply

    def hear(self, asked: Asked, limits: Limits, known: Container[bytes] = ()) -> Heard:
        """What the call `asked` brings, not decoded when its content is `known`. Raises SandboxFault as `call` does."""
        if self.loaded.error is not None:
            return _not_sent(self.loaded.error)
        call = self.sandbox.packed.call(asked)
        if self.asked:
            self.asked.followed_by(call)
        self.asked = call
        self._read_past(call)
        heard = self._ask(call, limits, known)
        for _ in range(MORE_TRIES):
            if heard.decoded != KILLED:
                break
            heard = self._ask(call, limits, known)
        return heard

    def _ask(self, call: PackedCall, limits: Limits, known: Container[bytes]) -> Heard:
        """What comes back for the call, in a new child when there is none."""
        if self.child is None:
            again = self._load()
            if again.error is not None:
                return _not_sent(again.error)
        heard = self._answer(call, limits, known)
        if self.sandbox.on_cuda and cuda.broke_the_device(heard.content):
            self.close()
        return heard

    def close(self) -> None:
        """End the child."""
        if self.child is not None:
            self.cpu_seconds += cpu_seconds(self.child.pid)
            self.child.kill()
            self.child = None
            self.sent.clear()

    def _load(self) -> Loaded:
        """Load the module in a new child, in another one when that was killed."""
        loaded = self._load_once()
        for _ in range(MORE_TRIES):
            if loaded.error != KILLED:
                break
            loaded = self._load_once()
        return loaded

    def _load_once(self) -> Loaded:
        """Load the module in a new child: first what its source tells, then what running its top level did."""
        if len(self.source) > MAX_SOURCE:
            sentence = f"{self.filename} is larger than {MAX_SOURCE // 2**20} MiB"
            return Loaded(error=Raised("ValueError", sentence, ("ValueError", "Exception")))
        self.child = self.sandbox.take_child()
        limits = self.sandbox.settings.loading
        self.serial += 2  # one for each of the two reports
        question = encode_question(Question(self.serial - 1, "load", (self.source, self.filename)))
        inspected = self._await_reply(self.serial - 1, Patience(self.child.pid, limits), question)
        if not isinstance(inspected, Loaded):
            return Loaded(error=_as_failure(inspected))
        ran = self._await_reply(self.serial, Patience(self.child.pid, limits), []) if self.child else Crashed(NO_ANSWER)
        if isinstance(ran, Loaded):
            return replace(inspected, error=ran.error, printed=ran.printed)
        return replace(inspected, error=_as_failure(ran))

    def _answer(self, call: PackedCall, limits: Limits, known: Container[bytes]) -> Heard:
        """What comes back for the call; it is sent unless it has been, and so are those that will come next."""
        assert self.child is not None
        child, patience = self.child, Patience(self.child.pid, limits)
        pieces = [] if self.sent else self._send(call)
        pieces += self._send_ahead()
        serial, _ = self.sent.popleft()
        heard = self._awaited(partial(child.heard, serial, patience, known), patience, pieces)
        return heard if isinstance(heard, Heard) else _not_sent(heard)

    def _send(self, call: PackedCall) -> Pieces:
        """The call as a question that is about to be sent."""
        self.serial += 1
        pieces = call.frame(self.serial)
        self.sent.append((self.serial, call))
        return pieces

    def _send_ahead(self) -> Pieces:
        """The calls that will come next, several at once when the child has almost none left.

        They are small in all, so that this side never waits for a child that waits for this side.
        """
        pieces: Pieces = []
        if len(self.sent) > FEW_AHEAD:
            return pieces
        size = sum(call.size for _, call in self.sent)
        call = self.sent[-1][1].expected_next
        while call and len(self.sent) < MOST_AHEAD and size + call.size <= BYTES_AHEAD:
            size += call.size
            pieces += self._send(call)
            call = call.expected_next
        return pieces

    def _read_past(self, asked: PackedCall) -> None:
        """Read the replies to calls that were sent ahead and come before this one; a child that is slow is ended."""
        while self.child and self.sent and self.sent[0][1] is not asked:
            try:
                self.child.reply(self.sent.popleft()[0], Patience(self.child.pid, NOT_ASKED))
            except (Closed, Expired, WireError):
                self.close()

    def _await_reply(self, serial: int, patience: Patience, pieces: Pieces) -> Reply | Loaded | str:
        """The reply to question `serial`, once the pieces are sent; every failure is a reply too."""
        assert self.child is not None
        return self._awaited(partial(self.child.reply, serial, patience), patience, pieces)

    def _awaited(self, receive: Callable[[], _Received], patience: Patience, pieces: Pieces) -> _Received | Reply:
        """What `receive` gets, once the pieces are sent; a child that fails is lost, and that is a reply."""
        assert self.child is not None
        child = self.child
        try:
            if pieces:
                child.channel.send(pieces, patience)
            return receive()
        except Expired as late:
            return self._lost(TimedOut(late.limit, late.clock))
        except WireError as error:
            return self._lost(Crashed(f"{NO_ANSWER}: {error}"))
        except Closed:
            try:
                return self._lost(self.sandbox.end_of(child))
            finally:
                self.close()

    def _lost(self, reply: Reply) -> Reply:
        self.close()
        return reply


def _not_sent(reply: Reply) -> Heard:
    """A reply that no child sent."""
    return Heard(None, lambda: reply, reply)


NO_ANSWER = "it sent something that is not an answer"
_SIGNALS = {
    signal.SIGSEGV: "it touched memory that is not its own (SIGSEGV)",
    signal.SIGBUS: "it touched memory that is not there (SIGBUS)",
    signal.SIGABRT: "it was aborted, by itself or by a library (SIGABRT)",
    signal.SIGFPE: "it divided by zero in machine code (SIGFPE)",
    signal.SIGILL: "it ran an instruction that does not exist (SIGILL)",
    signal.SIGKILL: "it was killed, most likely for using too much memory (SIGKILL)",
    signal.SIGSYS: "it made a forbidden system call (SIGSYS)",
}

# Not by us: for its memory, or by whoever runs this machine. Until it has happened to one call three times, it may not
# have been the student's doing.
MORE_TRIES = 2
KILLED = Crashed(_SIGNALS[signal.SIGKILL])


def _ending(status: int | None) -> str:
    """In words how a child ended, from its wait status; None when it still runs."""
    if status is None:
        return "it closed its connection to the grader"
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return _SIGNALS.get(signal.Signals(number), f"it was ended by signal {number}")
    code = os.WEXITSTATUS(status)
    if code == LOST:
        return "it lost its connection to the grader"
    return f"the process ended itself with exit code {code}"


def _as_failure(reply: Reply | str) -> Raised | TimedOut | OutOfMemory | Crashed:
    if isinstance(reply, Raised | TimedOut | OutOfMemory | Crashed):
        return reply
    return Crashed(f"{NO_ANSWER}: no report on the module")


def _no_escape(child: Child, policy: Policy) -> None:
    """Raises SandboxFault, naming the act, when the child can do what it must not."""
    with tempfile.TemporaryDirectory() as folder:
        secret = Path(folder, "secret")
        secret.write_text("a file of the grader")
        Path(folder).chmod(0o755)
        secret.chmod(0o644)  # so that Landlock and the jail have to hold, and not only the rights of the file
        on_device = int(policy.device != "cpu")
        too_much = policy.memory + 2**30 + on_device * on_cuda.DRIVER_DATA if policy.memory else 0
        fields = (str(secret), policy.writable, os.getpid(), too_much, int(policy.users[1] > 0), on_device)
        try:
            patience = child.ask(encode_question(Question(1, "attempt", fields)), LOADING)
            possible = child.reply(1, patience)
        except (Closed, Expired, WireError) as error:
            raise SandboxFault(f"a child did not survive attempting what is forbidden ({error!r})") from error
    if possible != "":
        raise SandboxFault(f"a child can {possible}")


def _remedy(fault: str) -> str:
    """What to do about a sandbox that does not start, in one line."""
    if "uid map" in fault or "namespace" in fault or "Operation not permitted" in fault:
        return (
            f"this machine lets nobody make user namespaces ({fault}); type: {ANY_NAMESPACES_REMEDY}, "
            "or run outside a container"
        )
    return fault
