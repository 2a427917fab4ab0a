"""Made results of a whole run, for tests: round figures, true of no machine."""

from bench.cost import Cost
from bench.figures import (
    VERSION,
    CheckCosts,
    ClassRun,
    DatabaseCosts,
    Disk,
    Layer,
    Machine,
    Measured,
    Memory,
    Peers,
    QuizCosts,
    Request,
    Results,
    SandboxCosts,
    Scaling,
    WebLoad,
)
from bench.measure import Usage

MACHINE = Machine("Made CPU", 2, 8.0, "Linux 6", "3.11", {"torch": "2"}, "A", "abc", "2026-01-02T03:04+00:00", 0.1, 0.9)


def cost(share: float, further: float) -> Cost:
    """So many CPU seconds; twice as many by the clock."""
    return Cost(Usage(2 * share, share), Usage(2 * further, further))


def peers(ours: Cost | None = None, floor: Cost | None = None) -> Peers:
    """The goals are just reached, unless ours or the floor is another."""
    costs = {
        "convclass grade": ours or cost(0.0625, 0.0625),
        "fresh pytest": cost(3.125, 3.125),
        "otter run": cost(12.5, 12.5),
        "nbgrader autograde": cost(5.0, 5.0),
        "the floor": floor or cost(0.0375, 0.0375),
    }
    return Peers(100, 5, {"conv2d": 60, "pad2d": 57}, costs, {name: [made] * 3 for name, made in costs.items()})


def class_run(students: int, cpu: float, jobs: int = 1, pace: float = 8.0, course: str = "01_convolution") -> ClassRun:
    """A class that took so many CPU seconds."""
    memory = Memory(70.0, [60.0, 64.0, 64.0, 65.0], 400.0)
    return ClassRun(course, students, jobs, False, Usage(cpu, cpu), pace, memory, Disk(10e3, 80e3, 20e3))


def scaling() -> Scaling:
    """A straight line, and two jobs just fast enough."""
    sizes = [class_run(10, 8.0), class_run(100, 17.0), class_run(1000, 107.0)]
    tiny = [class_run(size, 7 + size * 0.02, 2, 60.0, "06_scaling") for size in (10, 100, 1000, 10_000)]
    jobs = [class_run(200, 27.0, 1, 10.0), class_run(200, 30.0, 2, 18.0), class_run(200, 33.0, 4, 18.5)]
    return Scaling(sizes + tiny, jobs, class_run(100, 27.0, pace=5.0))


def results(**changed) -> Results:
    """A whole run, with what is changed of it."""
    requests = [Request("page", 300, 0, 5.0, 20.0, 30.0), Request("Aggregated", 300, 0, 5.0, 20.0, 30.0)]
    whole = {
        "peers": peers(),
        "sandbox": SandboxCosts(
            [Measured("a child is ready", 6.0, 8, "ms")], [Layer("fork", 4.0), Layer("seccomp", 1.0)]
        ),
        "check": CheckCosts(5, Usage(1.5, 1.4), Usage(2.5, 2.4), Usage(2.0, 1.9), Usage(0.15, 0.15)),
        "scaling": scaling(),
        "quiz": QuizCosts(32, 80.0, {"moodle": 40.0, "paper": 5.0}),
        "database": DatabaseCosts(1000.0, 400.0, 100.0, 50e3),
        "web": WebLoad(300, 60, 1, requests, False, 300, 0, 95.0),
    }
    seconds = dict.fromkeys(whole, 100.0)
    return Results(VERSION, False, MACHINE, seconds, **(whole | changed))
