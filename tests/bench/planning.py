"""The arithmetic of docs/planning.md: a class that hands in before a deadline, from the figures of a run.

Arrivals double from each `half_hours` before the deadline to the next, as a curve: half of all come in the last
`half_hours`. With tau = half_hours / ln 2 the rate is N / tau * exp(-t / tau), t before the deadline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.figures import Results, ResultsError, Scaling
from bench.goals import further_cpu
from bench.scoreboard import digits, table

SUBMISSIONS = 100_000
HALVES = (3.0, 0.5, 1 / 12)
"""Hours in which the last half comes: an easy, a usual and a hard rush."""
WAITS = ((0, "at once"), (10, "10 minutes"), (60, "1 hour"), (480, "8 hours: by morning"))
"""Minutes, and what they are called."""
WORKERS = (1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True)
class Rush:
    """So many submissions before a deadline."""

    submissions: int = SUBMISSIONS
    half_hours: float = HALVES[0]

    @property
    def words(self) -> str:
        """How it is called: by the time in which the last half comes."""
        minutes = 60 * self.half_hours
        return f"half in the last {minutes / 60:g} h" if minutes >= 60 else f"half in the last {minutes:.0f} min"

    @property
    def tau(self) -> float:
        """Seconds in which arrivals grow e-fold."""
        return self.half_hours * 3600 / math.log(2)

    @property
    def peak(self) -> float:
        """Arrivals per second at the deadline."""
        return self.submissions / self.tau

    def wait(self, per_second: float) -> float:
        """Seconds from the deadline until the last is graded, by workers who grade so many per second together."""
        if per_second >= self.peak:
            return 0.0
        queue = self.submissions - per_second * self.tau * (1 + math.log(self.peak / per_second))
        return queue / per_second

    def needed(self, seconds: float) -> float:
        """How many have to be graded per second, so that the last waits so many seconds at most; by bisection."""
        low, high = self.peak * 1e-9, self.peak
        for _ in range(80):
            middle = math.sqrt(low * high)
            low, high = (low, middle) if self.wait(middle) <= seconds else (middle, high)
        return high


@dataclass(frozen=True)
class Capacity:
    """What the parts of one installation do, from a run."""

    worker_per_second: float
    worker_mib: float
    database_per_second: float
    web_seen_per_second: float
    requests_each: float
    attempt_bytes: float
    cpu_each: float


def capacity(results: Results) -> Capacity:
    """From the figures of a run; the class with no two answers the same is the one that is planned for."""
    scaling, database, web = results.scaling, results.database, results.web
    if scaling is None or database is None or web is None:
        raise ResultsError("the planning page needs the parts scaling, database and web; run `make bench` whole")
    slow = scaling.distinct
    requests = sum(one.times for one in web.requests if one.name != "Aggregated")
    return Capacity(
        worker_per_second=slow.graded_per_second,
        worker_mib=slow.memory.per_job_peak_mib,
        database_per_second=1 / (1 / database.handed_in_per_second + 1 / database.graded_per_second),
        web_seen_per_second=web.students / web.arriving_seconds,
        requests_each=requests / web.students,
        attempt_bytes=database.attempt_bytes,
        cpu_each=(slow.usage.cpu_seconds - _start(scaling)) / slow.students,
    )


def _start(scaling: Scaling) -> float:
    """CPU seconds before the first submission, on the line through the two smallest classes."""
    small, larger, *_ = scaling.of(scaling.distinct.course)
    return small.usage.cpu_seconds - small.students * further_cpu(small, larger)


def page(results: Results) -> str:
    """The generated part of the page."""
    able, rushes = capacity(results), [Rush(half_hours=half) for half in HALVES]
    return "\n\n".join(
        [_inputs(able), _peaks(able, rushes), _waits(able, rushes), _workers(able, rushes), _first(able)]
    )


def most_workers(able: Capacity) -> int:
    """How many workers the database keeps up with."""
    return math.floor(able.database_per_second / able.worker_per_second)


def _inputs(able: Capacity) -> str:
    rows = [
        ("N, submissions", f"{SUBMISSIONS:,}".replace(",", " ")),
        ("p, graded by one worker, per second", digits(able.worker_per_second)),
        ("c, CPU seconds each", digits(able.cpu_each)),
        ("CPU hours for all", digits(SUBMISSIONS * able.cpu_each / 3600)),
        ("memory of one worker with its sandbox, MiB", f"{able.worker_mib:.0f}"),
        ("D, attempts that SQLite takes, stores and scores, per second", digits(able.database_per_second)),
        ("requests of one student, until the grade is there", digits(able.requests_each)),
        ("students per second that the tool was seen to serve", digits(able.web_seen_per_second)),
        ("disk in the tool's database, kB each", digits(able.attempt_bytes / 1000)),
        ("disk for all, GB", digits(SUBMISSIONS * able.attempt_bytes / 1e9)),
    ]
    return table(("from the run", "figure"), rows)


def _peaks(able: Capacity, rushes: list[Rush]) -> str:
    rows = [
        (
            rush.words,
            digits(rush.peak),
            digits(rush.peak * able.requests_each),
            f"{100 * rush.peak / able.database_per_second:.0f} %",
            f"{100 * rush.peak / able.web_seen_per_second:.0f} %",
        )
        for rush in rushes
    ]
    head = ("arrivals", "per second at the deadline", "requests per second", "of D", "of the students that were seen")
    return table(head, rows)


def _waits(able: Capacity, rushes: list[Rush]) -> str:
    rows = []
    for minutes, words in WAITS:
        needed = [math.ceil(rush.needed(60 * minutes) / able.worker_per_second - 1e-9) for rush in rushes]
        rows.append((words, *(f"{workers} ({digits(workers * able.worker_mib / 1024)} GiB)" for workers in needed)))
    return table(("workers, so that the last grade is there after", *(rush.words for rush in rushes)), rows)


def _workers(able: Capacity, rushes: list[Rush]) -> str:
    rows = []
    for workers in WORKERS:
        pace = min(workers * able.worker_per_second, able.database_per_second)
        holds = "SQLite" if pace < workers * able.worker_per_second else "the workers"
        rows.append((str(workers), digits(pace), holds, *(_hours(rush.wait(pace)) for rush in rushes)))
    head = ("workers", "graded per second", "held up by", *(f"last grade, {rush.words}" for rush in rushes))
    return table(head, rows)


def _first(able: Capacity) -> str:
    most = most_workers(able)
    if not most:
        return "SQLite does not keep up with one worker: **the first bottleneck is the database.**"
    return (
        f"SQLite keeps up with {most} worker{'s' if most > 1 else ''}. **Up to there the first bottleneck is the "
        "workers, beyond it the database.** The tables take SQLite as it is; how many students per second the pages "
        f"serve beyond the {digits(able.web_seen_per_second)} that were seen was not measured."
    )


def _hours(seconds: float) -> str:
    if seconds < 1:
        return "at once"
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{digits(seconds / size)} {unit}"
    return f"{seconds:.0f} s"
