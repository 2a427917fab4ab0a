"""Access to a platform's services: tokens, what is asked, what is refused, what comes back when it fails."""

from __future__ import annotations

import socket
import threading
from datetime import timedelta

import jwt
import pytest
from jwt import PyJWK
from sqlalchemy import update
from web.fake_platform import Answer, FakePlatform, serving

from convclass.web import keys, outbound
from convclass.web.models import Platform, now
from convclass.web.outbound import UnreachableError, fetch, is_web_url
from convclass.web.services import Services, ServiceUnavailable

SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
OTHER = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"


@pytest.fixture
def platform() -> FakePlatform:
    with serving() as platform:
        platform.answers["/items"] = lambda _asked: Answer([{"id": "1"}])
        yield platform


@pytest.fixture
def platform_id(database, platform) -> int:
    return add(database, platform)


@pytest.fixture
def services(database, settings, platform_id) -> Services:
    return Services(database, settings)


def add(database, platform: FakePlatform, **fields) -> int:
    urls = {f"{name}_url": f"{platform.url}/{name}" for name in ("authorization", "token", "jwks")}
    with database.writing() as session:
        row = Platform(**({"name": "LMS", "issuer": platform.url, "client_id": "c1"} | urls | fields))
        session.add(row)
        session.flush()
        return row.id


def test_a_token_is_asked_for_with_a_signed_assertion_and_kept(services, database, platform, platform_id):
    for _ in range(2):
        answer = services.request(platform_id, "GET", f"{platform.url}/items?a=B", [SCOPE], accept="text/x")
        assert answer.json() == [{"id": "1"}]
    assert [asked.path for asked in platform.asked] == ["/token", "/items", "/items"]
    form, asked = platform.asked[0].form, platform.asked[1]
    public = PyJWK.from_dict(keys.key_set(database)["keys"][0])
    assert jwt.get_unverified_header(form["client_assertion"])["kid"] == public.key_id
    claims = jwt.decode(form["client_assertion"], public, algorithms=["RS256"], audience=f"{platform.url}/token")
    assert claims["iss"] == claims["sub"] == "c1" and claims["jti"] and claims["exp"] - claims["iat"] < 600
    assert form["scope"] == SCOPE and form["grant_type"] == "client_credentials"
    assert asked.headers["Authorization"] == "Bearer token-1" and asked.headers["Accept"] == "text/x"
    assert asked.query == {"a": "B"}


def test_each_scope_and_each_platform_has_its_own_token(services, database, platform, platform_id):
    other = add(database, platform, client_id="c2", token_audience="aud")
    for who, scope in [(platform_id, SCOPE), (platform_id, OTHER), (other, SCOPE)]:
        services.request(who, "GET", f"{platform.url}/items", [scope])
    used = [asked.headers["Authorization"] for asked in platform.asked if asked.path == "/items"]
    assert used == ["Bearer token-1", "Bearer token-2", "Bearer token-3"]
    assertion = platform.asked[-2].form["client_assertion"]
    assert jwt.decode(assertion, options={"verify_signature": False})["aud"] == "aud"


def test_a_token_that_expires_is_asked_for_again(services, platform, platform_id):
    platform.answers["/token"] = lambda _: Answer({"access_token": "short", "expires_in": 0})
    for _ in range(2):
        services.request(platform_id, "GET", f"{platform.url}/items", [SCOPE])
    assert platform.count("/token") == 2


def test_after_a_401_it_is_asked_once_more_with_a_new_token(services, platform, platform_id):
    services.request(platform_id, "GET", f"{platform.url}/items", [SCOPE])
    platform.answers["/items"] = lambda asked: Answer(status=200 if asked.headers["Authorization"][-1] == "2" else 401)
    answer = services.request(platform_id, "POST", f"{platform.url}/items", [SCOPE], json={"a": 1}, media_type="x/y")
    assert answer.status_code == 200 and platform.tokens == 2
    assert platform.asked[-1].body == b'{"a": 1}' and platform.asked[-1].headers["Content-Type"] == "x/y"
    platform.answers["/items"] = lambda _: Answer(status=401)
    assert services.request(platform_id, "GET", f"{platform.url}/items", [SCOPE]).status_code == 401
    assert platform.tokens == 3


