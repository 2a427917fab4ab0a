"""Login and launch against a platform of our own making: what is accepted, and every way of being refused."""

from __future__ import annotations

import hmac
import json
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm
from jwt.utils import base64url_encode
from sqlalchemy import func, select, update
from web.conftest import URL
from web.fake_platform import key, public_jwk, serving, soon
from web.lms import AGS, CLAIM, DEEP, INSTRUCTOR, LEARNER, NRPS, TARGET, Lms, post, register, running

from convclass.web import platform_keys
from convclass.web.message import is_below
from convclass.web.models import (
    AuditEntry,
    Context,
    Deployment,
    Link,
    Login,
    Membership,
    Platform,
    Role,
    User,
    Visit,
    Work,
    now,
)
from convclass.web.roles import role_of


@pytest.fixture
def lms(database) -> Lms:
    with running(database) as lms:
        yield lms


@pytest.fixture
def browser(app):
    return app.test_client()


def stored(database) -> dict[str, int]:
    tables = (Context, User, Membership, Link, Visit, AuditEntry)
    with database.reading() as session:
        return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) for table in tables}


def one(database, table):
    with database.reading() as session:
        return session.scalars(select(table)).one()


# Login


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_login_sends_the_browser_back_with_state_and_nonce(lms, browser, database, method):
    answer = lms.login(browser, method)
    place = urlsplit(answer.location)
    asked = {name: values[0] for name, values in parse_qs(place.query).items()}
    assert answer.status_code == 302 and answer.location.startswith("https://lms.test/auth?tenant=1&")
    assert asked.pop("state") != asked.pop("nonce")
    assert asked == {
        "tenant": "1",
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": "c1",
        "redirect_uri": f"{URL}/lti/launch",
        "login_hint": "hint",
        "lti_message_hint": "message",
    }
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-convclass-login-")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Max-Age=600"))


def test_state_and_nonce_are_random_and_kept_hashed(lms, browser, database):
    first, second = lms.begun(browser), lms.begun(browser)
    assert len({first["state"], first["nonce"], second["state"], second["nonce"]}) == 4
    with database.reading() as session:
        for login in session.scalars(select(Login)):
            values = str(vars(login))
            assert first["state"] not in values and first["nonce"] not in values


@pytest.mark.parametrize(
    ("changed", "status", "told"),
    [
        ({"iss": None}, 403, "does not know the LMS"),
        ({"iss": "https://other.test"}, 403, "does not know the LMS"),
        ({"client_id": "c9"}, 403, "does not know the LMS"),
        ({"login_hint": None}, 400, "login_hint"),
        ({"target_link_uri": None}, 400, "target_link_uri"),
        ({"target_link_uri": "https://evil.test/lti/launch"}, 400, "target_link_uri"),
        ({"target_link_uri": f"{URL}.evil.test/"}, 400, "target_link_uri"),
    ],
)
def test_logins_that_are_refused(lms, browser, database, changed, status, told):
    answer = lms.login(browser, **changed)
    assert answer.status_code == status and told in answer.text
    assert "Set-Cookie" not in answer.headers
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Login)) == 0


def test_an_unknown_lms_is_told_who_must_do_what(lms, browser):
    answer = lms.login(browser, iss="https://new.test", client_id="<x>")
    assert "convclass lti add-platform" in answer.text and "&lt;x&gt;" in answer.text
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'self' https://new.test")
    assert "<script" not in answer.text and "<form" not in answer.text
    for odd in ("https://x;script-src *", "https://x,y", "javascript:x", "https://x y"):
        assert lms.login(browser, iss=odd).headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")


def test_a_login_without_client_id_is_found_where_it_is_clear(lms, browser, database):
    assert lms.begun(browser, client_id=None)["client_id"] == "c1"
    register(database, lms.fake, client_id="c2", deployments=["d2"])
    assert lms.login(browser, client_id=None).status_code == 400
    assert lms.begun(browser, client_id=None, lti_deployment_id="d2")["client_id"] == "c2"
    assert lms.begun(browser, client_id="c1")["client_id"] == "c1"


