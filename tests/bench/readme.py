"""Puts the figures of the committed run into README.md and the pages of docs/, between their markers.

`PYTHONPATH=tests python -m bench.readme [JSON]`: a JSON is first made the committed run, with its picture. `--check`
changes nothing and exits 1 when a page says something else than the run.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import planning, plot
from bench.cost import Cost
from bench.figures import Peers, Results, ResultsError, WebLoad, load
from bench.goals import OURS
from bench.scoreboard import LABELS, digits, measured_on, scoreboard, table

ROOT = Path(__file__).parents[2]
COMMITTED = Path(__file__).with_name("results") / "2-core.json"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
_BLOCK = re.compile(f"{re.escape(BEGIN)}\n.*?{re.escape(END)}", re.DOTALL)


def main() -> int:
    """Take a run, write the pages, or check them."""
    parser = argparse.ArgumentParser(prog="python -m bench.readme", description=__doc__)
    parser.add_argument("json", nargs="?", type=Path, help="a run to make the committed one")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when a page is stale")
    given = parser.parse_args()
    try:
        if given.json:
            take(given.json, COMMITTED)
        stale = written(publishable(load(COMMITTED)), ROOT, change=not given.check)
    except ResultsError as problem:
        print(problem, file=sys.stderr)
        return 1
    for path in stale:
        print(f"{path.relative_to(ROOT)}: {'stale; run `python -m bench.readme`' if given.check else 'written'}")
    return 1 if given.check and stale else 0


def take(path: Path, committed: Path) -> None:
    """Make a run the committed one, and draw its picture beside it. Raises ResultsError for one that is not whole."""
    results = publishable(load(path))
    committed.parent.mkdir(parents=True, exist_ok=True)
    if path.resolve() != committed.resolve():
        shutil.copyfile(path, committed)
    plot.draw(results, committed.with_suffix(".svg"))


def publishable(results: Results) -> Results:
    """The results, if they may stand in the README. Raises ResultsError, with the reason, if not."""
    if results.quick:
        raise ResultsError("this was a quick run, and its figures mean nothing; run `make bench` without --quick")
    if results.problems or results.missing():
        parts = ", ".join(results.missing()) or "none"
        raise ResultsError(f"this run is not whole (missing: {parts}; {results.problems}); run `make bench` again")
    return results


def written(results: Results, root: Path, *, change: bool = True) -> list[Path]:
    """The pages that say something else than the results; with `change` they are put right."""
    stale = []
    for name, made in PAGES.items():
        path = root / name
        text = path.read_text("utf-8")
        new = filled(text, made(results), name)
        if new != text:
            stale.append(path)
            if change:
                path.write_text(new, "utf-8")
    return stale


def filled(text: str, content: str, name: str = "the page") -> str:
    """The text with this content between its markers. Raises ResultsError unless they are there, once."""
    if len(_BLOCK.findall(text)) != 1 or text.count(BEGIN) != 1:
        raise ResultsError(f"{name}: needs one {BEGIN} and after it {END}, each on a line of its own")
    return _BLOCK.sub(lambda _: f"{BEGIN}\n{content}\n{END}", text)


def readme(results: Results) -> str:
    """The README's figures."""
    assert results.peers and results.scaling and results.check
    picture = f"![The same figures as a picture]({COMMITTED.with_suffix('.svg').relative_to(ROOT)})"
    return "\n\n".join([_peers(results.peers), _about(results), _rest(results), picture, _goals(results)])


def _peers(peers: Peers) -> str:
    head = ("", f"its share in a class of {peers.students}", "one more in that class", "times ours")
    return table(head, [_peer(name, made, peers.costs[OURS]) for name, made in _by_cost(peers)])


def _by_cost(peers: Peers) -> list[tuple[str, Cost]]:
    """Ours first, the floor last, the others by cost between them."""
    others = sorted(peers.costs.items(), key=lambda item: item[1].further.cpu_seconds)
    last = "the floor"
    between = [item for item in others if item[0] not in (OURS, last)]
    return [(OURS, peers.costs[OURS]), *between, (last, peers.costs[last])]


