"""The page of claims: its figures are those that were asked for, and what it points to is there."""

import re
from pathlib import Path

import pytest
import torch

from convclass.course import CourseError, assignments, find_course
from convclass.release import leaks
from convclass.release.claims import claims_page, read_claims, shown
from convclass.release.source import Role, question_names, read_source

COURSE = find_course(Path(__file__).parents[2])
ASSIGNMENTS = {assignment.name: assignment for assignment in assignments(COURSE)}
CLAIMS = read_claims(COURSE / "solutions" / "claims.py")
every_claim = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: str(claim.number))

VERDICTS = {
    "right": {2, 18, 19},
    "partly right": {7, 12, 20, 22},
    "imprecise": {1, 3, 10, 11, 13},
    "incomplete": {21},
    "conditional": {17},
    "unsupported": {8},
    "wrong": {4, 5, 6, 9, 14, 15, 16},
}
EXACT = {
    2: {"entries": 225, "nonzero": 81, "distinct": 9, "colour": 448},
    3: {"weights": 7840},
    4: {
        "shared": 100,
        "local": 67600,
        "dense": 5306600,
        "shared_macs": 60840,
        "local_macs": 60840,
        "dense_macs": 5299840,
    },
    5: {"filters": 260, "units": 5760, "with_dense": 57870, "pooled": 14670, "averaged": 370, "mlp": 19090},
    9: {"translation": "equivariant", "rot90": "neither", "horizontal_flip": "neither"},
    10: {"averaged_only": 260},
    11: {"products": 9, "correlation": 204, "convolution": 84, "plain": 4, "strided": 2},
    12: {"units": 5760, "pooled_units": 1440, "filters": 260, "with_dense": 57870, "pooled": 14670},
    13: {"depth_1": 60, "depth_2": 112, "depth_3": 156, "depth_4": 192, "pixels": 256},
    14: {"inputs": 784, "units": 6760, "shared": 100, "dense": 5306600},
    15: {"in_a_row": 9, "places": 9},
    16: {"relu": 5, "argmax": 1},
    18: {"pooling": 0, "convolution": 448, "seen": 9},
    19: {"convolution": 1792, "dense": 483385147392, "nonzero": 86188800},
    21: {"shared": 100, "local": 67600, "dense": 5306600},
    22: {"vgg": 212, "jump": 32, "stack": 33, "core": 13},
}
ROUNDING = (0, 1e-12)
BANDS = {
    1: {"mlp": (58, 70), "mlp_shuffled": (60, 71), "cnn": (90, 97), "cnn_shuffled": (50, 63)}
    | {"mlp_turned": (1, 14), "cnn_turned": (1, 14)},
    6: {"clean": (86, 97), "moved": (86, 97), "enlarged": (5, 80)},
    7: {
        "circular": ROUNDING,
        "interior": ROUNDING,
        "whole_map": (0.5, 0.7),
        "by_stride": ROUNDING,
        "by_less": (1.0, 1.45),
        "unshared": (1.35, 1.65),
        "turned": (1.0, 1.45),
        "symmetric": ROUNDING,
    },
    8: {"clean": (86, 97), "moved": (86, 97), "turned": (1, 14), "mirrored": (5, 60)},
    9: {"worst": (1, 8), "best": (6, 14)},
    13: {"mlp": (38, 53), "cnn": (52, 67), "pooled": (72, 88), "exact": (100, 100)},
    16: {"average": ROUNDING, "maximum": (0.2, 0.8)},
    17: {"mlp": (86, 94), "cnn": (84, 93)},
    19: {"maximum": ROUNDING},
    20: {"difference": ROUNDING, "mlp": (58, 70), "cnn": (90, 97)},
}


@pytest.fixture(scope="module")
def handouts():
    """What students read, by assignment."""
    return {name: (a.released / "README.md").read_text("utf-8") for name, a in ASSIGNMENTS.items()}


