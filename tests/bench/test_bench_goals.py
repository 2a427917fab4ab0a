"""Goals are judged right at their border, and never look met when they are not."""

from dataclasses import replace

import pytest
from bench import goals, made
from bench.figures import CheckCosts, Measured, Request
from bench.measure import Usage
from bench.scoreboard import goals_table, measured


def by_text(judged):
    return {goal.text: goal.met for goal in judged}


def test_a_made_run_meets_everything():
    judged = goals.judged(made.results())
    assert [goal.text for goal in judged if not goal.met] == []
    assert {goal.part for goal in judged} == {"bench", "peers", "sandbox", "check", "scaling", "web"}


@pytest.mark.parametrize(("peer", "seconds"), [("otter run", 200), ("nbgrader autograde", 80), ("fresh pytest", 50)])
@pytest.mark.parametrize(("less", "met"), [(0, True), (1e-6, False)])
def test_times_less_than_a_peer(peer, seconds, less, met):
    ours = made.cost(1.0, 1.0)
    peers = made.peers(ours, floor=ours)
    share = made.cost(seconds - less, seconds)
    peers.costs.update({name: made.cost(1e3, 1e3) for name in goals.TIMES_LESS} | {peer: share})
    judged = by_text(goals.of_peers(peers))
    assert judged.pop(f"its share in a class of 100: less CPU than {peer}") is met
    assert all(judged.values())


@pytest.mark.parametrize(("further", "met"), [(0.03, True), (0.030001, False)])
def test_the_floor_plus_30_ms(further, met):
    ours = made.cost(0.01, further)
    judged = by_text(goals.of_peers(made.peers(ours, floor=made.cost(0.0, 0.0))))
    assert judged["one more: CPU above the floor"] is met
    assert judged["its share in a class of 100: CPU above the floor"]


@pytest.mark.parametrize(("ms", "met"), [(8.0, True), (8.001, False)])
def test_a_figure_of_the_sandbox_has_its_goal_with_it(ms, met):
    assert goals.of_figure(Measured("ready", ms, 8, "ms")).met is met


@pytest.mark.parametrize(("seconds", "met"), [(0.15, True), (0.1501, False)])
def test_help(seconds, met):
    one = Usage(1, 1)
    assert [goal.met for goal in goals.of_check(CheckCosts(1, one, one, one, Usage(seconds, 0)))] == [met]


@pytest.mark.parametrize(("pace", "met"), [(18.0, True), (17.99, False)])
def test_two_jobs(pace, met):
    jobs = [made.class_run(200, 27.0, 1, 10.0), made.class_run(200, 30.0, 2, pace)]
    judged = by_text(goals.of_scaling(replace(made.scaling(), jobs=jobs)))
    assert judged["2 jobs grade faster than 1"] is met


@pytest.mark.parametrize(("largest", "met"), [(17 + 900 * 0.11, True), (17 + 900 * 0.1101, False), (3.0, False)])
def test_a_straight_line(largest, met):
    sizes = [made.class_run(10, 8.0), made.class_run(100, 17.0), made.class_run(1000, largest)]
    judged = by_text(goals.of_scaling(replace(made.scaling(), sizes=sizes)))
    assert judged["01_convolution: CPU of one more, 100 to 1000, against the stretch before"] is met


@pytest.mark.parametrize(("last", "met"), [(70.0, True), (77.0, True), (77.5, False)])
def test_a_flat_parent_is_that_of_the_largest_class(last, met):
    scaling = made.scaling()
    memory = replace(scaling.sizes[-1].memory, parent_quarters_mib=[60.0, 70.0, 70.0, last])
    sizes = [*scaling.sizes[:-1], replace(scaling.sizes[-1], memory=memory)]
    judged = by_text(goals.of_scaling(replace(scaling, sizes=sizes)))
    assert judged["the parent's memory over 10000 submissions, last quarter against the second"] is met


@pytest.mark.parametrize(
    ("changed", "met"),
    [
        ({}, [True, True]),
        ({"requests": [Request("page", 3, 1, 1, 1, 1), Request("Aggregated", 3, 1, 1, 1, 1)]}, [False, True]),
        ({"returned": 299}, [True, False]),
    ],
)
def test_the_tool_under_load(changed, met):
    assert [goal.met for goal in goals.of_web(replace(made.results().web, **changed))] == met


@pytest.mark.parametrize(("p95", "met"), [(300, True), (300.1, False)])
def test_a_launch_is_quick_while_others_are_graded(p95, met):
    requests = [Request("launch", 3, 0, 1, p95, 1), Request("page", 3, 0, 1, 999, 1)]
    *_, launch = goals.of_web(replace(made.results().web, requests=requests))
    assert launch.met is met


def test_a_request_that_fails_is_counted_once():
    requests = [Request("page", 3, 1, 1, 1, 1), Request("Aggregated", 3, 1, 1, 1, 1)]
    failed, _ = goals.of_web(replace(made.results().web, requests=requests))
    assert failed.measured == 1


@pytest.mark.parametrize(("seconds", "met"), [(1200.0, True), (1200.1, False)])
def test_the_bench_itself_has_twenty_minutes(seconds, met):
    judged = goals.judged(replace(made.results(), seconds={"peers": seconds}))
    assert by_text(judged)["the whole bench"] is met


def test_half_a_bench_is_not_judged_by_its_time():
    assert "the whole bench" not in by_text(goals.judged(made.results(web=None)))


@pytest.mark.parametrize(
    ("goal", "shown"),
    [
        (goals.at_most("p", "t", 8.04, 8, "ms"), "8.04 ms"),
        (goals.at_most("p", "t", 7.96, 8, "ms"), "8 ms"),
        (goals.at_least("p", "t", 199.7, 200, "times"), "199.7 times"),
        (goals.at_least("p", "t", 212.3, 200, "times"), "212 times"),
    ],
)
def test_a_missed_goal_never_looks_met(goal, shown):
    assert measured(goal) == shown


def test_goals_met_are_counted():
    text = goals_table([goals.at_most("p", "fast", 1, 2, "s"), goals.at_most("p", "small", 3, 2, "MiB")])
    assert text.startswith("Goals met: 1 of 2.\n")
    assert "| fast | at most 2 s | 1 s | yes |" in text
    assert "| small | at most 2 MiB | 3 MiB | **no** |" in text
