"""What an instructor sees and changes: the numbers, the log, who may not, and two who do it at once."""

from __future__ import annotations

import csv
import html
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from report.conftest import class_of, mistaken, perfect, untouched
from sqlalchemy import event, func, select
from web.conftest import URL, people

from convclass.course import find_assignment
from convclass.gradebook import to_json
from convclass.quiz.bank import load
from convclass.quiz.scoring import score_quiz
from convclass.quiz.variants import quiz_for
from convclass.web import audit, scores
from convclass.web.instructor import effect as effects
from convclass.web.instructor.parsed import ParsedResults
from convclass.web.models import (
    Attempt,
    AuditEntry,
    Exclusion,
    Extension,
    Link,
    Membership,
    Override,
    QuizAttempt,
    Role,
    Score,
    State,
    User,
    now,
)

HOSTILE = "<script>alert(1)</script>\u202eevil"
QUIZ = '''
"""Two questions."""

from convclass.quiz.authoring import RECALL
from convclass.quiz.models import TrueFalse

SAME = {"prompt": "So it is.", "claim": 1, "level": RECALL, "explanation": "By definition."}


def identity():
    """Is a factor of one the identity?"""
    return TrueFalse(family="identity", title="Identity", answer=True, **SAME)


def zero():
    """Is a factor of zero the identity?"""
    return TrueFalse(family="zero", title="Zero", answer=False, **SAME)
'''


def hand_in(world, user, result=None, number=1, link=None, **fields):
    """An attempt, graded when there is a result; its id."""
    with world.database.writing() as session:
        row = {"filename": "scaling.py", "content": b"def scale(x): return x\n", "sha256": "0" * 64}
        if result is not None:
            row |= {"state": State.GRADED, "graded_at": now(), "result": to_json(result)}
        attempt = Attempt(link_id=link or world.assignment, user_id=user, number=number, **(row | fields))
        session.add(attempt)
        session.flush()
        scores.update(session, session.get(Link, attempt.link_id), user)
        return attempt.id


def rows(world, kind, **which):
    with world.database.reading() as session:
        return session.scalars(select(kind).filter_by(**which).order_by(kind.id)).all()


def score_of(world, user):
    return rows(world, Score, link_id=world.assignment, user_id=user)[0]


def set_link(world, **fields):
    with world.database.writing() as session:
        for name, value in fields.items():
            setattr(session.get(Link, world.assignment), name, value)


def rename(world, user, name):
    with world.database.writing() as session:
        session.get(User, user).name = name


def text_of(answer):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.get_data(as_text=True))))


def seen_on(visit, path, action=""):
    """What a form of the page says that it was made from."""
    page = visit.get(path).get_data(as_text=True)
    form = page[page.index(action) :] if action else page
    return re.search(r'name="seen" value="([^"]*)"', form)[1]


@pytest.fixture
def teacher(sign_in, world):
    return sign_in(world.instructor, world.assignment, Role.INSTRUCTOR)


@pytest.fixture
def other(database):
    """Another platform with a course of its own, in the same database."""
    return people(database, "Elsewhere")


# --- who may


