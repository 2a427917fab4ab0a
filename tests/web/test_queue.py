"""The queue: everybody's turn comes, no attempt is graded by two or lost, and who comes late stores nothing."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from web.grading import attempt_of, handed_in, result

from convclass.gradebook.codec import from_json
from convclass.web import queue
from convclass.web.database import Database
from convclass.web.models import Attempt, State, now


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    yield database
    database.close()


def take(world, at=None, **more):
    with world.database.writing() as session:
        return queue.take(session, at, **more)


def finish(world, attempt, score=7.0, complete=True, at=None):
    with world.database.writing() as session:
        return queue.finish(session, attempt.id, attempt.lease, result(score, complete), at)


def position(world, attempt):
    with world.database.reading() as session:
        return queue.position(session, session.get_one(Attempt, attempt.id))


def test_what_is_handed_in_is_kept_and_counted(world):
    first, second = handed_in(world, world.students[0], b"one"), handed_in(world, world.students[0], b"two")
    other = handed_in(world, world.students[1])
    assert [one.number for one in (first, second, other)] == [1, 2, 1]
    kept = attempt_of(world, first.id)
    assert (kept.content, kept.state, kept.filename) == (b"one", State.WAITING, "scaling.py")
    assert kept.sha256 == "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.py", "passwd.py"),
        ("C:\\work\\scaling.py", "scaling.py"),
        ("..", "submission"),
        ("", "submission"),
        ("/", "submission"),
        ("a\x00b\x1b[31m.py", "a\u2400b.py"),
        ("a\nb.py", "a b.py"),
        ("\ud800.py", "\ufffd.py"),
    ],
)
def test_a_hostile_name_is_made_safe(world, given, kept):
    assert attempt_of(world, handed_in(world, world.students[0], name=given).id).filename == kept


@pytest.mark.parametrize("name", ["x" * 5000 + ".py", "é" * 3000 + ".ipynb", "a." + "b" * 4000, "\U0001f600" * 90])
def test_a_long_name_fits_every_disk(world, name):
    kept = attempt_of(world, handed_in(world, world.students[0], name=name).id).filename
    assert len(kept.encode()) <= 255 and kept.endswith((".py", ".ipynb")) == name.endswith((".py", ".ipynb"))


def test_first_come_first_served_and_the_places_count_down(world):
    attempts = [handed_in(world, user) for user in world.students]
    assert [position(world, one) for one in attempts] == [0, 1, 2]
    assert take(world).id == attempts[0].id
    assert [position(world, one) for one in attempts] == [0, 1, 2]  # the first is under way and still before them
    assert finish(world, attempt_now(world, attempts[0]))
    assert [position(world, one) for one in attempts] == [0, 0, 1]
    assert [take(world).id, take(world).id, take(world)] == [attempts[1].id, attempts[2].id, None]


def attempt_now(world, attempt):
    return attempt_of(world, attempt.id)


def test_many_attempts_of_one_student_let_others_pass(world):
    many = [handed_in(world, world.students[0]) for _ in range(5)]
    other = handed_in(world, world.students[1])
    order = [take(world).id for _ in range(6)]
    assert order == [many[0].id, other.id, *(one.id for one in many[1:])]


def test_what_waits_long_is_not_passed_for_ever(world):
    many = [handed_in(world, world.students[0]) for _ in range(3)]
    with world.database.writing() as session:
        for one in session.query(Attempt):
            one.queued_at -= timedelta(minutes=5)
    handed_in(world, world.students[1])
    assert [take(world).id for _ in range(3)] == [one.id for one in many]


def test_a_lease_that_ended_is_taken_again_and_the_first_comes_late(world):
    attempt = handed_in(world, world.students[0])
    first, at = take(world), now()
    assert take(world, at + queue.LEASE - timedelta(seconds=5)) is None
    second = take(world, at + queue.LEASE + timedelta(seconds=5))
    assert second.id == attempt.id and second.lease != first.lease and second.tries == 2
    assert not finish(world, first, 1.0)
    with world.database.writing() as session:
        assert not queue.renew(session, first.id, first.lease, now())
        assert not queue.give_up(session, first.id, first.lease)
        assert not queue.hand_back(session, first.id, first.lease)
    assert finish(world, second, 7.0)
    assert not finish(world, second, 1.0)
    kept = attempt_of(world, attempt.id)
    assert kept.state is State.GRADED and from_json(kept.result).score == 7.0


def test_what_a_killed_run_held_is_taken_at_once_when_all_its_leases_end(world):
    handed_in(world, world.students[0])
    first = take(world)
    assert take(world) is None
    with world.database.writing() as session:
        queue.end_leases(session)
    again = take(world)
    assert again.id == first.id and again.lease != first.lease
    assert not finish(world, first) and finish(world, again)


def test_a_renewed_lease_holds(world):
    handed_in(world, world.students[0])
    held, later = take(world), now() + timedelta(hours=1)
    with world.database.writing() as session:
        assert queue.renew(session, held.id, held.lease, later)
    assert take(world, later - timedelta(seconds=1)) is None
    assert take(world, later) is not None


def test_an_incomplete_result_counts_and_is_graded_again(world):
    handed_in(world, world.students[0])
    at = now()
    held = take(world, at)
    assert finish(world, held, 8.0, complete=False, at=at)
    kept = attempt_of(world, held.id)
    assert kept.state is State.GRADED and kept.again_at == at + timedelta(seconds=30)
    assert take(world, at + timedelta(seconds=29)) is None
    again = take(world, at + timedelta(seconds=31))
    assert again.id == held.id and again.result  # what it had counts until there is more
    assert finish(world, again, 8.0, complete=False, at=at)
    assert attempt_of(world, held.id).again_at == at + timedelta(seconds=60)
    assert finish(world, take(world, at + timedelta(hours=1)), 8.0)
    assert take(world, at + timedelta(days=9)) is None


def test_a_fault_is_tried_again_ever_more_seldom(world):
    handed_in(world, world.students[0])
    at, waits = now(), []
    for _ in range(10):
        held = take(world, at)
        with world.database.writing() as session:
            assert queue.give_up(session, held.id, held.lease, at)
        failed = attempt_of(world, held.id)
        assert failed.state is State.FAILED
        waits.append((failed.again_at - at).total_seconds())
        assert take(world, failed.again_at - timedelta(seconds=1)) is None
        at = failed.again_at
    assert waits[:4] == [30, 60, 120, 240] and waits[-1] == 3600
    assert take(world, at) is not None


def test_handed_back_it_waits_at_its_place(world):
    first, second = handed_in(world, world.students[0]), handed_in(world, world.students[1])
    held = take(world)
    with world.database.writing() as session:
        assert queue.hand_back(session, held.id, held.lease)
    assert [take(world).id, take(world).id] == [first.id, second.id]
    assert attempt_of(world, first.id).tries == 1


def test_graded_again_on_request(world):
    attempts = [handed_in(world, user) for user in world.students[:2]]
    for _ in attempts:
        finish(world, take(world))
    with world.database.writing() as session:
        queue.regrade(session, [session.get_one(Attempt, one.id) for one in attempts])
    assert attempt_of(world, attempts[0].id).result
    fresh = handed_in(world, world.students[2])
    assert [take(world).id for _ in range(3)] == [fresh.id, *(one.id for one in attempts)]


def test_who_grades_when_it_is_asked_for_again_began_too_early(world):
    attempt = handed_in(world, world.students[0])
    held = take(world)
    with world.database.writing() as session:
        queue.regrade(session, [session.get_one(Attempt, attempt.id)])
    assert not finish(world, held)
    assert take(world).id == attempt.id


def test_what_waits_keeps_its_place_when_it_is_asked_for_again(world):
    first, second = handed_in(world, world.students[0]), handed_in(world, world.students[1])
    with world.database.writing() as session:
        queue.regrade(session, [session.get_one(Attempt, first.id)])
    assert [take(world).id, take(world).id] == [first.id, second.id]


def test_many_graders_take_each_attempt_once(world):
    for number in range(24):
        handed_in(world, world.students[number % 3])
    taken, lock = [], threading.Lock()

    def work():
        while (attempt := take(world)) is not None:
            with lock:
                taken.append(attempt.id)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with world.database.reading() as session:
        left = session.query(Attempt).where(Attempt.state != State.GRADING).count()
    assert (len(taken), len(set(taken)), left) == (24, 24, 0)


def test_many_at_once_hand_in_under_numbers_of_their_own(world):
    threads = [threading.Thread(target=handed_in, args=(world, world.students[0])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with world.database.reading() as session:
        assert sorted(one.number for one in session.query(Attempt)) == list(range(1, 9))