@pytest.mark.parametrize("status", [400, 404, 409, 429, 500])
def test_answers_come_back_whatever_they_are(services, platform, platform_id, status):
    platform.answers["/items"] = lambda _: Answer({"why": "so"}, status, {"Retry-After": "7"})
    answer = services.request(platform_id, "PUT", f"{platform.url}/items", [SCOPE], json=[])
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (status, {"why": "so"}, "7")


@pytest.mark.parametrize(
    ("answer", "cause", "wait"),
    [
        (Answer({"error": "invalid_client"}, 400), "answers 400", None),
        (Answer(b"", 503, {"Retry-After": "120"}), "answers 503", 120.0),
        (Answer(b"<html>", 200), "not JSON", None),
        (Answer({"token": "x"}), "without an access token", None),
        (Answer({"access_token": "a\r\nb: c"}), "without an access token", None),
        (Answer(["access_token"]), "without an access token", None),
    ],
)
def test_no_token(services, platform, platform_id, answer, cause, wait):
    platform.answers["/token"] = lambda _: answer
    with pytest.raises(ServiceUnavailable, match=cause) as raised:
        services.request(platform_id, "GET", f"{platform.url}/items", [SCOPE])
    assert raised.value.retry_after == wait


def test_a_platform_that_is_down_or_gone(services, database, platform, platform_id):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        down = f"http://127.0.0.1:{unused.getsockname()[1]}"
    gone = add(database, platform, client_id="gone", token_url=f"{down}/token")
    with pytest.raises(ServiceUnavailable, match="127.0.0.1 cannot be reached"):
        services.request(gone, "GET", f"{platform.url}/items", [SCOPE])
    with database.writing() as session:
        session.execute(update(Platform).values(active=False))
    with pytest.raises(ServiceUnavailable, match="no longer"):
        services.request(platform_id, "GET", f"{platform.url}/items", [SCOPE])


def test_redirects_are_not_followed(services, platform, platform_id):
    platform.answers["/items"] = lambda _: Answer(status=302, headers={"Location": f"{platform.url}/elsewhere"})
    assert services.request(platform_id, "GET", f"{platform.url}/items", [SCOPE]).status_code == 302
    assert platform.count("/elsewhere") == 0


def test_slow_and_endless_answers(monkeypatch, platform):
    monkeypatch.setattr(outbound, "READ_SECONDS", 0.2)
    wait = threading.Event()
    platform.answers["/slow"] = lambda _: Answer(status=200 if wait.wait(5) else 200)
    with pytest.raises(UnreachableError, match="in time"):
        fetch("GET", f"{platform.url}/slow", vouched=[platform.url])
    wait.set()
    monkeypatch.setattr(outbound, "LARGEST_ANSWER", 1000)
    platform.answers["/large"] = lambda _: Answer(b"x" * 5000)
    with pytest.raises(UnreachableError, match="larger"):
        fetch("GET", f"{platform.url}/large", vouched=[platform.url])


def test_an_answer_that_drips(monkeypatch):
    monkeypatch.setattr(outbound, "WHOLE_SECONDS", 0.3)
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not stop.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    url = f"http://127.0.0.1:{server.getsockname()[1]}/"
    try:
        with pytest.raises(UnreachableError, match="takes longer"):
            fetch("GET", url, vouched=[url])
    finally:
        stop.set()
        thread.join()
        server.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "[::ffff:127.0.0.1]"])
