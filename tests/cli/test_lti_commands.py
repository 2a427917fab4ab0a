"""`convclass lti`: what the commands write into the tool's database, print, and refuse."""

import json

import pytest
from sqlalchemy import select

from convclass.cli import main
from convclass.web import keys, registration
from convclass.web.database import Database
from convclass.web.models import Platform
from convclass.web.platforms import deployment_ids

MOODLE = {
    "--issuer": "https://moodle.test",
    "--client-id": "abc",
    "--authorization-url": "https://moodle.test/mod/lti/auth.php",
    "--token-url": "https://moodle.test/mod/lti/token.php",
    "--jwks-url": "https://moodle.test/mod/lti/certs.php",
}


@pytest.fixture
def database(tmp_path):
    database = Database(str(tmp_path / "tool.db"))
    yield database
    database.close()


@pytest.fixture
def lti(tmp_path, monkeypatch, capsys, database):
    monkeypatch.setenv("CONVCLASS_DATABASE", str(tmp_path / "tool.db"))

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["convclass", "lti", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        printed = capsys.readouterr()
        return int(exit_.value.code or 0), printed.out, printed.err

    return run


def moodle(**changed):
    return [part for pair in (MOODLE | changed).items() for part in pair]


def stored(database):
    with database.reading() as session:
        return session.scalars(select(Platform).order_by(Platform.id)).all()


def test_a_platform_is_added_listed_and_removed(lti, database):
    code, printed, _ = lti("add-platform", *moodle(), "--deployment", "1", "--deployment", "2", "--name", "Moodle")
    assert (code, printed) == (0, "platform 1: Moodle\n")
    (row,) = stored(database)
    assert row.jwks_url == MOODLE["--jwks-url"] and row.active and row.vouched
    assert lti("add-deployment", 1, 3)[0] == 0
    assert lti("add-deployment", 1, 3)[0] == 0
    with database.reading() as session:
        assert deployment_ids(session, row) == ["1", "2", "3"]
    assert "deployment 3" in lti("platforms")[1]
    assert lti("remove-platform", 1)[0] == 0
    assert not stored(database)[0].active
    assert "(removed)" in lti("platforms")[1]
    assert lti("add-platform", *moodle(**{"--token-url": "https://moodle.test/new"}), "--deployment", "3")[0] == 0
    (row,) = stored(database)
    assert row.active and row.token_url == "https://moodle.test/new"


def test_one_issuer_may_have_several_clients_but_each_once(lti, database):
    assert lti("add-platform", *moodle())[2].startswith("no deployment yet")
    assert lti("add-platform", *moodle(**{"--client-id": "def"}))[0] == 0
    code, _, errors = lti("add-platform", *moodle())
    assert code == 2 and "registered already" in errors
    assert len(stored(database)) == 2


@pytest.mark.parametrize(
    "changed",
    [
        {"--token-url": "moodle.test/token"},
        {"--jwks-url": "file:///etc/passwd"},
        {"--authorization-url": "javascript:alert(1)"},
        {"--client-id": ""},
        {"--issuer": "a\nb"},
        {"--frame": "https://x.test/path"},
        {"--frame": "*"},
        {"--frame": "https://x.test;script-src"},
    ],
)
def test_what_cannot_be_a_platform(lti, database, changed):
    code, _, errors = lti("add-platform", *moodle(**changed))
    assert code == 2 and errors.startswith("convclass: ")
    assert stored(database) == []


def test_further_sites_may_show_it(lti, database):
    assert lti("add-platform", *moodle(**{"--frame": "https://*.instructure.com"}))[0] == 0
    assert stored(database)[0].frame_origins == ["https://*.instructure.com"]


@pytest.mark.parametrize("command", [("remove-platform", 7), ("add-deployment", 7, "x")])
def test_a_platform_that_is_not(lti, command):
    code, _, errors = lti(*command)
    assert code == 2 and "convclass lti platforms" in errors


def test_keys_are_rotated(lti, database):
    before = keys.signing_key(database).kid
    code, printed, _ = lti("rotate-keys")
    assert code == 0 and keys.signing_key(database).kid in printed != before


def test_a_registration_link_is_good(lti, database):
    code, printed, _ = lti(
        "registration-link", "--url", "https://tool.test/", "--issuer", "https://c.test", "--private"
    )
    assert code == 0 and printed.startswith("https://tool.test/lti/register/")
    with database.reading() as session:
        link = registration.check_link(session, printed.strip().rsplit("/", 1)[1])
        assert (link.issuer, link.private) == ("https://c.test", True)


def test_what_to_type_into_an_lms(lti, monkeypatch):
    monkeypatch.setenv("CONVCLASS_URL", "https://tool.test")
    code, printed, _ = lti("config")
    urls, canvas = printed.split("Canvas:\n")
    assert code == 0 and urls.count("https://tool.test/lti/") == 4
    told = json.loads(canvas)
    assert told["public_jwk_url"] == "https://tool.test/lti/jwks" and len(told["scopes"]) == 3


@pytest.mark.parametrize("url", ["tool.test", "https://tool.test/?a", "https://tool.test/app", "file:///x"])
def test_what_is_no_address_of_a_tool(lti, url):
    assert lti("config", "--url", url)[0] == 2


def test_a_database_that_cannot_be_opened(lti, tmp_path):
    code, _, errors = lti("platforms", "--database", tmp_path / "no" / "folder" / "tool.db")
    assert code == 2 and "--database" in errors