def routes(app):
    """Every page of the instructor, and every method of it."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("instructor."):
            yield from ((rule, method) for method in sorted(rule.methods - {"HEAD", "OPTIONS"}))


def path_of(rule, world, attempt, quiz_attempt):
    quiz = rule.endpoint == "instructor.quiz_attempt_page"
    values = {"user_id": world.students[0], "attempt_id": quiz_attempt if quiz else attempt, "name": "scores"}
    used = {name: value for name, value in values.items() if name in rule.arguments}
    path = rule.rule.split("<public_id>/")[1]
    for name, value in used.items():
        path = re.sub(rf"<(\w+:)?{name}>", str(value), path)
    return path + ("?question=conv2d" if rule.rule.endswith("questions/change") else "")


def filled(world):
    attempt = hand_in(world, world.students[0], mistaken())
    with world.database.writing() as session:
        quiz = QuizAttempt(
            link_id=world.quiz, user_id=world.students[0], number=1, variant="gone", score=1, max_score=2
        )
        session.add(quiz)
        session.flush()
        return attempt, quiz.id


def outcomes(app, world, visit_for, csrf=True):
    """The status of every route for whoever `visit_for` gives a visit at a link."""
    attempt, quiz_attempt = filled(world)
    found = {}
    for rule, method in routes(app):
        link = world.quiz if rule.endpoint == "instructor.quiz_attempt_page" else world.assignment
        visit = visit_for(link)
        path = path_of(rule, world, attempt, quiz_attempt)
        data = {"question": "conv2d"} | ({} if csrf else {"csrf": "guess"})
        answer = visit.get(path) if method == "GET" else visit.post(path, data)
        found[method, path] = answer.status_code
    return found


def test_every_route_is_the_instructors(app, world, sign_in):
    """The proof that the tables below ask for pages that are there."""
    found = outcomes(app, world, lambda link: sign_in(world.instructor, link, Role.INSTRUCTOR))
    assert len(found) >= 20
    assert set(found.values()) <= {200, 303, 400, 409}


def test_students_get_nothing(app, world, sign_in):
    found = outcomes(app, world, lambda link: sign_in(world.students[0], link))
    assert set(found.values()) == {403}


def test_nobody_without_the_cookie(app, world, sign_in):
    def without_cookie(link):
        visit = sign_in(world.instructor, link, Role.INSTRUCTOR)
        visit.client = app.test_client()
        return visit

    assert set(outcomes(app, world, without_cookie).values()) == {401}


def test_no_change_without_the_forms_token(app, world, sign_in):
    found = outcomes(app, world, lambda link: sign_in(world.instructor, link, Role.INSTRUCTOR), csrf=False)
    assert {status for (method, _), status in found.items() if method == "POST"} == {403}


def test_a_visit_that_only_picks_content_has_no_class(app, world, sign_in):
    found = outcomes(app, world, lambda link: sign_in(world.instructor, None, Role.INSTRUCTOR, picking={"a": 1}))
    assert set(found.values()) == {404}


def test_instructors_of_another_platform(app, world, other, sign_in):
    """They ask for this course's students and attempts from a visit of their own: as if there were none."""

    def elsewhere(link):
        theirs = {world.assignment: other.assignment, world.quiz: other.quiz}[link]
        return sign_in(other.instructor, theirs, Role.INSTRUCTOR, other)

    found = outcomes(app, world, elsewhere)
    of_ours = {key: status for key, status in found.items() if re.search(r"/\d+/", key[1]) or "question=" in key[1]}
    assert len(of_ours) >= 9
    assert set(of_ours.values()) == {404}
    assert rows(world, AuditEntry, context_id=world.context) == []


def test_another_link_of_the_same_course(world, sign_in):
    attempt, quiz = filled(world)
    at_quiz = sign_in(world.instructor, world.quiz, Role.INSTRUCTOR)
    at_assignment = sign_in(world.instructor, world.assignment, Role.INSTRUCTOR)
    assert at_quiz.get(f"class/attempts/{attempt}/").status_code == 404
    assert at_assignment.get(f"class/quizzes/{quiz}/").status_code == 404


def test_a_link_of_another_course_does_not_open(world, other, sign_in):
    stray = sign_in(world.instructor, other.assignment, Role.INSTRUCTOR)
    assert stray.get("class/").status_code == 404


def test_pages_tell_nothing_of_others(world, other, sign_in):
    for student in other.students:
        rename(other, student, "Somebody Else")
    hand_in(other, other.students[0], mistaken())
    theirs = sign_in(other.instructor, other.assignment, Role.INSTRUCTOR, other)
    theirs.post(f"class/students/{other.students[0]}/override", {"seen": "0", "score": "1", "reason": "SECRET"})
    assert b"SECRET" in theirs.get("class/log/").data
    mine = sign_in(world.instructor, world.assignment, Role.INSTRUCTOR)
    for path in ("class/", "class/log/", "class/log.csv", "class/export/scores", "class/questions/"):
        answer = mine.get(path)
        assert answer.status_code == 200
        assert b"Somebody Else" not in answer.data and b"SECRET" not in answer.data


# --- what they see


def test_the_class_page(teacher, world):
    hand_in(world, world.students[0], mistaken())
    hand_in(world, world.students[1], perfect())
    hand_in(world, world.students[0], untouched(), number=2)
    page = text_of(teacher.get("class/"))
    assert "Look at these first" not in page and "What to teach again" in page
    assert "Mean" in page and "kernel flipped" in page
    assert "Student 2 – nothing to send yet – nothing yet" in page
    assert re.search(r"Student 1 16 / 16 to be sent 1 ", page)
    assert re.search(rf"Student 0 {scores_of(mistaken())} / 16 to be sent 2 ", page)


def scores_of(result):
    return f"{result.score:.2f}".rstrip("0").rstrip(".")


def test_a_class_of_nobody(teacher, world):
    with world.database.writing() as session:
        for member in session.scalars(select(Membership).where(Membership.role == Role.STUDENT)):
            session.delete(member)
    assert "Nobody is here yet" in text_of(teacher.get("class/"))


def test_who_left_is_listed_with_work_only(teacher, world):
    hand_in(world, world.students[0], perfect())
    with world.database.writing() as session:
        for member in session.scalars(select(Membership).where(Membership.user_id.in_(world.students[:2]))):
            member.active = False
    page = text_of(teacher.get("class/"))
    assert "Student 0 left the course" in page and "Student 1" not in page


