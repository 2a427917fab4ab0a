"""The grader and the child that it talks to share a processor, and only for as long as they talk."""

from __future__ import annotations

import os

import pytest

from convclass.sandbox.processor import leave_processor, share_processor
from convclass.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system keeps no process in place")


def test_both_sides_are_on_one_processor_and_the_grader_is_free_afterwards(sandbox: Sandbox):
    usual = os.sched_getaffinity(0)
    with sandbox.student(b"def f():\n    return 1\n", "f.py") as student:
        assert student.child is not None
        assert len(os.sched_getaffinity(0)) == 1
        assert os.sched_getaffinity(student.child.pid) == os.sched_getaffinity(0)
    assert os.sched_getaffinity(0) == usual


def test_a_process_that_is_gone_is_no_error():
    usual = os.sched_getaffinity(0)
    share_processor(2**22 + 1)
    leave_processor(usual)
    assert os.sched_getaffinity(0) == usual
