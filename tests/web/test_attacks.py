"""Attacks on the tool that the security review tried and that once worked; SECURITY.md lists them with the others."""

from __future__ import annotations

import io
import logging
import os
import socket
import sqlite3
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from web.conftest import URL, people
from web.fake_platform import Answer, serving
from web.lms import DEEP, INSTRUCTOR, LEARNER, post, running

from convclass.web import outbound, platform_keys, registration, services
from convclass.web.database import Database
from convclass.web.models import Login, Platform, Role, Visit, now
from convclass.web.outbound import UnreachableError, fetch
from convclass.web.services import Services, ServiceUnavailable
from convclass.web.visit import TICKET_LASTS, open_visit


@pytest.fixture
def lms(database):
    with running(database) as lms:
        yield lms


@pytest.fixture
def opened(world):
    with world.database.writing() as session:
        return open_visit(
            session, user_id=world.students[0], context_id=world.context, link_id=world.assignment, role=Role.STUDENT
        )


# Visits and tickets


def window(browser, opened, **headers) -> int:
    path = f"/v/{opened.visit.public_id}/window?ticket={opened.ticket}"
    return browser.get(path, base_url=URL, headers=headers).status_code


def test_a_ticket_is_spent_where_the_cookie_is_kept(app, lms):
    """It stays in the history of the browser and in the logs of proxies."""
    browser = app.test_client()
    entered = lms.launch(browser).location
    assert browser.get(entered, base_url=URL).status_code == 302
    assert app.test_client().get(entered.replace("/?", "/window?"), base_url=URL).status_code == 401


def test_a_ticket_ends(app, world, opened):
    with world.database.writing() as session:
        session.execute(update(Visit).values(created_at=now() - TICKET_LASTS))
    assert window(app.test_client(), opened) == 401


@pytest.mark.parametrize("site", ["none", "cross-site", "same-site"])
def test_nobodys_ticket_comes_from_elsewhere(app, opened, site):
    """Whoever sends their own ticket to somebody else would have them work under the sender's name."""
    assert window(app.test_client(), opened, **{"Sec-Fetch-Site": site}) == 401
    assert window(app.test_client(), opened, **{"Sec-Fetch-Site": "same-origin"}) == 302


def test_visits_end_with_their_platform(sign_in, world):
    mine = sign_in(world.students[0], world.assignment)
    assert mine.get("assignment/").status_code == 200
    with world.database.writing() as session:
        session.execute(update(Platform).values(active=False))
    assert mine.get("assignment/").status_code == mine.get("").status_code == 401


def test_old_visits_are_forgotten(sign_in, world):
    for days in (1, 3):
        mine = sign_in(world.students[0], world.assignment)
        with world.database.writing() as session:
            ended = update(Visit).where(Visit.public_id == mine.public_id)
            session.execute(ended.values(expires_at=now() - timedelta(days=days)))
    sign_in(world.students[1], world.assignment)
    with world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Visit)) == 2


# Requests


class Slow(io.BytesIO):
    """A body, and whether the database could be written while it arrived."""

    def __init__(self, body: bytes, database: str) -> None:
        super().__init__(body)
        self.database, self.free = database, set()

    def readinto(self, buffer) -> int:
        connection = sqlite3.connect(self.database, timeout=0, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            self.free.add(True)
        except sqlite3.OperationalError:
            self.free.add(False)
        finally:
            connection.close()
        return super().readinto(buffer)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/x"])
def test_a_slow_sender_does_not_hold_the_database(sign_in, world, settings, kind):
    mine = sign_in(world.students[0], world.assignment)
    body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n' if "x;" in kind else b"a=b"
    slow = Slow(body, settings.database)
    answer = mine.client.post(
        f"/v/{mine.public_id}/assignment/",
        base_url=URL,
        input_stream=slow,
        content_length=len(body),
        content_type=kind,
        headers={"X-CSRF-Token": mine.csrf},
    )
    assert answer.status_code == 400 and slow.free == {True}


def test_tokens_of_strange_letters_are_refused(sign_in, world):
    mine = sign_in(world.students[0], world.assignment)
    assert mine.post("assignment/", {"csrf": "\u00fc"}).status_code == 403
    assert mine.post("assignment/", {"csrf": b"\xff\x00"}).status_code == 403


def test_links_do_not_follow_the_host_header(app, lms, sign_in, world):
    browser = app.test_client()
    entered = lms.launch(browser).location
    assert entered.startswith("/v/")
    strange = browser.get("/lti/login", base_url="https://evil.test", query_string={"iss": lms.issuer})
    begun = lms.login(app.test_client(), method="POST")
    assert "evil.test" not in strange.text and "redirect_uri=https%3A%2F%2Ftool.test%2Flti%2Flaunch" in begun.location
    asked = {"iss": lms.issuer, "client_id": lms.client_id, "login_hint": "h", "target_link_uri": f"{URL}/"}
    begun = app.test_client().get("/lti/login", base_url="https://evil.test", query_string=asked)
    assert "redirect_uri=https%3A%2F%2Ftool.test%2Flti%2Flaunch" in begun.location and "evil" not in begun.location


def test_a_login_brings_little(app, lms, database):
    assert lms.login(app.test_client(), method="POST", lti_message_hint="h" * 8000).status_code == 302
    assert lms.login(app.test_client(), method="POST", lti_message_hint="h" * 8001).status_code == 400
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Login)) == 1


def test_the_log_has_no_line_and_no_secret_of_strangers(app, database, caplog):
    with database.writing() as session:
        token = registration.make_link(session)
    with caplog.at_level(logging.WARNING), serving() as nothing:
        asked = {"openid_configuration": f"{nothing.url}/none\nwrong"}
        for path in ("/lti/register/a%0aFORGED", f"/lti/register/{token}"):
            app.test_client().get(path, base_url=URL, query_string=asked)
    lines = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert len(lines) == 2
    assert not any("\n" in line or "FORGED" in line or token in line for line in lines)


