"""The run as one picture: the peers, the line, a child's layers, the jobs. Pure function of the results."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from bench.figures import ClassRun, Layer, Peers, Results, Scaling
from bench.goals import OURS
from bench.scoreboard import digits
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

BLUE, GREY, ORANGE, GREEN = "#2563a8", "#9aa3ad", "#d9822b", "#3a8a5f"
SHADES = ("#1d4e89", "#3f7cbf", "#7fb0de", "#c3daf0")


def draw(results: Results, path: Path) -> None:
    """Write the picture; a part that was not run leaves its place empty. The suffix of `path` says how."""
    # Letters stay letters: a quarter of the size, and to be found and read aloud.
    looks = {"svg.hashsalt": "convclass", "svg.fonttype": "none", "font.size": 9, "font.family": "sans-serif"}
    with matplotlib.rc_context(looks):
        figure = Figure(figsize=(10, 7), layout="constrained")
        (peers, line), (layers, jobs) = figure.subplots(2, 2)
        for axes in (peers, line, layers, jobs):
            axes.spines[["top", "right"]].set_visible(False)
            axes.title.set_fontweight("bold")
        _peers(peers, results.peers) if results.peers else peers.set_axis_off()
        _line(line, results.scaling) if results.scaling else line.set_axis_off()
        _layers(layers, results.sandbox.layers) if results.sandbox else layers.set_axis_off()
        _jobs(jobs, results.scaling.jobs) if results.scaling else jobs.set_axis_off()
        about = results.about
        figure.supxlabel(f"{about.cores} cores of {about.cpu}, {about.date[:10]}", fontsize=8, color="#555555")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=130)


def _peers(axes: Axes, peers: Peers) -> None:
    ordered = sorted(peers.costs.items(), key=lambda item: item[1].further.cpu_seconds)
    ours = peers.costs[OURS].further.cpu_seconds
    colours = [BLUE if name == OURS else GREEN if name == "the floor" else GREY for name, _ in ordered]
    seconds = [cost.further.cpu_seconds for _, cost in ordered]
    axes.barh([name for name, _ in ordered], seconds, color=colours)
    for place, ((name, _), value) in enumerate(zip(ordered, seconds, strict=True)):
        times = "" if name == OURS else f", {digits(value / ours)} times ours"
        axes.annotate(f"{digits(value)} s{times}", (value, place), (4, 0), va="center", textcoords="offset points")
    axes.set_xscale("log")
    axes.set_xlim(min(seconds) / 2, max(seconds) * 60)
    axes.set_title("CPU of one more submission, log scale")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g} s"))


def _line(axes: Axes, scaling: Scaling) -> None:
    for course, colour in zip(dict.fromkeys(run.course for run in scaling.sizes), (BLUE, ORANGE), strict=False):
        runs = scaling.of(course)
        students, cpu = [run.students for run in runs], [run.usage.cpu_seconds for run in runs]
        axes.plot(students, cpu, "o", color=colour)
        each = (cpu[-1] - cpu[-2]) / (students[-1] - students[-2]) if len(runs) > 1 else cpu[0] / students[0]
        start = max(cpu[-1] - each * students[-1], 0.0)
        smooth = [students[0] * (students[-1] / students[0]) ** (step / 50) for step in range(51)]
        axes.plot(smooth, [start + each * x for x in smooth], ":", color=colour, linewidth=1)
        axes.annotate(f"{course}, {1000 * each:.0f} ms each", (students[-1], cpu[-1]), (-6, 8), ha="right",
                      textcoords="offset points", color=colour)  # fmt: skip
    axes.set(xscale="log", yscale="log", title="CPU of a whole class; dotted: a straight line", xlabel="students")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}".replace(",", " ")))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g} s"))
    axes.margins(y=0.18)


def _layers(axes: Axes, layers: list[Layer]) -> None:
    left = 0.0
    for layer, colour in zip(layers, SHADES, strict=False):
        width = max(layer.milliseconds, 0.0)
        axes.barh([0], [width], left=left, color=colour, height=0.5, label=f"{layer.name} {layer.milliseconds:.2f} ms")
        left += width
    axes.set(title=f"A sandboxed child is ready after {left:.1f} ms", xlabel="ms", yticks=[], ylim=(-0.9, 0.6))
    axes.spines["left"].set_visible(False)
    axes.legend(loc="lower center", ncols=2, frameon=False)


def _jobs(axes: Axes, runs: list[ClassRun]) -> None:
    paces = [run.graded_per_second for run in runs]
    places = [str(run.jobs) for run in runs]
    axes.bar(places, paces, color=BLUE, width=0.5)
    for place, pace in zip(places, paces, strict=True):
        axes.annotate(f"{digits(pace)}, {pace / paces[0]:.2f} times", (place, pace), (0, 3), ha="center",
                      textcoords="offset points")  # fmt: skip
    axes.set(title=f"Graded per second, by jobs, class of {runs[0].students}", xlabel="jobs")
    axes.margins(y=0.15)
