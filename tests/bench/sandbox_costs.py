"""What the sandbox itself costs on this machine: a child, layer by layer, and a call."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import torch
from bench.figures import Layer, Measured, SandboxCosts
from bench.measure import adopt_orphans, children_cpu, say, wait_for_orphans

from convclass.sandbox.container import default_least
from convclass.sandbox.keeper import Child, Patience
from convclass.sandbox.plan import Plan, plan
from convclass.sandbox.reply import Limits, Returned
from convclass.sandbox.runner import Runner
from convclass.sandbox.sandbox import LOADING, Sandbox, SandboxedStudent, Settings

TIMES = 60
FAST_CALLS = 40
NO_KEYWORDS: dict[str, Any] = {}  # one object, as a test has it for all students
SOURCE = b"""
import torch

def same(x):
    return x

def convolve(x, weight):
    rows, columns = x.shape[2] - weight.shape[2] + 1, x.shape[3] - weight.shape[3] + 1
    y = x.new_zeros(len(x), len(weight), rows, columns)
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):
            y += torch.einsum("nchw,kc->nkhw", x[:, :, i : i + rows, j : j + columns], weight[:, :, i, j])
    return y

def slow(n):
    total = 0
    for i in range(n):
        total += i * i % 7
    return total
"""
SLOW = 1_500_000
MIB = 2**20


def ready(sandbox: Sandbox) -> Measured:
    """From the order of a child to its word that every layer is in place."""
    return Measured("a child is ready", 1e3 * median(_child(sandbox)[1] for _ in range(TIMES)), 8, "ms")


def killed(sandbox: Sandbox) -> Measured:
    """From the signal to the child's end."""
    return Measured("a child is gone after its kill", 1e3 * median(_end(sandbox) for _ in range(TIMES)), 3, "ms")


def tiny_call(student: SandboxedStudent) -> Measured:
    """One call with one number; each with new arguments, so that none is sent ahead."""
    one = [1]
    return Measured("a tiny call", 1e6 * _median_call(student, "same", lambda: tuple(one), 1500), 80, "µs")


def known_tiny_call(sandbox: Sandbox) -> Measured:
    """The same as most students of a class meet it: each call was asked before, so it is packed and sent ahead."""
    calls, seconds = [(n,) for n in range(300)], []
    for _ in range(8):
        with sandbox.student(SOURCE, "bench.py") as student:
            start = time.perf_counter()
            for arguments in calls:
                _returned(student, "same", arguments)
            seconds.append((time.perf_counter() - start) / len(calls))
    return Measured("a tiny call that a student before was asked, too", 1e6 * median(seconds), 80, "µs")


def large_call(student: SandboxedStudent) -> Measured:
    """1.5 MB there and back."""
    x = torch.zeros(393_216)
    return Measured("1.5 MB there and back", 1e3 * _median_call(student, "same", lambda: (x,), 100), 0.6, "ms")


def slow_loop(student: SandboxedStudent) -> Measured:
    """A loop in Python, against the same in this process; in turns."""
    runner, inside, outside = _runner(), [], []
    for _ in range(9):
        start = time.perf_counter()
        _returned(student, "slow", (SLOW,))
        inside.append(time.perf_counter() - start)
        start = time.perf_counter()
        runner.call("slow", (SLOW,), {})
        outside.append(time.perf_counter() - start)
    return Measured("slow loops, times the floor", median(inside) / median(outside), 1.05, "")


def fast_submission() -> Measured:
    """CPU of a submission of 40 fast calls above that of the calls alone: what one more costs in a warm sandbox."""
    rounds = []
    for _ in range(3):
        few, many = _submissions(4), _submissions(44)
        rounds.append((many - few) / 40 - _calls_alone())
    return Measured("CPU of 40 fast calls above the floor", 1e3 * median(rounds), 20, "ms")


def idle_children(sandbox: Sandbox, number: int = 100) -> Measured:
    """Memory of the zygote and its children, pages that they share counted once."""
    _let_more_in(sandbox)
    children = [_child(sandbox)[0] for _ in range(number)]
    shared = sum(_memory(child.pid) for child in children) + sum(_memory(pid) for pid in _zygotes(children[0].pid))
    for child in children:
        child.kill()
    return Measured(f"{number} idle children and the zygote", shared / MIB, 800, "MiB")


def lost_zygote(sandbox: Sandbox) -> Measured:
    """From the kill of the zygote in the middle of a submission to the next right answer."""
    with sandbox.student(SOURCE, "bench.py") as student:
        _returned(student, "same", (1,))
        start = time.perf_counter()
        sandbox.keeper.process.kill()
        sandbox.keeper.process.wait()
    with sandbox.student(SOURCE, "bench.py") as student:
        _returned(student, "same", (1,))
        return Measured("a killed zygote is replaced", time.perf_counter() - start, 3, "s")