def test_an_instructors_own_try_is_not_the_classs(teacher, world):
    hand_in(world, world.instructor, perfect())
    page = text_of(teacher.get("class/"))
    assert "Teacher T" not in page and "Handed in 0" in page


def test_students_of_the_same_name(teacher, world):
    for student in world.students[:2]:
        rename(world, student, "Ana")
        hand_in(world, student, mistaken())
    page = teacher.get("class/").get_data(as_text=True)
    for number, student in enumerate(world.students[:2]):
        assert f'<a href="students/{student}/"><bdi>Ana (s{number}@example.edu)</bdi></a>' in page


def test_names_and_files_are_hostile(teacher, world):
    student = world.students[0]
    rename(world, student, HOSTILE)
    attempt = hand_in(world, student, mistaken(), filename=f"{HOSTILE}.py", content=HOSTILE.encode())
    teacher.post(f"class/students/{student}/override", {"seen": "0", "score": "1", "reason": HOSTILE})
    paths = ("", f"students/{student}/", f"attempts/{attempt}/", "log/", "questions/change?question=conv2d")
    for path in paths:
        answer = teacher.get(f"class/{path}")
        assert answer.status_code == 200
        assert b"<script>alert" not in answer.data
        assert b"script-src 'self';" in answer.headers["Content-Security-Policy"].encode()
    for path in ("", f"students/{student}/", "log/"):
        assert "\u202e" not in teacher.get(f"class/{path}").get_data(as_text=True)


def test_a_file_is_downloaded_as_text(teacher, world):
    attempt = hand_in(world, world.students[0], filename='x"\r\nSet-Cookie: a=b\r\n.html', content=b"<html>\xff\x00")
    answer = teacher.get(f"class/attempts/{attempt}/file")
    assert answer.data == b"<html>\xff\x00"
    assert answer.mimetype == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert re.fullmatch(r'attachment; filename="[\w.-]+\.txt"', answer.headers["Content-Disposition"])
    assert "Set-Cookie" not in answer.headers


def test_an_attempt_is_shown_as_the_student_sees_it(teacher, world):
    attempt = hand_in(world, world.students[0], replace(mistaken(), warnings=("line 7 reads os.environ",)))
    page = text_of(teacher.get(f"class/attempts/{attempt}/"))
    assert "Start here" in page and "At a glance" in page
    assert "For instructors only line 7 reads os.environ" in page
    assert "def scale(x): return x" in page


def test_the_queries_do_not_grow_with_the_class(app, world, database, sign_in):
    def statements():
        visit = sign_in(world.instructor, world.assignment, Role.INSTRUCTOR)
        counted = []
        listen = lambda *args: counted.append(args[2])  # noqa: E731
        event.listen(database.engine, "before_cursor_execute", listen)
        try:
            assert visit.get("class/").status_code == 200
        finally:
            event.remove(database.engine, "before_cursor_execute", listen)
        return len(counted)

    hand_in(world, world.students[0], perfect())
    few = statements()
    with database.writing() as session:
        for i, result in enumerate(class_of(60)):
            user = User(platform_id=world.platform, sub=f"x{i}", name=result.student)
            session.add(user)
            session.flush()
            session.add(Membership(context_id=world.context, user_id=user.id, role=Role.STUDENT))
            world.students.append(user.id)
    for student, result in zip(world.students[3:], class_of(60), strict=True):
        for number in (1, 2):
            hand_in(world, student, result, number=number)
    assert statements() == few
    assert few < 20


def test_results_are_parsed_once(world, database):
    attempt = hand_in(world, world.students[0], mistaken())
    parsed, counted = ParsedResults(most=2), []
    event.listen(database.engine, "before_cursor_execute", lambda *args: counted.append(args[2]))

    def read(attempt_id):
        with database.reading() as session:
            graded_at = session.scalar(select(Attempt.graded_at).where(Attempt.id == attempt_id))
            counted.clear()
            return parsed.of(session, [(attempt_id, graded_at)])[attempt_id].result

    assert read(attempt).score == mistaken().score and len(counted) == 1
    assert read(attempt).score == mistaken().score and counted == []
    with database.writing() as session:
        row = session.get(Attempt, attempt)
        row.result, row.graded_at = to_json(perfect()), now() + timedelta(seconds=1)
    assert read(attempt).score == 16
    for number, student in enumerate(world.students[1:]):
        read(hand_in(world, student, perfect(), number=number + 5))
    assert read(attempt).score == 16 and len(counted) == 1  # it had to make room


# --- changes for one student


