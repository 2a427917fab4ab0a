"""The tool's own keys: made when first needed, rotated by a command; the public halves are at /lti/jwks."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import RSAAlgorithm
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from convclass.web.database import Database
from convclass.web.models import ToolKey, now

BITS = 3072
KEPT = timedelta(days=14)
"""How long a retired key stays in the set, for what it signed and for platforms that keep the set a while."""


def signing_key(database: Database) -> ToolKey:
    """The key that signs; the first one is made here."""
    with database.reading() as session:
        key = _newest(session)
    if key is not None:
        return key
    made = _make()  # takes a while, so not in a transaction
    with database.writing() as session:
        key = _newest(session)
        if key is None:
            session.add(made)
        return key or made


def rotate(database: Database) -> ToolKey:
    """Sign with a new key from now on; the others stay in the set for a while."""
    made = _make()
    with database.writing() as session:
        session.execute(update(ToolKey).where(ToolKey.retired_at.is_(None)).values(retired_at=now()))
        session.add(made)
    return made


def key_set(database: Database, at: datetime | None = None) -> dict[str, Any]:
    """The JSON Web Key Set: the key that signs, and those retired not long ago."""
    signing_key(database)
    kept = or_(ToolKey.retired_at.is_(None), ToolKey.retired_at > (at or now()) - KEPT)
    with database.reading() as session:
        return {"keys": [_public(key) for key in session.scalars(select(ToolKey).where(kept).order_by(ToolKey.id))]}


def sign(database: Database, claims: dict[str, Any]) -> str:
    """A JSON Web Token of the tool."""
    key = signing_key(database)
    return jwt.encode(claims, key.private_pem, algorithm="RS256", headers={"kid": key.kid})


def _newest(session: Session) -> ToolKey | None:
    found = select(ToolKey).where(ToolKey.retired_at.is_(None)).order_by(ToolKey.id.desc()).limit(1)
    return session.scalar(found)


def _make() -> ToolKey:
    key = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    public = RSAAlgorithm.to_jwk(key.public_key())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return ToolKey(kid=hashlib.sha256(public.encode()).hexdigest()[:32], private_pem=pem)


def _public(key: ToolKey) -> dict[str, Any]:
    """`alg` is not optional: Moodle refuses a key without."""
    private = load_pem_private_key(key.private_pem.encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    public = json.loads(RSAAlgorithm.to_jwk(private.public_key()))
    return {"kty": "RSA", "n": public["n"], "e": public["e"], "kid": key.kid, "alg": "RS256", "use": "sig"}
