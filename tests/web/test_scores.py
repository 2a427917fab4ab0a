"""What the platform is to know: worked out from what counts, raised when it changed, stamped ever later."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests import Response
from web.grading import MOST, handed_in, result
from web.returning import Clock, begin_quiz, give, row, settle

from convclass.web import queue, scores
from convclass.web.ags import SCORE_SCOPE
from convclass.web.database import Database
from convclass.web.models import Exclusion, Link, QuizAttempt, Score, User, now
from convclass.web.returner import Returner
from convclass.web.services import ServiceUnavailable


@pytest.fixture
def both(database_url):
    """A database of each kind."""
    database = Database(database_url)
    yield database
    database.close()


def grade(world, user, score, complete=True, excluding=()):
    """Hand in at the assignment, and grade it as the grader does."""
    handed_in(world, user)
    with world.database.writing() as session:
        attempt = queue.take(session)
        assert queue.finish(session, attempt.id, attempt.lease, result(score, complete))
        scores.update(session, session.get_one(Link, world.assignment), user)


def update(world, user, link=None, at=None):
    with world.database.writing() as session:
        scores.update(session, session.get_one(Link, link or world.quiz), user, at=at)


def of(world, user):
    return row(world, user, world.assignment)


def test_the_best_attempt_counts_with_its_comment(world):
    student = world.students[0]
    grade(world, student, 7.0)
    grade(world, student, 3.0)
    mine = of(world, student)
    assert (mine.score, mine.max_score, mine.version, mine.settled, mine.complete) == (7.0, MOST, 1, False, True)
    assert mine.comment == "Attempt 1: 7 of 10 points.\nscale: 6 of 6\nshift: 1 of 4 (amount subtracted)"
    grade(world, student, 9.0)
    assert (of(world, student).score, of(world, student).version) == (9.0, 2)


def test_an_incomplete_grade_keeps_its_points_and_says_so(world):
    grade(world, world.students[0], 6.0, complete=False)
    mine = of(world, world.students[0])
    assert (mine.score, mine.complete) == (10.0, False) and "mistake of ours" in mine.comment


def test_what_is_graded_again_counts_meanwhile(world):
    student = world.students[0]
    grade(world, student, 7.0)
    with world.database.writing() as session:
        [attempt] = session.get_one(User, student) and session.query(queue.Attempt).all()
        queue.regrade(session, [attempt])
        scores.update(session, session.get_one(Link, world.assignment), student)
    assert (of(world, student).score, of(world, student).version) == (7.0, 1)


def test_nothing_changed_nothing_is_sent(world):
    student = world.students[0]
    update(world, student)
    assert row(world, student).version == 0 and row(world, student).settled
    begin_quiz(world, student, 5)
    update(world, student)
    stamp = row(world, student).stamp
    update(world, student)
    assert (row(world, student).version, row(world, student).stamp) == (1, stamp)


def test_resend_sends_in_any_case_but_nothing(world):
    first, second, _ = world.students
    begin_quiz(world, first, 5)
    update(world, first)
    with world.database.writing() as session:
        for user in (first, second):
            scores.resend(session, session.get_one(Link, world.quiz), user)
    assert (row(world, first).version, row(world, second).version) == (2, 0)
    assert row(world, second).settled


def test_the_platform_counts_as_the_link_says(world):
    with world.database.writing() as session:
        session.get_one(Link, world.assignment).points = 25.0
    grade(world, world.students[0], 7.0)
    assert (of(world, world.students[0]).score, of(world, world.students[0]).max_score) == (17.5, 25.0)


def test_an_excluded_question_counts_neither_way(world):
    grade(world, world.students[0], 7.0)
    with world.database.writing() as session:
        session.add(
            Exclusion(link_id=world.assignment, question="shift", reason="unclear", by_user_id=world.instructor)
        )
        session.flush()
        scores.update(session, session.get_one(Link, world.assignment), world.students[0])
    mine = of(world, world.students[0])
    assert (mine.score, mine.max_score) == (6.0, 6.0) and "shift" not in mine.comment


def test_a_score_without_bounds_is_refused(world):
    begin_quiz(world, world.students[0], 5)
    with pytest.raises(ValueError, match="inf"):
        give(world, world.students[0], float("inf"))


def test_no_score_is_below_zero(world):
    begin_quiz(world, world.students[0], 5)
    give(world, world.students[0], -3.0)
    assert row(world, world.students[0]).score == 0.0


def test_a_comment_is_plain_and_bounded(world):
    student = world.students[0]
    grade(world, student, 7.0)
    assert len(of(world, student).comment) <= scores.MOST_COMMENT + 50


def test_changes_at_once_end_with_the_last_of_all(both, world_of):
    """What two transactions change at the same time is in the score that the later one works out."""
    world, student = world_of(both), 0
    user = world.students[student]

    def attempt(number):
        with both.writing() as session:
            about = {"link_id": world.quiz, "user_id": user, "number": number, "variant": "a", "handed_in_at": now()}
            session.add(QuizAttempt(**about, score=float(number), max_score=MOST))
            session.flush()
            scores.update(session, session.get_one(Link, world.quiz), user)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert row(world, user).score == 8.0


@pytest.fixture
def world_of():
    from web.conftest import people

    return people


@dataclass
class InMemory:
    """A platform without a network: it keeps scores by their stamps. `faults` happen to the next requests."""

    kept: dict[str, tuple[datetime, float | None]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def request(self, _platform: int, _method: str, _url: str, _scopes: Any, *, json: Any, **_more: Any) -> Response:
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "down":
            raise ServiceUnavailable("down")
        answer = Response()
        answer.status_code = int(fault) if fault.isdigit() else self._take(json)
        answer._content = b""
        if fault == "lost":
            raise ServiceUnavailable("lost")
        return answer

    def _take(self, json: Any) -> int:
        stamp, before = datetime.fromisoformat(json["timestamp"]), self.kept.get(json["userId"])
        if before and stamp <= before[0]:
            return 409
        share = json["scoreGiven"] / json["scoreMaximum"] if "scoreGiven" in json else None
        self.kept[json["userId"]] = stamp, share
        return 200


_changes = st.one_of(
    st.tuples(st.just("give"), st.integers(0, 10)),
    st.tuples(st.just("take back"), st.none()),
    st.tuples(st.just("resend"), st.none()),
    st.tuples(st.just("update"), st.none()),
    st.tuples(st.just("clock"), st.integers(-5000, 5000)),
    st.tuples(st.just("send"), st.lists(st.sampled_from(["", "down", "lost", "409", "500", "403"]), max_size=3)),
    st.tuples(st.just("die"), st.booleans()),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(_changes, max_size=10))
def test_whatever_happens_the_platform_ends_with_the_last_score(world, changes):
    clock, platform = Clock(), InMemory()
    user, sub = new_student(world)
    sender = Returner(world.database, platform, clock, threads=1)
    stamps = [datetime.min.replace(tzinfo=UTC)]
    for kind, what in changes:
        happen(kind, what, world, user, clock, platform, sender)
        with world.database.reading() as session:
            mine = session.query(Score).where(Score.user_id == user, Score.version > 0).one_or_none()
        if mine is not None:
            assert mine.stamp >= stamps[-1]
            assert mine.sent_version <= mine.version
            stamps.append(mine.stamp)
    platform.faults.clear()
    with world.database.writing() as session:
        link = session.get_one(Link, world.quiz)
        scores.update(session, link, user, at=clock())
        mine = session.query(Score).where(Score.user_id == user).one()
        if mine.settled and mine.sent_version < mine.version:  # refused: a person has to look, and sends it again
            scores.resend(session, link, user, at=clock())
    settle(sender, clock, world, hours=9)
    with world.database.reading() as session:
        worth = scores.worth_of(session, session.get_one(Link, world.quiz), user)
    assert platform.kept[sub][1] == worth.score / worth.max_score


def new_student(world):
    with world.database.writing() as session:
        session.get_one(Link, world.quiz).scopes = [SCORE_SCOPE]
        count = session.query(User).count()
        user = User(platform_id=world.platform, sub=f"new{count}")
        session.add(user)
        session.flush()
    begin_quiz(world, user.id, 1.0)
    return user.id, user.sub


def happen(kind, what, world, user, clock, platform, sender):
    if kind in ("give", "take back"):
        give(world, user, what, clock())
    elif kind == "update":
        update(world, user, at=clock())
    elif kind == "resend":
        with world.database.writing() as session:
            scores.resend(session, session.get_one(Link, world.quiz), user, at=clock())
    elif kind == "clock":
        clock.forward(seconds=what)
    elif kind == "send":
        platform.faults = list(what)
        sender.drain()
    else:
        die(world, clock, platform, stored=what)


def die(world, clock, platform, stored):
    """Take a score, have the platform store it or not, and never say what came of it."""
    from convclass.web import ags, outbox

    with world.database.writing() as session:
        taken = outbox.take(session, clock())
    if taken and stored:
        platform.request(0, "POST", "", (), json=ags.score_body(taken.score))


@given(
    stamp=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    at=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
)
def test_a_stamp_is_later_than_the_last(stamp, at):
    stamp, at = stamp.replace(tzinfo=UTC), at.replace(tzinfo=UTC)
    assert scores.later(stamp, at) > stamp
    assert scores.later(stamp, at) >= at
    assert scores.later(stamp, at, timedelta(hours=1)) >= stamp + timedelta(hours=1)


def test_the_score_of_a_quiz_without_maximum_is_of_the_newest_of_others(world):
    give(world, world.students[0], 4.0)
    assert row(world, world.students[0]).max_score == 0.0
    begin_quiz(world, world.students[1])
    update(world, world.students[0])
    assert (row(world, world.students[0]).score, row(world, world.students[0]).max_score) == (4.0, 10.0)