def _peer(name: str, made: Cost, ours: Cost) -> tuple[str, ...]:
    cells = (LABELS.get(name, name), digits(made.share.cpu_seconds), digits(made.further.cpu_seconds))
    ratios = [cost.cpu_seconds / own.cpu_seconds for cost, own in
              ((made.share, ours.share), (made.further, ours.further))]  # fmt: skip
    return (*cells, "" if name in (OURS, "the floor") else f"{ratios[0]:.0f} to {ratios[1]:.0f}")


def _rest(results: Results) -> str:
    assert results.check and results.scaling and results.quiz
    check, scaling = results.check, results.scaling
    largest = max(scaling.sizes, key=lambda run: run.students)
    pace = {run.jobs: run.graded_per_second for run in scaling.jobs}
    quarters = " ".join(f"{one:.0f}" for one in largest.memory.parent_quarters_mib)
    jobs = ", ".join(f"{digits(rate)} with {number}" for number, rate in pace.items())
    rows = [
        ("`convclass check`: the first, the second, `import torch` alone", _seconds(check.first_check.seconds,
         check.second_check.seconds, check.import_torch.seconds)),
        ("`convclass --help`", _seconds(check.help.seconds)),
        ("graded per second, by jobs", jobs),
        ("the same with no two answers alike, 1 job", digits(scaling.distinct.graded_per_second)),
        (f"{_spaced(largest.students)} students of a tiny course: CPU each",
         f"{1000 * largest.usage.cpu_seconds / largest.students:.0f} ms"),
        ("memory of the parent in the quarters of that run", f"{quarters} MiB"),
        ("quiz variants drawn per second", digits(results.quiz.variants_per_second)),
        *_web(results.web),
    ]  # fmt: skip
    return table(("and besides", "measured"), rows)


def _web(web: WebLoad | None) -> Iterator[tuple[str, str]]:
    for one in web.requests if web else ():
        if web and one.name == "launch":
            last = f"{web.last_grade_seconds:.0f} s" if web.last_grade_seconds else "never"
            failed = sum(other.failed for other in web.requests if other.name != "Aggregated")
            yield (
                f"the LTI tool, when {web.students} launch and hand in within {web.arriving_seconds:g} s, "
                f"{web.jobs} at a time graded",
                f"a launch {one.p50_ms:.0f} ms, 95 of 100 within {one.p95_ms:.0f} ms; {failed} requests failed; "
                f"{web.returned} grades returned, the last after {last}",
            )


def _seconds(*figures: float) -> str:
    return ", ".join(f"{digits(figure)} s" for figure in figures)


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _about(results: Results) -> str:
    assert results.peers
    peers = results.peers
    number = len(next(iter(peers.rounds.values())))
    return (
        f"Assignment 1 with {sum(peers.calls.values())} calls, median of {number} interleaved rounds, one thread. "
        f"{measured_on(results.about)} The class is {peers.programmes} programmes in turn, and a case that is "
        "answered to the byte as somebody answered it before is decided as then."
    )


def _goals(results: Results) -> str:
    """How many goals are met, and how far from theirs the figures of the first table are."""
    met = sum(goal.met for goal in results.goals)
    missed = [
        goal for goal in results.goals if goal.part == "peers" and goal.text.startswith("one more") and not goal.met
    ]
    far = [
        f"{goal.text.partition(': ')[2]} {digits(goal.measured)} {goal.unit} ({digits(goal.target)})" for goal in missed
    ]
    told = f" Missed for one more submission, with the goal behind: {'; '.join(far)}." if far else ""
    page = "[docs/bench.md](docs/bench.md) has them all, and every figure."
    return f"{met} of {len(results.goals)} goals are met: {page}{told}"


def bench_page(results: Results) -> str:
    """The whole scoreboard, below the heading that the page has."""
    return scoreboard(results).split("\n\n", 1)[1].rstrip("\n")


PAGES: dict[str, Callable[[Results], str]] = {
    "README.md": readme,
    "docs/bench.md": bench_page,
    "docs/planning.md": planning.page,
}

if __name__ == "__main__":
    sys.exit(main())
