"""Dynamic Registration: by a link, once, by the platform that the configuration belongs to."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from web.conftest import URL
from web.fake_platform import Answer, FakePlatform, serving

from convclass.web import registration
from convclass.web.models import Deployment, Platform, RegistrationLink, now

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
FIELDS = "https://purl.imsglobal.org/spec/lti-platform-configuration"


@pytest.fixture
def fake() -> FakePlatform:
    with serving() as fake:
        fake.answers["/openid"] = lambda _: Answer(configuration(fake))
        fake.answers["/register"] = lambda asked: Answer(
            json.loads(asked.body) | {"client_id": "new", TOOL: {"deployment_id": "d7"}}, 201
        )
        yield fake


def configuration(fake, **changed):
    told = {
        "issuer": fake.url,
        "authorization_endpoint": f"{fake.url}/auth",
        "token_endpoint": f"{fake.url}/token",
        "jwks_uri": f"{fake.url}/jwks",
        "registration_endpoint": f"{fake.url}/register",
        FIELDS: {"product_family_code": "moodle"},
    }
    return {name: value for name, value in (told | changed).items() if value is not None}


def link(database, **options) -> str:
    with database.writing() as session:
        return registration.make_link(session, **({"private": True} | options))


def register(app, fake, token, **changed):
    asked = {"openid_configuration": f"{fake.url}/openid", "registration_token": "secret"} | changed
    return app.test_client().get(f"/lti/register/{token}", query_string=asked, base_url=URL)


def platforms(database):
    with database.reading() as session:
        return session.scalars(select(Platform)).all()


def test_a_platform_registers_itself(app, database, fake):
    answer = register(app, fake, link(database))
    assert answer.status_code == 200 and "close.js" in answer.text
    (row,) = platforms(database)
    assert (row.name, row.issuer, row.client_id) == ("Moodle 127.0.0.1", fake.url, "new")
    assert (row.authorization_url, row.token_url, row.jwks_url) == tuple(
        f"{fake.url}/{name}" for name in ("auth", "token", "jwks")
    )
    with database.reading() as session:
        assert session.scalars(select(Deployment.deployment_id)).all() == ["d7"]
    sent = fake.asked[-1]
    assert sent.headers["Authorization"] == "Bearer secret" and sent.headers["Content-Type"] == "application/json"
    told = json.loads(sent.body)
    assert told["initiate_login_uri"] == f"{URL}/lti/login" and told["redirect_uris"] == [f"{URL}/lti/launch"]
    assert told["jwks_uri"] == f"{URL}/lti/jwks" and told["token_endpoint_auth_method"] == "private_key_jwt"
    assert told["application_type"] == "web" and told["response_types"] == ["id_token"]
    assert set(told["grant_types"]) == {"client_credentials", "implicit"}
    assert len(told["scope"].split()) == 3
    ours = told[TOOL]
    assert ours["domain"] == "tool.test" and ours["target_link_uri"] == f"{URL}/lti/launch"
    assert [message["type"] for message in ours["messages"]] == ["LtiResourceLinkRequest", "LtiDeepLinkingRequest"]


def test_a_link_is_good_once(app, database, fake):
    token = link(database)
    assert register(app, fake, token).status_code == 200
    again = register(app, fake, token)
    assert again.status_code == 403 and "registration-link" in again.text
    assert "frame-ancestors 'none'" in again.headers["Content-Security-Policy"]
    assert len(platforms(database)) == 1 and fake.count("/register") == 1


@pytest.mark.parametrize("token", ["x", "%00", "🙂"])
def test_without_a_link_nothing_is_asked(app, database, fake, token):
    link(database)
    assert register(app, fake, token).status_code in (403, 404)
    assert fake.asked == [] and platforms(database) == []


def test_a_link_expires(app, database, fake):
    token = link(database)
    with database.writing() as session:
        session.execute(update(RegistrationLink).values(expires_at=now() - timedelta(seconds=1)))
    assert register(app, fake, token).status_code == 403
    assert fake.asked == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"issuer": None}, "no issuer"),
        ({"issuer": "https://evil.test"}, "not on the host"),
        ({"issuer": "127.0.0.1"}, "not on the host"),
        ({"authorization_endpoint": None}, "authorization_endpoint"),
        ({"token_endpoint": "file:///x"}, "token_endpoint"),
        ({"jwks_uri": "javascript:x"}, "jwks_uri"),
        ({"registration_endpoint": None}, "registration_endpoint"),
    ],
)
def test_configurations_that_are_refused(app, database, fake, changed, told):
    token = link(database)
    fake.answers["/openid"] = lambda _: Answer(configuration(fake, **changed))
    answer = register(app, fake, token)
    assert answer.status_code == 403 and told in answer.text
    assert platforms(database) == [] and fake.count("/register") == 0
    fake.answers["/openid"] = lambda _: Answer(configuration(fake))
    assert register(app, fake, token).status_code == 200, "a link stays good when nothing came of it"


@pytest.mark.parametrize(
    "answer", [Answer(b"", 401), Answer(b"<html>"), Answer([]), Answer({"client_id": ""}), Answer({"client_id": [1]})]
)
def test_registrations_that_come_to_nothing(app, database, fake, answer):
    token = link(database)
    fake.answers["/register"] = lambda _: answer
    assert register(app, fake, token).status_code == 403
    assert platforms(database) == []


def test_a_link_for_one_issuer(app, database, fake):
    """Hosted Canvas: the issuer is not where the configuration is."""
    fake.answers["/openid"] = lambda _: Answer(configuration(fake, issuer="https://canvas.test"))
    assert "is for https://other.test" in register(app, fake, link(database, issuer="https://other.test")).text
    assert register(app, fake, link(database, issuer="https://canvas.test")).status_code == 200
    assert [row.issuer for row in platforms(database)] == ["https://canvas.test"]


def test_hosted_canvas_shows_the_tool_from_its_schools_own_hosts(app, database, fake):
    canvas = "https://canvas.instructure.com"
    fake.answers["/openid"] = lambda _: Answer(configuration(fake, issuer=canvas))
    assert register(app, fake, link(database, issuer=canvas)).status_code == 200
    assert [row.frame_origins for row in platforms(database)] == [["https://*.instructure.com"]]


def test_private_networks_only_where_an_administrator_says_so(app, database, fake):
    answer = register(app, fake, link(database, private=False))
    assert answer.status_code == 403 and "--private" in answer.text
    assert fake.asked == []


def test_nothing_of_the_form_reaches_a_header(app, database, fake):
    answer = register(app, fake, link(database), registration_token="a\r\nX-Evil: 1")
    assert answer.status_code == 403 and fake.count("/register") == 0


def test_a_platform_is_registered_once(app, database, fake):
    register(app, fake, link(database))
    again = register(app, fake, link(database))
    assert again.status_code == 409 and len(platforms(database)) == 1


def test_without_a_deployment_the_page_says_what_to_do(app, database, fake):
    fake.answers["/register"] = lambda _: Answer({"client_id": 170000000000016}, 200)
    answer = register(app, fake, link(database))
    assert answer.status_code == 200 and "convclass lti add-deployment" in answer.text
    assert "close.js" not in answer.text, "nobody reads what is closed at once"
    (row,) = platforms(database)
    assert row.client_id == "170000000000016"
