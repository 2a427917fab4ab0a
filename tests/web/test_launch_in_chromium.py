"""A launch in an iframe of another site, in a browser that gives the iframe no cookies: platform storage, window."""

from __future__ import annotations

import html
import shutil
import threading
from dataclasses import replace

import pytest
from web.fake_platform import Answer, serving
from web.lms import DEEP, INSTRUCTOR, Lms
from werkzeug.serving import make_server

from convclass.web.app import create_app
from convclass.web.models import Deployment, Platform

pytestmark = pytest.mark.slow

# The platform is 127.0.0.1 and the tool is localhost: two sites. Without https the tool's cookies are SameSite=Lax,
# which no iframe of another site gets, as if third-party cookies were off.
_PAGE = """<!DOCTYPE html><title>LMS</title><h1>The LMS</h1>
<iframe id="tool" name="tool" width="900" height="500"></iframe>
<script>
const kept = new Map();
addEventListener("message", ({ data, origin, source }) => {
  if (data.subject === "lti.put_data") kept.set(origin + data.key, data.value);
  const { message_id, key } = data;
  const answer = { subject: `${data.subject}.response`, message_id, key, value: kept.get(origin + key) };
  if (KEEPS) source.postMessage(answer, origin);
});
document.getElementById("tool").src = "LOGIN";
</script>"""
_AUTH = """<!DOCTYPE html><form method="post" action="{action}">{fields}</form>
<script>document.forms[0].submit()</script>"""


@pytest.fixture
def chromium():
    path = shutil.which("chromium") or shutil.which("google-chrome")
    playwright = pytest.importorskip("playwright.sync_api")
    if path is None:
        pytest.skip("no Chromium on this machine")
    with playwright.sync_playwright() as started:
        # One process for all frames: playwright sometimes loses a frame that changes its process on a busy machine.
        options = ["--no-sandbox", "--disable-features=IsolateOrigins,site-per-process"]
        browser = started.chromium.launch(executable_path=path, args=options)
        context = browser.new_context()
        context.set_default_timeout(60_000)
        yield context
        browser.close()


@pytest.fixture
def tool(settings, database):
    """The tool on a port of its own; its address."""
    server = make_server("127.0.0.1", 0, lambda _environ, _start: [], threaded=True)
    url = f"http://localhost:{server.server_port}"
    server.app = create_app(replace(settings, url=url), database)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield url
    server.shutdown()
    thread.join()


@pytest.fixture
def lms(database, tool):
    """A platform whose page opens the tool in an iframe; `extra` changes what it claims."""
    with serving() as fake:
        with database.writing() as session:
            urls = {
                "authorization_url": f"{fake.url}/auth",
                "token_url": f"{fake.url}/token",
                "jwks_url": f"{fake.url}/jwks",
            }
            row = Platform(name="LMS", issuer=fake.url, client_id="c1", **urls)
            row.deployments.append(Deployment(deployment_id="d1"))
            session.add(row)
            session.flush()
            lms = Lms(fake, row.id, fake.url, extra={"_target_link_uri": f"{tool}/lti/launch?assignment=06_scaling"})
        fake.answers["/auth"] = lambda asked: page(_auth(lms, asked))
        yield lms


def page(text: str) -> Answer:
    return Answer(text.encode(), headers={"Content-Type": "text/html"})


def _auth(lms: Lms, asked) -> str:
    token = lms.fake.sign(lms.claims(asked.query["nonce"], **lms.extra))
    fields = "".join(
        f'<input name="{name}" value="{html.escape(value)}">'
        for name, value in (("id_token", token), ("state", asked.query["state"]))
    )
    return _AUTH.format(action=asked.query["redirect_uri"], fields=fields)


def opened(chromium, lms: Lms, tool: str, *, storage: str = "_parent", keeps: bool = True):
    """The LMS's page in a new browser, and the tool's iframe in it."""
    query = f"iss={lms.issuer}&client_id=c1&login_hint=h&target_link_uri={tool}/lti/launch"
    login = f"{tool}/lti/login?{query}" + (f"&lti_storage_target={storage}" if storage else "")
    text = _PAGE.replace("LOGIN", login).replace("KEEPS", str(keeps).lower())
    lms.fake.answers["/course"] = lambda _: page(text)
    browser = chromium.new_page()
    browser.goto(f"{lms.fake.url}/course")
    return browser, browser.frame_locator("#tool")


def in_new_window(browser, frame):
    """Follow the offer of a new window."""
    with browser.context.expect_page() as fresh:
        frame.get_by_role("link", name="Open in a new window").click()
    fresh.value.wait_for_load_state()
    return fresh.value


@pytest.mark.parametrize(("storage", "keeps"), [("", True), ("no_such_frame", False)])
def test_without_any_proof_a_window_begins_the_login_again(chromium, lms, tool, storage, keeps):
    browser, frame = opened(chromium, lms, tool, storage=storage, keeps=keeps)
    window = in_new_window(browser, frame)
    window.wait_for_url("**/assignment/")
    assert lms.fake.count("/auth") == 2


def test_the_platforms_storage_lets_an_instructor_in_who_picks(chromium, lms, tool):
    back = []
    lms.fake.answers["/return"] = lambda asked: back.append(asked.form["JWT"]) or page("<h1>Added</h1>")
    lms.extra |= {
        "_message_type": "LtiDeepLinkingRequest",
        "_roles": INSTRUCTOR,
        DEEP: {"deep_link_return_url": f"{lms.fake.url}/return", "accept_types": ["ltiResourceLink"]},
    }
    browser, frame = opened(chromium, lms, tool)
    window = in_new_window(browser, frame)
    assert lms.fake.count("/auth") == 1, "the launch was accepted in the iframe; the window has the visit's ticket"
    window.get_by_label("Scaling is due").fill("2030-01-01T10:00")
    assert window.get_by_role("radio", name="Scaling").is_checked()
    window.get_by_role("button", name="Add to the course").click()
    window.get_by_role("heading", name="Added").wait_for()
    assert len(back) == 1
