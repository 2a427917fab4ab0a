"""The quiz in graded mode: variants, saving, handing in, the due date, what stays closed; and in a real browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from textwrap import dedent

import pytest
from playwright.sync_api import Page, expect
from quiz.answers import right, wrongs
from sqlalchemy import select, update
from web.ags_platform import eventually
from web.browsing import faults, served, window
from web.conftest import URL, people
from web.test_student import url_of
from web.whole_course import ASSIGNMENT, QUIZ

from convclass.quiz import variants
from convclass.web import quizzes
from convclass.web.models import Extension, Link, QuizAttempt, Role, Score, User, now
from convclass.web.settings import Settings

PAGE = "quiz/"


@pytest.fixture
def settings(settings: Settings, request, tmp_path) -> Settings:
    settings = replace(settings, database=url_of(request, tmp_path))
    (settings.course / "solutions" / ASSIGNMENT / "quiz.py").write_text(dedent(QUIZ))
    return settings


@pytest.fixture
def student(sign_in, world):
    return sign_in(world.students[0], world.quiz)


def stored(world) -> list[QuizAttempt]:
    with world.database.reading() as session:
        return list(session.scalars(select(QuizAttempt).order_by(QuizAttempt.user_id, QuizAttempt.number)))


def change(world, **values) -> None:
    with world.database.writing() as session:
        session.execute(update(Link).where(Link.id == world.quiz).values(**values))


def extend(world, student: int = 0, **values) -> None:
    with world.database.writing() as session:
        more = {"reason": "ill", "by_user_id": world.instructor} | values
        session.add(Extension(link_id=world.quiz, user_id=world.students[student], **more))


def questions(world, settings, student: int = 0, number: int = 1):
    with world.database.reading() as session:
        link, user = session.get(Link, world.quiz), session.get(User, world.students[student])
        return quizzes.drawn(settings.course, link, user, number).quiz().questions


def all_right(asked) -> dict:
    return {question.id: right(question) for question in asked}


def begin(browser) -> None:
    assert browser.post(PAGE).status_code == 303


def save(browser, answers, saves: int = 1, number: int = 1, **options):
    body = answers if isinstance(answers, bytes) else json.dumps({"saves": saves, "answers": answers}).encode()
    headers = {"X-CSRF-Token": browser.csrf, "Accept": "application/json"} | options.pop("headers", {})
    path = f"/v/{browser.public_id}/quiz/{number}/save"
    return browser.client.post(path, base_url=URL, data=body, headers=headers, content_type="application/json")


def hand_in(browser, answers, number: int = 1, **more):
    return browser.post(f"quiz/{number}/hand-in", {"answers": json.dumps({"answers": answers})} | more)


# ---- the variant


def test_everybody_gets_another_variant(student, sign_in, world, settings):
    there = people(world.database, "Other")
    browsers = [
        student,
        sign_in(world.students[1], world.quiz),
        sign_in(there.students[0], there.quiz, world=there),  # the same `sub` on another platform
    ]
    for browser in browsers:
        begin(browser)
    hand_in(student, {})
    begin(student)  # a second attempt
    drawn = [attempt.variant for attempt in stored(world)]
    assert len(drawn) == 4 and len(set(drawn)) == 4
    for attempt in stored(world):
        assert variants.reprint(settings.course, attempt.variant).variant == attempt.variant


def test_the_page_holds_no_key_and_keeps_its_policy(student):
    begin(student)
    answer = student.get("quiz/1/")
    assert answer.status_code == 200 and 'data-graded="yes"' in answer.text
    assert "SECRET" not in answer.text and 'id="key"' not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "connect-src 'self'" in policy and "unsafe-inline" not in policy
    assert policy.count("frame-ancestors") == 1 and "https://lms.test" in policy


# ---- saving


def test_saved_answers_come_back(student, world, settings):
    begin(student)
    given = all_right(questions(world, settings))
    assert save(student, given).json == {"saves": 1}
    page = student.get("quiz/1/").text
    assert 'data-saves="1"' in page
    kept = page.split('id="kept">')[1].split("</script>")[0]
    assert json.loads(kept) == json.loads(json.dumps(given))
    assert student.get(PAGE).text.count("Go on with attempt 1") == 1
    begin(student)
    assert len(stored(world)) == 1  # going on is no new attempt


def test_an_older_saving_that_arrives_late_loses(student, world, settings):
    begin(student)
    asked = questions(world, settings)
    new, old = {asked[0].id: "2"}, {asked[0].id: "1"}
    assert save(student, new, 5).status_code == 200
    for late in (4, 5):
        refused = save(student, old, late)
        assert refused.status_code == 409 and "another window" in refused.json["error"]
    assert stored(world)[0].answers == new


@pytest.mark.usefixtures("database_url")
def test_racing_savings_leave_the_newest(student, world, settings):
    begin(student)
    first = questions(world, settings)[0].id
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: save(student, {first: str(i)}, i), range(1, 25)))
    attempt = stored(world)[0]
    assert (attempt.saves, attempt.answers) == (24, {first: "24"})


def hostile(asked) -> list[bytes]:
    first, choice = asked[0].id, asked[1].id
    bodies = [
        [],
        "x",
        None,
        {"saves": 1},
        {"answers": {}},
        {"saves": "1", "answers": {}},
        {"saves": True, "answers": {}},
        {"saves": 0, "answers": {}},
        {"saves": 2**40, "answers": {}},
        {"saves": 1, "answers": []},
        {"saves": 1, "answers": {"unknown": 1}},
        {"saves": 1, "answers": {first: {"$gt": 0}}},
        {"saves": 1, "answers": {first: "9" * 1001}},
        {"saves": 1, "answers": {choice: "0"}},
        {"saves": 1, "answers": {choice: -1}},
        {"saves": 1, "answers": {choice: True}},
        {"saves": 1, "answers": {choice: [0]}},
        {"saves": 1, "answers": {first: "x" * 70_000}},
    ]
    strange = [b'{"saves": 1, "answers": {"%s": %s}}' % (first.encode(), number) for number in (b"NaN", b"1e999")]
    raw = [b"", b"{", *strange, b"[" * 60_000, b"\xff\xfe"]
    return [*(json.dumps(body).encode() for body in bodies), *raw]


def test_hostile_answers_are_refused_and_nothing_is_lost(student, world, settings):
    begin(student)
    asked = questions(world, settings)
    kept = {asked[0].id: "7"}
    save(student, kept, 1)
    for body in hostile(asked):
        assert save(student, body.replace(b'"saves": 1', b'"saves": 2')).status_code == 400, body[:80]
        answer = student.post("quiz/1/hand-in", {"answers": body.replace(b'"saves": 1', b'"saves": 2')})
        assert answer.status_code == 400 or b'"answers": {}' in body, body[:80]
        if b'"answers": {}' in body:  # a form needs no counter
            with world.database.writing() as session:
                session.execute(update(QuizAttempt).values(handed_in_at=None, score=None, answers=kept, saves=1))
    (attempt,) = stored(world)
    assert attempt.answers == kept and attempt.handed_in_at is None
    assert student.post("quiz/1/hand-in", {}).status_code == 400


def test_texts_in_answers_stay_texts(student, world, settings):
    begin(student)
    first = questions(world, settings)[0].id
    text = '</script><script>alert(1)</script>"\u202e'
    save(student, {first: text})
    page = student.get("quiz/1/").text
    assert "<script>alert" not in page and "\u202e" not in page
    hand_in(student, {first: text})
    change(world, due_at=now() - timedelta(seconds=1))
    assert "<script>alert" not in student.get("quiz/1/").text + student.get("quiz/1/review").text


# ---- handing in


def test_handing_in_scores_and_is_final(student, world, settings):
    begin(student)
    asked = questions(world, settings)
    answers = all_right(asked) | {asked[1].id: wrongs(asked[1])[0]}
    done = hand_in(student, answers)
    assert done.status_code == 303 and done.location.endswith("/quiz/1/")
    (attempt,) = stored(world)
    assert (attempt.score, attempt.max_score) == (5, 6) and attempt.handed_in_at
    assert [sum(part[place] for part in attempt.earned.values()) for place in (1, 2)] == [5, 6]
    assert all(title for title, _, _ in attempt.earned.values())
    with world.database.reading() as session:
        score = session.scalars(select(Score)).one()
    assert (score.link_id, score.user_id, score.version) == (world.quiz, world.students[0], 1)
    assert (score.score, score.max_score) == (5, 6)
    page = student.get("quiz/1/").text
    assert "<strong>5</strong> of 6 points" in page and page.count("verdict good") == 4 and "verdict bad" in page
    assert hand_in(student, all_right(asked)).status_code == 303
    refused = save(student, all_right(asked), 99)
    assert refused.status_code == 409 and "handed in" in refused.json["error"]
    assert stored(world)[0].score == 5
    with world.database.reading() as session:
        assert session.scalars(select(Score)).one().version == 1


@pytest.mark.usefixtures("database_url")
def test_racing_hand_ins_score_once(student, world, settings):
    begin(student)
    asked = questions(world, settings)
    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(lambda _: hand_in(student, all_right(asked)).status_code, range(6)))
    assert codes == [303] * 6 and stored(world)[0].score == 6
    with world.database.reading() as session:
        assert session.scalars(select(Score)).one().version == 1


def test_what_is_saved_while_the_score_is_worked_out_counts(student, world, settings, monkeypatch):
    begin(student)
    asked = questions(world, settings)
    score_quiz = quizzes.score_quiz

    def slowly(quiz, answers):
        if not answers:
            save(student, all_right(asked), 7)
        return score_quiz(quiz, answers)

    monkeypatch.setattr(quizzes, "score_quiz", slowly)
    quizzes.hand_in(world.database, settings.course, stored(world)[0].id)
    assert stored(world)[0].score == 6


def test_attempts_are_counted(student, world, settings):
    change(world, attempts_allowed=1)
    begin(student)
    hand_in(student, {})
    refused = student.post(PAGE)
    assert refused.status_code == 409 and "used all your attempts" in refused.text
    assert "Begin attempt" not in student.get(PAGE).text and len(stored(world)) == 1
    extend(world, more_attempts=1)
    begin(student)
    assert hand_in(student, all_right(questions(world, settings, number=2)), 2).status_code == 303
    assert [attempt.score for attempt in stored(world)] == [0, 6]
    assert '<dd>6<span class="muted"> of 6' in student.get(PAGE).text  # the best counts


@pytest.mark.usefixtures("database_url")
def test_racing_beginnings_begin_one_attempt(student, world):
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: student.post(PAGE).status_code, range(8))) == {303}
    assert len(stored(world)) == 1


# ---- the due date


def test_after_the_due_date_what_was_saved_is_handed_in(student, world, settings):
    begin(student)
    asked = questions(world, settings)
    save(student, {asked[0].id: right(asked[0])})
    due = now() - timedelta(seconds=1)
    change(world, due_at=due)
    late = save(student, all_right(asked), 2)
    assert late.status_code == 409
    assert hand_in(student, all_right(asked)).status_code == 303
    assert "<strong>2</strong> of 6 points" in student.get("quiz/1/").text
    (attempt,) = stored(world)
    assert attempt.handed_in_at == due and attempt.score == 2 and set(attempt.answers) == {asked[0].id}
    assert student.post(PAGE).status_code == 409


def test_an_instructor_hands_in_for_all_whose_time_is_over(sign_in, world, settings):
    for i in range(3):
        begin(sign_in(world.students[i], world.quiz))
    due = now() - timedelta(minutes=1)
    assert quizzes.hand_in_overdue(world.database, settings.course, world.quiz) == 0  # no due date
    change(world, due_at=due)
    extend(world, 2, due_at=now() + timedelta(hours=1))
    assert quizzes.hand_in_overdue(world.database, settings.course, world.quiz, at=due) == 0
    assert quizzes.hand_in_overdue(world.database, settings.course, world.quiz) == 2
    assert quizzes.hand_in_overdue(world.database, settings.course, world.quiz) == 0
    assert [attempt.handed_in_at for attempt in stored(world)] == [due, due, None]


def test_answers_stay_closed_until_nobody_can_use_them(student, world, settings):
    def closed() -> bool:
        shown = student.get("quiz/1/").text
        review = student.get("quiz/1/review")
        assert "SECRET" not in shown
        assert (review.status_code == 403) == ("See all answers explained" not in shown)
        assert (
            ("SECRET-FEEDBACK" in review.text) == ("SECRET-EXPLANATION" in review.text) == (review.status_code == 200)
        )
        return review.status_code == 403

    begin(student)
    assert closed()
    asked = questions(world, settings)
    hand_in(student, {asked[1].id: wrongs(asked[1])[0]})
    assert closed()  # any number of attempts
    change(world, attempts_allowed=2)
    assert closed()  # one is left
    change(world, attempts_allowed=1)
    assert not closed()
    change(world, due_at=now() + timedelta(days=1))
    assert closed()
    change(world, due_at=now() - timedelta(days=1))
    assert not closed()
    extend(world, 1, due_at=now() + timedelta(days=1))
    assert closed()  # another student has longer


def test_answers_stay_closed_while_another_attempt_runs(student, world, settings):
    change(world, attempts_allowed=2)
    begin(student)
    hand_in(student, all_right(questions(world, settings)))
    begin(student)
    assert student.get("quiz/1/review").status_code == 403
    hand_in(student, {}, number=2)
    assert student.get("quiz/1/review").status_code == 200


def test_a_quiz_that_was_changed_meanwhile(student, world, settings):
    begin(student)
    asked = questions(world, settings)
    save(student, all_right(asked))
    file = settings.course / "solutions" / ASSIGNMENT / "quiz.py"
    file.write_text(file.read_text().replace("What does the factor do?", "What does this factor do?"))
    _forget()
    assert student.get("quiz/1/").status_code == 200
    asked = questions(world, settings)
    assert hand_in(student, {asked[0].id: right(asked[0])}).status_code == 303
    (attempt,) = stored(world)
    assert attempt.score == 2 and variants.reprint(settings.course, attempt.variant)
    file.write_text(file.read_text().replace("What does this factor do?", "What does a factor do?"))
    _forget()
    page = student.get("quiz/1/").text
    assert "<strong>2</strong> of 6 points" in page and "have been changed since" in page
    change(world, due_at=now() - timedelta(seconds=1))
    assert student.get("quiz/1/review").status_code == 403


def _forget() -> None:
    for kept in (quizzes._bank, quizzes._quiz, quizzes._kinds):
        kept.cache_clear()


# ---- others


def test_nobody_reaches_another_students_quiz(student, sign_in, world, settings):
    begin(student)
    there = people(world.database, "Other")
    others = [
        sign_in(world.students[1], world.quiz),
        sign_in(there.students[0], there.quiz, world=there),
        sign_in(world.students[0], world.assignment),  # this visit opened the assignment
    ]
    for other in others:
        assert other.get("quiz/1/").status_code == 404 and other.get("quiz/1/review").status_code == 404
        assert save(other, {}).status_code == 404 and hand_in(other, {}).status_code == 404
    others[0].public_id = student.public_id
    assert others[0].get("quiz/1/").status_code == 401
    teacher = sign_in(world.instructor, world.quiz, Role.INSTRUCTOR)
    assert teacher.get(PAGE).status_code == 403 and teacher.post(PAGE).status_code == 403
    assert len(stored(world)) == 1 and stored(world)[0].saves == 0


@pytest.mark.parametrize("token", ["", "0" * 64])
def test_changes_need_the_token(student, world, token):
    assert student.post(PAGE, {"csrf": token}).status_code == 403 and stored(world) == []
    begin(student)
    refused = save(student, {}, headers={"X-CSRF-Token": token})
    assert refused.status_code == 403 and refused.json["error"]
    assert hand_in(student, {}, csrf=token).status_code == 403
    assert stored(world)[0].saves == 0 and stored(world)[0].handed_in_at is None


def test_a_quiz_that_is_gone(student, settings):
    (settings.course / "solutions" / ASSIGNMENT / "quiz.py").unlink()
    answer = student.get(PAGE)
    assert answer.status_code == 404 and "no such quiz any more" in answer.text


# ---- in a browser


@pytest.fixture
def browser_page(settings, world) -> Iterator[Page]:
    with served(settings, world) as address, window(address, world, world.quiz) as (page, base):
        page.goto(f"{base}/quiz/")
        yield page


def opened(page: Page) -> None:
    """Begin the first attempt and wait for its page: only then is the attempt in the database."""
    page.click("text=Begin attempt 1")
    page.wait_for_selector("#hand-in")


def give(page: Page, question, answer) -> None:
    section = page.locator(f'section[data-id="{question.id}"]')
    if question.kind in ("numeric", "short_text"):
        section.locator("input").fill(str(answer))
    elif question.kind in ("single_choice", "multiple_choice"):
        for place in answer if isinstance(answer, list) else [answer]:
            section.locator(f'input[value="{place}"]').check()
    elif question.kind == "cloze":
        for name, value in answer.items():
            section.locator(f'[data-gap="{name}"]').fill(str(value))
    else:
        for wanted in reversed(answer):  # each in turn goes to the top
            item = section.locator(f'[data-item="{wanted}"]')
            while item.evaluate("(e) => e.previousElementSibling !== null"):
                item.locator('[data-move="-1"]').click()


def saved_line(page: Page, words: str) -> None:
    expect(page.locator("#saved")).to_contain_text(words, timeout=20_000)


def test_answers_outlive_a_lost_connection(browser_page: Page, world, settings):
    page, troubles = browser_page, []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    opened(page)
    first, *others, last = questions(world, settings)
    give(page, first, 1)
    saved_line(page, "Saved at")
    assert stored(world)[0].answers == {first.id: "1"}

    page.route("**/save", lambda route: route.abort())
    for question in (first, *others):
        give(page, question, right(question))
    saved_line(page, "Not saved: no connection")
    assert page.locator("#saved").get_attribute("data-is") == "bad"
    page.click("#hand-in button")
    page.click("text=Hand in all the same")
    saved_line(page, "Not handed in")
    assert stored(world)[0].answers == {first.id: "1"} and stored(world)[0].handed_in_at is None

    page.unroute("**/save")
    page.reload()  # before it is saved: the browser held it
    assert page.locator(f'section[data-id="{first.id}"] input').input_value() == str(right(first))
    saved_line(page, "Saved at")
    assert set(stored(world)[0].answers) == {first.id, *(question.id for question in others)}

    page.evaluate("localStorage.clear()")
    page.reload()  # as on another computer
    assert page.evaluate("document.getElementById('progress').value") == 4
    give(page, last, right(last))
    page.click("#hand-in button")
    assert "All questions are answered" in page.locator("#really").inner_text()
    page.keyboard.press("Escape")
    assert stored(world)[0].handed_in_at is None
    page.click("#hand-in button")
    page.click("#hand-in-all-the-same")
    page.wait_for_selector("text=Question by question")
    assert "6 of 6 points" in page.locator(".score").inner_text()
    assert stored(world)[0].score == 6 and troubles == []


def test_a_page_that_is_left_saves(browser_page: Page, world, settings):
    page = browser_page
    opened(page)
    first = questions(world, settings)[0]
    page.locator(f'section[data-id="{first.id}"] input').fill("5")
    page.click("text=All attempts")  # within the second in which it waits
    page.wait_for_selector("text=Go on with attempt 1")
    eventually(lambda: stored(world)[0].answers == {first.id: "5"})


def test_a_refused_saving_says_why_and_stops(browser_page: Page, world, settings):
    page, tries = browser_page, []
    opened(page)
    page.on("request", lambda request: tries.append(request.url) if request.url.endswith("/save") else None)
    with world.database.writing() as session:
        session.execute(update(QuizAttempt).values(saves=50))
    give(page, questions(world, settings)[0], 5)
    saved_line(page, "another window")
    page.wait_for_timeout(3000)
    assert len(tries) == 1


def test_the_review_shows_what_was_right(browser_page: Page, world, settings):
    page = browser_page
    opened(page)
    asked = questions(world, settings)
    give(page, asked[0], right(asked[0]))
    give(page, asked[1], wrongs(asked[1])[0])
    saved_line(page, "Saved at")
    change(world, due_at=now() - timedelta(seconds=1))
    page.reload()
    page.click("text=See all answers explained")
    results = page.locator("[data-result]").all_inner_texts()
    assert results[0].startswith("✓ Right · 2 of 2 points") and "SECRET-EXPLANATION" in results[0]
    assert results[1].startswith("✗ Not right") and "Answer:" in results[1] and "multiplies" in results[1]
    assert "SECRET-FEEDBACK" in page.locator(f'section[data-id="{asked[1].id}"]').inner_text()
    assert all(result.startswith("– Not answered") and "Answer:" in result for result in results[2:])
    assert page.locator("#total").inner_text() == "2 of 6 points so far"


@pytest.mark.parametrize("width", [360, 800])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(settings, world, width, scheme):
    look = {"viewport": {"width": width, "height": 600}, "color_scheme": scheme}
    with served(settings, world) as address, window(address, world, world.quiz, **look) as (page, base):
        found = {}
        page.goto(f"{base}/quiz/")
        found["start"] = faults(page)
        opened(page)
        first, choice, *_ = questions(world, settings)
        give(page, first, right(first))
        give(page, choice, wrongs(choice)[0])
        saved_line(page, "Saved at")
        found["quiz"] = faults(page)
        page.click("#hand-in button")
        found["really"] = faults(page)
        page.click("#hand-in-all-the-same")
        page.wait_for_selector("text=Question by question")
        found["result"] = faults(page)
        change(world, due_at=now() - timedelta(seconds=1))
        page.goto(f"{base}/quiz/1/review")
        found["review"] = faults(page)
        page.goto(f"{base}/quiz/")
        found["over"] = faults(page)
    assert not {name: told for name, told in found.items() if told}