def test_a_score_by_hand(teacher, world):
    student = world.students[0]
    hand_in(world, student, mistaken())
    version = score_of(world, student).version
    form = {"seen": "0", "score": "13,5", "reason": "Oral examination"}
    answer = teacher.post(f"class/students/{student}/override", form)
    assert answer.status_code == 303
    page = text_of(teacher.get(answer.headers["Location"].split(f"/{teacher.public_id}/")[1]))
    assert "13.5 of 16 points" in page and "Oral examination" in page and "The score is changed" in page
    sent = score_of(world, student)
    assert (sent.score, sent.max_score, sent.version, sent.settled) == (13.5, 16, version + 1, False)
    entry = rows(world, AuditEntry)[0]
    assert (entry.action, entry.user_id, entry.by_user_id) == ("override", student, world.instructor)
    assert entry.details["score"] == 13.5 and entry.details["graded"] == mistaken().score
    back = {"seen": str(rows(world, Override)[0].id), "take_back": "yes", "reason": "A mistake"}
    assert teacher.post(f"class/students/{student}/override", back).status_code == 303
    assert score_of(world, student).score == mistaken().score


@pytest.mark.parametrize("wrong", ["", "-1", "16.01", "nan", "inf", "1e9", "ten", "1 2"])
def test_a_score_that_is_none(teacher, world, wrong):
    student = world.students[0]
    hand_in(world, student, mistaken())
    answer = teacher.post(f"class/students/{student}/override", {"seen": "0", "score": wrong, "reason": "Because"})
    assert answer.status_code == 400
    assert "a number from 0 to 16" in text_of(answer) and 'value="Because"' in answer.get_data(as_text=True)
    assert rows(world, Override) == [] and rows(world, AuditEntry) == []


@pytest.mark.parametrize("reason", ["", "   ", "\x00\x1b[2J"])
def test_no_change_without_a_reason(teacher, world, reason):
    student = world.students[0]
    hand_in(world, student, mistaken())
    set_link(world, attempts_allowed=1)
    for change, form in (("override", {"score": "3"}), ("extension", {"more": "1"})):
        answer = teacher.post(f"class/students/{student}/{change}", form | {"seen": "0", "reason": reason})
        assert answer.status_code == 400 and "Give a reason" in text_of(answer)
    assert rows(world, Override) == rows(world, Extension) == rows(world, AuditEntry) == []


def test_a_score_for_a_student_without_an_attempt(teacher, world):
    """It is out of what the others' work is out of, also when questions are left out later."""
    student = world.students[0]
    path, form = f"class/students/{student}/override", {"seen": "0", "score": "8", "reason": "On paper"}
    answer = teacher.post(path, form)
    assert answer.status_code == 400 and "Nobody knows yet" in text_of(answer)
    hand_in(world, world.students[1], perfect())
    assert teacher.post(path, form).status_code == 303
    sent = score_of(world, student)
    assert (sent.score, sent.max_score) == (8, 16)
    exclude(teacher, "conv2d")
    sent = score_of(world, student)
    assert (sent.score, sent.max_score) == (8, 16)


def test_two_instructors_at_once(teacher, world, sign_in):
    """The second one's form shows an older state: it gets the new one and changes nothing."""
    student = world.students[0]
    hand_in(world, student, mistaken())
    second = sign_in(world.instructor, world.assignment, Role.INSTRUCTOR)
    path = f"class/students/{student}/"
    seen = seen_on(second, path, "/override")
    first_form = {"seen": seen_on(teacher, path, "/override"), "score": "5", "reason": "First"}
    assert teacher.post(f"{path}override", first_form).status_code == 303
    answer = second.post(f"{path}override", {"seen": seen, "score": "9", "reason": "Second"})
    assert answer.status_code == 409
    page = text_of(answer)
    assert "Somebody changed this student's score in between" in page and "5 of 16 points" in page
    assert [row.score for row in rows(world, Override)] == [5]
    form = {"seen": seen_on(second, path, "/override"), "score": "9", "reason": "Second"}
    assert second.post(f"{path}override", form).status_code == 303


def test_a_change_that_is_not_logged_is_not_made(app, teacher, world, monkeypatch):
    student = world.students[0]
    hand_in(world, student, mistaken())
    before = score_of(world, student).version

    def fails(*_args, **_details):
        raise RuntimeError("the log is full")

    monkeypatch.setattr(audit, "record", fails)
    app.testing = False
    form = {"seen": "0", "score": "9", "reason": "Because"}
    assert teacher.post(f"class/students/{student}/override", form).status_code == 500
    assert rows(world, Override) == [] and score_of(world, student).version == before


