"""Assignment 3's handout says what the claims page says: its figures are computed, and these are the known ones."""

import doctest
from pathlib import Path

import pytest

from convclass.course import find_assignment, find_course
from convclass.exam import collect
from convclass.release.module import solution_module

ASSIGNMENT = find_assignment(find_course(Path(__file__).parents[2]), "03_weight_sharing")
KNOWN = {
    2: {"colour": "448", "entries": 225, "nonzero": 81, "distinct": 9},
    3: {"dense_784": "7 840"},
    4: {
        "layers": [
            ("dense", "5 306 600", "5 299 840"),
            ("locally connected", "67 600", "60 840"),
            ("convolution", "100", "60 840"),
        ]
    },
    5: {"mlp": "19 090"},
    14: {"units_784": "6 760"},
    19: {"vgg_conv": "1 792", "vgg_dense": "483 385 147 392"},
    "totals": {
        "lenet": "60 000",
        "lenet_connections": "340 908",
        "lenet_full": "61 706",
        "vgg_classifier": "123 642 856",
        "googlenet_heads": "13 004 888",
    },
}
TOTALS = {
    "AlexNet": "61 100 840",
    "VGG-16": "138 357 544",
    "GoogLeNet": "6 624 904",
    "ResNet-18": "11 689 512",
    "ResNet-50": "25 557 032",
}


def plain(value):
    """Text with ordinary spaces between groups of digits, in containers too."""
    if isinstance(value, tuple | list):
        return type(value)(map(plain, value))
    return value.replace("\N{NO-BREAK SPACE}", " ") if isinstance(value, str) else value


@pytest.fixture(scope="module")
def facts():
    handout = collect.load_module(ASSIGNMENT.solution / "handout.py", "handout_03")
    return {name: plain(value) for name, value in handout.facts().items()}


@pytest.mark.parametrize("claim", KNOWN)
def test_the_figures_of_a_claim(facts, claim):
    assert {name: facts[name] for name in KNOWN[claim]} == KNOWN[claim]


def test_small_networks_of_claim_5(facts):
    parameters = [parameters for _, parameters, _ in facts["networks"]]
    assert parameters == ["260", "57 870", "14 670", "370", "19 090"]
    assert facts["networks"][0][2] == "5 760"


def test_published_totals(facts):
    found = {name: total for name, total, _ in facts["published"]}
    assert {name: found[name] for name in TOTALS} == TOTALS


def test_the_examples_in_the_docstrings_hold(tmp_path):
    file = tmp_path / "weight_sharing.py"
    file.write_bytes(solution_module(ASSIGNMENT))
    result = doctest.testmod(collect.load_module(file, "weight_sharing"))
    assert result.attempted >= 12
    assert result.failed == 0
