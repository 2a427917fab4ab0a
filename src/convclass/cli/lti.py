"""`convclass lti`: which platforms the LTI tool knows, its keys, and what to type into an LMS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convclass.course import CourseError

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from convclass.web.database import Database
    from convclass.web.models import Platform

lti = typer.Typer(
    help="The platforms that the LTI tool knows, and its keys.", no_args_is_help=True, rich_markup_mode=None
)

_EXTRA = ("flask", "jwt", "requests")
_Database = Annotated[
    str, typer.Option("--database", envvar="CONVCLASS_DATABASE", help="The tool's: a path to an SQLite file, or a URL.")
]
_Url = Annotated[
    str, typer.Option("--url", envvar="CONVCLASS_URL", help="Where the tool is, such as https://convclass.example.edu.")
]
_PlatformId = Annotated[int, typer.Argument(metavar="PLATFORM", help="Its number in `convclass lti platforms`.")]
_USUAL = "convclass-tool.db"


@lti.callback()
def needs_its_extra() -> None:
    """The platforms that the LTI tool knows, and its keys."""
    from importlib.util import find_spec

    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        raise CourseError(f"the LTI tool needs {', '.join(missing)}; type: pip install 'convclass[serve]'")


@lti.command()
def add_platform(
    issuer: Annotated[str, typer.Option(help="The platform's issuer (Moodle: platform ID).")],
    client_id: Annotated[str, typer.Option(help="The client id that the platform gave the tool.")],
    authorization_url: Annotated[str, typer.Option(help="Its authentication request URL.")],
    token_url: Annotated[str, typer.Option(help="Its access token URL.")],
    jwks_url: Annotated[str, typer.Option(help="Its public keyset URL.")],
    deployment: Annotated[list[str] | None, typer.Option(help="A deployment id; may be given several times.")] = None,
    name: Annotated[str, typer.Option(help="What to call it.", show_default="the issuer")] = "",
    token_audience: Annotated[str, typer.Option(help="Of the token request, where it is not its URL.")] = "",
    frame: Annotated[
        list[str] | None, typer.Option(help="A further site that shows it, such as https://*.instructure.com.")
    ] = None,
    database: _Database = _USUAL,
) -> None:
    """Register a platform with what it tells about itself."""
    from convclass.web.models import Deployment, Platform

    urls = {"--authorization-url": authorization_url, "--token-url": token_url, "--jwks-url": jwks_url}
    _check_urls(urls)
    _check_ids(issuer, client_id, *(deployment or []))
    told = {
        "name": name or issuer,
        "authorization_url": authorization_url,
        "token_url": token_url,
        "token_audience": token_audience,
        "jwks_url": jwks_url,
        "frame_origins": [_frame(origin) for origin in frame or []],
    }
    with _writing(database) as session:
        row = _by_client(session, issuer, client_id) or Platform(issuer=issuer, client_id=client_id, active=False)
        if row.active:
            raise CourseError(f"{issuer} with the client id {client_id} is registered already; see: lti platforms")
        for field, value in (told | {"active": True}).items():
            setattr(row, field, value)
        known = {one.deployment_id for one in row.deployments}
        row.deployments += [
            Deployment(deployment_id=one) for one in dict.fromkeys(deployment or []) if one not in known
        ]
        session.add(row)
        session.flush()
        typer.echo(f"platform {row.id}: {row.name}")
    if not deployment:
        typer.echo("no deployment yet: the first launch names it; then use `convclass lti add-deployment`", err=True)


@lti.command()
def platforms(database: _Database = _USUAL) -> None:
    """List the platforms, with their deployments."""
    from sqlalchemy import select

    from convclass.report.text import terminal
    from convclass.web.models import Platform
    from convclass.web.platforms import deployment_ids

    with _opened(database).reading() as session:
        for row in session.scalars(select(Platform).order_by(Platform.id)):
            state = "" if row.active else " (removed)"
            typer.echo(f"{row.id}{state}  {terminal(row.name)}  {terminal(row.issuer)}  {terminal(row.client_id)}")
            for one in deployment_ids(session, row):
                typer.echo(f"   deployment {terminal(one)}")


@lti.command()
def remove_platform(platform: _PlatformId, database: _Database = _USUAL) -> None:
    """Let a platform in no longer; what it has sent stays."""
    with _writing(database) as session:
        row = _platform(session, platform)
        row.active = False
        typer.echo(f"platform {row.id} ({row.name}) is let in no longer")


@lti.command()
def add_deployment(
    platform: _PlatformId,
    deployment: Annotated[str, typer.Argument(help="The deployment id, as the platform has it.")],
    database: _Database = _USUAL,
) -> None:
    """Let a deployment of a platform in."""
    from convclass.web.models import Deployment
    from convclass.web.platforms import deployment_of

    _check_ids(deployment)
    with _writing(database) as session:
        row = _platform(session, platform)
        if deployment_of(session, row, deployment) is None:
            session.add(Deployment(platform_id=row.id, deployment_id=deployment))
        typer.echo(f"platform {row.id} ({row.name}): deployment {deployment}")


@lti.command()
def rotate_keys(database: _Database = _USUAL) -> None:
    """Sign with a new key from now on; the old one stays in the key set for two weeks."""
    from convclass.web.keys import rotate

    typer.echo(f"new key {rotate(_opened(database)).kid}")


@lti.command()
def registration_link(
    url: _Url,
    issuer: Annotated[str, typer.Option(help="Only for this platform (hosted Canvas needs it).")] = "",
    private: Annotated[bool, typer.Option("--private", help="It is in a private network, or has no https.")] = False,
    database: _Database = _USUAL,
) -> None:
    """Make a link by which one platform may register itself, once, within three days: paste it into the LMS."""
    from convclass.web.registration import make_link

    with _writing(database) as session:
        token = make_link(session, issuer=issuer, private=private)
    typer.echo(f"{_tool_url(url)}/lti/register/{token}")


@lti.command()
def config(url: _Url) -> None:
    """Print what to type into an LMS, and the JSON that Canvas takes."""
    at = _tool_url(url)
    for label, path in (
        ("Tool URL, redirect URI", "launch"),
        ("Initiate login URL", "login"),
        ("Public keyset URL", "jwks"),
        ("Content selection URL (Deep Linking)", "launch"),
    ):
        typer.echo(f"{label + ':':38}{at}/lti/{path}")
    typer.echo("Canvas:")
    typer.echo(json.dumps(_canvas(at), indent=2))


def _canvas(at: str) -> dict[str, Any]:
    """Canvas's own way to write down a tool (Developer Keys, Enter URL or paste JSON)."""
    from convclass.web.registration import SCOPES

    placements = [("link_selection", "Add from ConvClass"), ("assignment_selection", "ConvClass")]
    return {
        "title": "ConvClass",
        "description": "Auto-graded assignments and quizzes on convolutional networks.",
        "oidc_initiation_url": f"{at}/lti/login",
        "target_link_uri": f"{at}/lti/launch",
        "public_jwk_url": f"{at}/lti/jwks",
        "scopes": list(SCOPES),
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "privacy_level": "public",
                "settings": {
                    "placements": [
                        {
                            "placement": placement,
                            "message_type": "LtiDeepLinkingRequest",
                            "target_link_uri": f"{at}/lti/launch",
                            "text": text,
                        }
                        for placement, text in placements
                    ]
                },
            }
        ],
    }