def test_an_extension(teacher, world):
    student = world.students[0]
    due = datetime(2027, 1, 1, 12, tzinfo=UTC)
    path = f"class/students/{student}/extension"
    set_link(world, due_at=due, attempts_allowed=2)
    form = {"seen": "0", "due": "2027-01-03T13:30+01:00", "more": "3", "reason": "Ill"}
    assert teacher.post(path, form).status_code == 303
    extension = rows(world, Extension)[0]
    assert (extension.due_at, extension.more_attempts) == (datetime(2027, 1, 3, 12, 30, tzinfo=UTC), 3)
    assert "5 attempts of 5 left" in text_of(teacher.get(f"class/students/{student}/"))
    assert rows(world, AuditEntry)[0].details["due_at"] == "2027-01-03T12:30:00+00:00"
    assert teacher.post(path, form).status_code == 409
    assert len(rows(world, Extension)) == 1


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"due": "2026-12-31T00:00"}, "has to be later"),
        ({"due": "tomorrow"}, "has to look like"),
        ({"due": "9999-12-31T23:59-23:59"}, "has to look like"),
        ({"more": "-1"}, "a whole number"),
        ({"more": "1e3"}, "a whole number"),
        ({"more": "99999"}, "a whole number"),
        ({"more": "२"}, "a whole number"),
    ],
)
def test_an_extension_that_is_none(teacher, world, form, problem):
    set_link(world, due_at=datetime(2027, 1, 1, tzinfo=UTC), attempts_allowed=2)
    form |= {"seen": "0", "reason": "Ill"}
    answer = teacher.post(f"class/students/{world.students[0]}/extension", form)
    assert answer.status_code == 400 and problem in text_of(answer)
    assert rows(world, Extension) == []


def test_nothing_to_extend(teacher, world):
    for form, problem in (({"due": "2027-01-01T00:00"}, "no due date"), ({"more": "1"}, "is not limited")):
        answer = teacher.post(f"class/students/{world.students[0]}/extension", form | {"seen": "0", "reason": "Ill"})
        assert answer.status_code == 400 and problem in text_of(answer)


# --- grading and sending again


def test_grading_again(teacher, world):
    first, student = hand_in(world, world.students[0], mistaken()), world.students[0]
    second = hand_in(world, student, untouched(), number=2)
    third = hand_in(world, world.students[1], perfect())

    def waiting():
        return {row.id for row in rows(world, Attempt) if row.state is State.WAITING}

    assert teacher.post(f"class/attempts/{second}/regrade").status_code == 303
    assert waiting() == {second}
    assert teacher.post(f"class/students/{student}/regrade").status_code == 303
    assert waiting() == {first, second}
    page = text_of(teacher.get("class/regrade"))
    assert "3 attempts of 2 students go into the queue; 2 of them wait there already" in page
    assert waiting() == {first, second}
    assert teacher.post("class/regrade").status_code == 303
    assert waiting() == {first, second, third}
    actions = [(row.action, row.details) for row in rows(world, AuditEntry)]
    assert actions == [
        ("regrade", {"attempts": [2]}),
        ("regrade", {"attempts": [1, 2]}),
        ("regrade all", {"attempts": 3}),
    ]
    assert score_of(world, student).score == mistaken().score  # the last result counts meanwhile


def test_sending_again(teacher, world):
    hand_in(world, world.students[0], mistaken())
    hand_in(world, world.students[1], perfect())
    before = {row.user_id: (row.version, row.stamp) for row in rows(world, Score)}
    assert teacher.post(f"class/students/{world.students[0]}/resend").status_code == 303
    assert score_of(world, world.students[0]).version == before[world.students[0]][0] + 1
    assert score_of(world, world.students[1]).version == before[world.students[1]][0]
    assert "2 scores are sent to the LMS again" in text_of(teacher.get("class/resend"))
    assert teacher.post("class/resend").status_code == 303
    assert score_of(world, world.students[1]).version == before[world.students[1]][0] + 1
    answer = teacher.post(f"class/students/{world.students[2]}/resend")
    assert answer.status_code == 400 and "no score to send" in text_of(answer)
    assert [row.action for row in rows(world, AuditEntry)] == ["resend", "resend all"]


# --- questions


CHANGE = "class/questions/change"


def exclude(teacher, question, **form):
    seen = seen_on(teacher, f"{CHANGE}?question={question}")
    return teacher.post(CHANGE, {"question": question, "seen": seen, "reason": "Unfair"} | form)


def test_leaving_a_question_out_and_bringing_it_back(teacher, world):
    hand_in(world, world.students[0], mistaken())
    hand_in(world, world.students[1], perfect())
    before = score_of(world, world.students[0])
    page = text_of(teacher.get(f"{CHANGE}?question=conv2d_backward"))
    old, new = (mistaken().score + 16) / 2, (mistaken().score + 12) / 2
    assert "2 students' scores change" in page
    assert f"from {old:.2f} of 16" in page and f"to {new:.2f} of 12" in page
    assert rows(world, Exclusion) == []
    assert exclude(teacher, "conv2d_backward").status_code == 303
    after = score_of(world, world.students[0])
    assert (after.score, after.max_score, after.version) == (before.score, 12, before.version + 1)
    assert score_of(world, world.students[1]).score == 12
    assert "conv2d_backward does not count: Unfair" in text_of(teacher.get("class/"))
    assert "conv2d_backward" not in text_of(teacher.get("class/")).split("Question by question")[1]
    assert exclude(teacher, "conv2d_backward").status_code == 303
    assert score_of(world, world.students[0]).max_score == 16
    assert rows(world, Exclusion) == []
    assert [row.action for row in rows(world, AuditEntry)] == ["exclude", "restore"]


