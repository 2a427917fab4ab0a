"""The student's pages in a real browser: handing in, progress, time zones, without a script, for everybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import update
from web.browsing import faults, served, window
from web.test_student import MINE, change, graded, judged, settings, stored, whole_course  # noqa: F401 - fixtures

from convclass.exam.verdict import Verdict
from convclass.web.models import Attempt, State, now


@pytest.fixture
def address(settings, world):  # noqa: F811
    with served(settings, world) as address:
        yield address


def choose(page, name: str = "scaling.py", content: bytes = MINE) -> None:
    page.set_input_files("#file", {"name": name, "mimeType": "text/plain", "buffer": content})


def test_from_the_upload_to_the_feedback_without_loading_the_page(address, world):
    change(world, due_at=datetime(2031, 7, 1, 10, 0, tzinfo=UTC))
    troubles: list[str] = []
    with window(address, world, world.assignment, timezone_id="America/New_York", locale="en-US") as (page, base):
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.goto(f"{base}/assignment/")
        expect(page.locator("time[data-local]").first).to_have_text("Tue, Jul 1, 2031, 06:00 AM EDT")
        choose(page, "scaling.txt")
        expect(page.locator("#file-said")).to_contain_text("Only .py and .ipynb")
        page.click("text=Hand in >> nth=1")
        assert stored(world) == []
        choose(page)
        page.dblclick("button.main")
        expect(page.locator("[data-words]")).to_contain_text("before yours")
        assert len(stored(world)) == 1
        with world.database.writing() as session:
            session.execute(update(Attempt).values(state=State.GRADING))
        expect(page.locator("[data-words]")).to_have_text("Your file is being graded.")
        expect(page.locator("[data-step=grading]")).to_have_attribute("aria-current", "step")
        graded(world, 1, judged("scale", 4))
        expect(page.locator(".score")).to_contain_text("4 of 4 points")
        assert troubles == []


def test_progress_survives_a_lost_connection(address, world):
    with window(address, world, world.assignment) as (page, base):
        page.goto(f"{base}/assignment/")
        choose(page)
        page.click("button.main")
        page.route("**/progress", lambda route: route.abort())
        expect(page.locator("[data-words]")).to_contain_text("No connection")
        page.unroute("**/progress")
        graded(world, 1, judged("scale", 4))
        expect(page.locator(".score")).to_contain_text("4 of 4 points", timeout=20_000)


def test_a_file_can_be_dropped(address, world):
    drop = """([names]) => { const data = new DataTransfer();
      for (const name of names) data.items.add(new File(['x = 1'], name));
      document.querySelector('[data-drop]').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })) }"""  # noqa: E501
    with window(address, world, world.assignment) as (page, base):
        page.goto(f"{base}/assignment/")
        page.evaluate(drop, [["scaling.py", "other.py"]])
        expect(page.locator("#file-said")).to_contain_text("several files")
        page.evaluate(drop, [["scaling.py"]])
        assert page.evaluate("document.activeElement.textContent") == "Hand in"
        page.keyboard.press("Enter")
        page.wait_for_selector("text=before yours")
        assert stored(world)[0].content == b"x = 1"


def test_without_javascript(address, world):
    with window(address, world, world.assignment, java_script_enabled=False) as (page, base):
        page.goto(f"{base}/assignment/")
        choose(page)
        page.click("button.main")
        page.wait_for_selector("text=before yours")
        graded(world, 1, judged("scale", 4))
        page.wait_for_selector("text=4 of 4 points", timeout=15_000)  # the page looks again by itself


@pytest.mark.parametrize("width", [360, 800])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(address, world, width, scheme):
    change(world, due_at=now() + timedelta(days=1), attempts_allowed=5)
    look = {"viewport": {"width": width, "height": 600}, "color_scheme": scheme}
    with window(address, world, world.assignment, **look) as (page, base):
        found = {}
        page.goto(f"{base}/assignment/")
        choose(page, "other.py")
        page.click("button.main")
        found["sure"] = faults(page)
        page.click("text=Hand it in all the same")
        page.wait_for_selector("text=before yours")
        found["waiting"] = faults(page)
        graded(world, 1, judged("scale", 1), judged("shift", 0, 3, Verdict.INTERNAL))
        page.wait_for_selector("text=1 of 7 points")
        found["feedback"] = faults(page)
        page.goto(f"{base}/assignment/")
        found["assignment"] = faults(page)
        change(world, due_at=now() - timedelta(seconds=1))
        choose(page, content=MINE + b"#")
        page.click("button.main")
        page.wait_for_selector("text=due date has passed")
        found["refused"] = faults(page)
        assert not {name: told for name, told in found.items() if told}
        page.evaluate("document.body.innerHTML = '<input><div style=\"width: 2000px\">x</div>'")
        assert len(faults(page)) >= 2  # axe and the ruler do find what is wrong
