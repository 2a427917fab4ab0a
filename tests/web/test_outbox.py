"""Grades on their way: each arrives, once in effect and in order, whatever the platform does in between."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from web.ags_platform import STUDENTS, Fault, ags_platform, eventually
from web.conftest import people
from web.returning import ITEM, MOST, Clock, begin_quiz, connect, give, returner, row, settle

from convclass.web import outbox, scores
from convclass.web.ags import LINE_ITEM_SCOPE, SCORE_SCOPE, SCORE_TYPE, scores_url
from convclass.web.database import Database
from convclass.web.models import Link, Platform, Score, User, now
from convclass.web.pacing import MOST_AT_ONCE


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def platform():
    with ags_platform() as platform:
        yield platform


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def course(world, platform):
    """A world whose students have handed in a quiz; nothing is sent."""
    connect(world, platform)
    for user in world.students:
        begin_quiz(world, user)
    return world


@pytest.fixture
def sender(course, clock):
    return returner(course, clock)


@pytest.mark.parametrize(
    ("item", "scores"),
    [
        ("https://lms/items/1?type_id=1", "https://lms/items/1/scores?type_id=1"),
        ("https://lms/items/1", "https://lms/items/1/scores"),
        ("https://lms/items/1/", "https://lms/items/1/scores"),
        ("https://lms/i?a=%2Fb&c=d#e", "https://lms/i/scores?a=%2Fb&c=d"),
    ],
)
def test_scores_stand_before_the_query(item, scores):
    assert scores_url(item) == scores


def test_a_score_arrives_as_ags_has_it(course, platform, sender, clock):
    clock.at = clock.at.replace(microsecond=123456)
    give(course, course.students[0], 7.5, clock())
    sender.drain()
    [(item, sub, body)] = platform.accepted
    assert (item, sub) == (ITEM, "s0")
    assert body == {
        "userId": "s0",
        "scoreGiven": 7.5,
        "scoreMaximum": 10,
        "comment": "This score was set by your instructor.\nAttempt 1: 0 of 10 points.",
        "timestamp": clock.at.strftime("%Y-%m-%dT%H:%M:%S.123456Z"),
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
    }
    sent = row(course, course.students[0])
    assert (sent.settled, sent.sent_version, sent.version, sent.problem) == (True, 1, 1, "")
    assert sent.sent_at == clock.at and sent.lease == ""
    sender.drain()
    assert platform.posts() == 1


def test_the_wrong_media_type_would_be_refused(course, platform, sender, clock, monkeypatch):
    monkeypatch.setattr("convclass.web.delivery.SCORE_TYPE", "application/json")
    give(course, course.students[0], 7, clock())
    sender.drain()
    assert not platform.scores and "415" in row(course, course.students[0]).problem
    assert SCORE_TYPE == "application/vnd.ims.lis.v1.score+json"


FAULTS = {
    "401": [Fault(401)],
    "401 again": [Fault(401)] * 5,
    "408": [Fault(408)],
    "409": [Fault(409)],
    "409 thrice": [Fault(409)] * 3,
    "422": [Fault(422)],
    "429": [Fault(429, {"Retry-After": "40"})],
    "429 without": [Fault(429)] * 3,
    "429 nonsense": [Fault(429, {"Retry-After": "tomorrow"})],
    "500": [Fault(500)] * 4,
    "503": [Fault(503, {"Retry-After": "3"})] * 2,
    "closed": [Fault(closed=True)] * 3,
    "lost": [Fault(lost=True)],
    "lost often": [Fault(lost=True)] * 4,
    "half": [Fault(half=True)],
    "all": [Fault(500), Fault(lost=True), Fault(401), Fault(409), Fault(closed=True), Fault(429), Fault(lost=True)],
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_loses_nothing(name, course, platform, sender, clock):
    first, second, _ = course.students
    give(course, first, 4, clock())
    give(course, second, 5, clock())
    platform.faults = list(FAULTS[name])
    settle(sender, clock, course)
    assert not platform.faults
    assert (platform.of(ITEM, "s0"), platform.of(ITEM, "s1")) == (0.4, 0.5)
    give(course, first, 3, clock())
    settle(sender, clock, course)
    assert platform.of(ITEM, "s0") == 0.3
    assert all(row(course, user).sent_version == row(course, user).version for user in (first, second))
    assert row(course, first).problem == "" and row(course, first).tries == 0
    assert not platform.twice_at_once


def test_the_token_is_asked_for_anew_once(course, platform, sender, clock):
    give(course, course.students[0], 4, clock())
    sender.drain()
    platform.tokens.clear()
    give(course, course.students[0], 5, clock())
    sender.drain()
    assert platform.of(ITEM, "s0") == 0.5 and platform.tokens_given == 2


def test_until_retry_after_nothing_is_asked(course, platform, sender, clock):
    for user in course.students:
        give(course, user, 4, clock())
    platform.faults = [Fault(429, {"Retry-After": "120"})]
    platform.always = lambda *_: Fault(429, {"Retry-After": "120"})
    sender.drain()
    asked = len(platform.asked)
    assert asked <= MOST_AT_ONCE and "429" in row(course, course.students[0]).problem
    clock.forward(seconds=119)
    sender.drain()
    assert len(platform.asked) == asked
    platform.always = lambda *_: None
    clock.forward(seconds=2)
    sender.drain()
    assert {platform.of(ITEM, sub) for sub in STUDENTS} == {0.4}


def test_retry_after_is_no_longer_than_a_day(course, platform, sender, clock):
    give(course, course.students[0], 4, clock())
    platform.faults = [Fault(429, {"Retry-After": "999999999"})]
    sender.drain()
    clock.forward(hours=24, seconds=1)
    sender.drain()
    assert platform.of(ITEM, "s0") == 0.4


@pytest.mark.parametrize("status", [400, 403, 404, 410, 301])
def test_a_refusal_is_told_and_final_until_it_is_sent_again(status, course, platform, sender, clock):
    student = course.students[0]
    give(course, student, 4, clock())
    asked = 2 if status == 403 else 1  # Open edX's way to say that a token no longer holds, so a new one is tried
    platform.faults = [Fault(status, {"Location": "http://localhost/"})] * asked
    sender.drain()
    refused = row(course, student)
    assert refused.settled and refused.sent_version == 0 and str(status) in refused.problem
    assert "re-send" in refused.problem
    clock.forward(hours=5)
    sender.drain()
    assert platform.posts() == asked
    with course.database.writing() as session:
        scores.resend(session, session.get_one(Link, course.quiz), student, at=clock())
    sender.drain()
    assert platform.of(ITEM, "s0") == 0.4 and row(course, student).problem == ""


def test_what_a_killed_run_held_is_sent_at_once_when_all_its_leases_end(course, platform, sender, clock):
    give(course, course.students[0], 4, clock())
    with course.database.writing() as session:
        assert outbox.take(session, clock()) is not None
    sender.drain()
    assert platform.posts() == 0
    with course.database.writing() as session:
        outbox.end_leases(session)
    sender.drain()
    assert platform.of(ITEM, "s0") == 0.4


def test_a_refusal_of_what_has_changed_meanwhile_is_not_final(course, platform, sender, clock):
    student = course.students[0]
    give(course, student, 4, clock())
    platform.faults = [Fault(403, before=lambda: give(course, student, 5, clock()))]
    sender.drain()
    assert platform.of(ITEM, "s0") == 0.5


def test_grades_of_teachers_are_refused(course, platform, sender, clock):
    begin_quiz(course, course.instructor)
    give(course, course.instructor, 4, clock())
    give(course, course.students[0], 4, clock())
    sender.drain()
    assert "teachers" in row(course, course.instructor).problem and row(course, course.instructor).settled
    assert platform.of(ITEM, "s0") == 0.4


def test_409_for_ever_ends(course, platform, sender, clock):
    give(course, course.students[0], 4, clock())
    platform.always = lambda *_: Fault(409)
    sender.drain()
    assert row(course, course.students[0]).settled and "409" in row(course, course.students[0]).problem
    assert platform.posts() == 5


def test_a_platform_that_keeps_whole_seconds(course, platform, sender, clock):
    platform.resolution = lambda stamp: stamp.replace(microsecond=0)
    for score in (1, 2, 3, 4):
        give(course, course.students[0], score, clock())
        sender.drain()
        assert platform.of(ITEM, "s0") == score / MOST


def test_a_clock_that_goes_back(course, platform, sender, clock):
    for score in (1, 2, 3):
        give(course, course.students[0], score, clock())
        sender.drain()
        assert platform.of(ITEM, "s0") == score / MOST
        clock.forward(days=-1)
        with course.database.writing() as session:  # nothing but the stamp may remember the time before
            session.execute(Score.__table__.update().values(next_try_at=clock()))


def test_a_change_while_it_is_sent_is_sent_too(course, platform, sender, clock):
    student = course.students[0]
    give(course, student, 4, clock())
    platform.faults = [Fault(before=lambda: give(course, student, 6, clock()))]
    sender.drain()
    assert [body["scoreGiven"] for _, _, body in platform.accepted] == [4, 6]
    assert row(course, student).sent_version == row(course, student).version == 2


def test_a_change_while_it_is_restamped_is_what_is_sent(course, platform, sender, clock):
    student = course.students[0]
    give(course, student, 4, clock())
    platform.faults = [Fault(409, before=lambda: give(course, student, 6, clock()))]
    sender.drain()
    assert [body["scoreGiven"] for _, _, body in platform.accepted] == [6]
    assert row(course, student).settled


def test_an_override_that_is_taken_back_clears_the_grade(world, platform, clock):
    connect(world, platform)
    sender, (student, other, _) = returner(world, clock), world.students
    begin_quiz(world, other)  # the maximum is known by somebody else's
    give(world, student, 4, clock())
    sender.drain()
    assert platform.of(ITEM, "s0") == 0.4
    give(world, student, None, clock())
    sender.drain()
    assert (ITEM, "s0") in platform.scores and platform.of(ITEM, "s0") is None
    assert row(world, student).settled


def test_a_score_without_a_known_maximum_waits_for_it(world, platform, clock):
    connect(world, platform)
    sender, (student, other, _) = returner(world, clock), world.students
    give(world, student, 4, clock())
    sender.drain()
    assert not platform.asked and row(world, student).problem == outbox.UNKNOWN_MAX
    begin_quiz(world, other)
    settle(sender, clock, world)
    assert platform.of(ITEM, "s0") == 0.4


def test_an_hour_down(course, platform, sender, clock):
    platform.always = lambda *_: Fault(closed=True)
    began, step = clock.at, 0
    while clock.at - began < timedelta(hours=1):
        step += 1
        for number, user in enumerate(course.students):
            give(course, user, (step + number) % 10, clock())
        sender.drain()
        clock.forward(minutes=4)
    assert not platform.scores
    assert any("cannot be asked" in row(course, user).problem for user in course.students)
    assert len(platform.asked) < 200  # it is not asked at every change
    platform.always = lambda *_: None
    clock.forward(minutes=5)
    back = clock.at
    settle(sender, clock, course)
    assert clock.at - back < timedelta(minutes=6)
    for number in range(3):
        assert platform.of(ITEM, f"s{number}") == (step + number) % 10 / MOST
    assert len(platform.accepted) == 3


def test_one_at_a_time_while_it_fails(course, platform, sender, clock):
    platform.always = lambda *_: Fault(500)
    for user in course.students:
        give(course, user, 4, clock())
    sender.drain()
    clock.forward(minutes=10)
    asked = len(platform.asked)
    sender.drain()
    assert len(platform.asked) == asked + 1


def test_a_platform_that_is_down_or_slow_delays_no_other(course, platform, database, clock):
    with ags_platform() as other:
        theirs = people(database, "Other")
        connect(theirs, other)
        for user in theirs.students:
            begin_quiz(theirs, user)
        free = threading.Event()
        platform.always = lambda *_: Fault(500, before=lambda: free.wait(20))
        for user in course.students:
            give(course, user, 4)
        for user in theirs.students:
            give(theirs, user, 4)
        sender, stop = returner(course, now, threads=4), threading.Event()
        thread = threading.Thread(target=sender.run, args=(stop,))
        thread.start()
        try:
            began = time.monotonic()
            eventually(lambda: len(other.scores) == 3)
            assert time.monotonic() - began < 15 and not platform.scores
        finally:
            free.set()
            stop.set()
            thread.join()


def test_two_returners_never_send_one_score_at_once(course, platform, clock):
    platform.always = lambda *_: Fault(before=lambda: time.sleep(0.01))
    stop = threading.Event()
    senders = [threading.Thread(target=returner(course, now).run, args=(stop,)) for _ in range(2)]
    for sender in senders:
        sender.start()
    try:
        for step in range(30):
            give(course, course.students[step % 3], step % 10)
        eventually(lambda: all(row(course, user).settled for user in course.students))
    finally:
        stop.set()
        for sender in senders:
            sender.join()
    assert not platform.twice_at_once
    assert [platform.of(ITEM, f"s{i}") for i in range(3)] == [0.7, 0.8, 0.9]
    order = [body["timestamp"] for _, sub, body in platform.accepted if sub == "s0"]
    assert order == sorted(order)


def test_who_comes_late_changes_nothing(course, platform, clock):
    student = course.students[0]
    give(course, student, 4, clock())
    with course.database.writing() as session:
        late = outbox.take(session, clock())
        assert late is not None and outbox.take(session, clock()) is None
    clock.forward(minutes=6)
    with course.database.writing() as session:
        now_its = outbox.take(session, clock())
        assert now_its is not None and now_its.lease != late.lease
    with course.database.writing() as session:
        assert not outbox.sent(session, late, clock())
        assert not outbox.refused(session, late, "no")
        assert not outbox.postponed(session, late, "no", clock())
        assert outbox.restamped(session, late, clock(), timedelta(seconds=1)) is None
        assert outbox.sent(session, now_its, clock())


def test_a_mistake_of_ours_delays_and_loses_nothing(course, platform, sender, clock, monkeypatch):
    def broken(score):
        raise RuntimeError("a mistake")

    give(course, course.students[0], 4, clock())
    with monkeypatch.context() as patched:
        patched.setattr("convclass.web.ags.score_body", broken)
        sender.drain()
    assert "mistake of ours" in row(course, course.students[0]).problem
    settle(sender, clock, course)
    assert platform.of(ITEM, "s0") == 0.4


def test_a_platform_that_was_switched_off_is_not_asked(course, platform, sender, clock):
    give(course, course.students[0], 4, clock())
    with course.database.writing() as session:
        session.get_one(Platform, course.platform).active = False
    sender.drain()
    assert not platform.asked and not row(course, course.students[0]).settled


def test_a_link_without_grade_services_returns_nothing_until_it_has_them(course, platform, sender, clock):
    student = course.students[0]
    connect(course, platform, lineitem_url="")
    give(course, student, 4, clock())
    sender.drain()
    assert row(course, student).settled and row(course, student).problem == outbox.NO_SERVICE
    connect(course, platform)  # as the next launch does
    clock.forward(minutes=2)
    sender.drain()
    assert platform.of(ITEM, "s0") == 0.4


def programmatic(course, platform) -> None:
    connect(
        course,
        platform,
        lineitem_url="",
        lineitems_url=f"{platform.url}/items",
        scopes=[SCORE_SCOPE, LINE_ITEM_SCOPE],
        points=7.5,
    )


def test_a_line_item_is_made_where_none_was_told(course, platform, sender, clock):
    programmatic(course, platform)
    for user in course.students:
        give(course, user, 4, clock())
    settle(sender, clock, course)
    [item] = [item for item in platform.items.values() if item.get("resourceLinkId")]
    assert (item["scoreMaximum"], item["resourceLinkId"], item["tag"]) == (8, "quiz", "convclass")
    assert len(platform.scores) == 3 and {kept.given / kept.most for kept in platform.scores.values()} == {0.4}
    with course.database.reading() as session:
        assert session.get_one(Link, course.quiz).lineitem_url == item["id"]


@pytest.mark.parametrize("fault", [Fault(lost=True), Fault(500), Fault(half=True), Fault(closed=True)])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_one_line_item_is_made_whatever_fails(fault, at, course, platform, sender, clock):
    programmatic(course, platform)
    give(course, course.students[0], 4, clock())
    platform.faults = [*([None] * at), fault]
    settle(sender, clock, course)
    assert len(platform.items) == 2 and len(platform.scores) == 1


def test_two_returners_make_one_line_item(course, platform, clock):
    programmatic(course, platform)
    platform.always = lambda *_: Fault(before=lambda: time.sleep(0.05))
    for user in course.students:
        give(course, user, 4, clock())
    stop = threading.Event()
    senders = [threading.Thread(target=returner(course, now).run, args=(stop,)) for _ in range(2)]
    for sender in senders:
        sender.start()
    eventually(lambda: len(platform.scores) == 3)
    stop.set()
    for sender in senders:
        sender.join()
    assert len(platform.items) == 2


def test_a_line_item_that_is_gone_is_made_again(course, platform, sender, clock):
    programmatic(course, platform)
    give(course, course.students[0], 4, clock())
    settle(sender, clock, course)
    platform.items.clear()
    platform.scores.clear()
    give(course, course.students[0], 5, clock())
    settle(sender, clock, course)
    assert len(platform.items) == 1 and [kept.given for kept in platform.scores.values()] == [3.75]


def test_404_for_a_student_makes_no_line_item(course, platform, sender, clock):
    programmatic(course, platform)
    give(course, course.students[0], 4, clock())
    settle(sender, clock, course)
    with course.database.writing() as session:
        session.get_one(User, course.students[1]).sub = "unknown"
    give(course, course.students[1], 4, clock())
    settle(sender, clock, course)
    assert len(platform.items) == 2 and row(course, course.students[1]).settled
    assert "404" in row(course, course.students[1]).problem


def test_a_platform_that_lets_no_column_be_made(course, platform, sender, clock):
    programmatic(course, platform)
    platform.always = lambda method, target: Fault(403)
    give(course, course.students[0], 4, clock())
    sender.drain()
    assert row(course, course.students[0]).settled and "No gradebook column" in row(course, course.students[0]).problem
    platform.always = lambda method, target: None
    give(course, course.students[0], 5, clock())
    sender.drain()
    assert len(platform.scores) == 1


def test_what_the_platform_says_is_told_in_short(course, platform, sender, clock):
    give(course, course.students[0], 4, clock())
    platform.faults = [Fault(400)]
    sender.drain()
    problem = row(course, course.students[0]).problem
    assert problem.startswith("The platform answered 400 (Bad Request): null.")