def test_scores_given_by_hand_are_not_in_the_count(teacher, world):
    hand_in(world, world.students[0], mistaken())
    hand_in(world, world.students[1], perfect())
    teacher.post(f"class/students/{world.students[1]}/override", {"seen": "0", "score": "3", "reason": "Copied"})
    page = text_of(teacher.get(f"{CHANGE}?question=conv2d"))
    assert "1 student's score changes" in page and "1 stays as it is" in page
    assert exclude(teacher, "conv2d").status_code == 303
    assert score_of(world, world.students[0]).max_score == 12
    by_hand = score_of(world, world.students[1])
    assert (by_hand.score, by_hand.max_score) == (3, 16)


def test_a_question_that_somebody_else_left_out_meanwhile(teacher, world):
    hand_in(world, world.students[0], mistaken())
    seen = seen_on(teacher, f"{CHANGE}?question=conv2d")
    assert exclude(teacher, "im2col").status_code == 303
    answer = teacher.post(CHANGE, {"question": "conv2d", "seen": seen, "reason": "Unfair"})
    assert answer.status_code == 409 and "which questions count" in text_of(answer)
    assert [row.question for row in rows(world, Exclusion)] == ["im2col"]
    # The row's id is used again, but the page was made from something else.
    seen = seen_on(teacher, f"{CHANGE}?question=conv2d")
    assert exclude(teacher, "im2col").status_code == 303 and exclude(teacher, "convolve2d").status_code == 303
    assert teacher.post(CHANGE, {"question": "conv2d", "seen": seen, "reason": "Unfair"}).status_code == 409


def test_one_question_at_least_counts(teacher, world):
    result = perfect()
    hand_in(world, world.students[0], replace(result, tests=tuple(t for t in result.tests if t.question == "conv2d")))
    answer = exclude(teacher, "conv2d")
    assert answer.status_code == 400 and "One question at least" in text_of(answer)
    assert rows(world, Exclusion) == []


@pytest.mark.parametrize("question", ["nothing", "", HOSTILE])
def test_a_question_that_is_none(teacher, world, question):
    hand_in(world, world.students[0], mistaken())
    assert teacher.get(f"{CHANGE}?question={question}").status_code == 404
    assert teacher.post(CHANGE, {"question": question, "reason": "x", "seen": ""}).status_code == 404


def test_the_effect_of_a_change_on_nobody():
    effect = effects.effect((), {})
    assert (effect.students, effect.changed, effect.before, effect.after) == (0, (), None, None)


# --- settings


def test_settings(teacher, world):
    form = {"seen": seen_on(teacher, "class/settings"), "due": "2027-02-01T10:00:00.000Z", "attempts": "3"}
    assert teacher.post("class/settings", form).status_code == 303
    link = rows(world, Link, id=world.assignment)[0]
    assert (link.due_at, link.attempts_allowed) == (datetime(2027, 2, 1, 10, tzinfo=UTC), 3)
    answer = teacher.post("class/settings", form | {"attempts": "5"})
    assert answer.status_code == 409 and "changed the settings in between" in text_of(answer)
    empty = {"seen": seen_on(teacher, "class/settings"), "due": "", "attempts": ""}
    assert teacher.post("class/settings", empty).status_code == 303
    link = rows(world, Link, id=world.assignment)[0]
    assert (link.due_at, link.attempts_allowed) == (None, None)
    assert [row.details["after"]["attempts_allowed"] for row in rows(world, AuditEntry)] == [3, None]


@pytest.mark.parametrize("form", [{"attempts": "0"}, {"attempts": "many"}, {"due": "soon"}])
def test_settings_that_are_none(teacher, world, form):
    form |= {"seen": seen_on(teacher, "class/settings")}
    assert teacher.post("class/settings", form).status_code == 400
    assert rows(world, AuditEntry) == []


# --- files