def layers(times: int = TIMES) -> list[Layer]:
    """What each layer adds until a child is ready: sandboxes with one layer more each, measured in turns.

    The first is the fork with limits, no capabilities and no new privileges; layers that this machine lacks are left
    out. Below zero means that it is lost in the noise.
    """
    whole = plan(Settings().memory, 0, None, default_least())
    with ExitStack() as stack:
        partly = {name: stack.enter_context(_with(one)) for name, one in _one_more_each(whole).items()}
        for sandbox in partly.values():
            sandbox.keeper.take().kill()
        taken = [{name: _child_gone(sandbox) for name, sandbox in partly.items()} for _ in range(times)]
    medians = [(name, 1e3 * median(turn[name] for turn in taken)) for name in partly]
    before = [0.0, *(total for _, total in medians)]
    return [Layer(name, total - less) for (name, total), less in zip(medians, before, strict=False)]


def _one_more_each(whole: Plan) -> dict[str, Plan]:
    """The plan from its bare fork to all of it; a control group is around everything and costs a child nothing."""
    policy = whole.policy
    bare = replace(policy, namespaces=False, landlock=False, seccomp=b"")
    steps = {"fork and limits": bare, "namespaces": replace(bare, namespaces=policy.namespaces)}
    steps["Landlock"] = replace(steps["namespaces"], landlock=policy.landlock)
    steps["seccomp"] = policy
    return {name: replace(whole, policy=changed) for name, changed in steps.items()}


def _with(chosen: Plan) -> Sandbox:
    return Sandbox(chosen, Settings(), None)


def _child_gone(sandbox: Sandbox) -> float:
    child, seconds = _child(sandbox)
    child.kill()
    return seconds


def _child(sandbox: Sandbox) -> tuple[Child, float]:
    """A child that was not ordered before, and the seconds until it was ready."""
    start = time.perf_counter()
    sandbox.keeper.order()
    child = sandbox.keeper.take()
    child.reply(0, Patience(child.pid, LOADING))
    return child, time.perf_counter() - start


def _end(sandbox: Sandbox) -> float:
    child = _child(sandbox)[0]
    handle = os.dup(child.handle)
    try:
        start = time.perf_counter()
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        select.select([handle], [], [])
        return time.perf_counter() - start
    finally:
        os.close(handle)
        child.kill()


def _returned(student: SandboxedStudent, function: str, arguments: tuple[Any, ...]) -> Any:
    reply = student.call(function, arguments, NO_KEYWORDS, limits=Limits(30, 60))
    if not isinstance(reply, Returned):
        raise RuntimeError(f"{function}: {reply}")
    return reply.value


def _median_call(
    student: SandboxedStudent, function: str, arguments: Callable[[], tuple[Any, ...]], times: int
) -> float:
    seconds = []
    for _ in range(times):
        made = arguments()
        start = time.perf_counter()
        _returned(student, function, made)
        seconds.append(time.perf_counter() - start)
    return median(seconds)


def _runner() -> Runner:
    runner = Runner(SOURCE, "bench.py", 0)
    runner.inspect()
    runner.load()
    return runner


def _inputs() -> list[tuple[torch.Tensor, torch.Tensor]]:
    return [(torch.ones(2, 3, 9, 8) * n, torch.ones(4, 3, 3, 2)) for n in range(FAST_CALLS)]


def _calls_alone() -> float:
    """CPU seconds of the fast calls in this process, warm."""
    runner, inputs = _runner(), _inputs()
    seconds = []
    for _ in range(20):
        start = time.process_time()
        for arguments in inputs:
            runner.call("convolve", arguments, {})
        seconds.append(time.process_time() - start)
    return median(seconds)


def _submissions(number: int) -> float:
    """CPU seconds of this process and of a whole sandbox for so many submissions of fast calls."""
    adopt_orphans()
    others, start, inputs = children_cpu(), time.process_time(), _inputs()
    with Sandbox.start() as sandbox:
        for _ in range(number):
            with sandbox.student(SOURCE, "bench.py") as student:
                for arguments in inputs:
                    _returned(student, "convolve", arguments)
    mine = time.process_time() - start
    wait_for_orphans()
    return mine + children_cpu() - others


def _let_more_in(sandbox: Sandbox) -> None:
    """Lift the limit of processes, which holds for the few children that grading needs."""
    for folder in sandbox.cgroup.folders if sandbox.cgroup else ():
        if (most := folder / "pids.max").exists():
            most.write_text("max")


def _memory(pid: int) -> int:
    """Bytes of a process, its part of what it shares (proportional set size)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _zygotes(child: int) -> list[int]:
    """The process that forked this child."""
    status = Path(f"/proc/{child}/status").read_text().splitlines()
    return [int(line.split()[1]) for line in status if line.startswith("PPid:")]


def measure() -> SandboxCosts:
    """All of it, in about a minute."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with Sandbox.start() as sandbox:
            sandbox.keeper.take().kill()  # the one that is ready already
            figures = [ready(sandbox), killed(sandbox), idle_children(sandbox), lost_zygote(sandbox)]
            with sandbox.student(SOURCE, "bench.py") as student:
                figures += [tiny_call(student), large_call(student), slow_loop(student)]
            figures.insert(-2, known_tiny_call(sandbox))
        figures.append(fast_submission())
        made = layers()
    finally:
        torch.set_num_threads(threads)
    say(", ".join(f"{figure.what} {figure.measured:.3g} {figure.unit}" for figure in figures))
    return SandboxCosts(figures, made)
