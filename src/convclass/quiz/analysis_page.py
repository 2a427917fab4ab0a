"""The item analysis as one self-contained HTML page, with plots."""

from __future__ import annotations

import base64
import io
from typing import Any

from markupsafe import Markup

from convclass.lms.view import digest, render, source
from convclass.quiz.analysis import FEW_STUDENTS, Analysis
from convclass.report.text import plain

_MOST_MISTAKES = 15
_SAME_BYTES: Any = {"svg.hashsalt": "convclass", "svg.fonttype": "path", "font.size": 10}


def page(analysis: Analysis, title: str) -> str:
    """The page; what students wrote is cleaned and escaped."""
    style = source("quiz.css")
    return render(
        "analysis.html",
        **_shown(analysis),
        title=title,
        policy=f"default-src 'none'; style-src {digest(style)}; img-src data:; base-uri 'none'; form-action 'none'",
        style=Markup(style),
    )


def sections(analysis: Analysis) -> Markup:
    """What stands below the heading of that page, for a page of others."""
    shown = _shown(analysis)
    return Markup(render("analysis_lead.html", **shown) + render("analysis_sections.html", **shown))


def _shown(analysis: Analysis) -> dict[str, Any]:
    return {
        "analysis": analysis,
        "few": FEW_STUDENTS,
        "pictures": [(_data(svg), words) for svg, words in _pictures(analysis)],
        "number": lambda value: "–" if value is None else f"{value:.2f}",
    }


def _pictures(analysis: Analysis) -> list[tuple[bytes, str]]:
    made = [
        (_scatter(analysis), "Difficulty against item–rest correlation; the numbers are those of the table below."),
        (_histogram(analysis), "How many students got which share of the points."),
    ]
    if analysis.mistakes:
        made.append((_bars(analysis), "The most frequent misconceptions, by students who made them."))
    return made


def _scatter(analysis: Analysis) -> bytes:
    figure, axes = _axes(6.4, 4.2)
    for number, item in enumerate(analysis.items, start=1):
        if item.item_rest is not None:
            colour = "#a3271b" if item.advice else "#1f5f9e"
            axes.plot(item.difficulty, item.item_rest, "o", color=colour, markersize=4)
            axes.annotate(str(number), (item.difficulty, item.item_rest), xytext=(4, 3), textcoords="offset points")
    axes.axhline(0, color="#888888", linewidth=0.8)
    axes.set(xlabel="difficulty (share of the points)", ylabel="item–rest correlation", xlim=(-0.03, 1.03))
    return _svg(figure)


def _histogram(analysis: Analysis) -> bytes:
    figure, axes = _axes(6.4, 3.0)
    axes.hist([100 * share for share in analysis.shares], bins=range(0, 101, 10), color="#1f5f9e", edgecolor="white")
    axes.set(xlabel="share of the points in %", ylabel="students", xlim=(0, 100))
    axes.yaxis.get_major_locator().set_params(integer=True)
    return _svg(figure)


def _bars(analysis: Analysis) -> bytes:
    shown = analysis.mistakes[:_MOST_MISTAKES][::-1]
    figure, axes = _axes(6.4, 0.8 + 0.3 * len(shown))
    axes.barh(
        [plain(name, 40).replace("_", " ").replace("$", r"\$") for name, _ in shown],
        [n for _, n in shown],
        color="#c96a12",
    )
    axes.set(xlabel="students")
    axes.xaxis.get_major_locator().set_params(integer=True)
    return _svg(figure)


def _axes(width: float, height: float) -> tuple[Any, Any]:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_SAME_BYTES):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure, axes


def _svg(figure: Any) -> bytes:
    from matplotlib import rc_context

    buffer = io.BytesIO()
    with rc_context(_SAME_BYTES):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _data(svg: bytes) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()
