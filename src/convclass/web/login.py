"""The login that comes before a launch (OpenID Connect, begun by the platform), and which browser it belongs to.

State and nonce are good for one launch within ten minutes. That the launch comes from the browser of the login is
proved by a cookie of that browser, or, where an iframe keeps none, by what the browser's page of the platform kept for
us (LTI Platform Storage). PyLTI1p3's OIDCLogin knows the cookie only, as one that no browser keeps in an iframe today.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Request, Response
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from convclass.web import platforms
from convclass.web.message import is_below
from convclass.web.models import Login, Platform, now
from convclass.web.refused import OPEN_AGAIN, TELL_ADMINISTRATOR, Refused
from convclass.web.security import origin
from convclass.web.settings import Settings
from convclass.web.visit import hashed

LASTS = timedelta(minutes=10)
_FORGOTTEN = timedelta(hours=2)
_KEPT = ("iss", "client_id", "login_hint", "lti_message_hint", "target_link_uri", "lti_deployment_id")
_STORAGE = "lti_storage_target"
_LONGEST = 8000
"""Characters of a parameter; each login is stored before anybody is known."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A login that has begun: where the browser goes next, and the state that it has to keep."""

    platform: Platform
    state: str
    nonce: str
    url: str
    asked: dict[str, str]

    @property
    def storage_target(self) -> str:
        """The platform's frame that keeps what tools store; empty where it offers none."""
        return self.asked.get(_STORAGE, "")


def begun(session: Session, settings: Settings, asked: Mapping[str, str]) -> Begun:
    """The login that a platform asks for; it holds once it is remembered. Raises Refused."""
    platform = platforms.find(
        session, asked.get("iss", ""), asked.get("client_id", ""), asked.get("lti_deployment_id", "")
    )
    if not asked.get("login_hint"):
        raise Refused("Your LMS does not say whose login this is (login_hint).", TELL_ADMINISTRATOR, 400)
    target = asked.get("target_link_uri", "")
    if not is_below(target, settings.url):
        raise Refused(
            f"Your LMS points elsewhere than below {settings.url} (target_link_uri).", TELL_ADMINISTRATOR, 400
        )
    if any(len(asked.get(name, "")) > _LONGEST for name in (*_KEPT, _STORAGE)):
        raise Refused("Your LMS says more about this login than can be kept.", TELL_ADMINISTRATOR, 400)
    state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    url = _authorization_url(platform, settings, asked, state, nonce)
    return Begun(platform, state, nonce, url, {name: asked[name] for name in (*_KEPT, _STORAGE) if asked.get(name)})


def remember(session: Session, login: Begun) -> None:
    """Store a login for the launch that follows; those of long ago are forgotten."""
    session.execute(delete(Login).where(Login.created_at < now() - _FORGOTTEN))
    session.add(
        Login(
            state_hash=hashed(login.state),
            nonce_hash=hashed(login.nonce),
            platform_id=login.platform.id,
            target=login.asked["target_link_uri"],
            asked=login.asked,
        )
    )


def find(session: Session, state: str) -> Login:
    """The login of a state, used or not. Raises Refused."""
    login = session.scalar(select(Login).where(Login.state_hash == hashed(state))) if state else None
    if login is None:
        raise Refused("This launch belongs to no login of this tool, or to one long ago.", OPEN_AGAIN)
    return login


def check_unused(login: Login) -> None:
    """Raises Refused for a login that was used, or is too old."""
    if login.used_at is not None or login.created_at < now() - LASTS:
        raise _used()


def use(session: Session, login: Login) -> None:
    """Use up state and nonce, in one statement, so that of two launches at once only one gets in. Raises Refused."""
    unused = (Login.id == login.id, Login.used_at.is_(None), Login.created_at >= now() - LASTS)
    taken = session.execute(update(Login).where(*unused).values(used_at=now()))
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise _used()


def proved_by_browser(request: Request, settings: Settings, state: str) -> bool:
    """Whether the launch comes from the browser that the login began in.

    What the platform kept counts only in a form of our own page (Origin): only that page has asked for it. From any
    other page it is something that whoever began the login knows and may have put into somebody else's browser.
    """
    cookie = request.cookies.get(cookie_name(state, settings.secure), "")
    if hmac.compare_digest(cookie.encode(), state.encode()):
        return True
    ours = request.headers.get("Origin") == origin(settings.url)
    return ours and hmac.compare_digest(request.form.get("stored", "").encode(), state.encode())


def storage_target(login: Login) -> str:
    """The platform's frame that keeps what tools store; empty where it offers none."""
    return str(login.asked.get(_STORAGE, ""))


def storage_key(state: str) -> str:
    """Under which the platform keeps a state."""
    return f"convclass-{hashed(state)[:16]}"


def asked_again(login: Login) -> dict[str, str]:
    """The parameters that begin this login again in a window of its own, where cookies are kept."""
    return {name: str(login.asked[name]) for name in _KEPT if name in login.asked}


def set_cookie(response: Response, state: str, settings: Settings) -> None:
    """Have the browser keep the state until the launch."""
    _cookie(response, state, settings, state, int(LASTS.total_seconds()))


def forget_cookie(response: Response, state: str, settings: Settings) -> None:
    """The state is used up."""
    _cookie(response, state, settings, "", 0)


def cookie_name(state: str, secure: bool) -> str:
    """A name of its own for each login, as several links may be opened at once."""
    return f"{'__Host-' if secure else ''}convclass-login-{hashed(state)[:16]}"


def _cookie(response: Response, state: str, settings: Settings, value: str, age: int) -> None:
    response.set_cookie(
        cookie_name(state, settings.secure),
        value,
        max_age=age,
        secure=settings.secure,
        httponly=True,
        # Without https a browser takes no SameSite=None, and keeps Lax from the platform's form; with neither it lets a
        # cookie of the last two minutes through.
        samesite="None" if settings.secure else None,
        partitioned=settings.secure,
        path="/",
    )


def _authorization_url(platform: Platform, settings: Settings, asked: Mapping[str, str], state: str, nonce: str) -> str:
    parameters = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": f"{settings.url}/lti/launch",
        "login_hint": asked["login_hint"],
        "state": state,
        "nonce": nonce,
    }
    if asked.get("lti_message_hint"):
        parameters["lti_message_hint"] = asked["lti_message_hint"]
    parts = urlsplit(platform.authorization_url)
    query = "&".join(part for part in (parts.query, urlencode(parameters)) if part)
    return urlunsplit(parts._replace(query=query, fragment=""))


def _used() -> Refused:
    return Refused("This launch was opened already, or took longer than ten minutes.", OPEN_AGAIN)
