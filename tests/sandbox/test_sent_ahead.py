"""Calls are sent ahead once it is known what follows what; no reply and no fault may go to another call for that."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convclass.sandbox.reply import Crashed, Limits, Returned, TimedOut
from convclass.sandbox.sandbox import MOST_AHEAD

SOURCE = b"""
import os, time
made = []
def tell(x):
    made.append(x)
    return x
def calls():
    return len(made)
def slow(x):
    while True:
        pass
def exit(x):
    os._exit(3)
def large(x):
    return bytes(x)
"""
NOTHING = {}
NUMBERS = [(number,) for number in range(40)]


def ask(student, function, arguments, limits=Limits(0.3, 10)):
    return student.call(function, arguments, NOTHING, limits=limits)


def taught(sandbox, calls):
    """Let two students be asked the calls in this order, so that the third is sent them ahead."""
    for _ in range(3):
        with sandbox.student(SOURCE, "student.py") as student:
            for function, arguments in calls:
                ask(student, function, arguments)


def test_calls_are_sent_ahead(sandbox):
    order = [("tell", number) for number in NUMBERS]
    taught(sandbox, order)
    with sandbox.student(SOURCE, "student.py") as student:
        assert ask(student, *order[0]) == Returned(0)
        assert len(student.sent) == MOST_AHEAD - 1
        time.sleep(0.1)
        made = ask(student, "calls", ())
        assert made == Returned(MOST_AHEAD)  # all that were sent have run


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(orders=st.lists(st.lists(st.sampled_from(NUMBERS), max_size=30), min_size=2, max_size=6))
def test_every_reply_is_that_to_the_call_that_was_asked(sandbox, orders):
    for order in orders:
        with sandbox.student(SOURCE, "student.py") as student:
            assert [ask(student, "tell", number) for number in order] == [Returned(number) for (number,) in order]


@pytest.mark.parametrize("fatal", ["slow", "exit"])
def test_a_call_that_was_sent_ahead_and_is_not_asked_harms_nobody(sandbox, fatal):
    arguments = [(number,) for number in (100, 101, 102)]
    taught(sandbox, [("tell", arguments[0]), (fatal, arguments[1]), ("tell", arguments[2])])
    with sandbox.student(SOURCE, "student.py") as student:
        assert ask(student, "tell", arguments[0]) == Returned(100)
        assert ask(student, "tell", arguments[2]) == Returned(102)


@pytest.mark.parametrize(("fatal", "kind"), [("slow", TimedOut), ("exit", Crashed)])
def test_a_call_that_was_sent_ahead_is_blamed_for_its_own_end(sandbox, fatal, kind):
    arguments = [(number,) for number in (200, 201, 202)]
    order = [("tell", arguments[0]), (fatal, arguments[1]), ("tell", arguments[2])]
    taught(sandbox, order)
    with sandbox.student(SOURCE, "student.py") as student:
        first, second, third = (ask(student, *call) for call in order)
    assert first == Returned(200)
    assert isinstance(second, kind)
    assert third == Returned(202)


def test_large_replies_and_many_questions_do_not_wait_for_each_other(sandbox):
    sizes = [(4_000_000 + number,) for number in range(6)]
    order = [("large", size) for size in sizes]
    taught(sandbox, order)
    with sandbox.student(SOURCE, "student.py") as student:
        found = [ask(student, *call, limits=Limits(5, 20)) for call in order]
    assert [len(reply.value) for reply in found] == [size for (size,) in sizes]
