"""The assignment's pages: what is shown, what an upload comes to, what is refused, and that nobody sees another's."""

from __future__ import annotations

import base64
import io
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from web.conftest import URL, people
from web.whole_course import ASSIGNMENT, write_whole_course

from convclass.exam.results import SubmissionResult, TestResult
from convclass.exam.verdict import Verdict
from convclass.gradebook import to_json
from convclass.web import queue, uploads
from convclass.web.models import Attempt, Exclusion, Extension, Link, Override, Role, State, User, now
from convclass.web.settings import Settings
from convclass.web.uploads import LARGEST

MINE = b"def scale(x, factor=2):\n    return x * factor\n"
PAGE = "assignment/"


@pytest.fixture(scope="session")
def whole_course(tmp_path_factory) -> Path:
    return write_whole_course(tmp_path_factory.mktemp("whole") / "course")


@pytest.fixture
def settings(tmp_path: Path, whole_course: Path, request) -> Settings:
    course = Path(shutil.copytree(whole_course, tmp_path / "course"))
    return Settings(course, url_of(request, tmp_path), URL)


def url_of(request, tmp_path: Path) -> str:
    """An SQLite file; the databases of `database_url` for a test that uses it."""
    if "database_url" in request.fixturenames:
        return request.getfixturevalue("database_url")
    return str(tmp_path / "tool.db")


@pytest.fixture
def student(sign_in, world):
    return sign_in(world.students[0], world.assignment)


def up(browser, file: bytes = MINE, named: str = "scaling.py", **more):
    data = {"file": (io.BytesIO(file), named)} | more
    return browser.post(PAGE, data, content_type="multipart/form-data")


def stored(world) -> list[Attempt]:
    with world.database.reading() as session:
        return list(session.scalars(select(Attempt).order_by(Attempt.user_id, Attempt.number)))


def change(world, **values) -> None:
    with world.database.writing() as session:
        session.execute(update(Link).where(Link.id == world.assignment).values(**values))


def extend(world, **values) -> None:
    with world.database.writing() as session:
        more = {"reason": "ill <i>", "by_user_id": world.instructor} | values
        session.add(Extension(link_id=world.assignment, user_id=world.students[0], **more))


def graded(world, number: int, *tests: TestResult, student: int = 0) -> None:
    result = SubmissionResult(ASSIGNMENT, "Student", "0" * 64, "v", "A", "cpu", tests, warnings=("FOR-INSTRUCTORS",))
    with world.database.writing() as session:
        session.execute(
            update(Attempt)
            .where(Attempt.user_id == world.students[student], Attempt.number == number)
            .values(state=State.GRADED, result=to_json(result))
        )


def judged(question: str, score: float, points: float = 4, verdict: Verdict | None = None) -> TestResult:
    usual = Verdict.PASSED if score == points else Verdict.FAILED
    return TestResult(f"test_{question}", f"{question} works", question, points, score, verdict or usual)


# ---- what is shown


def test_the_page_shows_the_handout_and_gives_the_files(student, world, settings):
    page = student.get(PAGE).text
    assert "Two functions, and" in page and "&lt;script&gt;alert(1)" in page and "<script>alert" not in page
    assert 'target="_blank" rel="noopener noreferrer" href="https://example.org/"' in page
    released = settings.course / "assignments" / ASSIGNMENT
    for name in ("scaling.py", "scaling.ipynb", "test_public.py", "public_answers.json"):
        assert f'href="/v/{student.public_id}/assignment/files/{name}"' in page
        answer = student.get(f"assignment/files/{name}")
        assert answer.data == (released / name).read_bytes()
        assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    picture = student.get("assignment/files/figures/bar.svg")
    assert picture.mimetype == "image/svg+xml" and "sandbox" in picture.headers["Content-Security-Policy"]
    assert f'<img src="/v/{student.public_id}/assignment/files/figures/bar.svg" alt="A bar"' in page
    with zipfile.ZipFile(io.BytesIO(student.get("assignment/files.zip").data)) as packed:
        inside = {name: packed.read(name) for name in packed.namelist()}
    assert inside[f"{ASSIGNMENT}/scaling.py"] == (released / "scaling.py").read_bytes()
    assert f"{ASSIGNMENT}/figures/bar.svg" in inside and not [name for name in inside if "hidden" in name]


