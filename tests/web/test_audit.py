"""The log of changes: it can only be added to, whatever is done to it is found, and two at once make no fork."""

from __future__ import annotations

import tempfile
import threading
import time
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from web import postgres
from web.conftest import people

from convclass.web import audit
from convclass.web.database import Database
from convclass.web.models import AuditEntry, Role, now
from convclass.web.visit import open_visit


@pytest.fixture(scope="module")
def postgres_url():
    if not postgres.AVAILABLE:
        pytest.skip("there is no PostgreSQL on this machine")
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        with postgres.server(Path(folder) / "server") as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def log(request, tmp_path):
    """A database with a class, and somebody's visit."""
    if request.param == "sqlite":
        database = Database(str(tmp_path / "tool.db"))
    else:
        database = Database(request.getfixturevalue("postgres_url"))
    world = people(database)
    with database.writing() as session:
        opened = open_visit(
            session, user_id=world.instructor, context_id=world.context, link_id=world.assignment, role=Role.INSTRUCTOR
        )
    yield database, world, opened.visit
    if request.param == "postgresql":
        with database.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    database.close()


def wrote(log, count=3, **details):
    database, world, visit = log
    for number in range(count):
        with database.writing() as session:
            audit.record(session, visit, "override", link_id=world.assignment, number=number, **details)


def found_broken(database):
    with database.reading() as session:
        return list(audit.broken(session))


CHANGES = (
    "UPDATE audit_log SET action = 'nothing' WHERE id = 2",
    "DELETE FROM audit_log WHERE id = 2",
    "DELETE FROM audit_log",
)


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_changed_or_removed(log, change):
    wrote(log)
    database = log[0]
    with pytest.raises(DatabaseError, match="append-only"), database.writing() as session:
        session.execute(text(change))
    with database.reading() as session:
        assert session.scalar(select(func.count(AuditEntry.id))) == 3
    assert found_broken(database) == []


def test_the_ways_around_it(log):
    wrote(log)
    database = log[0]
    statement = (
        "TRUNCATE audit_log"
        if database.engine.dialect.name == "postgresql"
        else (
            "INSERT OR REPLACE INTO audit_log SELECT id, at, context_id, by_user_id, 'nothing', link_id, user_id, "
            "details, previous_hash, hash FROM audit_log WHERE id = 2"
        )
    )
    with pytest.raises(DatabaseError, match="append-only"), database.writing() as session:
        session.execute(text(statement))
    with database.reading() as session:
        assert session.scalars(select(AuditEntry.action)).all() == ["override"] * 3


def without_triggers(database):
    if database.engine.dialect.name == "postgresql":
        return ["ALTER TABLE audit_log DISABLE TRIGGER USER"]
    return [f"DROP TRIGGER audit_log_no_{what}" for what in ("update", "delete")]


@pytest.mark.parametrize(
    ("change", "ids"),
    [
        ("UPDATE audit_log SET action = 'nothing' WHERE id = 2", [2]),
        ("UPDATE audit_log SET by_user_id = 1 WHERE id = 1", [1]),
        ("UPDATE audit_log SET at = '2020-01-01 00:00:00.000000' WHERE id = 3", [3]),
        ("UPDATE audit_log SET details = '{\"number\": 9}' WHERE id = 2", [2]),
        ("DELETE FROM audit_log WHERE id = 2", [3]),
    ],
)
def test_whoever_gets_past_the_triggers_is_found(log, change, ids):
    wrote(log)
    database = log[0]
    with database.writing() as session:
        for statement in (*without_triggers(database), change):
            session.execute(text(statement))
    assert found_broken(database) == ids


def test_what_was_written_is_read_the_same(log):
    details = {"third": 1 / 3, "whole": 7.0, "number_of": 7, "none": None, "text": "Ä\u0000\ud800'\"", "tiny": 5e-324}
    wrote(log, 1, **details, pair=(1, 2), by_number={10: "a", 9: "b"})
    database = log[0]
    assert found_broken(database) == []
    with database.reading() as session:
        read = session.scalars(select(AuditEntry)).one().details
    assert read == details | {"number": 0, "pair": [1, 2], "by_number": {"10": "a", "9": "b"}}


@pytest.mark.parametrize("wrong", [now(), Decimal(1), float("nan"), float("inf"), b"bytes", {1, 2}])
def test_what_does_not_come_back_the_same_is_refused(log, wrong):
    database, _, visit = log
    with pytest.raises((TypeError, ValueError)), database.writing() as session:
        audit.record(session, visit, "override", wrong=wrong)


def test_two_at_once_make_no_fork(log):
    """All threads begin their transactions before any of them writes."""
    database, _, visit = log
    writers = 6
    ready = threading.Barrier(writers)
    failed = []

    def write(number):
        try:
            ready.wait()
            for turn in range(5):
                with database.writing() as session:
                    audit.record(session, visit, "override", number=number, turn=turn)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with database.reading() as session:
        assert session.scalar(select(func.count(AuditEntry.id))) == 5 * writers
    assert found_broken(database) == []


def test_a_fork_is_refused_by_the_database_itself(log):
    database, _, visit = log
    wrote(log, 1)
    with pytest.raises(DatabaseError, match="previous_hash|append-only"), database.writing() as session:
        who = {"context_id": visit.context_id, "by_user_id": visit.user_id}
        session.add(AuditEntry(at=now(), action="fork", details={}, previous_hash="", hash="0" * 64, **who))


@pytest.mark.parametrize("locked", [True, False])
def test_who_comes_second_waits_for_the_first(log, monkeypatch, locked):
    """On PostgreSQL the lock is what lets the second one pass; without it, its entry is refused."""
    database, _, visit = log
    if database.engine.dialect.name != "postgresql":
        pytest.skip("SQLite locks when a transaction begins")
    if not locked:
        monkeypatch.setattr(audit, "_ALONE", text("SELECT 1"))
    outcome = []

    def second():
        try:
            with database.writing() as session:
                audit.record(session, visit, "second")
            outcome.append("written")
        except DatabaseError:
            outcome.append("refused")

    thread = threading.Thread(target=second)
    with database.writing() as session:
        audit.record(session, visit, "first")
        thread.start()
        _wait_until_somebody_waits(database)
    thread.join()
    assert outcome == ["written" if locked else "refused"]
    assert found_broken(database) == []


def _wait_until_somebody_waits(database):
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    for _ in range(200):
        with database.reading() as session:
            if session.scalar(waiting):
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")
