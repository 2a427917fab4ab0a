"""Every attack succeeds against an unprotected grader; one that does not proves nothing about ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attacks.attack import HONEST, MARKS, Attack, attacks
from attacks.control import Harm, Victims
from attacks.victim import HONEST_SCORE

CANARY = "CANARY-" + "0123456789abcdef" * 2
PORT = 47811
FLOOD = 10 * 2**20
SECONDS, SECONDS_OF_A_LOOP = 20.0, 1.0


@pytest.fixture(scope="module")
def harms() -> Iterator[dict[str, Harm]]:
    """What every attack did, and a class without one, by label."""
    orders = [order("nobody", {"attacker": HONEST}, SECONDS)]
    orders += [order(attack.label, attack.files(places(attack)), seconds(attack)) for attack in attacks()]
    with Victims() as victims:
        yield victims.suffer(orders)


def order(name: str, files: dict[str, str], seconds: float) -> dict[str, object]:
    return {
        "name": name, "port": PORT, "canary": CANARY, "seconds": seconds, "students": {**files, "honest": HONEST}
    }  # fmt: skip


def seconds(attack: Attack) -> float:
    return SECONDS_OF_A_LOOP if "hung" in attack.control else SECONDS


def places(attack: Attack) -> dict[str, str]:
    return {
        "OUT": "/tmp/exam", "COURSE": "/tmp/exam", "INBOX": "/tmp/exam", "PORT": str(PORT), "TOKEN": "token",
        "SOCKET": "/tmp/listener.sock", "LOG": "/run/log.sock", "NAME": attack.label,
    }  # fmt: skip


def marks(harm: Harm) -> set[str]:
    """The marks of success that the harm shows."""
    honest_is_right = harm.scores.get("honest") == HONEST_SCORE
    found = {
        "score": (harm.scores.get("attacker") or 0) > 0,
        "honest": harm.ended and not honest_is_right,
        "heir": (harm.scores.get("heir") or 0) > 0,
        "contact": bool(harm.contacts),
        "spill": "CANARY-" in harm.output,
        "flood": harm.output_size > FLOOD,
        "hung": not harm.ended,
    }
    return {name for name, is_there in found.items() if is_there}


def test_the_unprotected_grader_grades_who_does_not_attack_it(harms: dict[str, Harm]) -> None:
    harm = harms["nobody"]
    assert (harm.scores["attacker"], harm.scores["honest"]) == (HONEST_SCORE, HONEST_SCORE)
    assert harm.ended and harm.contacts == [] and marks(harm) == {"score"}


@pytest.mark.parametrize("attack", attacks(), ids=lambda attack: attack.label)
def test_the_attack_succeeds_without_protection(attack: Attack, harms: dict[str, Harm]) -> None:
    harm = harms[attack.label]
    assert attack.control and attack.control <= MARKS.keys()
    assert attack.control <= marks(harm), f"{sorted(marks(harm))}: {harm}"