def test_the_database_is_for_its_owner(tmp_path):
    before = os.umask(0o022)
    try:
        modes = _modes(tmp_path)
    finally:
        os.umask(before)
    assert len(modes) > 2 and set(modes.values()) == {0o600}, modes


def _modes(tmp_path: Path) -> dict[str, int]:
    """Of a database that was there before, with too open a mode, of a new one, and of what SQLite puts beside them."""
    (tmp_path / "old.db").touch(0o644)
    found = {}
    for name in ("old.db", "new.db"):
        database = Database(str(tmp_path / name))
        with database.writing() as session:
            session.execute(update(Platform).values(active=False))
        found |= {one.name: one.stat().st_mode & 0o777 for one in tmp_path.glob(f"{name}*")}
        database.close()
    return found


# Platforms


def test_no_platform_takes_anothers_client_id(app, world):
    """The tool would sign for it what another platform takes as the tool's own, or bring it that one's tokens."""
    with world.database.writing() as session:
        token = registration.make_link(session, private=True)
        victim = session.get_one(Platform, world.platform)
    answers = []
    with serving() as evil:
        urls = {name: f"{evil.url}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        told = urls | {"issuer": evil.url, "registration_endpoint": f"{evil.url}/register"}
        evil.answers["/openid"] = lambda _: Answer(told | {"authorization_server": victim.token_url})
        for client in (victim.client_id, "another"):
            evil.answers["/register"] = lambda _, client=client: Answer({"client_id": client}, 201)
            asked = {"openid_configuration": f"{evil.url}/openid"}
            answers.append(app.test_client().get(f"/lti/register/{token}", query_string=asked, base_url=URL))
    assert [answer.status_code for answer in answers] == [409, 200]
    assert "same client id" in answers[0].text


def test_a_head_that_drips(monkeypatch):
    """The socket's own deadline begins anew at every byte."""
    monkeypatch.setattr(outbound, "WHOLE_SECONDS", 0.3)
    server, stop = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def drip() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not stop.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    url = f"http://127.0.0.1:{server.getsockname()[1]}/"
    ended = threading.Timer(5, stop.set)  # so that without a deadline the test fails, and ends
    ended.start()
    try:
        began = time.monotonic()
        with pytest.raises(UnreachableError):
            fetch("GET", url, vouched=[url])
        assert time.monotonic() - began < 4
    finally:
        ended.cancel()
        stop.set()
        thread.join()
        server.close()


@pytest.mark.parametrize(("limit", "most"), [("_MOST_BYTES", 100), ("_MOST_SECONDS", 0.2), ("_MOST_PAGES", 5)])
def test_a_list_without_end(database, settings, monkeypatch, limit, most):
    monkeypatch.setattr(services, limit, most)
    with running(database) as lms:
        numbers = iter(range(1000))

        def page(_asked) -> Answer:
            time.sleep(0.02)
            return Answer(["x" * 20], headers={"Link": f'<{lms.fake.url}/items?{next(numbers)}>; rel="next"'})

        lms.fake.answers["/items"] = page
        with pytest.raises(ServiceUnavailable, match="no end"):
            list(Services(database, settings).pages(lms.id, f"{lms.fake.url}/items", ["s"], accept="a/b"))
        assert next(numbers) < 50


def test_slow_keys_hold_one_thread_only(app, lms, monkeypatch):
    monkeypatch.setattr(platform_keys, "WAIT_SECONDS", 0.1)
    go_on, known = threading.Event(), lms.fake.answers["/jwks"]
    lms.fake.answers["/jwks"] = lambda asked: known(asked) if go_on.wait(10) else Answer(status=500)
    first = threading.Thread(target=lambda: lms.launch(app.test_client()))
    first.start()
    while not lms.fake.count("/jwks"):
        time.sleep(0.01)
    answer = lms.launch(app.test_client())
    go_on.set()
    first.join()
    assert answer.status_code == 503 and "slow to answer" in answer.text
    assert lms.launch(app.test_client()).status_code == 303


def test_a_link_request_is_no_picking_and_the_reverse(app, lms, database):
    """What a token is follows from its message_type alone, whatever other claims it has."""
    deep = {"deep_link_return_url": f"{lms.issuer}/deep", "accept_types": ["ltiResourceLink"]}
    assert lms.launch(app.test_client(), **{DEEP: deep, "_roles": INSTRUCTOR}).status_code == 303
    with database.reading() as session:
        assert session.scalars(select(Visit)).one().picking == {}
    asked = {DEEP: deep, "_message_type": "LtiDeepLinkingRequest"}
    assert lms.launch(app.test_client(), **asked, _roles=LEARNER).status_code == 403
    assert lms.launch(app.test_client(), **asked, _roles=INSTRUCTOR).status_code == 303
    with database.reading() as session:
        visit = session.scalars(select(Visit).order_by(Visit.id.desc())).first()
        assert visit.link_id is None and "deep_linking" in visit.picking


def test_what_is_hosted_elsewhere_may_not_show_it(app, world, sign_in):
    """Each platform's pages may stand in its own iframes, not in those of another tenant."""
    there = people(world.database, "Other")
    mine = sign_in(world.students[0], world.assignment).get("assignment/")
    other = sign_in(there.students[0], there.assignment, world=there).get("assignment/")
    assert "https://lms.test" in mine.headers["Content-Security-Policy"]
    assert "https://other.test" not in mine.headers["Content-Security-Policy"]
    assert "https://other.test" in other.headers["Content-Security-Policy"]
    assert post(app.test_client(), "none", "none").headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
