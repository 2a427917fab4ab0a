"""How the sandbox is set up on this machine: the level that it reaches, and what zygote and children do for it."""

from __future__ import annotations

from dataclasses import dataclass

from convclass.sandbox.bare import bare_command, readable_outside, users, writable_outside
from convclass.sandbox.isolation import Isolation, jail_alone_works, probe, record
from convclass.sandbox.jail import SandboxUnavailable, jail_command, readable_in_jail, writable_in_jail
from convclass.sandbox.syscalls import compiled_filter
from convclass.sandbox.zygote import Policy


class TooWeak(SandboxUnavailable):
    """This machine reaches a weaker level than is asked for; the text is one line and says how to go on."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The command of the zygote, what its children do to themselves, and what goes around both.

    With `fresh` no zygote serves two submissions; with `grouped` a control group is around zygote and children.
    """

    level: str
    record: str
    command: list[str]
    policy: Policy
    grouped: bool = False
    fresh: bool = False


def plan(memory: int, seed: int, level: str | None, least: str) -> Plan:
    """The plan for the best level that this machine reaches, or for the weaker one `level`.

    Raises TooWeak when the best is weaker than `least`, and SandboxUnavailable when `level` cannot be had.
    """
    isolation = probe(outside=level is not None and level in "CDE")
    reached = isolation.level if level is None else max(level, isolation.level)
    if reached > (level or least):
        raise TooWeak(isolation.refusal(level or least))
    if reached in "AB":
        return _in_jail(reached, isolation, memory, seed)
    return _outside(reached, isolation, memory, seed)


def _in_jail(level: str, isolation: Isolation, memory: int, seed: int) -> Plan:
    landlock, grouped = isolation.works("landlock"), isolation.works("cgroups") and level == "A"
    policy = Policy(True, landlock, compiled_filter(), memory, seed, readable_in_jail(), writable_in_jail())
    return Plan(level, record(level, isolation, grouped), jail_command(), policy, grouped)


def _outside(level: str, isolation: Isolation, memory: int, seed: int) -> Plan:
    """Children without namespaces: inside bubblewrap where that works by itself, else on the machine as it is."""
    landlock, grouped = isolation.works("landlock"), isolation.works("cgroups")
    program = compiled_filter(shared=True) if isolation.works("seccomp") else b""
    own_users = users() if isolation.works("users") and level in "CE" else (0, 0)
    jailed = level == "D" and jail_alone_works()
    readable = readable_in_jail() if jailed else readable_outside()
    policy = Policy(False, landlock, program, memory, seed, readable, writable_outside(), own_users)
    command = jail_command(nesting=False) if jailed else bare_command()
    return Plan(level, record(level, isolation, grouped), command, policy, grouped, fresh=level in "DE")
