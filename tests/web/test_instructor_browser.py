"""The scripts of the instructor's pages, in a browser: find, show some, sort, and times of one's own zone."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from report.conftest import mistaken, perfect
from web.test_instructor import hand_in, rename, rows, set_link
from werkzeug.serving import make_server

from convclass.web.app import create_app
from convclass.web.models import Link, Role
from convclass.web.visit import cookie_name, open_visit

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
def page(settings, database, world):
    """The class page in a browser in Berlin, and what its console said."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    sync_api = pytest.importorskip("playwright.sync_api")
    server = make_server("127.0.0.1", 0, create_app(replace(settings, url="http://127.0.0.1"), database), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with world.database.writing() as session:
        who = {"user_id": world.instructor, "context_id": world.context, "link_id": world.assignment}
        opened = open_visit(session, role=Role.INSTRUCTOR, **who)
    cookie = {"name": cookie_name(opened.visit.public_id, False), "value": opened.secret}
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(timezone_id="Europe/Berlin", locale="en-GB")
        context.add_cookies([cookie | {"domain": "127.0.0.1", "path": "/"}])
        page = context.new_page()
        page.said = []
        page.on(
            "console", lambda message: page.said.append(message.text) if "favicon" not in str(message.location) else 0
        )
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.base = f"http://127.0.0.1:{server.port}/v/{opened.visit.public_id}/class/"
        yield page
        browser.close()
    server.shutdown()


def names(page):
    return page.locator("#class-table tbody tr:visible th").all_inner_texts()


def test_find_show_and_sort(page, world):
    for student, name in zip(world.students, ("Zoë", "Ámbar", "Mia"), strict=True):
        rename(world, student, name)
    hand_in(world, world.students[0], mistaken())
    hand_in(world, world.students[1], perfect())
    page.goto(page.base)
    assert names(page) == ["Mia", "Zoë", "Ámbar"]
    page.get_by_role("button", name="Student").click()
    assert names(page) == ["Ámbar", "Mia", "Zoë"]
    page.get_by_role("button", name="Points").click()
    assert names(page) == ["Mia", "Zoë", "Ámbar"]
    page.get_by_role("button", name="Points").click()
    assert names(page) == ["Ámbar", "Zoë", "Mia"]
    page.select_option("#only", "none")
    assert names(page) == ["Mia"] and page.inner_text("#found") == "1 of 3"
    page.select_option("#only", "")
    page.fill("#find", "zo s0@")
    assert names(page) == ["Zoë"]
    assert page.said == []


def test_times_are_those_of_the_browser(page, world):
    set_link(world, due_at=datetime(2027, 7, 1, 10, 0, tzinfo=UTC))
    page.goto(f"{page.base}settings")
    assert page.input_value("#due") == "2027-07-01T12:00" and "Europe/Berlin" in page.inner_text("label[for=due]")
    page.get_by_role("button", name="Save").click()
    assert rows(world, Link, id=world.assignment)[0].due_at == datetime(2027, 7, 1, 10, 0, tzinfo=UTC)
    page.fill("#due", "2027-12-24T18:00")
    page.fill("#attempts", "3")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("status").wait_for()
    assert rows(world, Link, id=world.assignment)[0].due_at == datetime(2027, 12, 24, 17, 0, tzinfo=UTC)
    assert page.said == []
