"""What every answer of the tool carries, and what every request has to."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, g
from sqlalchemy import select
from sqlalchemy.orm import Session

from convclass.web.models import Platform

LARGEST_REQUEST = 4 * 1024 * 1024

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def protect(app: Flask, *, secure: bool) -> None:
    """Limit what requests may bring, and set the headers of all answers.

    A view that needs another Content-Security-Policy (a page with its own hashed style, say) sets `g.policy`, without
    frame-ancestors; one that may stand in an iframe sets `g.ancestors`.
    """
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        policy, frames = g.get("policy", POLICY), g.get("ancestors", "'none'")
        response.headers["Content-Security-Policy"] = f"{policy}; frame-ancestors {frames}"
        if response.mimetype in ("text/html", "application/json"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def ancestors(session: Session, platform_id: int) -> str:
    """The sites that may show a page of this platform's visits in an iframe: the platform's own, and the tool's."""
    platform = session.scalars(select(Platform).where(Platform.id == platform_id)).one()
    origins = {origin(platform.authorization_url), origin(platform.issuer), *platform.frame_origins} - {""}
    return " ".join(["'self'", *sorted(origins)])


def origin(url: str) -> str:
    """Scheme, host and port of an http URL; empty for anything else."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else ""
