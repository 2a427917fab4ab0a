"""What the bench measures, part by part, as it stands in the JSON. A field's name ends in its unit; no unit: a number.

A part that was not run is None. Nothing here imports torch, so that tables and plots are made at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bench.cost import Cost
from bench.measure import Usage
from pydantic import TypeAdapter, ValidationError

VERSION = 1


class ResultsError(Exception):
    """A file of results cannot be used; the message says why, and what to do."""


@dataclass(frozen=True)
class Machine:
    """Where and when the figures were taken; load is the mean number of running processes over a minute."""

    cpu: str
    cores: int
    memory_gib: float
    system: str
    python: str
    versions: dict[str, str]
    isolation: str
    commit: str
    date: str
    load_before: float
    load_after: float = 0.0


@dataclass(frozen=True)
class Peers:
    """One homework, one class, several tools: medians over the rounds, and every round."""

    students: int
    programmes: int
    calls: dict[str, int]
    costs: dict[str, Cost]
    rounds: dict[str, list[Cost]]


@dataclass(frozen=True)
class Measured:
    """One figure with a goal of its own, both in `unit`; less is better."""

    what: str
    measured: float
    goal: float
    unit: str


@dataclass(frozen=True)
class Layer:
    """What a layer of the sandbox adds to the time until a child is ready."""

    name: str
    milliseconds: float


@dataclass(frozen=True)
class SandboxCosts:
    """The sandbox itself: what its parts cost, and how a child's start is made up."""

    figures: list[Measured]
    layers: list[Layer]


@dataclass(frozen=True)
class CheckCosts:
    """What a student waits for at home: medians over the rounds."""

    rounds: int
    import_torch: Usage
    first_check: Usage
    second_check: Usage
    help: Usage


@dataclass(frozen=True)
class Memory:
    """Of `convclass grade`: the parent's highest, its median in each quarter of the run, and all below it per job."""

    parent_peak_mib: float
    parent_quarters_mib: list[float]
    per_job_peak_mib: float


@dataclass(frozen=True)
class Disk:
    """What a submission leaves behind."""

    gradebook_bytes: float
    feedback_bytes: float
    results_bytes: float

    @property
    def total_bytes(self) -> float:
        """All of it."""
        return self.gradebook_bytes + self.feedback_bytes + self.results_bytes


@dataclass(frozen=True)
class ClassRun:
    """One class graded by one command; `graded_per_second` is the pace of its second half."""

    course: str
    students: int
    jobs: int
    distinct_answers: bool
    usage: Usage
    graded_per_second: float
    memory: Memory
    disk: Disk


@dataclass(frozen=True)
class Scaling:
    """The cost against the size of a class, and against the number of jobs."""

    sizes: list[ClassRun]
    jobs: list[ClassRun]
    distinct: ClassRun

    def of(self, course: str) -> list[ClassRun]:
        """The sizes of one course, the smallest first."""
        return sorted((run for run in self.sizes if run.course == course), key=lambda run: run.students)


@dataclass(frozen=True)
class QuizCosts:
    """Quizzes of one assignment: variants drawn, and exports written in each format."""

    questions: int
    variants_per_second: float
    exports_per_second: dict[str, float]


@dataclass(frozen=True)
class DatabaseCosts:
    """SQLite: results into a gradebook, and attempts through the tool's queue, with nothing graded between."""

    commits_per_second: float
    handed_in_per_second: float
    graded_per_second: float
    attempt_bytes: float


@dataclass(frozen=True)
class Request:
    """One kind of request under load."""

    name: str
    times: int
    failed: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


@dataclass(frozen=True)
class WebLoad:
    """A class that hands in within a minute; `last_grade_seconds` from the start, None when not all arrived."""

    students: int
    arriving_seconds: float
    jobs: int
    requests: list[Request]
    load_failed: bool
    returned: int
    refused: int
    last_grade_seconds: float | None


@dataclass(frozen=True)
class Goal:
    """One goal of the project, what was measured, and whether that is enough."""

    part: str
    text: str
    target: float
    measured: float
    unit: str
    at_least: bool
    met: bool


@dataclass(frozen=True)
class Results:
    """One run of the bench."""

    version: int
    quick: bool
    about: Machine
    seconds: dict[str, float]
    peers: Peers | None = None
    sandbox: SandboxCosts | None = None
    check: CheckCosts | None = None
    scaling: Scaling | None = None
    quiz: QuizCosts | None = None
    database: DatabaseCosts | None = None
    web: WebLoad | None = None
    goals: list[Goal] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def missing(self) -> list[str]:
        """The parts that were not run."""
        return [part for part in PARTS if getattr(self, part) is None]


PARTS = ("peers", "sandbox", "check", "scaling", "quiz", "database", "web")
_RESULTS = TypeAdapter(Results)


def save(results: Results, path: Path) -> None:
    """Write the results as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_RESULTS.dump_json(results, indent=2) + b"\n")


def load(path: Path) -> Results:
    """Read results. Raises ResultsError, naming the file and the remedy, for what is not of this version."""
    try:
        read = _RESULTS.validate_json(path.read_bytes())
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read ({error.strerror}); `make bench` makes one") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ResultsError(f"{path}: {place}: {first['msg']}; make it anew with `make bench`") from None
    if read.version != VERSION:
        raise ResultsError(f"{path}: has version {read.version}, not {VERSION}; make it anew with `make bench`")
    return read