def test_an_inactive_platform(lms, browser, database):
    begun = lms.begun(browser)
    with database.writing() as session:
        session.execute(update(Platform).values(active=False))
    assert lms.login(browser).status_code == 403
    assert "no longer" in post(browser, begun["state"], lms.fake.sign(lms.claims(begun["nonce"]))).text


def test_old_logins_are_forgotten(lms, browser, database):
    lms.begun(browser)
    with database.writing() as session:
        session.execute(update(Login).values(created_at=now() - timedelta(hours=3)))
    lms.begun(browser)
    assert one(database, Login)


@pytest.mark.parametrize(
    ("url", "below"),
    [
        ("https://tool.test", True),
        ("https://tool.test/", True),
        ("https://TOOL.test/lti/launch?a=b", True),
        ("http://tool.test/", False),
        ("https://tool.test:444/", False),
        ("https://tool.test@evil.test/", False),
        ("https://tool.test\\@evil.test/", False),
        ("https://tool.testing/", False),
        ("//tool.test/", False),
        ("javascript:alert(1)//https://tool.test/", False),
    ],
)
def test_what_is_below_the_tool(url, below):
    assert is_below(url, URL) is below
    assert not is_below(f"{URL}/app/../x", f"{URL}/app") and not is_below(f"{URL}/apple", f"{URL}/app")


# Launch


def test_a_launch_is_stored_and_goes_on(lms, browser, database):
    answer = lms.launch(browser)
    assert answer.status_code == 303
    place = urlsplit(answer.location)
    visit, link, user, context = (one(database, table) for table in (Visit, Link, User, Context))
    assert place.path == f"/v/{visit.public_id}/" and place.query.startswith("ticket=")
    assert browser.get(answer.location, base_url=URL).location == f"/v/{visit.public_id}/assignment/"
    assert (visit.role, visit.link_id, visit.return_url) == (Role.STUDENT, link.id, "https://lms.test/back")
    assert (user.platform_id, user.sub, user.name, user.email) == (
        lms.id,
        "student-1",
        "Ada Student",
        "ada@example.edu",
    )
    assert (context.lti_id, context.title, context.memberships_url) == (
        "course-1",
        "Vision 101",
        f"{lms.fake.url}/members",
    )
    assert (link.lti_id, link.title, link.work, link.assignment) == ("link-1", "Scaling", Work.ASSIGNMENT, "06_scaling")
    assert (link.lineitem_url, link.lineitems_url) == (f"{lms.fake.url}/items/1?type_id=1", f"{lms.fake.url}/items")
    assert link.scopes == ["https://purl.imsglobal.org/spec/lti-ags/scope/score"]
    assert one(database, Membership).role is Role.STUDENT
    assert "frame-ancestors 'self' https://lms.test" in answer.headers["Content-Security-Policy"]
    assert "Max-Age=0" in answer.headers.getlist("Set-Cookie")[1]


def test_a_second_launch_adds_only_a_visit(lms, browser, database):
    lms.launch(browser)
    before = stored(database)
    lms.launch(browser, name="Ada Married", _resource_link={"id": "link-1", "title": "Scaled"})
    assert stored(database) == before | {"visits": 2}
    assert (one(database, User).name, one(database, Link).title) == ("Ada Married", "Scaled")


def test_names_may_be_kept_back_and_stay_once_known(lms, browser, database):
    lms.launch(browser, name=None, email=None)
    assert (one(database, User).name, one(database, User).email) == ("", "")
    lms.launch(browser, name=None, given_name="Ada", family_name="Byron")
    assert one(database, User).name == "Ada Byron"
    lms.launch(browser, name=None)
    assert one(database, User).name == "Ada Byron"


def test_canvas_student_view(lms, browser, database):
    lms.launch(
        browser, sub="test-user", _roles=[*LEARNER, "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"]
    )
    assert one(database, Visit).role is Role.STUDENT


