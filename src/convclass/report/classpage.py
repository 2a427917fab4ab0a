"""The class page for the instructor: whom to look at first, how it went, what to teach again, every student."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from convclass.exam.results import SubmissionResult
from convclass.report import classstats
from convclass.report.templating import macro, page_style, render

_FIRST = 30
_MOST_MISTAKES = 10


def class_page(results: Sequence[SubmissionResult], *, title: str, feedback_links: Mapping[str, str]) -> str:
    """One self-contained HTML page about a class.

    `feedback_links` gives for a student's name the path of the feedback page, relative to this page and not yet
    quoted as a URL, such as "feedback/Ana M.html"; students without one are listed without a link.
    """
    style, policy = page_style()
    about = _about(classstats.students(results), _relative(feedback_links))
    return render("class.html", title=title, style=style, policy=policy, **about)


def class_sections(group: Sequence[classstats.Student], *, links: Mapping[str, str]) -> Markup:
    """The same page without head and table of students, for a page of others that has the style of this one."""
    return Markup(render("class_sections.html", **_about(group, _relative(links))))


def class_versions(group: Sequence[classstats.Student]) -> Markup:
    """What the class was graded by."""
    return Markup(render("class_versions.html", **_graded_by(group)))


def question_heads(questions: Sequence[classstats.QuestionStats]) -> Markup:
    """The headings of a table of students, from the questions on."""
    return macro("class_parts.html", "question_heads", questions)


def question_cells(student: classstats.Student, questions: Sequence[classstats.QuestionStats]) -> Markup:
    """A student's row of such a table, from the questions on."""
    return macro("class_parts.html", "question_cells", student, questions)


def legend() -> Markup:
    """What the signs in such a table say."""
    return macro("class_parts.html", "legend")


def histogram(bins: Sequence[classstats.Bin]) -> Markup:
    """The distribution as a picture, with the same numbers as a table."""
    return macro("class_parts.html", "histogram", bins)


def _relative(links: Mapping[str, str]) -> dict[str, str]:
    return {student: relative_url(path) for student, path in links.items()}


def _about(group: Sequence[classstats.Student], links: Mapping[str, str]) -> dict[str, Any]:
    return {
        "group": group,
        "links": links,
        "first": _FIRST,
        "most_mistakes": _MOST_MISTAKES,
        "incomplete": classstats.incomplete(group),
        "suspicious": classstats.suspicious(group),
        "noticed": classstats.noticed(group),
        "marks": classstats.marks(group),
        "untouched": sum(not student.attempted for student in group),
        "bins": classstats.distribution(group),
        "questions": classstats.question_stats(group),
        "mistakes": classstats.common_mistakes(group),
        "verdicts": classstats.verdict_counts(group),
        **_graded_by(group),
    }


def _graded_by(group: Sequence[classstats.Student]) -> dict[str, Any]:
    results = [student.result for student in group]
    return {
        "versions": sorted({result.exam_version for result in results}),
        "isolations": sorted({result.isolation for result in results}),
        "devices": sorted({result.device for result in results}),
        "seconds": sum(result.seconds for result in results),
    }


def relative_url(path: str) -> str:
    """A path as a URL that can only point below the page it stands on: quoted, without scheme or host."""
    return quote(path.lstrip("/").encode("utf-8", "surrogatepass"), safe="/")
