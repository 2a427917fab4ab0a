"""The JSON comes back as it was, the pages say what it says, and a run that means nothing is refused."""

import json
from dataclasses import replace

import pytest
from bench import made, planning, plot, readme
from bench.figures import ResultsError, load, save
from bench.goals import judged
from bench.memory import quarters
from bench.planning import Rush
from bench.scoreboard import digits, scoreboard

BLOCK = f"before\n{readme.BEGIN}\nold\n{readme.END}\nafter\n"


@pytest.fixture
def results():
    plain = made.results()
    return replace(plain, goals=judged(plain))


def test_json_comes_back_as_it_was(results, tmp_path):
    save(results, tmp_path / "new/bench.json")
    assert load(tmp_path / "new/bench.json") == results
    plain = json.loads((tmp_path / "new/bench.json").read_text())
    assert plain["about"]["cpu"] == "Made CPU"
    assert {"text", "target", "measured", "unit", "met"} <= plain["goals"][0].keys()


def test_a_part_that_was_not_run_stays_none(tmp_path):
    save(made.results(web=None), tmp_path / "bench.json")
    read = load(tmp_path / "bench.json")
    assert read.web is None
    assert read.missing() == ["web"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda plain: plain | {"version": 0}, "has version 0, not 1"),
        (lambda plain: plain | {"about": {}}, "about.cpu"),
        (lambda plain: [], "bench.json"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(results, tmp_path, change, told):
    path = tmp_path / "bench.json"
    save(results, path)
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(ResultsError, match="make bench") as problem:
        load(path)
    assert told in str(problem.value)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ResultsError, match=r"no\.json: cannot be read"):
        load(tmp_path / "no.json")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"quick": True}, "quick run"),
        ({"web": None}, "missing: web"),
        ({"problems": ["otter misjudged"]}, "otter misjudged"),
    ],
)
def test_only_a_whole_run_may_stand_in_the_readme(results, changed, told):
    assert readme.publishable(results) is results
    with pytest.raises(ResultsError, match=told):
        readme.publishable(replace(results, **changed))


def test_pages_are_filled_and_then_current(results, tmp_path):
    (tmp_path / "docs").mkdir()
    for name in readme.PAGES:
        (tmp_path / name).write_text(BLOCK)
    assert len(readme.written(results, tmp_path, change=False)) == len(readme.PAGES)
    assert (tmp_path / "README.md").read_text() == BLOCK
    readme.written(results, tmp_path)
    assert readme.written(results, tmp_path, change=False) == []
    text = (tmp_path / "README.md").read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| otter run | 12 | 12 | 200 to 200 |" in text
    assert "Made CPU" in text
    other = replace(results, peers=made.peers(floor=made.cost(0.01, 0.01)))
    assert readme.written(other, tmp_path, change=False) == [tmp_path / "README.md", tmp_path / "docs/bench.md"]


@pytest.mark.parametrize("text", ["nothing", BLOCK + BLOCK, f"{readme.END}\n{readme.BEGIN}\n"])
def test_markers_have_to_be_there_once(text):
    with pytest.raises(ResultsError, match="needs one"):
        readme.filled(text, "new", "README.md")


def test_a_missed_goal_stands_in_the_readme(results):
    missed = replace(results, goals=[replace(results.goals[0], met=False, measured=3.0), *results.goals[1:]])
    assert f"{len(results.goals) - 1} of {len(results.goals)} goals are met:" in readme.readme(missed)
    assert "less CPU than otter run 3 times (200)" in readme.readme(missed)
    assert "Missed" not in readme.readme(results)
    assert "| one more: less CPU than otter run | at least 200 times | 3 times | **no** |" in readme.bench_page(missed)


def test_the_pages_say_what_the_committed_run_says():
    for name in readme.PAGES:
        assert (readme.ROOT / name).read_text().count(readme.BEGIN) == 1
    if not readme.COMMITTED.is_file():
        pytest.skip("no run is committed yet; `make bench`, then `python -m bench.readme build/bench.json`")
    stale = readme.written(readme.publishable(load(readme.COMMITTED)), readme.ROOT, change=False)
    assert [path.name for path in stale] == [], "run `PYTHONPATH=tests .venv/bin/python -m bench.readme`"