@pytest.mark.parametrize(
    "name",
    [
        "../../autograder/06_scaling/test_hidden.py",
        "..%2f..%2fautograder/06_scaling/test_hidden.py",
        "figures/../../../solutions/06_scaling/scaling.py",
        "/etc/passwd",
        "nothing.py",
    ],
)
def test_no_file_but_the_released_ones(student, name):
    assert student.get(f"assignment/files/{name}", follow_redirects=True).status_code == 404


def test_without_released_files_the_page_says_so(student, settings):
    shutil.rmtree(settings.course / "assignments")
    assert "convclass release" in student.get(PAGE).text
    assert student.get("assignment/files.zip").status_code == 404


def test_an_assignment_that_is_gone(student, world):
    change(world, assignment="99_gone")
    answer = student.get(PAGE)
    assert answer.status_code == 404 and "no such assignment any more" in answer.text


def test_due_date_attempts_and_what_an_instructor_set(student, world):
    due = now() + timedelta(days=1)
    change(world, due_at=due, attempts_allowed=3)
    up(student)
    graded(world, 1, judged("scale", 2), judged("shift", 3, 3))
    page = student.get(PAGE).text
    assert f'datetime="{due.isoformat()}" data-local' in page
    assert '<dd>1<span class="muted"> of 3</span></dd>' in page and "2 left" in page
    assert "5</strong>" in page and "counts</span>" in page
    extend(world, due_at=due + timedelta(days=7), more_attempts=2)
    with world.database.writing() as session:
        by = {"link_id": world.assignment, "by_user_id": world.instructor}
        session.add(Override(score=6.5, reason="shown <b>in class</b>", user_id=world.students[0], **by))
        session.add(Exclusion(question="shift", reason="unclear <b>text</b>", **by))
    page = student.get(PAGE).text
    assert "of 5</span></dd>" in page and "4 left" in page and "ill &lt;i&gt;" in page
    assert "6.5</strong>" in page and "shown &lt;b&gt;in class" in page and "set by your instructor" in page
    assert "<code>shift</code> does not count" in page and "unclear &lt;b&gt;text" in page
    feedback = student.get("assignment/1/").text
    assert "<strong>2</strong> of 4 points" in feedback and "shift works" not in feedback


# ---- handing in


def test_an_upload_waits_and_then_shows_its_feedback(student, world):
    answer = up(student)
    assert answer.status_code == 303 and answer.location == f"/v/{student.public_id}/assignment/1/"
    (attempt,) = stored(world)
    assert attempt.content == MINE and attempt.state is State.WAITING
    page = student.get("assignment/1/").text
    assert "0 attempts before yours" in page and "data-progress=" in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert student.get("assignment/1/progress").json == {"state": "waiting", "before": 0, "done": False}
    graded(world, 1, judged("scale", 4), judged("shift", 0, 3))
    assert student.get("assignment/1/progress").json["done"] is True
    page = student.get("assignment/1/").text
    assert "<strong>4</strong> of 7 points" in page and "scale works" in page and "data-progress" not in page
    assert "FOR-INSTRUCTORS" not in page + student.get(PAGE).text
    assert "<style" not in page and "style=" not in page  # which the policy would forbid
    back = student.get("assignment/1/file")
    assert back.data == MINE and back.headers["Content-Disposition"] == "attachment; filename=scaling-attempt-1.py"
    assert back.mimetype == "application/octet-stream"


def test_the_place_in_the_queue(student, sign_in, world):
    up(sign_in(world.students[1], world.assignment))
    up(student)
    assert student.get("assignment/1/progress").json["before"] == 1
    with world.database.writing() as session:
        session.execute(update(Attempt).where(Attempt.user_id == world.students[0]).values(state=State.GRADING))
    assert student.get("assignment/1/progress").json == {"state": "grading", "before": 0, "done": False}


def test_a_mistake_of_ours_costs_nothing(student, world):
    change(world, attempts_allowed=1)
    up(student)
    with world.database.writing() as session:
        session.execute(update(Attempt).values(state=State.FAILED))
    assert "costs you nothing, no points and no attempt" in student.get("assignment/1/").text
    assert up(student, MINE + b"#").status_code == 303 and len(stored(world)) == 2


def test_an_incomplete_result_says_so(student, world):
    up(student)
    graded(world, 1, judged("scale", 4), judged("shift", 0, 3, Verdict.INTERNAL))
    page = student.get("assignment/1/").text
    assert "not complete yet" in page and "it will be graded again" in page
    assert "not complete yet" in student.get(PAGE).text


