"""The places of `levels.py` are what they say: each reaches its level and no better one."""

import subprocess
import sys

import pytest
from sandbox.levels import at_level, unreachable

PROBE = "from convclass.sandbox.isolation import probe; print(probe().level)"
MACHINE = "import os; print(os.getuid(), os.access('/root', os.R_OK), os.access(os.environ['HOME'], os.W_OK))"


def run(level: str, code: str, **how: bool) -> str:
    if reason := unreachable(level):
        pytest.skip(reason)
    command = [*at_level(level, **how), sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout.strip()


@pytest.mark.parametrize("level", "ABCDE")
def test_a_place_reaches_its_level(level):
    assert run(level, PROBE) == level


def test_bubblewrap_alone_is_no_better_level():
    assert run("D", PROBE, bubblewrap=True) == "D"


@pytest.mark.parametrize(("level", "user"), [("B", 65534), ("C", 0), ("D", 65534)])
def test_a_place_has_its_user_and_a_home(level, user):
    found = run(level, MACHINE).split()
    assert found[0] == str(user)
    assert found[2] == "True"