def test_taking_a_run_draws_its_picture(results, tmp_path):
    save(results, tmp_path / "build/bench.json")
    readme.take(tmp_path / "build/bench.json", tmp_path / "results/2-core.json")
    assert load(tmp_path / "results/2-core.json") == results
    picture = (tmp_path / "results/2-core.svg").read_text()
    assert "<svg" in picture
    readme.take(tmp_path / "build/bench.json", tmp_path / "results/2-core.json")
    assert (tmp_path / "results/2-core.svg").read_text() == picture


def test_half_a_run_is_drawn_as_well(tmp_path):
    plot.draw(made.results(scaling=None, peers=None, sandbox=None), tmp_path / "half.png")
    assert (tmp_path / "half.png").read_bytes()[1:4] == b"PNG"


def test_the_scoreboard_has_every_part(results):
    text = scoreboard(results)
    for words in ("otter run", "seccomp", "`convclass --help`", "10000 of 06_scaling", "moodle", "attempts handed in",
                  "300 grades returned", "Goals met: "):  # fmt: skip
        assert words in text
    assert "figures mean nothing" in scoreboard(replace(results, quick=True))
    assert "**A part ended early.** peers: no" in scoreboard(replace(results, problems=["peers: no"]))


@pytest.mark.parametrize(
    ("figure", "text"), [(0.0123, "0.012"), (1.25, "1.2"), (99.4, "99"), (212.3, "212"), (0, "0"), (10000, "10000")]
)
def test_digits(figure, text):
    assert digits(figure) == text


def test_quarters():
    assert quarters([1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 9.0, 9.0]) == [1, 2, 3, 9]
    assert quarters([5.0]) == [5, 5, 5, 5]
    assert quarters([1.0, 2.0]) == [1, 1, 2, 2]


def test_half_of_all_come_in_the_last_hours():
    rush = Rush(1000, 3.0)
    step = 1.0
    last = sum(rush.peak * step * 2 ** (-(t / 3600) / 3.0) for t in range(0, 3 * 3600, int(step)))
    assert last == pytest.approx(500, rel=0.001)


def simulated(rush, per_second, step=5.0):
    """Seconds after the deadline at which the queue is empty, from a queue that is filled and emptied in steps."""
    queue = 0.0
    for before in range(int(40 * rush.half_hours * 3600 / step), 0, -1):
        arriving = rush.peak * 2 ** (-(before - 0.5) * step / 3600 / rush.half_hours)
        queue = max(0.0, queue + (arriving - per_second) * step)
    return queue / per_second


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_the_wait_is_that_of_a_queue(share):
    rush = Rush(10_000, 2.0)
    assert rush.wait(share * rush.peak) == pytest.approx(simulated(rush, share * rush.peak), rel=0.01)


def test_nobody_waits_at_the_peak_rate():
    rush = Rush()
    assert rush.wait(rush.peak) == 0
    assert rush.needed(0) == pytest.approx(rush.peak)


@pytest.mark.parametrize("seconds", [60, 3600, 8 * 3600])
def test_needed_is_what_a_wait_takes(seconds):
    rush = Rush()
    assert rush.wait(rush.needed(seconds)) == pytest.approx(seconds, rel=0.001)


@pytest.mark.parametrize(
    ("graded", "told"),
    [(1e6, "keeps up with 79 workers"), (5.0667, "keeps up with 1 worker."), (5.0, "first bottleneck is the database")],
)
def test_the_first_bottleneck_is_named(results, graded, told):
    database = replace(results.database, handed_in_per_second=400.0, graded_per_second=graded)
    assert told in planning.page(replace(results, database=database))


def test_the_planning_page_is_by_the_slower_class(results):
    assert planning.capacity(results).worker_per_second == results.scaling.distinct.graded_per_second == 5.0
    assert planning.capacity(results).cpu_each == pytest.approx((27 - 7) / 100)