def test_what_is_graded_again_keeps_its_result(student, world):
    up(student)
    graded(world, 1, judged("scale", 4))
    with world.database.writing() as session:
        queue.regrade(session, session.scalars(select(Attempt)).all())
    page = student.get("assignment/1/").text
    assert "being graded again" in page and "<strong>4</strong> of 4 points" in page
    assert "waiting again" in student.get(PAGE).text


@pytest.mark.parametrize(
    ("content", "name", "status", "words"),
    [
        (b"", "scaling.py", 400, "This file is empty"),
        (b" \n\t\n", "scaling.py", 400, "This file is empty"),
        (MINE, "scaling.txt", 400, "Only .py and .ipynb"),
        (MINE, "scaling.py.exe", 400, "Only .py and .ipynb"),
        (MINE, "scaling", 400, "Only .py and .ipynb"),
        (MINE, ".py", 400, "Only .py and .ipynb"),
        (MINE, "", 400, "No file was chosen"),
        (b"#" * (LARGEST + 1), "scaling.py", 413, "larger than 2 MB"),
    ],
)
def test_what_cannot_be_graded_is_refused(student, world, content, name, status, words):
    answer = up(student, content, name)
    assert answer.status_code == status and words in answer.text and "none of your attempts" in answer.text
    assert stored(world) == []


def test_the_largest_file_is_taken(student, world):
    assert up(student, b"#" * LARGEST).status_code == 303
    assert len(stored(world)) == 1


def test_more_than_a_request_may_bring(student, world):
    assert up(student, b"#" * (5 * 2**20)).status_code == 413
    assert stored(world) == []


def test_several_files_are_refused(student, world):
    both = [(io.BytesIO(MINE), "scaling.py"), (io.BytesIO(MINE), "scaling.ipynb")]
    answer = student.post(PAGE, {"file": both}, content_type="multipart/form-data")
    assert answer.status_code == 400 and "several files" in answer.text
    answer = up(student, content="ZGVm", name="scaling.py")
    assert answer.status_code == 400 and "several files" in answer.text
    assert stored(world) == []


def test_after_the_due_date_nothing_is_taken(student, world):
    change(world, due_at=now() - timedelta(seconds=1))
    answer = up(student)
    assert answer.status_code == 409 and "due date has passed" in answer.text
    page = student.get(PAGE).text
    assert stored(world) == [] and "due date has passed" in page and 'type="file"' not in page
    extend(world, due_at=now() + timedelta(hours=1))
    assert 'type="file"' in student.get(PAGE).text
    assert up(student).status_code == 303 and len(stored(world)) == 1


def test_without_attempts_left_nothing_is_taken(student, world):
    change(world, attempts_allowed=1)
    up(student)
    answer = up(student, MINE + b"#")
    assert answer.status_code == 409 and "used all your attempts" in answer.text
    assert len(stored(world)) == 1 and 'type="file"' not in student.get(PAGE).text
    extend(world, more_attempts=1)
    assert up(student, MINE + b"#").status_code == 303 and len(stored(world)) == 2


