"""The tool in Chromium, in an iframe of another site's page, without third-party cookies: from launch to grade."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import pytest
from web.campus import NEVER_CAME, TEACHER, Campus, campus
from web.chromium import LMS, Cookies, browser, installed
from web.lms_page import Frame, open_block
from web.small_platform import SmallPlatform
from web.tls import certificate, listening, tls_front

from convclass.course import find_assignment
from convclass.release.module import solution_module

pytest.importorskip("lti_consumer", reason="lti-consumer-xblock is not installed")
pytestmark = pytest.mark.slow

COURSE = Path(__file__).parents[2]
WORK = "01_convolution"
SLOW = b"\nimport time\n\ntime.sleep(4)\n"


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    installed()
    with campus(tmp_path_factory.mktemp("campus"), COURSE, tls=True) as made:
        made.add_link("homework", "assignment", WORK, title="Convolution", points=20)
        made.add_link("quiz", "quiz", WORK, title="Quiz on convolution", points=20)
        yield made


@pytest.fixture(scope="module")
def solution() -> bytes:
    return solution_module(find_assignment(COURSE, WORK))


@pytest.fixture
def strict(tmp_path):
    """A browser that keeps no third-party cookies but partitioned ones, as Safari and Firefox do."""
    with browser(tmp_path / "profile", Cookies.OWN_PARTITION, accept_downloads=True) as context:
        yield context


def test_a_student_from_launch_to_grade(here: Campus, strict, solution):
    """Also saves files: Chromium sends no cookies with what a link with the `download` attribute asks for."""
    frame = open_block(strict, here, "ada", "homework")
    stub = frame.download("convolution.py")
    assert stub == (COURSE / "assignments" / WORK / "convolution.py").read_bytes()
    frame.hand_in("convolution.py", solution + SLOW)
    frame.sees("Being graded")
    marks = frame.text("p.score", seconds=180)
    assert marks.split()[0] == marks.split()[2]  # "20 of 20 points"
    most = float(marks.split()[0])
    assert here.wait_for_score("homework", "ada", most)["score_maximum"] == most
    assert here.grade("homework", "ada")["earned"] == 20


def test_a_student_sees_what_is_wrong_and_tries_again(here: Campus, strict, solution):
    frame = open_block(strict, here, "bob", "homework")
    stub = frame.download("convolution.py")
    frame.hand_in("convolution.py", stub + b"# mine\n")
    assert frame.text("p.score", seconds=180).startswith("0 of")
    frame.click("The assignment")
    frame.hand_in("convolution.py", solution)
    frame.sees("Attempt 2")
    assert not frame.text("p.score", seconds=180).startswith("0 of")


def test_an_instructor_sees_the_class(here: Campus, strict):
    frame = open_block(strict, here, TEACHER, "homework")
    frame.sees("Convolution")
    frame.press("Read the roster")
    frame.sees(NEVER_CAME, seconds=60)
    frame.click("Export")
    assert b"previous" in frame.download("Log")


def test_a_quiz_is_saved_resumed_and_handed_in(here: Campus, strict):
    frame = open_block(strict, here, "eve", "quiz")
    frame.press("Begin attempt 1")
    given = frame.answer_quiz()
    assert given > 3
    frame.sees("Saved at")
    frame = open_block(strict, here, "eve", "quiz")
    frame.press("Go on with attempt 1")
    frame.sees(f"{given} of ")
    frame.press("Hand in")
    frame.press("Hand in all the same")
    marks = frame.text("p.score")
    score = here.wait_for_score("quiz", "eve", float(marks.split()[0]))
    assert score["score_maximum"] == float(marks.split()[2])


def test_where_the_frame_keeps_no_cookies_a_window_does(here: Campus, tmp_path, solution):
    with browser(tmp_path / "profile", Cookies.NONE) as context:
        frame = open_block(context, here, "kim", "homework")
        with frame.page.expect_popup() as opened:
            frame.click("Open in a new window")
        window = Frame(opened.value, opened.value)
        window.hand_in("convolution.py", solution)
        marks = window.text("p.score", seconds=180)
    assert here.wait_for_score("homework", "kim", float(marks.split()[0]))


@contextmanager
def small_platform(here: Campus, folder: Path):
    """A platform of our own with TLS, that the tool knows."""
    listener = listening()
    pages = f"https://{LMS}:{listener.getsockname()[1]}"
    custom = {"convclass_work": "assignment", "convclass_assignment": WORK}
    platform = SmallPlatform(here.tool.url, pages, custom)
    with platform.serving() as serving, tls_front(certificate(folder, LMS), listener, int(serving.url.split(":")[2])):
        here.tool.register("Small", serving.registration())
        yield serving


@pytest.mark.parametrize("storage", ["_parent", "keeper"])
def test_the_platform_keeps_the_state_where_the_frame_cannot(here: Campus, tmp_path, storage):
    """The launch is accepted by what the platform's frame kept; a window of its own then opens the same visit."""
    with small_platform(here, tmp_path) as platform, browser(tmp_path / "profile", Cookies.NONE) as context:
        page = context.new_page()
        page.goto(f"{platform.pages}/course/homework/zoe?storage={storage}")
        frame = Frame(page, page.frame_locator("iframe[name=tool]"))
        frame.sees("Open in a new window")
        keeper = page if storage == "_parent" else page.frame(name=storage)
        assert {"lti.put_data", "lti.get_data"} <= set(keeper.evaluate("window.asked"))
        assert platform.launches == 1
        with page.expect_popup() as opened:
            frame.click("Open in a new window")
        Frame(opened.value, opened.value).sees("Hand in")
        assert platform.launches == 1


def test_without_storage_and_cookies_the_window_launches_anew(here: Campus, tmp_path):
    with small_platform(here, tmp_path) as platform, browser(tmp_path / "profile", Cookies.NONE) as context:
        page = context.new_page()
        page.goto(f"{platform.pages}/course/homework/zoe")
        frame = Frame(page, page.frame_locator("iframe[name=tool]"))
        with page.expect_popup() as opened:
            frame.click("Open in a new window")
        Frame(opened.value, opened.value).sees("Hand in")
        assert platform.launches == 2
