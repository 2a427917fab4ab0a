"""Dynamic Registration: a platform and the tool exchange what else is typed in by hand.

Only the holder of a registration link, which an administrator makes by a command, may begin it, once. PyLTI1p3 has no
Dynamic Registration.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from convclass.web import roster
from convclass.web.database import Database
from convclass.web.message import LONGEST_ID, text
from convclass.web.models import Deployment, Platform, RegistrationLink, now
from convclass.web.outbound import UnreachableError, fetch, is_web_url
from convclass.web.refused import Refused
from convclass.web.security import origin
from convclass.web.visit import hashed

LASTS = timedelta(days=3)
_AGS = "https://purl.imsglobal.org/spec/lti-ags/scope"
SCOPES = (f"{_AGS}/lineitem", f"{_AGS}/score", roster.SCOPE)
_TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
_PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
_URLS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
_CLAIMS = ("iss", "sub", "name", "given_name", "family_name", "email")
_FRAMES = {"https://canvas.instructure.com": ("https://*.instructure.com",)}
"""Issuers that show the tool from other hosts than their own, and from which."""
_NAME = "ConvClass"
_DESCRIPTION = "Auto-graded assignments and quizzes on convolutional networks."


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a platform publishes of itself, as far as it is needed."""

    issuer: str
    authorization_url: str
    token_url: str
    token_audience: str
    jwks_url: str
    registration_url: str
    name: str


def make_link(session: Session, *, issuer: str = "", private: bool = False) -> str:
    """The secret of a new registration link: for one registration, within three days.

    issuer: the only platform it is for. private: whether that may be on a private network.
    """
    token = secrets.token_urlsafe(32)
    session.add(RegistrationLink(token_hash=hashed(token), issuer=issuer, private=private, expires_at=now() + LASTS))
    return token


def register(database: Database, tool_url: str, token: str, asked: Mapping[str, str]) -> Platform:
    """Register this tool at the platform that asks, and the platform here. Raises Refused; the link then stays good."""
    with database.writing() as session:
        link = _use(session, token)
    try:
        configuration = _configuration(link, asked.get("openid_configuration", ""))
        told = _registered(link, configuration, tool_url, asked.get("registration_token", ""))
        with database.writing() as session:
            return _store(session, configuration, told, vouched=link.private)
    except BaseException:
        with database.writing() as session:
            session.execute(update(RegistrationLink).where(RegistrationLink.id == link.id).values(used_at=None))
        raise


def tool_configuration(tool_url: str) -> dict[str, Any]:
    """The tool in the words of Dynamic Registration."""
    launch = f"{tool_url}/lti/launch"
    return {
        "application_type": "web",
        "grant_types": ["client_credentials", "implicit"],
        "response_types": ["id_token"],
        "redirect_uris": [launch],
        "initiate_login_uri": f"{tool_url}/lti/login",
        "client_name": _NAME,
        "jwks_uri": f"{tool_url}/lti/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "id_token_signed_response_alg": "RS256",
        "scope": " ".join(SCOPES),
        _TOOL: {
            "domain": urlsplit(tool_url).netloc,
            "description": _DESCRIPTION,
            "target_link_uri": launch,
            "claims": list(_CLAIMS),
            "messages": [
                {"type": "LtiResourceLinkRequest", "target_link_uri": launch, "label": _NAME},
                {"type": "LtiDeepLinkingRequest", "target_link_uri": launch, "label": f"{_NAME}: pick"},
            ],
        },
    }


def check_link(session: Session, token: str) -> RegistrationLink:
    """The link of this secret, unused and not expired. Raises Refused."""
    mine = select(RegistrationLink).where(RegistrationLink.token_hash == hashed(token))
    link = session.scalar(mine.where(RegistrationLink.used_at.is_(None), RegistrationLink.expires_at > now()))
    if link is None:
        raise _bad_link()
    return link


def _use(session: Session, token: str) -> RegistrationLink:
    link = check_link(session, token)
    mine = update(RegistrationLink).where(RegistrationLink.id == link.id, RegistrationLink.used_at.is_(None))
    if session.execute(mine.values(used_at=now())).rowcount != 1:  # type: ignore[attr-defined]
        raise _bad_link()
    return link


def _bad_link() -> Refused:
    return Refused(
        "This registration link was used already, has expired, or was never made.",
        "Whoever runs the tool can make another: convclass lti registration-link.",
    )


