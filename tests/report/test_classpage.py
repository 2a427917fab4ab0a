"""The class page counts right: marks, questions, mistakes, verdicts, and whom to look at first."""

import re
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convclass.exam.results import SubmissionResult, TestResult
from convclass.exam.verdict import Verdict
from convclass.report import classstats as stats
from convclass.report.classpage import class_page

V = Verdict


def scored(*scores, most=10.0):
    tests = [(TestResult("t", "t", "q", most, s, V.PASSED if s == most else V.FAILED),) for s in scores]
    return stats.students([SubmissionResult("a", f"s{i}", "", "", "", "", t) for i, t in enumerate(tests)])


@given(st.lists(st.integers(0, 40).map(lambda quarters: quarters / 4), min_size=1, max_size=30))
def test_marks_and_distribution_agree_with_the_scores(scores):
    group = scored(*scores)
    marks = stats.marks(group)
    assert (marks.n, marks.lowest, marks.highest) == (len(scores), min(scores), max(scores))
    assert marks.mean == pytest.approx(statistics.fmean(scores))
    assert marks.median == pytest.approx(statistics.median(scores))
    assert marks.lowest <= marks.lower_quartile <= marks.median <= marks.upper_quartile <= marks.highest
    bins = stats.distribution(group)
    assert sum(b.students for b in bins) == len(scores)
    for b in bins:
        assert b.students == sum(b.low <= 10 * s < b.high or (b.high == 100 and s == 10) for s in scores)


def test_incomplete_grades_do_not_count_in_the_marks(samples):
    group = stats.students([samples.perfect(), samples.troubled()])
    assert stats.marks(group).n == 1 and stats.marks(group).mean == pytest.approx(16, abs=1e-3)
    assert sum(b.students for b in stats.distribution(group)) == 1
    assert stats.marks(stats.students([samples.troubled()])) is None


def test_questions_are_counted_by_student(samples):
    group = stats.students([samples.perfect(), samples.mistaken(), samples.untouched()])
    rows = {q.name: q for q in stats.question_stats(group)}
    assert list(rows) == list(samples.NAMES)
    conv2d, blocked = rows["conv2d"], rows["convolve2d"]
    assert (conv2d.students, conv2d.attempted, conv2d.full, conv2d.partial) == (3, 2, 1, 1)
    assert conv2d.mean_share == pytest.approx((1 + 11 / 12 + 0) / 3)
    assert (blocked.attempted, blocked.full, blocked.partial) == (2, 1, 0)


def test_wrong_answers_without_a_name_are_counted(samples):
    named = samples.submission("a", samples.question_tests("q", 1.0, V.FAILED, mistake=samples.FLIPPED))
    nameless = samples.submission("b", samples.question_tests("q", 1.0, V.FAILED))
    (row,) = stats.question_stats(stats.students([named, nameless]))
    assert row.unexplained == 1


def test_mistakes_are_listed_by_frequency_with_each_student_once(samples):
    made = [("a", samples.FLIPPED), ("b", samples.STRIDE), ("c", samples.FLIPPED)]
    results = [samples.submission(s, samples.question_tests("q", 1.0, V.FAILED, mistake=m)) for s, m in made]
    first, second = stats.common_mistakes(stats.students(results))
    assert (first.mistake, first.students) == (samples.FLIPPED, ("a", "c"))
    assert (second.mistake, second.students) == (samples.STRIDE, ("b",))


def test_a_mistake_that_shows_in_two_questions_counts_once(samples):
    tests = [t for q in ("im2col", "conv2d") for t in samples.question_tests(q, 1.0, V.FAILED, mistake=samples.STRIDE)]
    (only,) = stats.common_mistakes(stats.students([samples.submission("a", tests)]))
    assert (only.questions, only.students) == (("im2col", "conv2d"), ("a",))


def test_verdicts_are_counted_over_hidden_tests(samples):
    results = [samples.submission(s, samples.question_tests("q", 1.0, V.TIMED_OUT)) for s in "ab"]
    (row,) = stats.verdict_counts(stats.students(results))
    assert (row.verdict, row.tests, row.students) == (V.TIMED_OUT, 6, 2)


def test_incomplete_and_suspicious_submissions_are_found(samples):
    group = stats.students([samples.perfect(), samples.mistaken(), samples.troubled(), samples.unloadable()])
    assert [a.student for a in stats.incomplete(group)] == ["Mallory"]
    found = stats.suspicious(group)
    assert [a.student for a in found] == ["Mallory", "Sisyphus"]
    assert [a.student for a in stats.noticed(group)] == ["Béla Bartók"]
    assert any("forbidden" in reason for reason in found[0].reasons)
    assert any("crashed in" in reason for reason in found[0].reasons)


def test_the_first_section_is_about_what_needs_a_look(samples):
    page = class_page([samples.perfect(), samples.troubled()], title="t", feedback_links={})
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", page)
    assert headings[:3] == ["Not completely graded", "Look at these first", "How it went"]
    calm = class_page([samples.perfect()], title="t", feedback_links={})
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", calm)[0] == "How it went"


@pytest.mark.parametrize("n", [0, 1, 2, 1000])
def test_every_student_has_one_row_in_order_of_name(samples, n):
    results = samples.class_of(n)
    page = class_page(results, title="t", feedback_links={r.student: f"feedback/{r.student}.html" for r in results})
    table = page[page.index('<table class="students">') :]
    rows = re.findall(r'<tr><th scope="row"><a href="([^"]*)"><bdi>(.*?)</bdi></a>', table)
    names = [name.replace("&#39;", "'") for _, name in rows]
    assert names == sorted((r.student for r in results), key=str.casefold)
    assert all(href.startswith("feedback/") and " " not in href for href, _ in rows)
    assert f"Class of {n} student{'' if n == 1 else 's'}" in page


def test_untouched_work_is_counted(samples):
    assert [s.attempted for s in stats.students([samples.perfect(), samples.untouched()])] == [True, False]
