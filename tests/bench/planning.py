"""The arithmetic of docs/planning.md: a class that hands in before a deadline, from the figures of a run.

Arrivals double from each `half_hours` before the deadline to the next, as a curve: half of all come in the last
`half_hours`. With tau = half_hours / ln 2 the rate is N / tau * exp(-t / tau), t before the deadline.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.figures import Results, ResultsError
from bench.scoreboard import digits, table

SUBMISSIONS = 100_000
HALF_HOURS = 3.0
WAITS = ((0, "nobody waits"), (1 / 60, "1 minute"), (10 / 60, "10 minutes"), (1, "1 hour"), (8, "8 hours: by morning"))
WORKERS = (1, 4, 16, 64, 256)
GIB = 2**30


@dataclass(frozen=True)
class Rush:
    """So many submissions before a deadline."""

    submissions: int = SUBMISSIONS
    half_hours: float = HALF_HOURS

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
        cpu_each=slow.usage.cpu_seconds / slow.students,
    )


def page(results: Results) -> str:
    """The generated part of the page."""
    able, rush = capacity(results), Rush()
    return "\n\n".join([_inputs(able, rush), _waits(able, rush), _workers(able, rush), _bottleneck(able, rush)])


def bottleneck_workers(able: Capacity) -> int:
    """From how many workers on the database is what holds them up."""
    return math.ceil(able.database_per_second / able.worker_per_second)


def _inputs(able: Capacity, rush: Rush) -> str:
    rows = [
        ("N, submissions", f"{rush.submissions:,}".replace(",", " ")),
        ("p, graded by one worker on one core, per second", digits(able.worker_per_second)),
        ("c, CPU seconds each", digits(able.cpu_each)),
        ("CPU hours for all, N c / 3600", digits(rush.submissions * able.cpu_each / 3600)),
        ("peak of arrivals, N / tau, per second", digits(rush.peak)),
        ("memory of one worker with its sandbox, MiB", f"{able.worker_mib:.0f}"),
        ("D, attempts that SQLite takes, stores and scores, per second", digits(able.database_per_second)),
        ("requests of one student", digits(able.requests_each)),
        ("requests per second at the peak", digits(rush.peak * able.requests_each)),
        ("students per second that the tool was seen to serve", digits(able.web_seen_per_second)),
        ("disk in the tool's database, kB each", digits(able.attempt_bytes / 1000)),
        ("disk for all, GB", digits(rush.submissions * able.attempt_bytes / 1e9)),
    ]
    return table(("from the run", "figure"), rows)


def _waits(able: Capacity, rush: Rush) -> str:
    rows = []
    for hours, words in WAITS:
        per_second = rush.needed(3600 * hours)
        workers = math.ceil(per_second / able.worker_per_second - 1e-9)
        rows.append((words, str(workers), digits(workers * able.worker_mib / 1024)))
    return table(("the last one's grade is there after", "workers", "their memory, GiB"), rows)


def _workers(able: Capacity, rush: Rush) -> str:
    rows = []
    for workers in WORKERS:
        pace = min(workers * able.worker_per_second, able.database_per_second)
        holds = "database" if pace < workers * able.worker_per_second else "workers"
        holds = holds if pace < rush.peak else "nothing"
        rows.append((str(workers), digits(pace), holds, _hours(rush.wait(pace))))
    return table(("workers", "graded per second at most", "held up by", "the last one's grade after"), rows)


def _bottleneck(able: Capacity, rush: Rush) -> str:
    workers, at_peak = bottleneck_workers(able), math.ceil(rush.peak / able.worker_per_second)
    first = "the workers" if workers > at_peak else "the database"
    text = (
        f"SQLite keeps up with {workers - 1} workers; {at_peak} are enough for the peak. "
        f"So **the first bottleneck is {first}.**"
    )
    if able.web_seen_per_second < rush.peak:
        text += (
            f" Pages: one installation was seen to serve {digits(able.web_seen_per_second)} arriving students per "
            f"second, and the peak is {digits(rush.peak)}: above what was measured."
        )
    return text


def _hours(seconds: float) -> str:
    if seconds < 1:
        return "at once"
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{digits(seconds / size)} {unit}"
    return f"{seconds:.0f} s"