V2 = "http://purl.imsglobal.org/vocab/lis/v2/"


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        ([f"{V2}membership#Instructor"], Role.INSTRUCTOR),
        ([f"{V2}membership/Instructor#TeachingAssistant"], Role.INSTRUCTOR),
        ([f"{V2}membership#TeachingAssistant"], Role.INSTRUCTOR),
        ([f"{V2}membership#ContentDeveloper"], Role.INSTRUCTOR),
        ([f"{V2}membership#Learner"], Role.STUDENT),
        ([f"{V2}membership/Learner#GuestLearner"], Role.STUDENT),
        ([f"{V2}membership#Learner", f"{V2}membership#Instructor"], Role.INSTRUCTOR),
        (["Instructor"], Role.INSTRUCTOR),
        (["Learner"], Role.STUDENT),
        ([f"{V2}institution/person#Administrator", f"{V2}membership#Learner"], Role.STUDENT),
        ([f"{V2}institution/person#Instructor"], None),
        ([f"{V2}system/person#Administrator"], None),
        ([f"{V2}membership#Mentor"], None),
        ([f"{V2}membershipInstructor", "http://evil.test/membership#Instructor", 7, None], None),
        ([], None),
    ],
)
def test_roles(roles, role):
    assert role_of(roles) is role


REFUSED = {
    "no issuer": {"iss": None},
    "another issuer": {"iss": "https://other.test"},
    "no audience": {"aud": None},
    "another audience": {"aud": "c9"},
    "several audiences and no azp": {"aud": ["c1", "c9"]},
    "another azp": {"aud": ["c1", "c9"], "azp": "c9"},
    "another azp, one audience": {"azp": "c9"},
    "no exp": {"exp": None},
    "expired": {"exp": soon(-120)},
    "exp is no time": {"exp": "soon"},
    "no iat": {"iat": None},
    "issued in the future": {"iat": soon(600)},
    "not yet valid": {"nbf": soon(600)},
    "no nonce": {"nonce": None},
    "another nonce": {"nonce": "guess"},
    "nonce is no text": {"nonce": 7},
    "no sub": {"sub": None},
    "empty sub": {"sub": ""},
    "sub is no text": {"sub": 7},
    "sub too long": {"sub": "x" * 301},
    "sub with a NUL": {"sub": "a\0b"},
    "no version": {"_version": None},
    "another version": {"_version": "1.1"},
    "no message type": {"_message_type": None},
    "another message type": {"_message_type": "LtiSubmissionReviewRequest"},
    "message type is no text": {"_message_type": ["LtiResourceLinkRequest"]},
    "no deployment": {"_deployment_id": None},
    "unknown deployment": {"_deployment_id": "d9"},
    "no target": {"_target_link_uri": None},
    "target elsewhere": {"_target_link_uri": "https://evil.test/"},
    "target of an assignment that is not": {"_target_link_uri": f"{URL}/lti/launch?assignment=99_none"},
    "target out of the course": {"_target_link_uri": f"{URL}/lti/launch?assignment=../06_scaling"},
    "target of a quiz that is not": {"_target_link_uri": f"{URL}/lti/launch?quiz=06_scaling"},
    "no roles": {"_roles": None},
    "roles are no list": {"_roles": "Instructor"},
    "neither student nor instructor": {"_roles": []},
    "administrator only": {"_roles": [f"{V2}system/person#Administrator"]},
    "no link": {"_resource_link": None},
    "link without id": {"_resource_link": {"title": "x"}},
    "link is no object": {"_resource_link": "link-1"},
    "no course": {"_context": None},
    "course without id": {"_context": {"title": "x"}},
    "student picks content": {
        "_message_type": "LtiDeepLinkingRequest",
        DEEP: {"deep_link_return_url": "https://lms.test/r", "accept_types": ["ltiResourceLink"]},
    },
}


