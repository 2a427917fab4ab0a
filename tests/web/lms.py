"""A fake platform that is registered with the tool, and a browser that opens links in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from web.conftest import URL
from web.fake_platform import FakePlatform, serving, soon

from convclass.web.models import Deployment, Platform

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
IN_COURSE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
LEARNER, INSTRUCTOR = [f"{IN_COURSE}Learner"], [f"{IN_COURSE}Instructor"]
TARGET = f"{URL}/lti/launch?assignment=06_scaling"


@dataclass
class Lms:
    """The platform; its row; how it begins logins and what it claims."""

    fake: FakePlatform
    id: int
    issuer: str
    client_id: str = "c1"
    deployment: str = "d1"
    extra: dict[str, Any] = field(default_factory=dict)

    def claims(self, nonce: str, /, **changed: Any) -> dict[str, Any]:
        """A student's launch; a claim that is changed to None is left out. `_` before a name means LTI's prefix."""
        claims = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": "student-1",
            "exp": soon(300),
            "iat": soon(),
            "nonce": nonce,
            "name": "Ada Student",
            "email": "ada@example.edu",
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}message_type": "LtiResourceLinkRequest",
            f"{CLAIM}deployment_id": self.deployment,
            f"{CLAIM}target_link_uri": TARGET,
            f"{CLAIM}roles": LEARNER,
            f"{CLAIM}resource_link": {"id": "link-1", "title": "Scaling"},
            f"{CLAIM}context": {"id": "course-1", "title": "Vision 101"},
            f"{CLAIM}launch_presentation": {"return_url": f"{self.issuer}/back"},
            AGS: {
                "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
                "lineitems": f"{self.fake.url}/items",
                "lineitem": f"{self.fake.url}/items/1?type_id=1",
            },
            NRPS: {"context_memberships_url": f"{self.fake.url}/members", "service_versions": ["2.0"]},
        }
        for name, value in changed.items():
            claims[f"{CLAIM}{name[1:]}" if name.startswith("_") else name] = value
        return {name: value for name, value in claims.items() if value is not None}

    def login(self, browser: FlaskClient, method: str = "GET", **changed: Any):
        asked = {
            "iss": self.issuer,
            "client_id": self.client_id,
            "login_hint": "hint",
            "lti_message_hint": "message",
            "target_link_uri": TARGET,
        }
        asked = {name: value for name, value in (asked | changed).items() if value is not None}
        if method == "GET":
            return browser.get("/lti/login", query_string=asked, base_url=URL)
        return browser.post("/lti/login", data=asked, base_url=URL)

    def begun(self, browser: FlaskClient, **changed: Any) -> dict[str, str]:
        """State, nonce and the other parameters of the request that the browser brings back to the platform."""
        answer = self.login(browser, **changed)
        assert answer.status_code == 302, answer.text
        return {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}

    def launch(self, browser: FlaskClient, *, kid: str = "k1", options: dict | None = None, **changed: Any):
        begun = self.begun(browser)
        token = self.fake.sign(self.claims(begun["nonce"], **changed), kid, **(options or {}))
        return post(browser, begun["state"], token)


def post(browser: FlaskClient, state: str, token: str, origin: str = "https://lms.test", **more: str):
    form = {"state": state, "id_token": token, **more}
    return browser.post("/lti/launch", data=form, base_url=URL, headers={"Origin": origin})


def register(database, fake: FakePlatform, *, deployments=("d1",), **fields: Any) -> Lms:
    told = {"name": "LMS", "issuer": "https://lms.test", "client_id": "c1"} | fields
    with database.writing() as session:
        row = Platform(
            authorization_url="https://lms.test/auth?tenant=1",
            token_url=f"{fake.url}/token",
            jwks_url=f"{fake.url}/jwks",
            deployments=[Deployment(deployment_id=name) for name in deployments],
            **told,
        )
        session.add(row)
        session.flush()
        return Lms(fake, row.id, told["issuer"], told["client_id"], deployments[0] if deployments else "d1")


@contextmanager
def running(database, **fields: Any) -> Iterator[Lms]:
    with serving() as fake:
        yield register(database, fake, **fields)
