"""The answer to a Deep Linking request: the picked links, signed, in the platform's words.

PyLTI1p3's DeepLink is not used: it has no due date, sends `data` also where the platform sent none, and writes its form
by hand, with the platform's address unescaped and an inline script.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from convclass.web.enrol import CUSTOM_DUE, CUSTOM_POINTS
from convclass.web.message import CLAIM
from convclass.web.models import Deployment
from convclass.web.offers import CUSTOM_ASSIGNMENT, CUSTOM_WORK
from convclass.web.picked import Picked

_DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


def takes_several(asked: Mapping[str, Any]) -> bool:
    """Whether the platform takes more than one link at once."""
    return asked.get("accept_multiple") in (True, "true")


def response(
    deployment: Deployment, asked: Mapping[str, Any], items: Sequence[Picked], tool_url: str
) -> dict[str, Any]:
    """The claims of the answer to what the platform asked; no items: nothing was picked."""
    at = int(time.time())
    claims = {
        "iss": deployment.platform.client_id,
        "aud": deployment.platform.issuer,
        "iat": at - 5,
        "exp": at + 600,
        "nonce": secrets.token_urlsafe(24),
        f"{CLAIM}deployment_id": deployment.deployment_id,
        f"{CLAIM}message_type": "LtiDeepLinkingResponse",
        f"{CLAIM}version": "1.3.0",
        f"{_DL}content_items": [_content_item(item, asked, tool_url) for item in items],
    }
    return claims | ({f"{_DL}data": asked["data"]} if "data" in asked else {})


def _content_item(item: Picked, asked: Mapping[str, Any], tool_url: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": "ltiResourceLink",
        "title": item.title,
        "url": item.offer.url(tool_url),
        "custom": _custom(item),
    }
    if asked.get("accept_lineitem", True) in (True, "true"):
        told["lineItem"] = {
            "label": item.title,
            "scoreMaximum": number(item.points),
            "resourceId": item.offer.assignment,
            "tag": item.offer.work.value,
        }
    if item.opens_at:
        told["available"] = {"startDateTime": _iso(item.opens_at)}
    if item.due_at:
        told["submission"] = {"endDateTime": _iso(item.due_at)}
    targets = asked.get("accept_presentation_document_targets")
    if isinstance(targets, list) and "iframe" not in targets and "window" in targets:
        told["window"] = {"targetName": "_blank"}
    return told


def number(points: float) -> int | float:
    """Whole points as a whole number, which some platforms insist on."""
    return int(points) if points == int(points) else points


def _custom(item: Picked) -> dict[str, str]:
    told = {
        CUSTOM_WORK: item.offer.work.value,
        CUSTOM_ASSIGNMENT: item.offer.assignment,
        CUSTOM_POINTS: str(number(item.points)),
    }
    return told | ({CUSTOM_DUE: _iso(item.due_at)} if item.due_at else {})


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
