"""Whether a launch's id_token is what it says: signed by its platform, for us, now, for this login.

PyLTI1p3's MessageLaunch is not used. It takes the platform from the token and not from the login, accepts a state again
with the same token, demands neither exp nor iat nor azp, fetches keys without a deadline and on every unknown key id;
mending that replaces six of its eight steps, and what is left are look-ups in a dict. PyJWT does the cryptography.
"""

from __future__ import annotations

import hmac
from typing import Any

import jwt
from jwt.exceptions import PyJWTError

from convclass.web.models import Login, Platform
from convclass.web.platform_keys import PlatformKeys
from convclass.web.refused import OPEN_AGAIN, TELL_ADMINISTRATOR, Refused
from convclass.web.visit import hashed

ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
LEEWAY_SECONDS = 60


def verified(token: str, platform: Platform, login: Login, keys: PlatformKeys) -> dict[str, Any]:
    """The claims of the token. Raises Refused, with the cause."""
    claims = _decoded(token, platform, keys)
    audience, party = claims["aud"], claims.get("azp")
    if party is None and isinstance(audience, list) and len(audience) > 1:
        raise _refusal(platform, "it is for several parties and does not say for which (azp)")
    if party is not None and party != platform.client_id:
        raise _refusal(platform, "it was issued to another tool (azp)")
    nonce = claims["nonce"]
    if not isinstance(nonce, str) or not hmac.compare_digest(hashed(nonce), login.nonce_hash):
        raise Refused("This launch does not belong to its login.", OPEN_AGAIN)
    return claims


def _decoded(token: str, platform: Platform, keys: PlatformKeys) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token)
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise _refusal(platform, f"it is not signed by a key pair (alg {str(algorithm)[:20]})")
        if not isinstance(kid, str) or not kid:
            raise _refusal(platform, "it does not say which key signed it (kid)")
        claims: dict[str, Any] = jwt.decode(
            token,
            keys.find(platform, kid, algorithm),
            algorithms=[algorithm],
            audience=platform.client_id,
            issuer=platform.issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "aud", "exp", "iat", "nonce"]},
        )
    except (PyJWTError, ValueError, TypeError) as error:
        raise _refusal(platform, str(error)[:200]) from None
    return claims


def _refusal(platform: Platform, cause: str) -> Refused:
    return Refused(f"The launch from {platform.name} is not accepted: {cause}.", TELL_ADMINISTRATOR)
