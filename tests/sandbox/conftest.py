"""One sandbox for all tests of this folder: it is to survive everything that they do to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from convclass.sandbox.isolation import probe
from convclass.sandbox.reply import Limits, Reply, Returned
from convclass.sandbox.sandbox import Sandbox, Settings

HONEST = b"def double(x):\n    return 2 * x\n"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    settings = Settings(memory=512 * 2**20, loading=Limits(cpu=1.0, wall=30.0))
    isolation = probe()
    if isolation.level == "E":
        pytest.skip(f"this machine reaches isolation level {isolation.level} only; `convclass doctor` says why")
    with Sandbox.start(settings=settings, least="D") as started:
        yield started


@pytest.fixture
def attack(sandbox: Sandbox) -> Iterator[Callable[..., Reply]]:
    """Calls `f` of a hostile module; afterwards an honest student in the same sandbox must get the right answer."""

    def run(source: str, *arguments: object, limits: Limits = Limits(0.5, 15), times: int = 1) -> Reply:
        with sandbox.student(source.encode(), "hostile.py") as student:
            for _ in range(times):
                reply = student.call("f", arguments, {}, limits=limits)
            return reply

    yield run
    with sandbox.student(HONEST, "honest.py") as student:
        assert student.call("double", (21,), {}) == Returned(42)
