"""The proof of the question bank: 200 variants of every parameterised question, and every fixed one."""

import io
import re
from collections import Counter
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import pytest
from quiz.oracles import ORACLES, oracle
from quiz.oracles.keys import key, shown_code
from quiz.proof import (
    check_distractors,
    check_feedback,
    check_figures,
    check_key,
    check_numbers,
    check_rendering,
    check_said,
)

from convclass.course import assignments
from convclass.quiz.bank import coverage, coverage_table, has_bank, load
from convclass.quiz.models import Level

COURSE = Path(__file__).parents[2]
SEEDS = range(200)

BANKS = [load(assignment) for assignment in assignments(COURSE) if has_bank(assignment)]
FAMILIES = [family for bank in BANKS for family in bank.families]
DRAWN = [family for family in FAMILIES if family.parameterised]
FIXED = [family for family in FAMILIES if not family.parameterised]

UNSAID = {
    # it only decides which other number is told
    "a_larger_image": {"factor"},
    "filters_in_groups": {"per", "times"},
    "gradient_through_a_maximum": {"quarter"},
    "loss_of_an_epoch": {"rest", "tenths"},
    "where_the_output_goes": {"steps"},
    "does_it_turn_along": {"b"},
    "pixels_that_move_together": {"down", "right"},
    "shared_by_neighbours": {"step"},
    "fixed_or_fresh_order": {"first", "second"},
    "consistency_of_a_classifier": {"classes", "picks"},
    "sentences_about_cost": {"line"},
    # the picture shows it
    "a_mean_by_hand": {"i", "j"},
    "the_hidden_entry": {"row", "place"},
    "a_chart_of_units": {"filters", "more"},
    "which_picture_is_moved": {"row", "column", "down", "right"},
    "by_how_much": {"row", "column", "down", "right"},
    # the answer follows without it, and that is the point
    "scores_of_an_invariant_network": {"kernel"},
}
"""What is drawn and does not stand in the question as a number, and why."""


def named(families):
    return pytest.mark.parametrize("family", families, ids=[f"{f.assignment[:2]}-{f.name}" for f in families])


@cache
def covered():
    return coverage(BANKS)


def different(family):
    """The variants of all seeds, each question once: one that looks the same is judged the same."""
    return {drawn.question.id: drawn for drawn in map(family.draw, SEEDS)}.values()


@named(DRAWN)
def test_every_variant_of_a_question(family):
    judge, unsaid = oracle(family.assignment, family.name), UNSAID.get(family.name, ())
    for drawn in different(family):
        question = drawn.question
        check_key(question, judge(drawn.given, question))
        check_distractors(question)
        check_feedback(question)
        check_numbers(question)
        check_figures(question)
        check_rendering(question)
        check_said(drawn, unsaid)


@named(FIXED)
def test_every_fixed_question(family):
    question = family.draw(0).question
    for check in (check_distractors, check_feedback, check_figures, check_rendering):
        check(question)


@named([f for f in DRAWN if f.draw(0).question.level == Level.PREDICT and "```" in f.draw(0).question.prompt])
def test_the_shown_program_prints_the_key(family):
    for seed in range(5):
        question, shown = family.draw(seed).question, io.StringIO()
        with redirect_stdout(shown):
            exec(shown_code(question), {})
        assert shown.getvalue().strip() == _as_printed(key(question))


def _as_printed(answer):
    if isinstance(answer, dict):
        return "\n".join(map(_as_printed, answer.values()))
    return answer.strip("`") if isinstance(answer, str) else f"{answer:g}"


@named([f for f in DRAWN if f.draw(0).question.kind == "single_choice"])
def test_the_right_option_stands_everywhere(family):
    questions = [family.draw(seed).question for seed in range(60)]
    places = Counter(place for q in questions for place, option in enumerate(q.options) if option.right)
    assert len(places) == max(len(q.options) for q in questions)


def test_the_right_option_of_fixed_questions_stands_everywhere():
    questions = [family.draw(0).question for family in FIXED]
    of_four = [q for q in questions if q.kind == "single_choice" and len(q.options) == 4]
    places = Counter(place for q in of_four for place, option in enumerate(q.options) if option.right)
    assert sorted(places) == [0, 1, 2, 3] and max(places.values()) < 0.5 * len(of_four), places


def test_the_bank_is_large_enough():
    by_claim = Counter(question.claim for question in covered())
    by_kind = Counter(question.kind for question in covered())
    assert len(covered()) >= 140
    assert sum(question.parameterised for question in covered()) >= 80
    assert {claim: n for claim in range(1, 23) if (n := by_claim[claim]) < 5} == {}
    assert len(by_kind) == 9 and {k: n for k, n in by_kind.items() if n < (5 if k == "short_text" else 8)} == {}
    assert {level: n for level in Level if (n := sum(q.level == level for q in covered())) < 10} == {}


def test_nothing_has_the_same_name_or_id_twice():
    names = [(f.assignment, f.name) for f in FAMILIES]
    ids = [family.draw(seed).question.id for family in FAMILIES for seed in (0, 1)[: 1 + family.parameterised]]
    assert len(set(names)) == len(names)
    assert all(ids.count(i) == 1 or _one_family(i) for i in set(ids))


def _one_family(question_id):
    """Two seeds of a question with few variants may give the same one; two questions may not."""
    return len({f.name for f in FAMILIES for s in (0, 1) if f.draw(s).question.id == question_id}) == 1


def test_every_drawn_question_has_an_oracle_and_no_oracle_is_left_over():
    for bank in BANKS:
        drawn = {family.name for family in bank.families if family.parameterised}
        judges = {n for n in drawn if hasattr(ORACLES[bank.assignment], n)}
        assert judges == drawn


def test_true_and_false_are_both_drawn():
    for family in (f for f in DRAWN if f.draw(0).question.kind == "true_false"):
        assert {family.draw(seed).question.answer for seed in range(40)} == {True, False}, family.name


def test_the_coverage_table_counts_what_is_there():
    table = coverage_table(covered())
    rows = [line.split("|")[1:-1] for line in table.splitlines() if re.match(r"\| \d+ \|", line)]
    assert [int(row[0]) for row in rows] == list(range(1, 23))
    assert sum(int(row[-2]) for row in rows) == len(FAMILIES)
    assert sum(int(row[-1]) for row in rows) == len(DRAWN)