def table(answer):
    assert answer.mimetype == "text/csv" and answer.headers["Content-Disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


def test_exports(teacher, world):
    rename(world, world.students[0], '=HYPERLINK("http://evil.example")')
    hand_in(world, world.students[0], mistaken())
    teacher.post(f"class/students/{world.students[0]}/override", {"seen": "0", "score": "3", "reason": "=1+1"})
    page = teacher.get("class/export/").get_data(as_text=True)
    for name in re.findall(r'href="[^"]*/class/(export/\w+)"', page):
        assert table(teacher.get(f"class/{name}"))
    lines = table(teacher.get("class/export/scores"))
    assert [line["student"][:4] for line in lines] == ["'=HY", "Stud", "Stud"]
    assert (lines[0]["score"], lines[0]["by_hand"], lines[0]["reason"]) == ("3", "3", "'=1+1")
    assert lines[0]["graded"] == f"{mistaken().score:.10g}"
    assert (lines[1]["score"], lines[1]["attempts"], lines[1]["lms"]) == ("", "0", "nothing to send yet")
    assert teacher.get("class/export/nothing").status_code == 404


def test_the_log_as_a_table(teacher, world):
    student = world.students[0]
    rename(world, student, "=cmd")
    hand_in(world, student, mistaken())
    teacher.post(f"class/students/{student}/override", {"seen": "0", "score": "3", "reason": "Plagiarism, cleared"})
    teacher.post(f"class/students/{student}/regrade")
    assert "Teacher T gave a score by hand" in text_of(teacher.get("class/log/"))
    assert "Plagiarism, cleared" in text_of(teacher.get(f"class/students/{student}/"))
    lines = table(teacher.get("class/log.csv"))
    assert [line["action"] for line in lines] == ["override", "regrade"]
    assert lines[0]["student"] == "'=cmd" and lines[1]["previous_hash"] == lines[0]["hash"]
    with world.database.reading() as session:
        assert list(audit.broken(session)) == []


def test_the_log_has_pages(teacher, world):
    hand_in(world, world.students[0], mistaken())
    for _ in range(101):
        teacher.post(f"class/students/{world.students[0]}/resend")
    with world.database.reading() as session:
        assert session.scalar(select(func.count(AuditEntry.id))) == 101
    assert "Page 2 of 2" in text_of(teacher.get("class/log/?page=2"))
    for odd in ("0", "-3", "99999999999", "x"):
        assert teacher.get(f"class/log/?page={odd}").status_code == 200


# --- the way to the LMS


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"sent_version": 1, "settled": True}, "sent"),
        ({"problem": "The LMS answered 503.", "tries": 2}, "not taken yet"),
        ({"settled": True, "problem": "Teachers get no grades."}, "refused"),
        ({}, "to be sent"),
    ],
)
def test_whether_the_lms_has_the_score(teacher, world, fields, words):
    hand_in(world, world.students[0], mistaken())
    with world.database.writing() as session:
        for name, value in fields.items():
            setattr(session.scalars(select(Score)).one(), name, value)
    for path in ("class/", f"class/students/{world.students[0]}/"):
        page = text_of(teacher.get(path))
        assert words in page
        assert fields.get("problem", "") in page


def test_an_lms_without_a_column(teacher, world):
    set_link(world, lineitem_url="", lineitems_url="")
    hand_in(world, world.students[0], mistaken())
    assert "offers no grade column" in text_of(teacher.get("class/"))


# --- quizzes


@pytest.fixture
def quiz_world(world, settings):
    """Of a course that has questions: two students have handed in the quiz, all wrong and all right; one has begun."""
    (settings.course / "solutions/06_scaling/quiz.py").write_text(QUIZ)
    bank = load(find_assignment(settings.course, "06_scaling"))
    with world.database.writing() as session:
        for number, student in enumerate(world.students):
            quiz = quiz_for(bank, f"student {student}")
            answers = {question.id: question.answer if number else not question.answer for question in quiz.questions}
            scored = score_quiz(quiz, answers)
            done = number < 2
            session.add(
                QuizAttempt(
                    link_id=world.quiz, user_id=student, number=1, variant=quiz.variant, answers=answers,
                    handed_in_at=now() if done else None,
                    score=sum(one.points for one in scored) if done else None,
                    max_score=sum(one.question.points for one in scored) if done else None,
                    earned={q.question.family: [q.question.title, q.points, q.question.points] for q in scored},
                )
            )  # fmt: skip
        session.flush()
        link = session.get(Link, world.quiz)
        for student in world.students:
            scores.update(session, link, student)
    return world


def test_the_class_page_of_a_quiz(quiz_world, sign_in):
    visit = sign_in(quiz_world.instructor, quiz_world.quiz, Role.INSTRUCTOR)
    page = text_of(visit.get("class/"))
    assert "Handed in 2" in page and "Mean 50 %" in page
    assert re.search(r"Student 0 0 / 2 to be sent", page) and re.search(r"Student 1 2 / 2 to be sent", page)
    assert re.search(r"Student 2 – nothing to send yet 1 begun", page)
    student = text_of(visit.get(f"class/students/{quiz_world.students[2]}/"))
    assert "Nothing is graded yet" in student and "not yet" in student
    lines = table(visit.get("class/export/scores"))
    assert [line["score"] for line in lines] == ["0", "2", ""]
    assert visit.get("class/export/questions").status_code == 404


