"""The tool's access to Open edX's services: tokens, roster, scores; and how Open edX says that it takes none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from sqlalchemy import update
from web.openedx.platform import OpenEdx

from convclass.web import keys
from convclass.web.database import Database
from convclass.web.models import Context, Deployment, Link, Platform, Score, User, Work, now
from convclass.web.returner import Returner
from convclass.web.services import Services, ServiceUnavailable

pytest.importorskip("lti_consumer", reason="lti-consumer-xblock is not installed")

ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCORES = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
MEMBERS = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


@pytest.fixture(scope="module")
def openedx(tmp_path_factory):
    platform = OpenEdx(tmp_path_factory.mktemp("openedx")).start()
    platform.add_person("ada", "Ada Lovelace")
    platform.add_person("bob", "Bob Jones")
    yield platform
    platform.stop()


@pytest.fixture
def registered(openedx, settings, database: Database, request):
    """The tool's Services, the platform's row and the roster's address; a registration of this test's own."""
    private = load_pem_private_key(keys.signing_key(database).private_pem.encode(), None)
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    tool = {"login_url": "http://127.0.0.1:1/login", "launch_url": "http://127.0.0.1:1/launch", "public_key": pem}
    made = openedx.add_block(request.node.name[:90], tool)
    names = ("issuer", "client_id", "authorization_url", "token_url", "jwks_url")
    with database.writing() as session:
        platform = Platform(name="Open edX", **{name: made[name] for name in names})
        session.add(platform)
        session.flush()
        number = platform.id
    roster = f"{openedx.url}/api/lti_consumer/v1/lti/{made['config']}/memberships"
    return Services(database, settings), number, roster


def test_roster_in_pages(registered):
    services, platform, roster = registered
    pages = list(services.pages(platform, f"{roster}?limit=1", [ROSTER], accept=MEMBERS))
    assert [len(page["members"]) for page in pages] == [1, 1]
    assert {page["members"][0]["name"] for page in pages} == {"Ada Lovelace", "Bob Jones"}


def test_one_token_serves_many_requests(registered, openedx):
    services, platform, roster = registered
    before = _tokens(openedx)
    for _ in range(3):
        assert services.request(platform, "GET", roster, [ROSTER], accept=MEMBERS).status_code == 200
    assert _tokens(openedx) == before + 1


def test_a_token_that_no_longer_holds_is_asked_for_again(registered, openedx, request):
    """Open edX answers 403, not 401, to a token that it does not know."""
    services, platform, roster = registered
    services.request(platform, "GET", roster, [ROSTER], accept=MEMBERS)
    openedx.new_key(request.node.name[:90])
    assert services.request(platform, "GET", roster, [ROSTER], accept=MEMBERS).status_code == 200
    statuses = [call["status"] for call in openedx.state()["calls"] if "/memberships" in call["path"]]
    assert statuses[-3:] == [200, 403, 200]


def test_what_is_forbidden_for_good_is_asked_for_twice_only(registered, openedx):
    services, platform, roster = registered
    before = _tokens(openedx)
    assert services.request(platform, "GET", roster, [SCORES], accept=MEMBERS).status_code == 403
    assert _tokens(openedx) <= before + 2


def test_no_token_while_its_endpoint_fails(registered, openedx):
    services, platform, roster = registered
    openedx.fail("/token/", 503, times=1, retry_after="7")
    with pytest.raises(ServiceUnavailable) as caught:
        services.request(platform, "GET", roster, [ROSTER], accept=MEMBERS)
    assert caught.value.retry_after == 7
    assert services.request(platform, "GET", roster, [ROSTER], accept=MEMBERS).status_code == 200


def _tokens(openedx: OpenEdx) -> int:
    return sum("/token/" in call["path"] for call in openedx.state()["calls"])


def test_a_score_that_open_edx_took_before_we_died(registered, openedx, database, request):
    """Open edX says 400, not 409, to a stamp that it has; a tool that died before it wrote "sent" down sends that."""
    services, platform, _ = registered
    score, item = _score(database, platform, openedx, request.node.name[:90])
    returner = Returner(database, services)
    returner.drain()
    assert _settled(database, score) == (True, "") and _scores(openedx, item) == [4.0]
    with database.writing() as session:
        session.execute(update(Score).values(settled=False, sent_version=0))
    returner.drain()
    assert _settled(database, score) == (True, "") and _scores(openedx, item) == [4.0]


def test_a_score_after_a_clock_that_was_ahead(registered, openedx, database, request):
    services, platform, _ = registered
    score, item = _score(database, platform, openedx, request.node.name[:90])
    returner = Returner(database, services)
    returner.drain()
    with database.writing() as session:
        earlier = now() - timedelta(seconds=30)
        session.execute(update(Score).values(settled=False, version=2, score=6.0, stamp=earlier))
    returner.drain()
    assert _settled(database, score) == (True, "") and _scores(openedx, item) == [6.0]


def _score(database: Database, platform: int, openedx: OpenEdx, block: str) -> tuple[int, str]:
    """A score of ada's that waits to be sent to the block's line item, and the name of the block."""
    item = next(one for one in openedx.state()["items"] if one["block"] == block)
    made = next(one for one in openedx.state()["blocks"] if one["name"] == block)
    ada = next(one for one in openedx.state()["people"] if one["username"] == "ada")
    with database.writing() as session:
        context = Context(deployment=Deployment(deployment_id="1", platform_id=platform), lti_id="course")
        link = Link(
            context=context,
            lti_id=item["resource_link_id"],
            title="One",
            work=Work.ASSIGNMENT,
            assignment="06_scaling",
            lineitem_url=f"{openedx.url}/api/lti_consumer/v1/lti/{made['config']}/lti-ags/{item['id']}",
            scopes=[SCORES],
        )
        user = User(platform_id=platform, sub=ada["external_id"])
        session.add_all([context, link, user])
        session.flush()
        score = Score(link_id=link.id, user_id=user.id, version=1, score=4.0, max_score=7.0, stamp=now())
        session.add(score)
        session.flush()
        return score.id, block


def _settled(database: Database, score: int) -> tuple[bool, str]:
    with database.reading() as session:
        row = session.get_one(Score, score)
        return row.settled and row.sent_version == row.version, row.problem


def _scores(openedx: OpenEdx, block: str) -> list[float]:
    (item,) = [one for one in openedx.state()["items"] if one["block"] == block]
    return [score["score_given"] for score in item["scores"]]
