"""The goals of the project, judged on what was measured. Pure functions; a goal that is just reached is met."""

from __future__ import annotations

from collections.abc import Iterator

from bench.cost import Cost
from bench.figures import CheckCosts, ClassRun, Goal, Measured, Peers, Results, Scaling, WebLoad

OURS, FLOOR = "convclass grade", "the floor"
TIMES_LESS = {"otter run": 200, "nbgrader autograde": 80, "fresh pytest": 50}
MOST_ABOVE_FLOOR_MS = 30
TWO_JOBS = 1.8
STRAIGHT = 1.1
FLAT = 1.1
HELP_MS = 150
WHOLE_MINUTES = 20
LAUNCH_P95_MS = 300


def judged(results: Results) -> list[Goal]:
    """All goals of the parts that were run."""
    goals: list[Goal] = []
    if results.peers:
        goals += of_peers(results.peers)
    if results.sandbox:
        goals += map(of_figure, results.sandbox.figures)
    if results.check:
        goals += of_check(results.check)
    if results.scaling:
        goals += of_scaling(results.scaling)
    if results.web:
        goals += of_web(results.web)
    if not results.missing():
        whole = sum(results.seconds.values()) / 60
        goals.append(at_most("bench", "the whole bench", whole, WHOLE_MINUTES, "min"))
    return goals


def of_peers(peers: Peers) -> Iterator[Goal]:
    """By CPU per submission, on one more in a class and on its share in a class: like is compared with like."""
    for what, further in (("one more", True), (f"its share in a class of {peers.students}", False)):
        ours = _cpu(peers.costs[OURS], further)
        for name, times in TIMES_LESS.items():
            ratio = _cpu(peers.costs[name], further) / ours
            yield at_least("peers", f"{what}: less CPU than {name}", ratio, times, "times")
        above = 1000 * (ours - _cpu(peers.costs[FLOOR], further))
        yield at_most("peers", f"{what}: CPU above the floor", above, MOST_ABOVE_FLOOR_MS, "ms")


def of_figure(figure: Measured) -> Goal:
    """A figure of the sandbox has its goal with it."""
    return at_most("sandbox", figure.what, figure.measured, figure.goal, figure.unit)


def of_check(check: CheckCosts) -> Iterator[Goal]:
    """The import diet."""
    yield at_most("check", "`convclass --help`", 1000 * check.help.seconds, HELP_MS, "ms")


def of_scaling(scaling: Scaling) -> Iterator[Goal]:
    """Jobs, the straight line, and the parent's memory."""
    pace = {run.jobs: run.graded_per_second for run in scaling.jobs}
    if 1 in pace and 2 in pace:
        yield at_least("scaling", "2 jobs grade faster than 1", pace[2] / pace[1], TWO_JOBS, "times")
    for course in dict.fromkeys(run.course for run in scaling.sizes):
        runs = scaling.of(course)
        if len(runs) > 2:
            text = f"{course}: CPU of one more, {runs[-2].students} to {runs[-1].students}, against the stretch before"
            steeper = steepening(runs)
            yield Goal("scaling", text, STRAIGHT, steeper, "times", False, 0 < steeper <= STRAIGHT)
    largest = max(scaling.sizes, key=lambda run: run.students)
    _, second, _, last = largest.memory.parent_quarters_mib
    text = f"the parent's memory over {largest.students} submissions, last quarter against the second"
    yield at_most("scaling", text, last / second, FLAT, "times")


def of_web(web: WebLoad) -> Iterator[Goal]:
    """Nothing fails, everything arrives, and who opens a link does not wait."""
    failed = sum(one.failed for one in web.requests if one.name != "Aggregated")
    yield at_most("web", "requests that fail", failed, 0, "")
    yield at_least("web", "grades that arrive at the platform", web.returned, web.students, "")
    for one in web.requests:
        if one.name == "launch":
            yield at_most("web", "a launch while others are graded, 95th percentile", one.p95_ms, LAUNCH_P95_MS, "ms")


def further_cpu(small: ClassRun, large: ClassRun) -> float:
    """CPU seconds that one more submission costs between two sizes of class."""
    return (large.usage.cpu_seconds - small.usage.cpu_seconds) / (large.students - small.students)


def steepening(runs: list[ClassRun]) -> float:
    """One more in the largest class against one more in the sizes before: 1 on a straight line, below 0 in noise."""
    return further_cpu(runs[-2], runs[-1]) / further_cpu(runs[-3], runs[-2])


def at_most(part: str, text: str, measured: float, target: float, unit: str) -> Goal:
    """A goal that is met by what is not above the target."""
    return Goal(part, text, target, measured, unit, False, measured <= target)


def at_least(part: str, text: str, measured: float, target: float, unit: str) -> Goal:
    """A goal that is met by what is not below the target."""
    return Goal(part, text, target, measured, unit, True, measured >= target)


def _cpu(cost: Cost, further: bool) -> float:
    return (cost.further if further else cost.share).cpu_seconds