def test_private_addresses(monkeypatch, platform, host):
    """Without TLS nothing is asked at all; with it, the connection's own address decides, before a byte is sent."""
    port = platform.url.rsplit(":", 1)[1]
    with pytest.raises(UnreachableError, match="TLS"):
        fetch("GET", f"http://{host}:{port}/items")
    monkeypatch.setattr(outbound, "_check", lambda _url, _vouched: None)
    with pytest.raises(UnreachableError, match="private address|no connection"):
        fetch("GET", f"http://{host}:{port}/items")
    assert platform.asked == []


def test_the_guard_is_what_refuses_and_covers_https(platform):
    assert fetch("GET", f"{platform.url}/items", vouched=[platform.url]).status_code == 200
    port = platform.url.rsplit(":", 1)[1]
    with pytest.raises(UnreachableError, match="private address"):
        fetch("GET", f"https://127.0.0.1:{port}/items")
    with pytest.raises(UnreachableError, match="127.0.0.1 cannot be reached") as other:
        fetch("GET", f"https://127.0.0.1:{port}/items", vouched=["https://127.0.0.1/"])
    assert "private" not in str(other.value)


def test_a_platform_that_registered_itself_reaches_nothing_private(services, database, platform):
    itself = add(database, platform, client_id="itself", vouched=False)
    with pytest.raises(ServiceUnavailable):
        services.request(itself, "GET", f"{platform.url}/items", [SCOPE])
    assert platform.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///etc/passwd",
        "//host/x",
        "https://",
        "https://a@b/",
        "https://a b/",
        "https://h:x/",
        "https://h;x/",
        "https://h\\@x/",
    ],
)
def test_what_is_no_url_of_the_web(url):
    assert not is_web_url(url)
    with pytest.raises(UnreachableError):
        fetch("GET", url)


def test_netrc_is_not_read(monkeypatch, tmp_path, services, platform, platform_id):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    services.request(platform_id, "GET", f"{platform.url}/items", [SCOPE])
    assert platform.asked[-1].headers["Authorization"] == "Bearer token-1"


def test_pages(services, platform, platform_id):
    def items(asked):
        after = {"": "?Page=TwO&limit=2", "TwO": "?Page=3"}.get(asked.query.get("Page", ""))
        link = (
            f'<{platform.url}/first>; rel="first", <{platform.url}/items{after}>; rel="next"' if after else "<x>;rel=up"
        )
        return Answer([asked.query.get("Page")], headers={"Link": link})

    platform.answers["/items"] = items
    assert list(services.pages(platform_id, f"{platform.url}/items", [SCOPE], accept="a/b")) == [[None], ["TwO"], ["3"]]


@pytest.mark.parametrize(
    ("following", "cause"),
    [("/items", "no end"), ("https://evil.test/items", "another site"), ("//evil.test/", "another")],
)
def test_pages_that_lead_astray(services, platform, platform_id, following, cause):
    platform.answers["/items"] = lambda _: Answer([], headers={"Link": f'<{following}>; rel="next"'})
    with pytest.raises(ServiceUnavailable, match=cause):
        list(services.pages(platform_id, f"{platform.url}/items", [SCOPE], accept="a/b"))


def test_keys_are_made_once_and_rotated(database):
    first = keys.signing_key(database)
    assert keys.signing_key(database).kid == first.kid
    before = keys.sign(database, {"a": 1})
    second = keys.rotate(database)
    after = keys.sign(database, {"a": 2})
    assert jwt.get_unverified_header(after)["kid"] == second.kid != first.kid
    public = {one["kid"]: PyJWK.from_dict(one) for one in keys.key_set(database)["keys"]}
    for token in (before, after):
        jwt.decode(token, public[jwt.get_unverified_header(token)["kid"]], algorithms=["RS256"])
    for one in keys.key_set(database)["keys"]:
        assert set(one) == {"kty", "n", "e", "kid", "alg", "use"}
    later = keys.key_set(database, now() + keys.KEPT + timedelta(minutes=1))["keys"]
    assert [one["kid"] for one in later] == [second.kid]