def test_so_many_wait_and_no_more(student, world, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_WAITING", 2)
    assert [up(student, MINE + b"#%d" % i).status_code for i in range(3)] == [303, 303, 429]
    graded(world, 1, judged("scale", 4))
    assert up(student, MINE + b"#4").status_code == 303 and len(stored(world)) == 3


@pytest.mark.parametrize("ends", [b"", b"\r\n\r\n"])
def test_the_unchanged_stub_is_asked_about(student, world, settings, ends):
    stub = (settings.course / "assignments" / ASSIGNMENT / "scaling.py").read_bytes() + ends
    page = up(student, stub)
    assert page.status_code == 200 and "without a change of yours" in page.text and stored(world) == []
    fields = dict(field.split('" value="') for field in page.text.split('type="hidden" name="')[1:])
    fields = {name: value.split('"')[0] for name, value in fields.items()}
    assert student.post(PAGE, fields, content_type="multipart/form-data").status_code == 303
    assert stored(world)[0].content == stub


@pytest.mark.parametrize("content", ["no base64!", "", "IyM"])
def test_a_file_that_comes_back_broken(student, world, content):
    answer = student.post(PAGE, {"sure": "yes", "name": "scaling.py", "content": content})
    assert answer.status_code == 400 and stored(world) == []


def test_a_large_file_comes_back_whole(student, world):
    """Flask's own limit for fields of a form is smaller than a file may be."""
    content = b"#" * LARGEST
    again = {"sure": "yes", "name": "scaling.py", "content": base64.b64encode(content).decode()}
    assert student.post(PAGE, again, content_type="multipart/form-data").status_code == 303
    assert stored(world)[0].content == content


def test_the_same_bytes_again(student, world):
    up(student)
    second = up(student)  # a double click
    assert second.status_code == 303 and second.location.endswith("/assignment/1/") and len(stored(world)) == 1
    with world.database.writing() as session:
        session.execute(update(Attempt).values(handed_in_at=now() - timedelta(minutes=1)))
    assert "same bytes as in your attempt 1" in up(student).text and len(stored(world)) == 1
    assert up(student, sure="yes").status_code == 303 and len(stored(world)) == 2


def test_a_double_click_on_the_last_attempt_is_no_refusal(student, world):
    change(world, attempts_allowed=1)
    assert [up(student).status_code for _ in range(2)] == [303, 303] and len(stored(world)) == 1


HOSTILE = "<img src=x onerror=alert(1)>'{{7*7}}\u202e.py"


def test_hostile_names(student, world):
    with world.database.writing() as session:
        session.execute(update(User).values(name=HOSTILE))
        session.execute(update(Link).values(title=HOSTILE))
    asked = up(student, MINE, f"../../{HOSTILE}")
    assert "This file is called" in asked.text and stored(world) == []
    up(student, MINE, f"C:\\x\\{HOSTILE}", sure="yes")
    (attempt,) = stored(world)
    assert "/" not in attempt.filename and "\\" not in attempt.filename
    for path in (PAGE, "assignment/1/"):
        page = student.get(path).text
        assert "&lt;img" in page and "<img src=x" not in page and "\u202e" not in page and "{{7*7}}" in page
    assert "<img src=x" not in asked.text and "\u202e" not in asked.text


# ---- others


def test_nobody_sees_another_student(student, sign_in, world):
    up(student)
    other = sign_in(world.students[1], world.assignment)
    for path in ("assignment/1/", "assignment/1/progress", "assignment/1/file"):
        assert other.get(path).status_code == 404
    assert "Attempt 1" not in other.get(PAGE).text


def test_another_link_another_course_another_platform(app, student, sign_in, world):
    up(student)
    there = people(world.database, "Other")
    with world.database.writing() as session:
        twin = session.get(Link, there.assignment)
        elsewhere = Link(context_id=there.context, lti_id="2", work=twin.work, assignment=twin.assignment)
        session.add(elsewhere)
        session.flush()
        link_id = elsewhere.id
    tenant = sign_in(there.students[0], there.assignment, world=there)
    assert tenant.get("assignment/1/").status_code == 404 and "Attempt 1" not in tenant.get(PAGE).text
    tenant.public_id = student.public_id
    assert tenant.get(PAGE).status_code == 401  # another's visit, with one's own cookie
    same_student = sign_in(world.students[0], world.quiz)
    assert same_student.get(PAGE).status_code == 404  # the link of this visit is a quiz
    strayed = sign_in(world.students[0], link_id)  # a link of another course than the visit's
    assert strayed.get(PAGE).status_code == 404
    nowhere = sign_in(world.students[0], None)
    assert nowhere.get(PAGE).status_code == 404
    assert app.test_client().get(f"/v/{student.public_id}/{PAGE}", base_url=URL).status_code == 401


def test_an_instructor_is_no_student(sign_in, world):
    teacher = sign_in(world.instructor, world.assignment, Role.INSTRUCTOR)
    assert teacher.get(PAGE).status_code == 403 and up(teacher).status_code == 403
    assert stored(world) == []


@pytest.mark.parametrize("token", ["", "0" * 64, "another's"])
def test_a_form_of_somebody_else_is_refused(student, sign_in, world, token):
    if token == "another's":
        token = sign_in(world.students[1], world.assignment).csrf
    assert up(student, csrf=token).status_code == 403 and stored(world) == []


# ---- at the same time


def together(number: int, act) -> list:
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(act, range(number)))


@pytest.mark.usefixtures("database_url")
def test_racing_uploads_get_no_more_than_the_attempts_allowed(student, world):
    change(world, attempts_allowed=3)
    answers = together(12, lambda i: up(student, MINE + b"#%d" % i).status_code)
    assert sorted(answers) == [303] * 3 + [409] * 9
    assert [attempt.number for attempt in stored(world)] == [1, 2, 3]


@pytest.mark.usefixtures("database_url")
def test_racing_copies_of_one_upload_are_one_attempt(student, world):
    answers = together(8, lambda i: up(student).location)
    assert set(answers) == {f"/v/{student.public_id}/assignment/1/"} and len(stored(world)) == 1