def _opened(database: str) -> Database:
    from sqlalchemy.exc import SQLAlchemyError

    from convclass.web.database import Database

    try:
        return Database(database)
    except SQLAlchemyError as error:
        raise CourseError(f"{database}: cannot be opened ({str(error).splitlines()[0]}); see --database") from None


@contextmanager
def _writing(database: str) -> Iterator[Session]:
    opened = _opened(database)
    try:
        with opened.writing() as session:
            yield session
    finally:
        opened.close()


def _platform(session: Session, platform_id: int) -> Platform:
    from convclass.web.models import Platform

    row = session.get(Platform, platform_id)
    if row is None:
        raise CourseError(f"platform {platform_id}: there is none; see `convclass lti platforms`")
    return row


def _by_client(session: Session, issuer: str, client_id: str) -> Platform | None:
    from sqlalchemy import select

    from convclass.web.models import Platform

    mine = select(Platform).where(Platform.issuer == issuer, Platform.client_id == client_id)
    found: Platform | None = session.scalar(mine)
    return found


def _check_urls(urls: dict[str, str]) -> None:
    from convclass.web.outbound import is_web_url

    for option, url in urls.items():
        if not is_web_url(url):
            raise CourseError(f"{option} {url}: is no http(s) URL; copy it from the LMS")


def _check_ids(*ids: str) -> None:
    for one in ids:
        if not one or len(one) > 300 or not one.isprintable():
            raise CourseError(f"{one[:40]!r}: is no id; copy it from the LMS, it has 1 to 300 characters")


def _frame(origin: str) -> str:
    from convclass.web.outbound import is_web_url

    if not is_web_url(origin.replace("//*.", "//", 1)) or origin.count("/") != 2:
        raise CourseError(f"--frame {origin}: is no site; write https://host or https://*.host")
    return origin


def _tool_url(url: str) -> str:
    from convclass.web.outbound import is_web_url
    from convclass.web.security import origin

    if not is_web_url(url) or url.rstrip("/") != origin(url):
        raise CourseError(f"--url {url}: give scheme and host only, such as https://convclass.example.edu")
    return url.rstrip("/")
