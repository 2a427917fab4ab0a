"""All attacks in one class, graded by the real command at every isolation level that this machine can make.

No attack gets a point that it did not earn, a secret, a neighbour's grade or a contact outside; each honest student
after an attacker gets the very grade that he gets in a class without any.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from attacks import class_run, malformed
from attacks.at_each_level import AT_D, runs_at
from attacks.attack import Attack, attacks
from attacks.class_run import NEIGHBOUR, Graded, Place, attacker, grade, hand_in_attacks, hand_in_honest, heir, honest
from attacks.course import FULL
from attacks.listeners import Listeners
from attacks.promises import NOT_PROMISED, promised
from sandbox.levels import unreachable

RUNS = (("A", 2), ("B", 1), ("C", 2), ("D", 2))
NUMBERED = list(enumerate(attacks(), 1))
HONEST_CLASS = 10
BROKEN = [case for case in malformed.ALL if not case.for_root or os.geteuid() == 0]
MOST_SHOWN = 100_000
HIDDEN_INPUT = "CANARY-of-a-hidden-input"
LABELS = {"ids": lambda numbered: numbered[1].label}


@pytest.fixture(scope="module", params=RUNS, ids=lambda run: f"{run[0]}{run[1]}")
def level_and_jobs(request: pytest.FixtureRequest) -> tuple[str, int]:
    level, jobs = request.param
    if reason := unreachable(level):
        pytest.skip(reason)
    return level, jobs


@pytest.fixture(scope="module")
def graded(level_and_jobs: tuple[str, int]) -> Iterator[Graded]:
    """The class of all attacks and of all malformed submissions, with the honest between them."""
    place, level = Place.make(), level_and_jobs[0]
    with Listeners(place.root, place.token) as listeners:
        place.hand_in_the_neighbour()
        tried = [numbered for numbered in NUMBERED if runs_at(numbered[1], level)]
        hand_in_attacks(place, tried, place.words(listeners))
        if level != "D":  # reading is the same everywhere, and each honest student takes seconds there
            hand_in_malformed(place)
        before = machine(place)
        found = grade(place, *level_and_jobs, listeners.contacts)
        time.sleep(0.2)  # a contact on its way
        found = Graded(place, found.code, found.said, tuple(listeners.contacts), before, machine(place))
        yield found
    place.remove()


@pytest.fixture(scope="module")
def honest_lines() -> Iterator[dict[str, str]]:
    """The lines of an honest class in grades.csv, under names that the honest have among the attackers."""
    place = Place.make()
    hand_in_honest(place, [number for number, attack in NUMBERED if attack.label in AT_D][:HONEST_CLASS])
    yield grade(place, "A" if not unreachable("A") else "B", 2, []).lines
    place.remove()


def hand_in_malformed(place: Place) -> None:
    around = malformed.World(
        place.course / "autograder" / "07_sealed" / "test_hidden.py", place.root / "outside", place.inbox / NEIGHBOUR
    )
    around.outside.mkdir()
    around.outside.chmod(0o777)
    for case in BROKEN:
        folder = place.inbox / broken(case)
        folder.mkdir()
        case.make(folder, around)
        place.hand_in(f"{broken(case)}-honest", class_run.HONEST)


def broken(case: malformed.Malformed) -> str:
    return f"malformed-{case.name}"


def machine(place: Place) -> frozenset[str]:
    """What an attack may have left on this machine: files in folders that all may write to, processes, memory."""
    names = {str(path) for folder in ("/tmp", "/var/tmp", "/dev/shm", "/") for path in Path(folder).glob("*")}
    names |= {str(path) for path in (place.root / "outside").glob("*")}
    names |= {line.split()[1] for line in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]}
    return frozenset(name for name in names if place.token in name or "left-by" in name or "outside" in name)


@pytest.fixture
def numbered(request: pytest.FixtureRequest, level_and_jobs: tuple[str, int]) -> tuple[int, Attack]:
    """An attack with its number in the class, where it is tried at the level."""
    if not runs_at(request.param[1], level_and_jobs[0]):
        pytest.skip("tried at the other levels; see at_each_level.py")
    found: tuple[int, Attack] = request.param
    return found


def test_the_class_is_graded_at_its_level(graded: Graded, level_and_jobs: tuple[str, int]) -> None:
    level, _ = level_and_jobs
    assert graded.code == 0, graded.said[-3000:]
    assert {result.isolation[:1] for result in graded.results.values()} == {level}
    assert len(graded.results) == len(list(graded.place.inbox.iterdir()))


def test_nothing_is_incomplete(graded: Graded) -> None:
    assert [name for name, result in graded.results.items() if not result.complete] == []


@pytest.mark.parametrize("numbered", NUMBERED, indirect=True, **LABELS)
def test_an_attack_gets_what_it_earned(
    numbered: tuple[int, Attack], graded: Graded, level_and_jobs: tuple[str, int]
) -> None:
    number, attack = numbered
    result = graded.results[attacker(number, attack)]
    as_earned = result.score == attack.earns
    assert as_earned == promised(attack.label, level_and_jobs[0], "score"), (result.score, result.tests)
    assert not attack.flagged or result.warnings


@pytest.mark.parametrize("numbered", NUMBERED, indirect=True, **LABELS)
def test_an_attack_is_shown_no_secret(numbered: tuple[int, Attack], graded: Graded) -> None:
    shown = graded.shown(attacker(*numbered))
    assert graded.place.canary not in shown and HIDDEN_INPUT not in shown
    assert len(shown) < MOST_SHOWN


@pytest.mark.parametrize("numbered", NUMBERED, indirect=True, **LABELS)
def test_who_comes_after_an_attack_gets_the_exact_grade(
    numbered: tuple[int, Attack], graded: Graded, level_and_jobs: tuple[str, int]
) -> None:
    number, attack = numbered
    after = graded.results[honest(number)]
    assert (after.score == FULL) == promised(attack.label, level_and_jobs[0], "honest"), after.tests


@pytest.mark.parametrize("numbered", [n for n in NUMBERED if n[1].heir], indirect=True, **LABELS)
def test_nothing_is_left_for_an_accomplice(
    numbered: tuple[int, Attack], graded: Graded, level_and_jobs: tuple[str, int]
) -> None:
    number, attack = numbered
    result = graded.results[heir(number)]
    assert (result.score == 0) == promised(attack.label, level_and_jobs[0], "heir"), result.tests


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_a_malformed_submission_costs_itself_only(
    case: malformed.Malformed, graded: Graded, level_and_jobs: tuple[str, int]
) -> None:
    if level_and_jobs[0] == "D":
        pytest.skip("read by the same code at the other levels")
    result = graded.results[broken(case)]
    assert result.score == case.earns, (result.notices, result.tests)
    assert graded.place.canary not in graded.shown(broken(case))
    assert graded.results[f"{broken(case)}-honest"].score == FULL


def test_nothing_outside_is_touched(graded: Graded) -> None:
    assert graded.contacts == ()
    assert graded.after == graded.before
    assert graded.results[NEIGHBOUR].score == FULL


def test_the_secret_is_in_nobodys_page_but_the_neighbours(graded: Graded) -> None:
    pages = [*(graded.place.out / "results").iterdir(), *(graded.place.out / "feedback").iterdir()]
    assert {path.stem for path in pages if graded.place.canary in path.read_text("utf-8")} == {NEIGHBOUR}
    assert graded.place.canary in (graded.place.out / "grades.csv").read_text("utf-8")  # the detector is awake


def test_the_honest_get_the_grades_of_a_class_without_attacks(graded: Graded, honest_lines: dict[str, str]) -> None:
    assert len(honest_lines) == HONEST_CLASS
    assert {name: graded.lines[name] for name in honest_lines} == honest_lines


def test_what_is_not_promised_names_attacks_that_there_are() -> None:
    labels = {attack.label for attack in attacks()}
    assert all(one.attack in labels and set(one.levels) <= set("ABCD") and one.why for one in NOT_PROMISED)