def _configuration(link: RegistrationLink, url: str) -> Configuration:
    """The platform's configuration, whose issuer has to be the link's, or on the host that the configuration is on."""
    told = _json("GET", url, link)
    issuer = told.get("issuer")
    if not isinstance(issuer, str) or not issuer or len(issuer) > 500 or not issuer.isprintable():
        raise _not_understood("it names no issuer")
    if link.issuer and issuer != link.issuer:
        raise _not_understood(f"it is {issuer}, and the registration link is for {link.issuer}")
    if not link.issuer and (not is_web_url(issuer) or urlsplit(issuer).hostname != urlsplit(url).hostname):
        raise _not_understood(
            f"its issuer {issuer[:200]} is not on the host of its configuration (a link for such a platform is made by "
            "convclass lti registration-link --issuer)"
        )
    for name in _URLS:
        if not is_web_url(told.get(name)):
            raise _not_understood(f"it has no {name}")
    audience = told.get("authorization_server")
    details = told.get(_PLATFORM)
    name = details.get("product_family_code", "") if isinstance(details, dict) else ""
    return Configuration(
        issuer,
        told["authorization_endpoint"],
        told["token_endpoint"],
        audience if isinstance(audience, str) else "",
        told["jwks_uri"],
        told["registration_endpoint"],
        f"{text(name).capitalize()} {urlsplit(issuer).hostname or issuer}".strip()[:200],
    )


def _registered(link: RegistrationLink, platform: Configuration, tool_url: str, token: str) -> dict[str, Any]:
    """The platform's answer to our registration."""
    if not token.isascii() or not token.isprintable():
        raise _not_understood("its registration token is no token")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    told = _json("POST", platform.registration_url, link, headers, tool_configuration(tool_url))
    if not isinstance(told.get("client_id"), str | int) or not 0 < len(str(told["client_id"])) <= LONGEST_ID:
        raise _not_understood("it answers the registration without a client id")
    return told


def _store(session: Session, platform: Configuration, told: dict[str, Any], *, vouched: bool) -> Platform:
    client_id = str(told["client_id"])
    if session.scalar(select(Platform).where(Platform.issuer == platform.issuer, Platform.client_id == client_id)):
        raise Refused(
            f"{platform.issuer} with the client id {client_id} is registered already.", "It can be used.", 409
        )
    if session.scalar(select(Platform).where(Platform.client_id == client_id).limit(1)):
        # Our assertions say who we are by the client id alone: who has that of another platform could have one made
        # for it (by its token URL or audience), and with that write into its gradebook.
        raise Refused(
            "Another LMS has registered with the same client id.",
            "Whoever runs the tool can add this one, if it is no impostor: convclass lti add-platform.",
            409,
        )
    row = Platform(
        name=platform.name,
        issuer=platform.issuer,
        client_id=client_id,
        authorization_url=platform.authorization_url,
        token_url=platform.token_url,
        token_audience=platform.token_audience,
        jwks_url=platform.jwks_url,
        vouched=vouched,
        frame_origins=list(_FRAMES.get(platform.issuer, ())),
    )
    details = told.get(_TOOL)
    deployment = details.get("deployment_id") if isinstance(details, dict) else None
    if isinstance(deployment, str | int) and 0 < len(str(deployment)) <= LONGEST_ID:
        row.deployments.append(Deployment(deployment_id=str(deployment)))
    session.add(row)
    session.flush()
    return row


def _json(
    method: str, url: str, link: RegistrationLink, headers: Mapping[str, str] | None = None, body: Any = None
) -> dict[str, Any]:
    """What the platform answers. The administrator vouches for a private one when making the link."""
    asked = {"Accept": "application/json", "Content-Type": "application/json", **(headers or {})}
    try:
        data = None if body is None else json.dumps(body).encode()
        answer = fetch(method, url, vouched=(url,) if link.private else (), headers=asked, data=data)
    except UnreachableError as error:
        raise Refused(f"Your LMS cannot be asked: {error}.", _PRIVATE) from None
    try:
        told = answer.json() if answer.status_code in (200, 201) else None
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise _not_understood(f"{origin(url)} answers {answer.status_code}, without what was asked for")
    return told


_PRIVATE = (
    "Try again. Where the LMS is inside a private network or has no https, whoever runs the tool makes the link with "
    "convclass lti registration-link --private."
)


def _not_understood(cause: str) -> Refused:
    return Refused(f"Your LMS is not registered: {cause}.", "Tell this to whoever runs the LMS and the tool.")
