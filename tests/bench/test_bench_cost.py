import pytest
from bench import cost as costs
from bench.cost import Cost
from bench.made import cost
from bench.measure import Usage


def test_a_process_for_each_costs_the_same_alone_and_in_a_class():
    assert costs.process_each(Usage(12.0, 8.0), 4) == Cost(Usage(3.0, 2.0), Usage(3.0, 2.0))


def test_a_class_at_once_parts_start_up_from_the_rest():
    # 5 s start-up and 0.5 s for each: the runs over 5 and 20, and the class of 20
    made = costs.class_at_once(Usage(7.5, 7.5), 5, Usage(15.0, 15.0), 20, 20)
    assert made.further == Usage(0.5, 0.5)
    assert made.share == Usage(0.75, 0.75)


def test_a_class_larger_than_the_runs_lies_on_their_line():
    made = costs.class_at_once(Usage(5.5, 5.5), 1, Usage(7.5, 7.5), 5, 20)
    assert made.share.cpu_seconds == pytest.approx(0.75)
    assert made.further.cpu_seconds == pytest.approx(0.5)


def test_the_middle_is_the_median_of_each_figure():
    made = costs.middle([cost(1, 9), cost(3, 7), cost(2, 8)])
    assert (made.share.cpu_seconds, made.further.cpu_seconds) == (2, 8)
