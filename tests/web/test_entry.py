"""Visits: who has no cookie, another's cookie, an old one; the ticket; what every answer carries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update
from web.conftest import URL

from convclass.web.models import Role, Visit, now
from convclass.web.visit import open_visit


def test_a_visit_needs_its_cookie(app, sign_in, world):
    mine = sign_in(world.students[0], world.assignment)
    assert mine.get("").status_code == 302
    assert app.test_client().get(f"/v/{mine.public_id}/", base_url=URL).status_code == 401
    other = sign_in(world.students[1], world.assignment)
    other.public_id = mine.public_id
    assert other.get("").status_code == 401


def test_a_visit_ends(sign_in, world):
    mine = sign_in(world.students[0], world.assignment)
    with world.database.writing() as session:
        session.execute(update(Visit).values(expires_at=now() - timedelta(seconds=1)))
    assert mine.get("").status_code == 401


@pytest.mark.parametrize("wrong", ["", "guess"])
def test_a_ticket_opens_a_window_once(app, world, wrong):
    with world.database.writing() as session:
        opened = open_visit(
            session, user_id=world.students[0], context_id=world.context, link_id=world.assignment, role=Role.STUDENT
        )
        base = f"/v/{opened.visit.public_id}/"
    browser = app.test_client()
    page = browser.get(f"{base}?ticket={opened.ticket}", base_url=URL)
    assert page.status_code == 200 and b"window" in page.data
    assert browser.get(f"{base}window?ticket={wrong}", base_url=URL).status_code == 401
    answer = browser.get(f"{base}window?ticket={opened.ticket}", base_url=URL)
    assert answer.status_code == 302
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-convclass-")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"))
    assert browser.get(base, base_url=URL).status_code == 302
    assert app.test_client().get(f"{base}window?ticket={opened.ticket}", base_url=URL).status_code == 401


def test_headers(app, sign_in, world):
    mine = sign_in(world.students[0], world.assignment)
    inside, outside = mine.get(""), app.test_client().get("/v/none/", base_url=URL)
    assert "frame-ancestors 'self' https://lms.test" in inside.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in outside.headers["Content-Security-Policy"]
    for answer in (inside, outside):
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
