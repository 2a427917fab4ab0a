"""The public keys of the platforms: fetched once, and again when a token names a key that is not among them."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from jwt import PyJWK
from jwt.exceptions import PyJWTError

from convclass.web.models import Platform
from convclass.web.outbound import UnreachableError, fetch
from convclass.web.refused import TELL_ADMINISTRATOR, Refused
from convclass.web.services import vouched

FRESH_SECONDS = 3600.0
WAIT_SECONDS = 10.0
"""For keys that another launch is fetching: a platform that is slow with them must not hold every thread."""
PAUSE_SECONDS = 30.0
"""Between two fetches from one platform: whoever sends tokens with made-up key ids does not make us knock at it."""


@dataclass(slots=True)
class _Known:
    """What is known of a platform's keys; one thread at a time fetches them."""

    lock: threading.Lock
    keys: tuple[dict[str, Any], ...] = ()
    fetched: float | None = None
    tried: float | None = None
    problem: str = ""


class PlatformKeys:
    """The key sets of all platforms, in memory. Thread-safe."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], _Known] = {}
        self._lock = threading.Lock()

    def find(self, platform: Platform, kid: str, algorithm: str) -> PyJWK:
        """The platform's key of this id, for this algorithm. Raises Refused."""
        with self._lock:
            known = self._known.setdefault((platform.id, platform.jwks_url), _Known(threading.Lock()))
        if not known.lock.acquire(timeout=WAIT_SECONDS):
            raise _refusal(platform, "it is slow to answer")
        try:
            if _wanted(known, kid):
                _fetch(known, platform)
            found = _usable(known.keys, kid, algorithm)
        finally:
            known.lock.release()
        if found is None:
            raise _refusal(platform, known.problem)
        return found


def _wanted(known: _Known, kid: str) -> bool:
    at = time.monotonic()
    if known.tried is not None and at < known.tried + PAUSE_SECONDS:
        return False
    old = known.fetched is None or at > known.fetched + FRESH_SECONDS
    return old or all(key.get("kid") != kid for key in known.keys)


def _fetch(known: _Known, platform: Platform) -> None:
    """Fetch the keys; what was known before stays where that fails."""
    known.tried = time.monotonic()
    try:
        answer = fetch("GET", platform.jwks_url, vouched=vouched(platform), headers={"Accept": "application/json"})
        told = answer.json() if answer.status_code == 200 else {}
        keys = told.get("keys") if isinstance(told, dict) else None
        if not isinstance(keys, list):
            raise ValueError(f"{platform.jwks_url} answers {answer.status_code}, without a key set")
    except (UnreachableError, ValueError) as error:
        known.problem = str(error)
        return
    known.keys = tuple(key for key in keys if isinstance(key, dict))
    known.fetched, known.problem = known.tried, ""


def _usable(keys: tuple[dict[str, Any], ...], kid: str, algorithm: str) -> PyJWK | None:
    for key in keys:
        if key.get("kid") != kid or key.get("use", "sig") != "sig" or key.get("alg", algorithm) != algorithm:
            continue
        try:
            made = PyJWK.from_dict(key, algorithm)
        except (PyJWTError, ValueError, TypeError, KeyError):
            continue
        if getattr(made.key, "key_size", 0) >= (2048 if key.get("kty") == "RSA" else 256) and _is_public(key):
            return made
    return None


def _is_public(key: dict[str, Any]) -> bool:
    """A published private key is nobody's signature."""
    return key.get("kty") in ("RSA", "EC") and "d" not in key


def _refusal(platform: Platform, problem: str) -> Refused:
    if problem:
        return Refused(f"The keys of {platform.name} cannot be had now: {problem}.", "Try again in a minute.", 503)
    return Refused(
        f"{platform.name} has published no key that this launch is signed with.",
        f"Try again in a minute, should it have changed its keys just now. Else: {TELL_ADMINISTRATOR}",
    )