def test_the_item_analysis(quiz_world, sign_in):
    visit = sign_in(quiz_world.instructor, quiz_world.quiz, Role.INSTRUCTOR)
    page = text_of(visit.get("class/questions/"))
    assert "2 students, 2 questions" in page and "Is a factor of one the identity?" in page
    assert "have changed since" not in page
    with quiz_world.database.writing() as session:
        session.scalars(select(QuizAttempt)).first().variant = "06_scaling-000000000000-00000000"
    page = text_of(visit.get("class/questions/"))
    assert "The questions of 1 student have changed since the quiz was taken" in page and "1 student, 2" in page


def test_an_attempt_at_a_quiz(quiz_world, sign_in):
    visit = sign_in(quiz_world.instructor, quiz_world.quiz, Role.INSTRUCTOR)
    first, second, _ = rows(quiz_world, QuizAttempt)
    page = text_of(visit.get(f"class/quizzes/{second.id}/"))
    assert "2 of 2 points" in page and "Is a factor of one the identity? true 1 / 1" in page
    with quiz_world.database.writing() as session:
        session.get(QuizAttempt, first.id).variant = "gone"
    answer = visit.get(f"class/quizzes/{first.id}/")
    assert answer.status_code == 200 and "is no variant" in text_of(answer)


def test_a_question_of_a_quiz_is_left_out_and_brought_back(quiz_world, sign_in):
    """What is then out of one point less, for whoever had it right and for whoever had it wrong."""
    with quiz_world.database.writing() as session:
        first, *_ = session.scalars(select(QuizAttempt).order_by(QuizAttempt.id))
        asked = list(first.earned)
        title, _, most = first.earned[asked[0]]
        first.earned, first.score = first.earned | {asked[0]: [title, most, most]}, most
        scores.update(session, session.get(Link, quiz_world.quiz), quiz_world.students[0])
    visit = sign_in(quiz_world.instructor, quiz_world.quiz, Role.INSTRUCTOR)
    assert title in text_of(visit.get("class/questions/"))
    page = text_of(visit.get(f"{CHANGE}?question={asked[0]}"))
    assert f"Leave {title} out for everybody?" in page and "2 students' scores change" in page
    assert exclude(visit, asked[0]).status_code == 303
    kept = {row.user_id: (row.score, row.max_score) for row in rows(quiz_world, Score) if row.version}
    assert kept == {quiz_world.students[0]: (0, 1), quiz_world.students[1]: (1, 1)}
    assert "0 / 1" in text_of(visit.get(f"class/students/{quiz_world.students[0]}/"))
    student = sign_in(quiz_world.students[1], quiz_world.quiz)
    assert f"Question “{title}” does not count: Unfair" in text_of(student.get("quiz/"))
    assert exclude(visit, asked[1]).status_code == 400  # one has to count
    assert exclude(visit, asked[0]).status_code == 303
    assert {row.score for row in rows(quiz_world, Score) if row.version} == {1, 2}


def test_a_quiz_score_by_hand(quiz_world, sign_in):
    visit = sign_in(quiz_world.instructor, quiz_world.quiz, Role.INSTRUCTOR)
    student = quiz_world.students[0]
    form = {"seen": "0", "score": "1.5", "reason": "The question was unclear"}
    assert visit.post(f"class/students/{student}/override", form).status_code == 303
    assert rows(quiz_world, Score, user_id=student)[0].score == 1.5
    answer = visit.post(f"class/students/{student}/regrade")
    assert answer.status_code == 400 and "nothing to grade again" in text_of(answer)


def test_what_cannot_be_seen_is_not_kept(teacher, world):
    hand_in(world, world.students[0], mistaken())
    form = {"seen": "0", "score": "1", "reason": "  a\x00b\x1b[31m\r\n\u202ec  " + "x" * 2000}
    assert teacher.post(f"class/students/{world.students[0]}/override", form).status_code == 303
    reason = rows(world, Override)[0].reason
    assert reason.startswith("ab c") and len(reason) == 500


def test_the_scripts_are_files(app, teacher, world):
    """The policy of the pages allows nothing else."""
    page = teacher.get("class/").get_data(as_text=True)
    assert not re.search(r"<script(?![^>]*src=)|<style|style=|onclick", page)
    for source in re.findall(r'<script src="([^"]*)"', page):
        assert app.test_client().get(source, base_url=URL).status_code == 200
    assert b".instructor" in app.test_client().get("/style.css", base_url=URL).data