@pytest.fixture(scope="module")
def figures():
    """What every claim's figures are, by its number."""
    return {claim.number: dict(claim.figures()) for claim in CLAIMS}


def test_all_claims_are_there_with_their_verdicts():
    assert [claim.number for claim in CLAIMS] == list(range(1, 23))
    found = {verdict: {claim.number for claim in CLAIMS if claim.ruling == verdict} for verdict in VERDICTS}
    assert found == VERDICTS


def test_every_claim_is_measured_and_compared():
    assert set(EXACT) | set(BANDS) == set(range(1, 23))


@pytest.mark.parametrize("number", EXACT)
def test_counts_are_exactly_those_that_were_asked_for(figures, number):
    assert {name: figures[number][name] for name in EXACT[number]} == EXACT[number]


@pytest.mark.parametrize(("number", "name"), [(number, name) for number, names in BANDS.items() for name in names])
def test_measurements_lie_in_their_bands(figures, number, name):
    low, high = BANDS[number][name]
    assert low <= float(figures[number][name]) <= high


@every_claim
def test_every_compared_figure_is_told_on_the_page(claim, figures, handouts):
    names = {*EXACT.get(claim.number, ()), *BANDS.get(claim.number, ())}
    assert names <= set(re.findall(r"\{(\w+)\}", claim.measured))
    row = claims_page([claim], handouts).splitlines()[-1]
    assert all(shown(figures[claim.number][name]) in row for name in names)


@every_claim
def test_a_claim_names_exercises_that_exist(claim):
    assert claim.places
    for place in claim.places:
        source = read_source(ASSIGNMENTS[place.assignment])
        questions = {name for cell in source.of(Role.PUBLIC) for name in question_names(cell)}
        assert place.names and set(place.names) <= questions


@every_claim
def test_the_sentence_stands_in_the_handout_and_is_missed_when_it_is_gone(claim, handouts):
    assert len(claim.sentence) > 30
    claims_page([claim], handouts)
    words = r"\s+".join(map(re.escape, claim.sentence.split()))
    without = {**handouts, claim.handout: re.sub(words, "", handouts[claim.handout])}
    with pytest.raises(CourseError, match=f"claim {claim.number}: {claim.handout}/README.md has no sentence"):
        claims_page([claim], without)


@every_claim
def test_a_link_leads_to_a_heading(claim, handouts):
    row = claims_page([claim], handouts).splitlines()[-1]
    ((title, folder),) = re.findall(r"\[([^]]+)\]\(([^/]+)/README\.md#[\w-]+\)", row)
    assert re.search(rf"^#+ {re.escape(title)}$", handouts[folder], re.MULTILINE)


def test_the_experiment_orders_the_networks_as_claimed(figures):
    one, eight, thirteen = ({name: float(figures[n][name]) for name in BANDS[n]} for n in (1, 8, 13))
    assert one["cnn"] > one["mlp"] and one["cnn_shuffled"] < one["mlp_shuffled"]
    assert eight["clean"] == eight["moved"] > 4 * eight["turned"]
    assert thirteen["mlp"] < thirteen["cnn"] < thirteen["pooled"] < thirteen["exact"]


def test_the_page_is_current(handouts):
    assert (COURSE / "assignments" / "claims.md").read_text("utf-8") == claims_page(CLAIMS, handouts)


def test_figures_do_not_depend_on_the_number_of_threads(figures):
    before = torch.get_num_threads()
    torch.set_num_threads(1 if before > 1 else 2)
    try:
        again = {claim.number: dict(claim.figures()) for claim in CLAIMS}
    finally:
        torch.set_num_threads(before)
    for number, values in figures.items():
        assert {n: shown(v) for n, v in again[number].items()} == {n: shown(v) for n, v in values.items()}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_page_gives_nothing_away(name, handouts):
    secret = leaks.secrets(ASSIGNMENTS[name], read_source(ASSIGNMENTS[name]))
    assert leaks.leaks({"claims.md": claims_page(CLAIMS, handouts).encode()}, secret) == ()
