"""The gradebook, on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import math
import multiprocessing
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy import text as sql

from convclass.course import CourseError
from convclass.exam.results import CaseResult, NamedMistake, Picture, SubmissionResult, TestResult
from convclass.exam.verdict import Verdict
from convclass.gradebook import Gradebook, GradeKey, from_json, to_json
from convclass.gradebook.engine import open_engine

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
texts = st.lists(text, max_size=3).map(tuple)
numbers = st.floats(allow_nan=False)
rows = st.lists(st.lists(numbers | st.none(), max_size=3).map(tuple), max_size=3).map(tuple)
verdicts = st.sampled_from(list(Verdict))
pictures = st.builds(Picture, label=text, rows=rows, caption=text)
cases = st.builds(
    CaseResult,
    name=text,
    verdict=verdicts,
    message=text,
    notes=texts,
    pictures=st.lists(pictures, max_size=2).map(tuple),
)
mistakes = st.none() | st.builds(NamedMistake, name=text, sentence=text)
tests_ = st.builds(
    TestResult,
    name=text,
    title=text,
    question=text,
    points=numbers,
    score=numbers,
    verdict=verdicts,
    message=text,
    public=st.booleans(),
    mistake=mistakes,
    blocked_by=text,
    hints=texts,
    cases=st.lists(cases, max_size=2).map(tuple),
)
names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)  # as convclass.grading.names has them
results = st.builds(
    SubmissionResult,
    assignment=names,
    student=names,
    submission_sha256=names,
    exam_version=names,
    isolation=names,
    device=names,
    tests=st.lists(tests_, max_size=2).map(tuple),
    notices=texts,
    warnings=texts,
    seconds=numbers,
    cpu_seconds=numbers,
)


def result_of(student: str, score: float = 1.0, verdict: Verdict = Verdict.PARTIAL) -> SubmissionResult:
    test = TestResult("test_stride", "the stride", "conv2d", 3.0, score, verdict)
    return SubmissionResult("01_convolution", student, "ab" * 32, "v1", "A", "cpu", (test,))


@given(results)
def test_a_result_goes_through_json_unchanged(result: SubmissionResult) -> None:
    again = from_json(to_json(result))
    assert again == result
    assert {type(test.verdict) for test in again.tests} <= {Verdict}


def test_nan_and_holes_in_pictures_survive() -> None:
    case = CaseResult("c", Verdict.FAILED, pictures=(Picture("yours", ((math.nan, None, math.inf),)),))
    result = replace(result_of("a"), tests=(replace(result_of("a").tests[0], cases=(case,)),))
    (row,) = from_json(to_json(result)).tests[0].cases[0].pictures[0].rows
    assert math.isnan(row[0] or 0.0) and row[1:] == (None, math.inf)


@pytest.mark.parametrize(
    "damage", [lambda f: f.pop("tests"), lambda f: f.update(more=1), lambda f: f["tests"][0].clear()]
)
def test_other_json_is_refused(damage: object) -> None:
    fields = json.loads(to_json(result_of("a")))
    damage(fields)  # type: ignore[operator]
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_json(json.dumps(fields))


def test_the_gradebook_gives_back_what_it_got(database_url: str) -> None:
    with Gradebook(database_url) as book:

        @given(result=results, seed=st.integers(0, 2**62), handed_in=st.text("0123456789abcdef", max_size=64))
        def gives_back(result: SubmissionResult, seed: int, handed_in: str) -> None:
            book.commit(result, seed=seed, handed_in=handed_in)
            kept = book.graded(GradeKey.of(result, seed))
            assert kept is not None and (kept.result, kept.handed_in) == (result, handed_in)

        gives_back()


@pytest.mark.parametrize(
    "other",
    [
        {"assignment": "02_pooling"},
        {"student": "bob"},
        {"submission_sha256": "cd" * 32},
        {"exam_version": "v2"},
        {"seed": 8},
        {"device": "cuda"},
    ],
)
def test_every_part_of_the_key_counts(other: dict[str, object], database_url: str) -> None:
    result = result_of("alice")
    with Gradebook(database_url) as book:
        book.commit(result, seed=7)
        key = GradeKey.of(result, 7)
        assert book.graded(key) is not None
        assert book.graded(replace(key, **other)) is None  # type: ignore[arg-type]


def test_the_same_key_replaces(database_url: str) -> None:
    with Gradebook(database_url) as book:
        book.commit(result_of("alice", 0.0, Verdict.INTERNAL), seed=7)
        book.commit(result_of("alice", 3.0, Verdict.PASSED), seed=7)
        assert [r.score for r in book.latest("01_convolution")] == [3.0]
    assert columns(database_url, "student, score, max_score, complete") == [("alice", 3.0, 3.0, True)]


def columns(url: str, names: str) -> list[tuple[object, ...]]:
    """Columns of all grades, in the order in which they were first kept."""
    engine = open_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(sql(f"SELECT {names} FROM grades ORDER BY id"))]
    engine.dispose()
    return found


def test_latest_is_the_newest_of_each_student(database_url: str) -> None:
    with Gradebook(database_url) as book:
        book.commit(result_of("bob", 1.0), seed=7)
        book.commit(result_of("alice", 2.0), seed=7)
        book.commit(replace(result_of("bob", 3.0), submission_sha256="new"), seed=7)
        book.commit(replace(result_of("zoe"), assignment="02_pooling"), seed=7)
        assert [(r.student, r.score) for r in book.latest("01_convolution")] == [("alice", 2.0), ("bob", 3.0)]
        book.commit(result_of("bob", 1.5), seed=7)  # graded again: newest once more
        assert [r.score for r in book.latest("01_convolution")] == [2.0, 1.5]


def test_sqlite_is_set_up_for_interruption_and_readers(tmp_path: Path) -> None:
    path = tmp_path / "gradebook.db"
    with Gradebook(path) as book:
        book.commit(result_of("alice"), seed=7)
        with sqlite3.connect(path) as reader:
            assert reader.execute("pragma journal_mode").fetchone() == ("wal",)
            assert reader.execute("select count(*) from grades").fetchone() == (1,)


def test_a_file_that_another_process_makes_just_now_is_waited_for(tmp_path: Path) -> None:
    """SQLite itself does not wait, whatever its timeout, where a file becomes WAL."""
    path = tmp_path / "gradebook.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("begin immediate")
    release = threading.Timer(0.3, other.execute, ("rollback",))
    release.start()
    Gradebook(path).close()
    release.join()
    other.close()


def test_what_is_committed_survives_a_kill(database_url: str) -> None:
    script = (
        "import os, signal, sys; sys.path.insert(0, sys.argv[2])\n"
        "from gradebook.test_gradebook import Gradebook, result_of\n"
        "book = Gradebook(sys.argv[1])\n"
        "book.commit(result_of('alice'), seed=7); book.commit(result_of('bob'), seed=7)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", script, database_url, str(Path(__file__).parents[1])])
    with Gradebook(database_url) as book:
        assert [r.student for r in book.latest("01_convolution")] == ["alice", "bob"]


@pytest.mark.parametrize("times", range(3))
def test_two_keep_the_same_grade_at_once(times: int, database_url: str) -> None:
    """The second comes while the first is not committed yet: it waits, and replaces it."""
    first, second = result_of("alice", 1.0), result_of("alice", 2.0)
    with Gradebook(database_url) as slow, Gradebook(database_url) as book, ThreadPoolExecutor(1) as pool:
        for _ in range(times):
            book.commit(first, seed=7)  # with a row, and with none

        def commit_meanwhile(*_: object) -> None:
            if not meanwhile:
                meanwhile.append(pool.submit(book.commit, second, seed=7))
                time.sleep(0.3)

        meanwhile: list[Future[None]] = []
        event.listen(slow._engine, "commit", commit_meanwhile)
        slow.commit(first, seed=7)
        meanwhile[0].result()
        assert [r.score for r in book.latest("01_convolution")] == [2.0]
    assert columns(database_url, "student, score") == [("alice", 2.0)]


def keep_all(url: str, whose: str, students: list[str], barrier: Any) -> None:
    """What one of several graders does: it keeps a grade of everybody, in an order of its own."""
    with Gradebook(url) as book:
        barrier.wait()
        for student in students:
            book.commit(replace(result_of(student), notices=(whose,)), seed=7)
            book.commit(replace(result_of(student), submission_sha256=whose), seed=7)


def test_graders_at_once_lose_and_double_nothing(database_url: str) -> None:
    """Four processes, a grade of each student that all of them have, and one that each has alone."""
    fork = multiprocessing.get_context("fork")
    barrier, students = fork.Barrier(4), [f"s{number:02}" for number in range(25)]
    orders = [random.Random(seed).sample(students, len(students)) for seed in range(4)]
    graders = [fork.Process(target=keep_all, args=(database_url, f"g{n}", orders[n], barrier)) for n in range(4)]
    for grader in graders:
        grader.start()
    for grader in graders:
        grader.join(60)
    assert [grader.exitcode for grader in graders] == [0] * 4
    found = Counter(sha for (sha,) in columns(database_url, "submission_sha256"))
    assert found == {"ab" * 32: 25, "g0": 25, "g1": 25, "g2": 25, "g3": 25}
    assert len(set(columns(database_url, "student, submission_sha256"))) == 125
    with Gradebook(database_url) as book:
        assert [r.student for r in book.latest("01_convolution")] == students


@pytest.mark.parametrize(
    "url",
    ["/nowhere/gradebook.db", "nosuch://host/db", "postgresql+nosuchdriver://u:secret@host/db", "pg://u:secret@h:x/"],
)
def test_a_gradebook_that_cannot_be_opened(url: str) -> None:
    with pytest.raises(CourseError, match="no gradebook can be opened here") as caught:
        Gradebook(url)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_gradebook(tmp_path: Path) -> None:
    path = tmp_path / "gradebook.db"
    path.write_text("this is no database, and long enough to be looked at as one" * 20)
    with pytest.raises(CourseError, match="no gradebook can be opened here"):
        Gradebook(path)
