"""The platform of the other tests works: checked with a client of a few lines that is not our tool."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import html
from web.openedx.platform import OpenEdx

pytest.importorskip("lti_consumer", reason="lti-consumer-xblock is not installed")

AGS, NRPS = "https://purl.imsglobal.org/spec/lti-ags/scope", "https://purl.imsglobal.org/spec/lti-nrps/scope"
CLAIM = "https://purl.imsglobal.org/spec/lti/claim"
ITEM = "application/vnd.ims.lis.v2.lineitem+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
LAUNCH = "http://127.0.0.1:1/launch"


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def openedx(tmp_path_factory):
    platform = OpenEdx(tmp_path_factory.mktemp("openedx")).start()
    yield platform
    platform.stop()


@pytest.fixture(scope="module")
def registered(openedx, key):
    """A block of each mode, of one registration; and a student and a teacher."""
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    tool = {"login_url": "http://127.0.0.1:1/login", "launch_url": LAUNCH, "public_key": pem.decode()}
    blocks = {"declarative": openedx.add_block("declared", tool, points=7, grades="declarative")}
    blocks["programmatic"] = openedx.add_block("made", tool, grades="programmatic", like="declared")
    people = {
        "ada": openedx.add_person("ada", "Ada Lovelace"),
        "grace": openedx.add_person("grace", "Grace Hopper", role="instructor"),
    }
    return blocks, people


def launched(openedx, registration, block: str, username: str, page: str = "block") -> dict:
    """The claims of a launch, checked with the platform's key as a tool would."""
    browser = requests.Session()
    browser.get(f"{openedx.url}/login/{username}").raise_for_status()
    begun = browser.get(f"{openedx.url}/{page}/{block}", allow_redirects=False)
    login = {name: values[0] for name, values in parse_qs(urlsplit(begun.headers["Location"]).query).items()}
    assert login["iss"] == openedx.url and login["client_id"] == registration["client_id"]
    asked = login | {"redirect_uri": LAUNCH, "nonce": "a nonce", "state": "a state"}
    form = html.fromstring(browser.get(registration["authorization_url"], params=asked).text).forms[0]
    assert form.action == LAUNCH and form.fields["state"] == "a state"
    keys = jwt.PyJWKClient(registration["jwks_url"])
    token = form.fields["id_token"]
    return jwt.decode(
        token, keys.get_signing_key_from_jwt(token), ["RS256"], audience=login["client_id"], issuer=openedx.url
    )


def token(key, registration, *scopes: str) -> dict:
    now = int(time.time())
    claims = {"iss": registration["client_id"], "sub": registration["client_id"], "aud": registration["token_url"]}
    signed = jwt.encode(claims | {"iat": now, "exp": now + 60, "jti": str(now)}, key, "RS256", {"kid": "test"})
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": signed,
        "scope": " ".join(scopes),
    }
    answer = requests.post(registration["token_url"], data=form)
    answer.raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def score(user: str, given: float, stamp: str, **more) -> dict:
    said = {"userId": user, "scoreGiven": given, "scoreMaximum": 10, "timestamp": stamp, "comment": "well done"}
    return said | {"activityProgress": "Completed", "gradingProgress": "FullyGraded"} | more


@pytest.mark.parametrize(("username", "role"), [("ada", "Learner"), ("grace", "Instructor")])
def test_launch(openedx, registered, username, role):
    blocks, people = registered
    claims = launched(openedx, blocks["declarative"], "declared", username)
    assert claims["sub"] == people[username] and claims["nonce"] == "a nonce" and claims["email"]
    assert any(one.endswith(f"membership#{role}") for one in claims[f"{CLAIM}/roles"])
    assert claims[f"{CLAIM}/resource_link"]["id"] == blocks["declarative"]["resource_link_id"]
    assert claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitem"]


def test_declared_line_item_takes_scores_in_order(openedx, registered, key):
    blocks, people = registered
    claims = launched(openedx, blocks["declarative"], "declared", "ada")
    url = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitem"]
    headers = token(key, blocks["declarative"], f"{AGS}/score") | {"Content-Type": SCORE}
    for given, stamp, status in [(8, "10:00:00.5", 201), (3, "10:00:00.4", 400), (9, "10:00:01", 201)]:
        sent = requests.post(f"{url}/scores", json=score(people["ada"], given, f"2026-01-01T{stamp}Z"), headers=headers)
        assert sent.status_code == status, sent.text
    (grade,) = [grade for grade in openedx.state()["grades"] if grade["block"] == "declared"]
    assert grade == {"earned": 6.3, "possible": 7.0, "comment": "well done", "block": "declared", "username": "ada"}
    stranger = requests.post(f"{url}/scores", json=score("nobody", 1, "2026-01-01T10:00:00Z"), headers=headers)
    assert stranger.status_code == 500