@pytest.mark.parametrize("changed", REFUSED.values(), ids=REFUSED)
def test_claims_that_are_refused(lms, browser, database, changed):
    answer = lms.launch(browser, **changed)
    assert answer.status_code in (403, 404), answer.text
    assert "<h1>" in answer.text and "Traceback" not in answer.text
    assert not any("__Host-convclass-" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
    assert set(stored(database).values()) == {0}
    assert one(database, Login).used_at is None
    assert "https://lms.test" in answer.headers["Content-Security-Policy"].split("frame-ancestors")[1]


def test_the_table_of_refusals_starts_from_what_is_accepted(lms, browser):
    assert lms.launch(browser).status_code == 303
    assert lms.launch(browser, aud=["c1", "c9"], azp="c1").status_code == 303
    assert lms.launch(browser, aud=["c1"]).status_code == 303
    assert lms.launch(browser, exp=soon(-30), iat=soon(30)).status_code == 303


def test_an_unknown_deployment_is_told_with_the_command(lms, browser):
    told = lms.launch(browser, _deployment_id="d9").text
    assert "d9" in told and f"convclass lti add-deployment {lms.id} d9" in told


def test_optional_claims_of_the_wrong_kind_are_left_out(lms, browser, database):
    odd = {AGS: "x", NRPS: ["x"], "_custom": [1], "_launch_presentation": 3, "name": {"a": 1}, "email": 5}
    assert lms.launch(browser, **odd).status_code == 303
    link = one(database, Link)
    assert (link.lineitem_url, link.scopes, one(database, User).name) == ("", [], "")
    bad = {"lineitem": "javascript:alert(1)", "lineitems": ["x"], "scope": "all"}
    assert lms.launch(browser, **{AGS: bad}).status_code == 303
    assert one(database, Link).lineitem_url == ""


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.test", 5])
def test_a_return_url_that_is_none(lms, browser, database, url):
    lms.launch(browser, _launch_presentation={"return_url": url})
    assert one(database, Visit).return_url == ""


# Signatures


def by_hand(claims, secret: bytes) -> str:
    """A token of HS256 whose secret is a public key, which PyJWT refuses to make."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "kid": "k1", "typ": "JWT"}, claims)]
    signed = b".".join(base64url_encode(part) for part in parts)
    return b".".join((signed, base64url_encode(hmac.digest(secret, signed, "sha256")))).decode()


def test_alg_none_and_shared_secrets_are_refused(lms, browser, database):
    begun = lms.begun(browser)
    claims = lms.claims(begun["nonce"])
    pem = lms.fake.keys["k1"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": "k1"})
    jwt.algorithms.HMACAlgorithm.prepare_key, kept = (
        lambda _self, given: given,
        jwt.algorithms.HMACAlgorithm.prepare_key,
    )
    try:
        shared = jwt.encode(claims, pem, algorithm="HS256", headers={"kid": "k1"})
    finally:
        jwt.algorithms.HMACAlgorithm.prepare_key = kept
    for token in (unsigned, shared):
        answer = post(browser, begun["state"], token)
        assert answer.status_code == 403 and "key pair" in answer.text
    assert set(stored(database).values()) == {0}
    assert post(browser, begun["state"], lms.fake.sign(claims)).status_code == 303


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "e30.e30.e30", "\0", "🙂.🙂.🙂"])
def test_what_is_no_token(lms, browser, database, token):
    assert post(browser, lms.begun(browser)["state"], token).status_code == 403
    assert set(stored(database).values()) == {0}


def test_a_signature_of_another_key(lms, browser, database):
    lms.fake.keys["mine"] = key()
    forged = lms.fake.keys.pop("mine")
    begun = lms.begun(browser)
    token = jwt.encode(lms.claims(begun["nonce"]), forged, algorithm="RS256", headers={"kid": "k1"})
    assert "Signature verification failed" in post(browser, begun["state"], token).text
    assert set(stored(database).values()) == {0}


def test_a_token_without_kid_or_with_its_own_key(lms, browser, database):
    begun, mine = lms.begun(browser), key()
    claims = lms.claims(begun["nonce"])
    for headers in ({}, {"jwk": public_jwk(mine, "mine")}, {"kid": "mine", "jku": "https://evil.test/jwks"}):
        token = jwt.encode(claims, mine, algorithm="RS256", headers=headers)
        assert post(browser, begun["state"], token).status_code == 403
    assert set(stored(database).values()) == {0}


def test_an_elliptic_key_and_a_key_of_the_wrong_kind(lms, browser):
    private = ec.generate_private_key(ec.SECP256R1())
    public = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    lms.fake.extra_jwks = [public | {"kid": "e1", "alg": "ES256"}]
    begun = lms.begun(browser)
    claims = lms.claims(begun["nonce"])
    confused = lms.fake.sign(claims, headers={"kid": "e1"})
    assert post(browser, begun["state"], confused).status_code == 403
    token = jwt.encode(claims, private, algorithm="ES256", headers={"kid": "e1"})
    assert post(browser, begun["state"], token).status_code == 303


@pytest.mark.parametrize(
    "more", [{"use": "enc"}, {"alg": "RS512"}, {"kty": "oct", "k": "eA"}, {"n": "!"}, {"n": None}, {"d": "AQAB"}]
)
def test_published_keys_that_are_not_to_be_used(lms, browser, more):
    private = key()
    lms.fake.keys, lms.fake.extra_jwks = {}, [public_jwk(private, "k1", **more)]
    begun = lms.begun(browser)
    token = jwt.encode(lms.claims(begun["nonce"]), private, algorithm="RS256", headers={"kid": "k1"})
    assert "no key" in post(browser, begun["state"], token).text


def test_a_short_key_is_refused(lms, browser):
    lms.fake.keys = {"k1": rsa.generate_private_key(public_exponent=65537, key_size=1024)}
    with pytest.warns(jwt.warnings.InsecureKeyLengthWarning):
        assert "no key" in lms.launch(browser).text


def test_keys_are_fetched_once_and_again_for_a_new_one_but_not_at_once(lms, browser, monkeypatch):
    for _ in range(3):
        assert lms.launch(browser).status_code == 303
    assert lms.fake.count("/jwks") == 1
    lms.fake.keys["k2"] = key()
    assert lms.launch(browser, kid="k2").status_code == 403
    assert lms.fake.count("/jwks") == 1
    monkeypatch.setattr(platform_keys, "PAUSE_SECONDS", 0.0)
    assert lms.launch(browser, kid="k2").status_code == 303
    assert lms.fake.count("/jwks") == 2
    monkeypatch.setattr(platform_keys, "FRESH_SECONDS", 0.0)
    del lms.fake.answers["/jwks"]
    assert lms.launch(browser).status_code == 303, "what is known serves while the platform's keys cannot be had"


def test_a_retired_key_is_refused_once_the_set_is_old(lms, browser, monkeypatch):
    old = lms.fake.keys["k1"]
    assert lms.launch(browser).status_code == 303
    lms.fake.keys = {"k2": key()}
    monkeypatch.setattr(platform_keys, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(platform_keys, "FRESH_SECONDS", 0.0)
    begun = lms.begun(browser)
    token = jwt.encode(lms.claims(begun["nonce"]), old, algorithm="RS256", headers={"kid": "k1"})
    assert post(browser, begun["state"], token).status_code == 403


def test_keys_that_cannot_be_had(lms, browser, database):
    lms.fake.answers.pop("/jwks")
    answer = lms.launch(browser)
    assert answer.status_code == 503 and "cannot be had" in answer.text
    lms.launch(browser)
    assert lms.fake.count("/jwks") == 1
    assert set(stored(database).values()) == {0}


# Replay and mixing


def test_a_launch_is_good_once(lms, browser, database):
    begun = lms.begun(browser)
    token = lms.fake.sign(lms.claims(begun["nonce"]))
    assert post(browser, begun["state"], token).status_code == 303
    cookie_back = lms.begun(browser)  # the same browser, another login
    for state, again in [(begun["state"], token), (cookie_back["state"], token)]:
        assert post(browser, state, again).status_code == 403
    fresh = lms.fake.sign(lms.claims(begun["nonce"], jti="another"))
    assert "opened already" in post(browser, begun["state"], fresh).text
    assert stored(database)["visits"] == 1


def test_of_two_launches_at_once_one_gets_in(lms, app, database):
    browser = app.test_client()
    begun = lms.begun(browser)
    token = lms.fake.sign(lms.claims(begun["nonce"]))
    cookie = browser.get_cookie(next(c.key for c in browser._cookies.values()), domain="tool.test")
    answers, together = [], threading.Barrier(4)

    def go() -> None:
        mine = app.test_client()
        mine.set_cookie(cookie.key, cookie.value, domain="tool.test", secure=True)
        together.wait()
        answers.append(post(mine, begun["state"], token).status_code)

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303, 403, 403, 403]
    assert stored(database)["visits"] == 1


def test_a_login_that_is_too_old(lms, browser, database):
    begun = lms.begun(browser)
    with database.writing() as session:
        session.execute(update(Login).values(created_at=now() - timedelta(minutes=11)))
    assert "ten minutes" in post(browser, begun["state"], lms.fake.sign(lms.claims(begun["nonce"]))).text
    assert set(stored(database).values()) == {0}


@pytest.mark.parametrize("state", ["", "guess", "\0", "🙂"])
def test_a_state_that_is_none(lms, browser, state):
    begun = lms.begun(browser)
    assert post(browser, state, lms.fake.sign(lms.claims(begun["nonce"]))).status_code == 403


def test_another_platforms_token(lms, browser, database):
    with serving() as fake:
        other = register(database, fake, issuer="https://other.test", client_id="c1")
        mine, theirs = lms.begun(browser), other.begun(browser)
        for state, nonce in [(mine["state"], mine["nonce"]), (mine["state"], theirs["nonce"])]:
            assert post(browser, state, other.fake.sign(other.claims(nonce))).status_code == 403
            forged = other.fake.sign(lms.claims(nonce))
            assert post(browser, state, forged).status_code == 403
        assert set(stored(database).values()) == {0}


def test_two_registrations_of_one_issuer_and_the_same_sub(lms, browser, database):
    second = register(database, lms.fake, client_id="c2")
    assert lms.launch(browser).status_code == 303
    begun = second.begun(browser)
    assert post(browser, begun["state"], lms.fake.sign(lms.claims(begun["nonce"]))).status_code == 403
    assert second.launch(browser, name="Another Ada").status_code == 303
    with database.reading() as session:
        users = session.scalars(select(User).order_by(User.platform_id)).all()
        assert [(user.platform_id, user.sub, user.name) for user in users] == [
            (lms.id, "student-1", "Ada Student"),
            (second.id, "student-1", "Another Ada"),
        ]
        assert session.scalar(select(func.count()).select_from(Context)) == 2
        assert session.scalar(select(func.count()).select_from(Link)) == 2


def test_a_deployment_of_another_platform(lms, browser, database):
    register(database, lms.fake, issuer="https://other.test", deployments=["theirs"])
    assert "theirs" in lms.launch(browser, _deployment_id="theirs").text
    assert set(stored(database).values()) == {0}


def test_the_platform_answers_with_an_error(lms, browser, database):
    begun = lms.begun(browser)
    form = {"state": begun["state"], "error": "login_required", "error_description": "<b>Sign in</b>"}
    answer = browser.post("/lti/launch", data=form, base_url=URL)
    assert answer.status_code == 403 and "&lt;b&gt;Sign in" in answer.text


# Which browser


def test_a_launch_in_another_browser(lms, app, database):
    """Login CSRF: the attacker's own login and launch, put into the victim's browser."""
    attacker, victim = app.test_client(), app.test_client()
    begun = lms.begun(attacker)
    token = lms.fake.sign(lms.claims(begun["nonce"]))
    lms.begun(victim)
    for more in ({}, {"stored": begun["state"]}):
        answer = post(victim, begun["state"], token, **more)
        assert answer.status_code == 403 and "Open in a new window" in answer.text
        assert "/lti/login?iss=https%3A%2F%2Flms.test" in answer.text and token not in answer.text
    assert set(stored(database).values()) == {0}
    assert post(attacker, begun["state"], token).status_code == 303


def test_the_platform_keeps_the_state(lms, app, database):
    first = app.test_client(use_cookies=False)
    page = lms.login(first, lti_storage_target="_parent")
    assert page.status_code == 200 and 'data-target="_parent"' in page.text
    assert 'data-platform="https://lms.test"' in page.text and "/static/storage.js" in page.text
    state = page.text.split('data-value="')[1].split('"')[0]
    nonce = page.text.split("nonce=")[1].split("&amp;")[0]
    token = lms.fake.sign(lms.claims(nonce))
    asking = post(first, state, token)
    assert asking.status_code == 200 and 'id="ask"' in asking.text and token in asking.text
    assert asking.headers["Referrer-Policy"] == "same-origin"
    assert set(stored(database).values()) == {0}
    for origin, kept in [("https://lms.test", state), ("null", state), (URL, ""), (URL, "guess")]:
        answer = post(first, state, token, origin, stored=kept)
        assert answer.status_code == 403 and "Open in a new window" in answer.text
    assert set(stored(database).values()) == {0}
    assert post(first, state, token, URL, stored=state).status_code == 303


def test_a_storage_target_is_only_text(lms, browser):
    page = lms.login(browser, lti_storage_target='"><script>alert(1)</script>')
    assert "<script>alert" not in page.text


# What a link opens


def test_custom_parameters_say_what_a_link_opens(lms, browser, database, settings):
    (settings.course / "solutions/06_scaling/quiz.py").write_text("")
    custom = {
        "convclass_work": "quiz",
        "convclass_assignment": "06_scaling",
        "convclass_points": "20",
        "convclass_due": "2030-01-02T03:04:05Z",
    }
    lms.launch(browser, _custom=custom)
    link = one(database, Link)
    assert (link.work, link.assignment, link.points) == (Work.QUIZ, "06_scaling", 20.0)
    assert link.due_at == datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    lms.launch(browser, _custom=custom | {"convclass_work": "assignment", "convclass_points": "30"})
    assert (one(database, Link).work, one(database, Link).points) == (Work.QUIZ, 20.0)


@pytest.mark.parametrize("odd", ["$Due", "", "nan", "inf", "-3", "0", "9" * 400])
def test_custom_parameters_that_say_nothing(lms, browser, database, odd):
    custom = {"convclass_work": "assignment", "convclass_assignment": "06_scaling"}
    assert lms.launch(browser, _custom=custom | {"convclass_points": odd, "convclass_due": odd}).status_code == 303
    assert (one(database, Link).points, one(database, Link).due_at) == (None, None)


def test_a_link_that_points_at_nothing_waits_for_an_instructor(lms, browser, database):
    nothing = {"_target_link_uri": f"{URL}/lti/launch"}
    answer = lms.launch(browser, **nothing)
    assert answer.status_code == 409 and "instructor" in answer.text
    assert set(stored(database).values()) == {0}
    entry = lms.launch(browser, sub="teacher", _roles=INSTRUCTOR, **nothing)
    assert browser.get(entry.location, base_url=URL).location.endswith("/pick/")
    assert stored(database)["links"] == 0


def test_a_line_item_that_is_not_told_again_stays(lms, browser, database):
    lms.launch(browser)
    lms.launch(browser, **{AGS: None})
    assert one(database, Link).lineitem_url.endswith("?type_id=1")


def test_jwks(app, browser):
    answer = browser.get("/lti/jwks", base_url=URL)
    assert [set(one) for one in answer.json["keys"]] == [{"kty", "n", "e", "kid", "alg", "use"}]
    assert "max-age" in answer.headers["Cache-Control"]
    assert browser.get("/lti/jwks", base_url=URL).json == answer.json


def test_deployments_are_found_by_platform(database, lms):
    with database.reading() as session:
        assert session.scalars(select(Deployment)).one().platform_id == lms.id
    assert CLAIM and TARGET
