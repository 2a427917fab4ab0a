import pytest
from bench import table
from bench.measure import Usage
from bench.table import Cost

QUICK, SLOW = Usage(1.0, 0.5), Usage(4.0, 3.0)


def cost(share: float, further: float) -> Cost:
    return Cost(Usage(2 * share, share), Usage(2 * further, further))


def test_a_process_for_each_costs_the_same_alone_and_in_a_class():
    assert table.process_each(Usage(12.0, 8.0), 4) == Cost(Usage(3.0, 2.0), Usage(3.0, 2.0))


def test_a_class_at_once_parts_start_up_from_the_rest():
    # 5 s start-up and 0.5 s for each: the runs over 5 and 20, and the class of 20
    made = table.class_at_once(Usage(7.5, 7.5), 5, Usage(15.0, 15.0), 20, 20)
    assert made.further == Usage(0.5, 0.5)
    assert made.share == Usage(0.75, 0.75)


def test_a_class_larger_than_the_runs_lies_on_their_line():
    made = table.class_at_once(Usage(5.5, 5.5), 1, Usage(7.5, 7.5), 5, 20)
    assert made.share.cpu_seconds == pytest.approx(0.75)
    assert made.further.cpu_seconds == pytest.approx(0.5)


def test_the_middle_is_the_median_of_each_figure():
    made = table.middle([cost(1, 9), cost(3, 7), cost(2, 8)])
    assert (made.share.cpu_seconds, made.further.cpu_seconds) == (2, 8)


@pytest.mark.parametrize(
    ("ours", "floor", "peer", "met"),
    [
        (cost(0.1, 0.1), cost(0.05, 0.05), cost(6, 6), [True, True, True, True]),
        (cost(0.2, 0.1), cost(0.05, 0.05), cost(6, 6), [True, True, False, False]),
        (cost(0.1, 0.2), cost(0.05, 0.05), cost(6, 6), [False, False, True, True]),
    ],
)
def test_goals_compare_like_with_like(ours, floor, peer, met):
    judged = table.goals(ours, floor, [("peer", peer, 60)])
    assert [goal.met for goal in judged] == met
    assert [goal.further for goal in judged] == [True, True, False, False]


def test_a_missed_goal_is_printed_as_missed():
    costs = {"ours": cost(0.2, 0.1), "peer": cost(6, 6), "floor": cost(0.05, 0.05)}
    judged = table.goals(costs["ours"], costs["floor"], [("peer", costs["peer"], 60)])
    text = table.markdown(costs, "ours", judged, ["Measured here."], 20)
    assert "| peer | 6.000 | 6.000 | 12.000 | 12.000 | 30 / 60 |" in text
    assert "| 60 times less than peer | one more | 60 times | yes |" in text
    assert "| 60 times less than peer | class of 20 | 30 times | **no** |" in text
    assert "| at most 100 ms above the floor | class of 20 | 150 ms | **no** |" in text
    assert text.endswith("Measured here.\n")