def test_programmatic_line_item(openedx, registered, key):
    blocks, people = registered
    claims = launched(openedx, blocks["programmatic"], "made", "ada")
    endpoint = claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]
    assert "lineitem" not in endpoint and f"{AGS}/lineitem" in endpoint["scope"]
    headers = token(key, blocks["programmatic"], f"{AGS}/lineitem", f"{AGS}/score") | {"Content-Type": ITEM}
    item = {"label": "One", "scoreMaximum": 10, "resourceLinkId": blocks["programmatic"]["resource_link_id"]}
    assert requests.post(endpoint["lineitems"], json=item | {"scoreMaximum": 2.5}, headers=headers).status_code == 400
    made = requests.post(endpoint["lineitems"], json=item, headers=headers)
    assert made.status_code == 201, made.text
    requests.post(
        f"{made.json()['id']}/scores",
        json=score(people["ada"], 5, "2026-01-01T10:00:00Z"),
        headers=headers | {"Content-Type": SCORE},
    ).raise_for_status()
    (grade,) = [grade for grade in openedx.state()["grades"] if grade["block"] == "made"]
    assert (grade["earned"], grade["username"]) == (5, "ada")


def test_services_refuse_what_they_should(openedx, registered, key):
    blocks, _ = registered
    url = f"{openedx.url}/api/lti_consumer/v1/lti/{blocks['declarative']['config']}"
    assert requests.get(f"{url}/memberships").status_code == 403
    unscoped = token(key, blocks["declarative"], f"{AGS}/score")
    assert requests.get(f"{url}/memberships", headers=unscoped).status_code == 403
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(requests.HTTPError):
        token(stranger, blocks["declarative"], f"{AGS}/score")


def test_roster_in_pages(openedx, registered, key):
    blocks, people = registered
    claims = launched(openedx, blocks["declarative"], "declared", "grace")
    url = claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"]["context_memberships_url"]
    headers = token(key, blocks["declarative"], f"{NRPS}/contextmembership.readonly")
    first = requests.get(url, params={"limit": 1}, headers=headers)
    second = requests.get(first.links["next"]["url"], headers=headers)
    members = {one["user_id"]: one for page in (first, second) for one in page.json()["members"]}
    assert set(members) == set(people.values()) and "next" not in second.links
    assert members[people["ada"]]["name"] == "Ada Lovelace"


def test_deep_linking_stores_what_was_picked(openedx, registered, key):
    blocks, _ = registered
    made = blocks["programmatic"]
    claims = launched(openedx, made, "made", "grace", page="studio")
    settings = claims["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"]
    answer = {
        "iss": made["client_id"],
        "aud": openedx.url,
        "exp": int(time.time()) + 60,
        f"{CLAIM}/message_type": "LtiDeepLinkingResponse",
        f"{CLAIM}/version": "1.3.0",
        f"{CLAIM}/deployment_id": "1",
        "https://purl.imsglobal.org/spec/lti-dl/claim/content_items": [
            {"type": "ltiResourceLink", "url": LAUNCH, "title": "One", "custom": {"which": "one"}}
        ],
    }
    signed = jwt.encode(answer, key, "RS256", {"kid": "test"})
    for username, status in [("ada", 403), ("grace", 200)]:
        browser = requests.Session()
        browser.get(f"{openedx.url}/login/{username}").raise_for_status()
        answered = browser.post(settings["deep_link_return_url"], data={"JWT": signed})
        assert answered.status_code == status, answered.text
    (item,) = openedx.state()["content"]
    assert (item["block"], item["title"], item["custom"]) == ("made", "One", {"which": "one"})
    assert launched(openedx, made, "made", "ada")[f"{CLAIM}/custom"] == {"which": "one"}


def test_failures_that_a_test_asks_for(openedx, registered, key):
    blocks, _ = registered
    openedx.fail("/token/", 503, times=1, retry_after="2")
    with pytest.raises(requests.HTTPError, match="503"):
        token(key, blocks["declarative"], f"{AGS}/score")
    assert token(key, blocks["declarative"], f"{AGS}/score")
    calls = [call["status"] for call in openedx.state()["calls"] if "/token/" in call["path"]]
    assert calls[-2:] == [503, 200]


def test_it_keeps_everything_when_it_goes_down(openedx, registered):
    blocks, _ = registered
    before = openedx.state()
    openedx.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(blocks["declarative"]["jwks_url"])
    openedx.start()
    assert openedx.state() == before
