"""A platform's services (grades, roster), with an access token of the tool.

PyLTI1p3's ServiceConnector is not used: it has no timeouts, asks for a token anew in every launch, keeps one that was
revoked, and lower-cases the address of the next page.
"""

from __future__ import annotations

import json as json_module
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

import requests
from requests.utils import parse_header_links

from convclass.web import keys
from convclass.web.database import Database
from convclass.web.models import Platform
from convclass.web.outbound import UnreachableError, fetch
from convclass.web.security import origin
from convclass.web.settings import Settings

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TOKEN_SECONDS = 3600.0
"""How long a token is taken to last where the platform does not say."""
_MARGIN = 60.0
_MOST_PAGES = 2000
_MOST_BYTES = 64 * 1024 * 1024
_MOST_SECONDS = 120.0
"""For a whole list: whoever waits for it waits at a page."""


class ServiceUnavailable(Exception):  # noqa: N818 (not an error: a platform may be down)
    """The platform did not answer, or gave no token; `retry_after`: in how many seconds it wants to be asked again."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    until: float


class Services:
    """Access to the services of all platforms; tokens are kept until shortly before they expire. Thread-safe."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._tokens: dict[tuple[int, str], _Token] = {}
        self._lock = threading.Lock()

    def request(
        self,
        platform_id: int,
        method: str,
        url: str,
        scopes: Sequence[str],
        *,
        json: Any = None,
        media_type: str = "application/json",
        accept: str = "application/json",
    ) -> requests.Response:
        """The platform's answer, also 4xx and 5xx; after a 401 or 403 it is asked once more, with a new token.

        Open edX says 403 to a token that has expired or that it signed with an earlier key.

        Raises ServiceUnavailable when there is no answer or no token to be had.
        """
        platform = self._platform(platform_id)
        body = None if json is None else json_module.dumps(json).encode()
        headers = {"Accept": accept} | ({} if body is None else {"Content-Type": media_type})
        for again in (False, True):
            token = self._token(platform, scopes, fresh=again)
            answer = _asked(method, url, platform, headers | {"Authorization": f"Bearer {token}"}, body)
            if answer.status_code not in (401, 403):
                break
        return answer

    def pages(self, platform_id: int, url: str, scopes: Sequence[str], *, accept: str) -> Iterator[Any]:
        """The JSON of every page of a list, by the Link header's `next`.

        Raises ServiceUnavailable also for an answer other than 200, for no JSON, for a list that is too long or takes
        too long, and where the next page is a page already read or lies at another site, to which no token is carried.
        """
        until, size = time.monotonic() + _MOST_SECONDS, 0
        read: set[str] = set()
        following: str | None = url
        while following:
            if following in read or len(read) >= _MOST_PAGES or size > _MOST_BYTES or time.monotonic() > until:
                raise ServiceUnavailable(f"{_place(url)}: its list of pages has no end")
            read.add(following)
            answer = self.request(platform_id, "GET", following, scopes, accept=accept)
            size += len(answer.content)
            yield _json(answer, 200)
            following = _next(answer, following)

    def _platform(self, platform_id: int) -> Platform:
        with self._database.reading() as session:
            platform = session.get(Platform, platform_id)
        if platform is None or not platform.active:
            raise ServiceUnavailable("this platform is registered no longer")
        return platform

    def _token(self, platform: Platform, scopes: Sequence[str], *, fresh: bool) -> str:
        key = (platform.id, " ".join(sorted(set(scopes))))
        with self._lock:
            known = self._tokens.get(key)
        if known and not fresh and time.monotonic() < known.until:
            return known.text
        token = self._asked_for(platform, key[1])
        with self._lock:
            self._tokens[key] = token
        return token.text

    def _asked_for(self, platform: Platform, scope: str) -> _Token:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION,
            "client_assertion": self._assertion(platform),
            "scope": scope,
        }
        began = time.monotonic()
        answer = _asked("POST", platform.token_url, platform, {"Accept": "application/json"}, form)
        told = _json(answer, 200, 201)
        text = told.get("access_token") if isinstance(told, dict) else None
        if not isinstance(text, str) or not text.isascii() or not text.isprintable() or not text:
            raise ServiceUnavailable(f"{_place(platform.token_url)}: it answers without an access token")
        return _Token(text, began + _lasts(told.get("expires_in")))

    def _assertion(self, platform: Platform) -> str:
        at = int(time.time())
        claims = {
            "iss": platform.client_id,
            "sub": platform.client_id,
            "aud": platform.token_audience or platform.token_url,
            "iat": at - 5,  # a platform whose clock is a little late refuses what is issued in its future
            "exp": at + 300,
            "jti": secrets.token_urlsafe(24),
        }
        return keys.sign(self._database, claims)


def vouched(platform: Platform) -> tuple[str, ...]:
    """The platform's URLs, as far as an administrator answers for them."""
    if not platform.vouched:
        return ()
    return (platform.issuer, platform.authorization_url, platform.token_url, platform.jwks_url)


def retry_after(answer: requests.Response) -> float | None:
    """In how many seconds the platform wants to be asked again; None when it does not say."""
    told = answer.headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _asked(
    method: str, url: str, platform: Platform, headers: dict[str, str], body: bytes | dict[str, str] | None
) -> requests.Response:
    try:
        return fetch(method, url, vouched=vouched(platform), headers=headers, data=body)
    except UnreachableError as error:
        raise ServiceUnavailable(str(error)) from None


def _json(answer: requests.Response, *fine: int) -> Any:
    if answer.status_code not in fine:
        raise ServiceUnavailable(f"{_place(answer.url)}: it answers {answer.status_code}", retry_after(answer))
    try:
        return answer.json()
    except ValueError:
        raise ServiceUnavailable(f"{_place(answer.url)}: it answers with something that is not JSON") from None


def _next(answer: requests.Response, url: str) -> str | None:
    for link in parse_header_links(answer.headers.get("Link", "")):
        if "next" in link.get("rel", "").lower().split():
            following = urljoin(url, link["url"])
            if origin(following) != origin(url):
                raise ServiceUnavailable(f"{_place(url)}: its next page is said to be at another site")
            return following
    return None


def _lasts(told: Any) -> float:
    """Seconds that a token is used for."""
    seconds = float(told) if isinstance(told, int | float | str) and str(told).isdigit() else _TOKEN_SECONDS
    return max(seconds - _MARGIN, seconds / 2)


def _place(url: str) -> str:
    return origin(url) or "the platform"
