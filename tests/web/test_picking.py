"""Deep Linking, and the choice of an instructor for a link that points at nothing."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import jwt
import pytest
from jwt import PyJWK
from sqlalchemy import select
from web.conftest import URL
from web.lms import AGS, CLAIM, DEEP, INSTRUCTOR, Lms, running

from convclass.web import keys
from convclass.web.models import AuditEntry, Link, Visit, Work

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
RETURN = "https://lms.test/return?x=1&y=2"
SETTINGS = {
    "deep_link_return_url": RETURN,
    "accept_types": ["link", "ltiResourceLink"],
    "accept_presentation_document_targets": ["iframe", "window"],
    "data": "opaque <>",
}


@pytest.fixture
def lms(database) -> Lms:
    with running(database) as lms:
        yield lms


@pytest.fixture
def browser(app):
    return app.test_client()


@pytest.fixture
def with_quiz(settings):
    (settings.course / "solutions/06_scaling/quiz.py").write_text("")


def asked(lms, browser, **changed):
    """The picking page of an instructor: its address and the token against forged forms."""
    told = {
        "_message_type": "LtiDeepLinkingRequest",
        "_resource_link": None,
        "_roles": INSTRUCTOR,
        "sub": "teacher",
        "_target_link_uri": f"{URL}/lti/launch",
        DEEP: SETTINGS,
    }
    answer = lms.launch(browser, **(told | changed))
    assert answer.status_code == 303, answer.text
    page = browser.get(browser.get(answer.location, base_url=URL).location, base_url=URL)
    assert page.status_code == 200
    return page.request.path, re.search(r'name="csrf" value="(\w+)"', page.text)[1], page


def sent(database, answer) -> dict:
    """What the form brings to the platform, its signature checked."""
    assert answer.status_code == 200, answer.text
    token = re.search(r'name="JWT" value="([^"]+)"', answer.text)[1]
    public = {one["kid"]: PyJWK.from_dict(one) for one in keys.key_set(database)["keys"]}
    return jwt.decode(
        token,
        public[jwt.get_unverified_header(token)["kid"]],
        algorithms=["RS256"],
        audience="https://lms.test",
        options={"require": ["exp", "iat", "nonce", "iss"]},
    )


def test_what_is_picked_goes_back_signed(lms, browser, database, with_quiz):
    path, csrf, page = asked(lms, browser)
    assert page.text.count('type="radio"') == 2 and "Quiz: Scaling" in page.text
    form = {
        "csrf": csrf,
        "pick": "1",
        "title-1": "My quiz",
        "points-1": "12",
        "opens-1": "2030-01-01T08:00:00.000Z",
        "due-1": "2030-02-01T10:00:00.000+02:00",
    }
    answer = browser.post(path, data=form, base_url=URL)
    claims = sent(database, answer)
    assert claims["iss"] == "c1" and claims[f"{CLAIM}deployment_id"] == "d1" and claims[f"{DL}data"] == "opaque <>"
    assert claims[f"{CLAIM}message_type"] == "LtiDeepLinkingResponse" and claims[f"{CLAIM}version"] == "1.3.0"
    assert claims[f"{DL}content_items"] == [
        {
            "type": "ltiResourceLink",
            "title": "My quiz",
            "url": f"{URL}/lti/launch?quiz=06_scaling",
            "custom": {
                "convclass_work": "quiz",
                "convclass_assignment": "06_scaling",
                "convclass_points": "12",
                "convclass_due": "2030-02-01T08:00:00Z",
            },
            "lineItem": {"label": "My quiz", "scoreMaximum": 12, "resourceId": "06_scaling", "tag": "quiz"},
            "available": {"startDateTime": "2030-01-01T08:00:00Z"},
            "submission": {"endDateTime": "2030-02-01T08:00:00Z"},
        }
    ]
    assert f'action="{html.escape(RETURN)}"' in answer.text and "submit.js" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "form-action https://lms.test 'self'" in policy and "script-src 'self';" in policy
    # and the link that the platform makes of it opens the same
    item = claims[f"{DL}content_items"][0]
    lms.launch(browser, _custom=item["custom"], _target_link_uri=item["url"])
    with database.reading() as session:
        link = session.scalars(select(Link)).one()
    assert (link.work, link.points, link.due_at) == (Work.QUIZ, 12.0, datetime(2030, 2, 1, 8, tzinfo=UTC))


def test_the_address_alone_opens_the_same(lms, browser, database, with_quiz):
    lms.launch(browser, _target_link_uri=f"{URL}/lti/launch?quiz=06_scaling")
    with database.reading() as session:
        assert session.scalars(select(Link)).one().work is Work.QUIZ


def test_what_the_platform_asks_for_is_honoured(lms, browser, database, with_quiz):
    settings = {
        "deep_link_return_url": RETURN,
        "accept_types": ["ltiResourceLink"],
        "accept_multiple": True,
        "accept_lineitem": False,
        "accept_presentation_document_targets": ["window"],
    }
    path, csrf, page = asked(lms, browser, **{DEEP: settings})
    assert page.text.count('type="checkbox"') == 2
    claims = sent(database, browser.post(path, data={"csrf": csrf, "pick": ["0", "1"]}, base_url=URL))
    items = claims[f"{DL}content_items"]
    assert [item["title"] for item in items] == ["Scaling", "Quiz: Scaling"]
    assert all("lineItem" not in item and item["window"] for item in items)
    assert f"{DL}data" not in claims
    cancelled = sent(database, browser.post(path, data={"csrf": csrf, "cancel": "1"}, base_url=URL))
    assert cancelled[f"{DL}content_items"] == []


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"pick": "9"},
        {"pick": "-1"},
        {"pick": "x"},
        {"pick": ["0", "1"]},
        {"pick": "0", "points-0": "0"},
        {"pick": "0", "points-0": "nan"},
        {"pick": "0", "points-0": "x"},
        {"pick": "0", "due-0": "tomorrow"},
    ],
)
def test_what_cannot_be_meant(lms, browser, with_quiz, form):
    path, csrf, _ = asked(lms, browser)
    answer = browser.post(path, data={"csrf": csrf, **form}, base_url=URL)
    assert answer.status_code == 400 and "JWT" not in answer.text


def test_picking_needs_its_own_form_and_visit(lms, app, browser):
    path, csrf, _ = asked(lms, browser)
    assert browser.post(path, data={"pick": "0"}, base_url=URL).status_code == 403
    assert app.test_client().post(path, data={"csrf": csrf, "pick": "0"}, base_url=URL).status_code == 401


def test_other_visits_do_not_pick(sign_in, world):
    from convclass.web.models import Role

    student = sign_in(world.students[0], world.assignment)
    teacher = sign_in(world.instructor, world.assignment, Role.INSTRUCTOR)
    for method in ("get", "post"):
        assert getattr(student, method)("pick/").status_code == 403
        assert getattr(teacher, method)("pick/").status_code == 404


@pytest.mark.parametrize(
    "request_",
    [
        None,
        {"accept_types": ["ltiResourceLink"]},
        SETTINGS | {"deep_link_return_url": "javascript:alert(1)"},
        SETTINGS | {"accept_types": ["file"]},
        SETTINGS | {"accept_types": "ltiResourceLink"},
    ],
)
def test_requests_that_are_refused(lms, browser, database, request_):
    told = {"_message_type": "LtiDeepLinkingRequest", "_roles": INSTRUCTOR, DEEP: request_}
    assert lms.launch(browser, **told).status_code == 403
    with database.reading() as session:
        assert session.scalars(select(Visit)).all() == []


def test_an_instructor_chooses_once(lms, browser, app, database):
    nothing = {"_target_link_uri": f"{URL}/lti/launch", "_resource_link": {"id": "bare"}}
    path, csrf, page = asked(lms, browser, **nothing, _message_type="LtiResourceLinkRequest")
    assert "What does this link open?" in page.text
    answer = browser.post(path, data={"csrf": csrf, "pick": "0", "points-0": "7"}, base_url=URL)
    assert answer.status_code == 303
    assert browser.get(answer.location, base_url=URL).location.endswith("/class/")
    with database.reading() as session:
        link = session.scalars(select(Link)).one()
        entry = session.scalars(select(AuditEntry)).one()
        assert session.scalars(select(Visit)).one().link_id == link.id
    assert (link.lti_id, link.title, link.work, link.points) == ("bare", "Scaling", Work.ASSIGNMENT, 7.0)
    assert link.lineitem_url.endswith("?type_id=1") and link.scopes
    assert (entry.action, entry.link_id, entry.details) == (
        "choose",
        link.id,
        {"work": "assignment", "assignment": "06_scaling"},
    )
    assert browser.post(path, data={"csrf": csrf, "pick": "0"}, base_url=URL).status_code == 404
    student = app.test_client()
    entry_page = lms.launch(student, **nothing).location
    assert student.get(entry_page, base_url=URL).location.endswith("/assignment/")


def test_of_two_instructors_the_first_has_chosen(lms, app, database, with_quiz):
    nothing = {"_target_link_uri": f"{URL}/lti/launch", "_resource_link": {"id": "bare"}, AGS: None}
    browsers = [app.test_client(), app.test_client()]
    pages = [asked(lms, one, **nothing, _message_type="LtiResourceLinkRequest") for one in browsers]
    for one, (path, csrf, _), row in zip(browsers, pages, ["1", "0"], strict=True):
        assert one.post(path, data={"csrf": csrf, "pick": row}, base_url=URL).status_code == 303
    with database.reading() as session:
        assert session.scalars(select(Link)).one().work is Work.QUIZ
        assert len(session.scalars(select(AuditEntry)).all()) == 1
