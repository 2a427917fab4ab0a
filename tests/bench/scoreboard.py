"""The scoreboard: every figure of a run as Markdown tables. Pure functions of the results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bench.cost import Cost
from bench.figures import (
    CheckCosts,
    ClassRun,
    DatabaseCosts,
    Goal,
    Machine,
    Peers,
    QuizCosts,
    Results,
    SandboxCosts,
    Scaling,
    WebLoad,
)
from bench.goals import OURS

Rows = Iterable[Sequence[str]]
LABELS = {
    OURS: "convclass grade, all layers of the sandbox",
    "the floor": "the floor: the same calls in one warm process, no sandbox",
}


def scoreboard(results: Results) -> str:
    """All of it, the goals last."""
    return "\n\n".join(_sections(results)) + "\n"


def _sections(results: Results) -> Iterator[str]:
    yield f"# The bench\n\n{measured_on(results.about)}"
    if results.quick:
        yield "A quick run: it shows that everything works. Its figures mean nothing."
    made = {
        "CPU per submission": results.peers and peers_table(results.peers),
        "The sandbox": results.sandbox and sandbox_tables(results.sandbox),
        "At home": results.check and check_table(results.check),
        "Size of the class, and jobs": results.scaling and scaling_tables(results.scaling),
        "Quizzes": results.quiz and quiz_table(results.quiz),
        "Databases": results.database and database_table(results.database),
        "The LTI tool under load": results.web and web_table(results.web),
    }
    for heading, text in made.items():
        if text:
            yield f"## {heading}\n\n{text}"
    yield f"## Goals\n\n{goals_table(results.goals)}"
    minutes = ", ".join(f"{part} {seconds / 60:.1f}" for part, seconds in results.seconds.items())
    yield f"Minutes: {minutes}; together {sum(results.seconds.values()) / 60:.1f}."
    for problem in results.problems:
        yield f"**A part ended early.** {problem}"


def measured_on(about: Machine) -> str:
    """One sentence that names the machine."""
    versions = ", ".join(f"{name} {version}" for name, version in about.versions.items())
    return (
        f"Measured on {about.date[:10]} on {about.cores} cores of {about.cpu} with {about.memory_gib:.0f} GiB, "
        f"{about.system}, Python {about.python}, {versions}, isolation {about.isolation}, commit {about.commit}; "
        f"load before {about.load_before:.1f}, after {about.load_after:.1f}."
    )


def table(head: Sequence[str], rows: Rows, *, words: int = 1) -> str:
    """A Markdown table whose first columns, so many, are words and the others figures."""
    rule = ["---"] * words + ["---:"] * (len(head) - words)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def peers_table(peers: Peers) -> str:
    """Seconds and CPU seconds per submission, and how many times ours, on both costs."""
    head = (
        "CPU seconds per submission",
        f"its share in a class of {peers.students}",
        "one more in that class",
        "wall-clock seconds, share",
        "one more",
        "times our CPU",
    )
    ours = peers.costs[OURS]
    rows = [(LABELS.get(name, name), *_costs(made), _times(name, made, ours)) for name, made in peers.costs.items()]
    return table(head, rows)


def _costs(made: Cost) -> list[str]:
    figures = (made.share.cpu_seconds, made.further.cpu_seconds, made.share.seconds, made.further.seconds)
    return [digits(figure) for figure in figures]


def _times(name: str, made: Cost, ours: Cost) -> str:
    if name == OURS:
        return ""
    share = made.share.cpu_seconds / ours.share.cpu_seconds
    further = made.further.cpu_seconds / ours.further.cpu_seconds
    return digits(share) if digits(share) == digits(further) else f"{digits(share)} and {digits(further)}"


def sandbox_tables(costs: SandboxCosts) -> str:
    """The start of a child by layers, and the figures with goals of their own."""
    layers = [(layer.name, f"{layer.milliseconds:.2f}") for layer in costs.layers]
    layers.append(("a child is ready", f"{sum(layer.milliseconds for layer in costs.layers):.2f}"))
    figures = [(one.what, f"{digits(one.measured)} {one.unit}") for one in costs.figures]
    return table(("layer", "adds ms"), layers) + "\n\n" + table(("the sandbox itself", "measured"), figures)


def check_table(check: CheckCosts) -> str:
    """What a student waits for, against a bare import of torch."""
    named = {
        "`python -c 'import torch'`": check.import_torch,
        "first `convclass check`": check.first_check,
        "second `convclass check`": check.second_check,
        "`convclass --help`": check.help,
    }
    rows = [
        (name, digits(used.seconds), digits(used.cpu_seconds), digits(used.seconds / check.import_torch.seconds))
        for name, used in named.items()
    ]
    return table(("at home", "seconds", "CPU seconds", "times `import torch`"), rows)


def scaling_tables(scaling: Scaling) -> str:
    """Sizes, jobs, and the class in which no two answers are the same."""
    head = ("class", "jobs", "CPU s each", "s each", "graded per s", "parent MiB, by quarters", "peak", "MiB per job")
    head = (*head, "bytes each")
    runs = [*scaling.sizes, *scaling.jobs, scaling.distinct]
    return table(head, [_class(run) for run in runs])


def _class(run: ClassRun) -> tuple[str, ...]:
    words = f"{run.students} of {run.course}" + (", no two answers the same" if run.distinct_answers else "")
    each = run.usage / run.students
    memory = run.memory
    quarters = " ".join(f"{one:.0f}" for one in memory.parent_quarters_mib)
    figures = (digits(each.cpu_seconds), digits(each.seconds), digits(run.graded_per_second))
    sizes = (f"{memory.parent_peak_mib:.0f}", f"{memory.per_job_peak_mib:.0f}", f"{run.disk.total_bytes:.0f}")
    return (words, str(run.jobs), *figures, quarters, *sizes)


def quiz_table(quiz: QuizCosts) -> str:
    """Variants and exports."""
    rows = [(f"variants of {quiz.questions} questions drawn", digits(quiz.variants_per_second))]
    rows += [(f"exports as {name}", digits(rate)) for name, rate in quiz.exports_per_second.items()]
    return table(("quizzes", "per second"), rows)


def database_table(costs: DatabaseCosts) -> str:
    """SQLite."""
    rows = [
        ("results committed to a gradebook", digits(costs.commits_per_second)),
        ("attempts handed in", digits(costs.handed_in_per_second)),
        ("attempts taken, stored and scored, with nothing graded", digits(costs.graded_per_second)),
    ]
    return table(("SQLite, one writer", "per second"), rows)


def web_table(web: WebLoad) -> str:
    """Requests of a class that arrives within a minute."""
    rows = [
        (one.name, str(one.times), str(one.failed), *(f"{ms:g}" for ms in (one.p50_ms, one.p95_ms, one.p99_ms)))
        for one in web.requests
    ]
    last = f", the last {web.last_grade_seconds:.0f} s after the start" if web.last_grade_seconds else ""
    said = f"{web.students} students in {web.arriving_seconds:g} s; {web.returned} grades returned{last}."
    return table(("request", "times", "failed", "p50 ms", "p95 ms", "p99 ms"), rows) + "\n\n" + said


def goals_table(goals: Sequence[Goal]) -> str:
    """How many goals are met, and each of them."""
    rows = [(goal.text, target(goal), measured(goal), "yes" if goal.met else "**no**") for goal in goals]
    met = sum(goal.met for goal in goals)
    return f"Goals met: {met} of {len(goals)}.\n\n" + table(("goal", "target", "measured", "met"), rows)


def target(goal: Goal) -> str:
    """The target in words."""
    return f"{'at least' if goal.at_least else 'at most'} {goal.target:g} {goal.unit}".rstrip()


def measured(goal: Goal) -> str:
    """What was measured, with so many digits that a missed goal never looks met."""
    text = digits(goal.measured)
    if (float(text) >= goal.target if goal.at_least else float(text) <= goal.target) != goal.met:
        text = f"{goal.measured:.6g}"
    return f"{text} {goal.unit}".rstrip()


def digits(figure: float) -> str:
    """Two significant digits, or all before the point."""
    if abs(figure) >= 100:
        return f"{figure:.0f}"
    return f"{float(f'{figure:.2g}'):g}"
