"""The tool against Open edX, each as a process of its own: from launch to grade, also when one of them is down."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from tinycourse import write_tiny_course
from web.campus import NEVER_CAME, ROSTER, TEACHER, Campus, campus
from web.openedx.platform import wait_until
from web.visitor import Page, Visitor

pytest.importorskip("lti_consumer", reason="lti-consumer-xblock is not installed")
pytestmark = pytest.mark.slow

MODES = ["declarative", "programmatic"]
RIGHT = "def scale(x, factor=2):\n    return x * factor\n\n\ndef shift(x, by):\n    return x + by\n"
HALF = RIGHT.replace("x + by", "x - by")  # four of seven points
WRONG = "def scale(x, factor=2):\n    return x\n"
LINE_ITEM = "application/vnd.ims.lis.v2.lineitem+json"


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    folder = tmp_path_factory.mktemp("campus")
    with campus(folder, write_tiny_course(folder / "course")) as made:
        yield made


@pytest.fixture(params=MODES)
def block(here: Campus, request) -> str:
    """A link to the assignment, of its own for each test and mode."""
    name = f"{request.node.originalname}_{request.param}"[:90]
    here.add_link(name, "assignment", "06_scaling", title="Scaling", points=10, grades=request.param)
    return name


def hand_in(here: Campus, username: str, block: str, source: str) -> Page:
    """The page of the attempt when it is graded."""
    visitor, page = here.open(username, block)
    page = visitor.submit(page.form("file"), files={"file": ("scaling.py", source.encode(), "text/x-python")})
    return graded(visitor, page)


def graded(visitor: Visitor, page: Page) -> Page:
    progress = page.tree.xpath("//@data-progress")
    if progress:
        root = "/".join(page.url.split("/")[:3])
        wait_until(lambda: visitor.get(f"{root}{progress[0]}").answer.json()["done"], 120, "it is not graded")
    return visitor.get(page.url)


def test_each_role_sees_its_own_page(here, block):
    student, page = here.open("ada", block)
    assert "Scaling" in page.text and page.form("file") is not None
    teacher, class_page = here.open(TEACHER, block)
    assert "/class/" in class_page.url
    base = page.url.split("/v/")[0] + "/v/" + page.url.split("/v/")[1].split("/")[0]
    student.get(f"{base}/class/", status=403)
    student.get(class_page.url, status=401)


def test_a_grade_arrives(here, block, request):
    page = hand_in(here, "ada", block, HALF)
    assert "4 of 7 points" in page.text and "amount subtracted" in page.text
    score = here.wait_for_score(block, "ada", 4)
    assert score["score_maximum"] == 7 and score["grading_progress"] == "FullyGraded"
    assert "shift" in score["comment"] and "amount subtracted" in score["comment"]
    assert datetime.fromisoformat(score["timestamp"]).microsecond
    grade = here.grade(block, "ada")
    assert (grade["earned"], grade["possible"]) == (pytest.approx(10 * 4 / 7), 10)
    (item,) = [item for item in here.openedx.state()["items"] if item["block"] == block]
    assert item["resource_link_id"].endswith(block)
    made = [call for call in here.openedx.state()["calls"] if call["media_type"] == LINE_ITEM]
    mine = [call for call in made if json.loads(call["body"])["resourceLinkId"] == item["resource_link_id"]]
    if request.node.callspec.params["block"] == "programmatic":
        assert [call["status"] for call in mine] == [201] and isinstance(item["score_maximum"], int)
    else:
        assert mine == []


def test_the_best_attempt_counts(here, block):
    for source, given in [(HALF, 4), (RIGHT, 7), (WRONG, 7)]:
        hand_in(here, "bob", block, source)
        here.wait_for_score(block, "bob", given)
    assert here.grade(block, "bob")["earned"] == 10


def test_students_who_hand_in_at_once_share_one_line_item(here):
    here.add_link("rush", "assignment", "06_scaling", grades="programmatic")
    visits = {username: here.open(username, "rush") for username in ROSTER}
    for visitor, page in visits.values():
        visitor.submit(page.form("file"), files={"file": ("scaling.py", RIGHT.encode(), "text/x-python")})
    for username in ROSTER:
        here.wait_for_score("rush", username, 7)
    assert len([item for item in here.openedx.state()["items"] if item["block"] == "rush"]) == 1


def test_what_an_instructor_changes_arrives(here, block):
    hand_in(here, "kim", block, HALF)
    first = here.wait_for_score(block, "kim", 4)
    teacher, page = here.open(TEACHER, block)
    student = teacher.get(page.link("Kim Park"))
    student = teacher.submit(student.form("score", "reason"), score="6", reason="was ill")
    overridden = here.wait_for_score(block, "kim", 6)
    student = teacher.submit(form_to(student, "/resend"))
    resent = wait_until(
        lambda: [one for one in here.scores(block, "kim") if one["timestamp"] > overridden["timestamp"]],
        60,
        "it was not sent again",
    )
    assert (resent[0]["score_given"], resent[0]["id"]) == (6, first["id"])
    teacher.submit(student.form("score", "reason"), take_back="yes", reason="well again")
    here.wait_for_score(block, "kim", 4)


def form_to(page: Page, ending: str):
    """The one form that is sent to an address with this end."""
    tree = page.tree
    tree.make_links_absolute(page.url)
    (form,) = [form for form in tree.forms if form.action and form.action.endswith(ending)]
    return form


def test_the_roster_names_those_who_never_came(here, block):
    teacher, page = here.open(TEACHER, block)
    assert NEVER_CAME in teacher.submit(form_to(page, "/roster/")).text


@pytest.mark.parametrize(("path", "status"), [("/token/", 503), ("/scores", 500), ("/scores", 429), ("/scores", 403)])
def test_a_service_that_fails_for_a_while(here, path, status):
    block = f"failing_{path.strip('/')}_{status}"
    here.add_link(block, "assignment", "06_scaling", grades="declarative")
    here.openedx.fail(path, status, times=1 if status == 403 else 3, method="POST", retry_after="1")
    try:
        hand_in(here, "eve", block, HALF)
        here.wait_for_score(block, "eve", 4)
    finally:
        here.openedx.fail(path, status, times=0, method="POST")


def test_a_platform_that_was_down(here, block):
    visitor, page = here.open("ada", block)
    here.openedx.stop()
    try:
        sent = visitor.submit(page.form("file"), files={"file": ("scaling.py", HALF.encode(), "text/x-python")})
        assert "4 of 7 points" in graded(visitor, sent).text
    finally:
        here.openedx.start()
    here.wait_for_score(block, "ada", 4)


def test_a_tool_that_is_killed(here, block):
    visitor, page = here.open("ada", block)
    visitor.submit(page.form("file"), files={"file": ("scaling.py", HALF.encode(), "text/x-python")})
    here.tool.kill()
    here.tool.start()
    here.wait_for_score(block, "ada", 4)
    hand_in(here, "ada", block, RIGHT)
    here.wait_for_score(block, "ada", 7)


@pytest.mark.parametrize("mode", MODES)
def test_an_author_picks_an_assignment(here, mode):
    """Deep Linking: with points and a due date, which Open edX stores, and says again at each launch."""
    block = f"picked_{mode}"
    here.add_link(block, points=10, grades=mode)
    author = here.signed_in(TEACHER)
    page = author.launch(f"{here.openedx.url}/studio/{block}")
    chosen = {"pick": "0", "title-0": "Scaling, graded", "points-0": "12", "due-0": "2031-05-06T07:08"}
    answered = author.submit(page.form("pick"), **chosen)
    author.submit(answered.form("JWT"))
    (content,) = [item for item in here.openedx.state()["content"] if item["block"] == block]
    assert (content["type"], content["title"]) == ("ltiResourceLink", "Scaling, graded")
    assert content["custom"]["convclass_assignment"] == "06_scaling" and content["lineItem"]["scoreMaximum"] == 12
    _, page = here.open("ada", block)
    assert "06 May 2031, 07:08 UTC" in page.text
    hand_in(here, "ada", block, HALF)
    score = here.wait_for_score(block, "ada", pytest.approx(4 * 12 / 7, abs=1e-3))
    assert score["score_maximum"] == 12
    assert here.grade(block, "ada")["earned"] == pytest.approx(10 * 4 / 7, abs=1e-3)


def test_an_author_who_cancels_adds_nothing(here):
    here.add_link("cancelled")
    author = here.signed_in(TEACHER)
    page = author.launch(f"{here.openedx.url}/studio/cancelled")
    author.submit(author.submit(page.form("pick"), cancel="1").form("JWT"))
    assert not [item for item in here.openedx.state()["content"] if item["block"] == "cancelled"]


def test_no_student_picks(here):
    here.add_link("not_for_students")
    student = here.signed_in("ada")
    student.get(f"{here.openedx.url}/studio/not_for_students", status=403)


def test_launches_after_the_platform_changed_its_key(here):
    """Last here: each worker of the tool asks for keys at most every half a minute, and refuses launches until then."""
    here.add_link("rekeyed", "assignment", "06_scaling")
    here.open("ada", "rekeyed")
    here.openedx.new_key("rekeyed")
    wait_until(lambda: all(_lets_in(here, "ada", "rekeyed") for _ in range(8)), 90, "not everybody gets in")
    hand_in(here, "ada", "rekeyed", HALF)
    here.wait_for_score("rekeyed", "ada", 4)


def _lets_in(here: Campus, username: str, block: str) -> bool:
    visitor = here.signed_in(username)
    page = visitor.get(f"{here.openedx.url}/block/{block}")
    form = page.form("id_token", "state")
    return visitor.session.post(form.action, data=dict(form.form_values()), timeout=60).ok
