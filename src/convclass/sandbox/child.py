"""A child's life: lock itself down, read one submission, answer questions until it is killed."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from convclass.sandbox import attempts, lockdown, on_cuda
from convclass.sandbox.channel import Channel, Closed, forever
from convclass.sandbox.message import Question, decode_question, encode_reply
from convclass.sandbox.reply import Loaded, OutOfMemory, Reply, Unsendable
from convclass.sandbox.runner import Runner
from convclass.sandbox.values import kind_name
from convclass.sandbox.wire import WireError

if TYPE_CHECKING:
    from convclass.sandbox.zygote import Policy

CONNECTION = 3
READY = "ready"


def serve(connection: int, policy: Policy, parent: int) -> None:
    """Never returns while the keeper is there. The first message says whether every layer is in place.

    `parent` is the zygote's number where the child has no numbers of its own, else 0.
    """
    channel, problem = _locked_down(connection, policy, parent)
    if policy.device_memory and not problem:
        problem = on_cuda.started(policy.device_memory)
    channel.send(encode_reply(0, problem or READY), forever)
    if problem:
        return
    random.seed(policy.seed)  # Python seeds it anew in every fork; numpy's and torch's state is the zygote's
    try:
        if policy.device == "cpu":
            _answer_questions(channel, policy.memory, Runner, decode_question)
        else:
            _answer_questions(channel, policy.memory, on_cuda.CudaRunner, on_cuda.decode_question)
    except Closed:
        return


def _locked_down(connection: int, policy: Policy, parent: int) -> tuple[Channel, str]:
    """The connection to the keeper, and what went wrong, in words, or ""."""
    lockdown.keep_descriptors(connection)
    channel = Channel(socket.socket(fileno=CONNECTION), blocking=True)
    ways = lockdown if policy.device == "cpu" else on_cuda
    try:
        ways.limit_resources(policy.space)
        if policy.namespaces:
            ways.own_namespaces()
        else:
            _apart_from(parent, policy.user(os.getpid()))
        lockdown.drop_capabilities()
        lockdown.no_new_privileges()
        if policy.landlock:
            lockdown.landlock(policy.readable, policy.writable)
        if policy.seccomp:
            lockdown.seccomp(policy.seccomp)
    except OSError as error:
        return channel, f"a child could not lock itself down: {error}"
    return channel, ""


def _apart_from(parent: int, user: int) -> None:
    """What is left to do without namespaces: another user, and an end that does not wait for a namespace's."""
    if user:
        lockdown.become(user)
    lockdown.die_with(parent)
    os.chdir("/")


def _answer_questions(
    channel: Channel, memory: int, make: type[Runner], decode: Callable[[bytes, memoryview], Question]
) -> None:
    runner = make(b"", "", memory)
    while True:
        question = decode(*channel.receive(forever))
        if question.kind == "load":
            source, filename = question.fields
            runner = make(source, filename, memory)
            channel.send(encode_reply(question.serial, runner.inspect()), forever)
            channel.send(encode_reply(question.serial + 1, _load(runner)), forever)
        elif question.kind == "attempt":
            channel.send(encode_reply(question.serial, attempts.succeeded(*question.fields)), forever)
        else:
            channel.send(_answer(runner, question), forever)


def _load(runner: Runner) -> Loaded:
    """What loading brought to light, without what was sent before."""
    loaded = runner.load()
    return Loaded(error=loaded.error, printed=loaded.printed)


def _answer(runner: Runner, question: Question) -> list[bytes | memoryview]:
    """The reply to a call, packed; what cannot be packed is a reply of another kind."""
    function, arguments, keywords, return_arguments, observe = question.fields
    reply: Reply | None = None
    try:
        reply = runner.call(function, arguments, keywords, return_arguments=return_arguments, observe=observe)
        return encode_reply(question.serial, reply)
    except WireError as error:
        reply = Unsendable(kind_name(getattr(reply, "value", None)), str(error))
    except MemoryError:
        reply = OutOfMemory(runner.memory)
    return encode_reply(question.serial, reply)
