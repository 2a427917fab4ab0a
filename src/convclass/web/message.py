"""What a launch says: its claims, checked and in our own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from convclass.web.models import Role
from convclass.web.outbound import is_web_url
from convclass.web.refused import OPEN_AGAIN, TELL_ADMINISTRATOR, Refused
from convclass.web.roles import role_of

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
GRADES = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
LONGEST_ID = 300
_LONGEST_TEXT = 1000


class Kind(StrEnum):
    """The messages that are understood."""

    LINK = "LtiResourceLinkRequest"
    DEEP_LINKING = "LtiDeepLinkingRequest"


@dataclass(frozen=True, slots=True)
class Message:
    """A launch: who opens what, in which role, and which services the platform offers there.

    link_id is empty, and `picking` is not, when content is to be picked. URLs are empty where there is none.
    """

    kind: Kind
    deployment_id: str
    target: str
    sub: str
    name: str
    email: str
    role: Role
    context_id: str
    context_title: str
    link_id: str
    link_title: str
    custom: Mapping[str, str]
    lineitem_url: str
    lineitems_url: str
    scopes: tuple[str, ...]
    memberships_url: str
    return_url: str
    picking: Mapping[str, Any]


def message_of(claims: Mapping[str, Any], tool_url: str) -> Message:
    """The message of a token's claims. Raises Refused for what is missing or not understood."""
    if claims.get(f"{CLAIM}version") != "1.3.0":
        raise _wrong("it is not of LTI 1.3 (version)")
    kind = _kind(claims)
    grades, context, link = (
        _part(claims, GRADES),
        _part(claims, f"{CLAIM}context"),
        _part(claims, f"{CLAIM}resource_link"),
    )
    return Message(
        kind=kind,
        deployment_id=_id(claims.get(f"{CLAIM}deployment_id"), "deployment_id"),
        target=_target(claims, tool_url),
        sub=_sub(claims),
        name=_name(claims),
        email=text(claims.get("email")),
        role=_role(claims),
        context_id=_context_id(context),
        context_title=text(context.get("title")) or text(context.get("label")),
        link_id=_id(link.get("id"), "resource_link") if kind is Kind.LINK else "",
        link_title=text(link.get("title")),
        custom={name: value for name, value in _part(claims, f"{CLAIM}custom").items() if isinstance(value, str)},
        lineitem_url=_url(grades.get("lineitem")),
        lineitems_url=_url(grades.get("lineitems")),
        scopes=_scopes(grades),
        memberships_url=_url(_part(claims, ROSTER).get("context_memberships_url")),
        return_url=_url(_part(claims, f"{CLAIM}launch_presentation").get("return_url")),
        picking=_picking(claims) if kind is Kind.DEEP_LINKING else {},
    )


def is_below(url: str, tool_url: str) -> bool:
    """Whether a URL is one of the tool's own."""
    if not is_web_url(url):
        return False
    its, ours = urlsplit(url), urlsplit(tool_url)
    same = (its.scheme, its.netloc.lower()) == (ours.scheme, ours.netloc.lower())
    return same and (its.path == ours.path or its.path.startswith(f"{ours.path}/")) and "/.." not in its.path


def text(value: Any) -> str:
    """Text of a claim, without the characters that a database or a terminal stumbles over; not for ids."""
    if not isinstance(value, str):
        return ""
    return "".join(sign for sign in value if sign.isprintable())[:_LONGEST_TEXT].strip()


def _kind(claims: Mapping[str, Any]) -> Kind:
    told = claims.get(f"{CLAIM}message_type")
    if not isinstance(told, str) or told not in set(Kind):
        raise _wrong("its message_type is none that this tool understands")
    return Kind(told)


def _sub(claims: Mapping[str, Any]) -> str:
    if not claims.get("sub"):
        raise Refused(
            "Your LMS does not say who you are.",
            "Sign in to the LMS first. Where you are signed in: its administrator has to let it send the user's id.",
        )
    return _id(claims["sub"], "sub")


def _role(claims: Mapping[str, Any]) -> Role:
    told = claims.get(f"{CLAIM}roles")
    if not isinstance(told, list):
        raise _wrong("it says nothing about roles")
    role = role_of(told)
    if role is None:
        raise Refused(
            "Your LMS does not say that you are a student or an instructor of this course.",
            "Whoever runs the course can enrol you as one of the two.",
        )
    return role


def _context_id(context: Mapping[str, Any]) -> str:
    if not context.get("id"):
        raise Refused("This was not opened in a course.", "Open it from inside a course.")
    return _id(context["id"], "context")


def _target(claims: Mapping[str, Any], tool_url: str) -> str:
    told = claims.get(f"{CLAIM}target_link_uri")
    if not isinstance(told, str) or not is_below(told, tool_url):
        raise _wrong(f"it points elsewhere than below {tool_url} (target_link_uri)")
    return told


def _name(claims: Mapping[str, Any]) -> str:
    """Empty where the LMS keeps names to itself."""
    parts = (text(claims.get("given_name")), text(claims.get("family_name")))
    return text(claims.get("name")) or " ".join(part for part in parts if part)


def _scopes(grades: Mapping[str, Any]) -> tuple[str, ...]:
    told = grades.get("scope")
    return tuple(scope for scope in told if isinstance(scope, str)) if isinstance(told, list) else ()


def _picking(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    told = _part(claims, DEEP_LINKING)
    types = told.get("accept_types")
    if not is_web_url(told.get("deep_link_return_url")):
        raise _wrong("it does not say where the answer goes (deep_link_return_url)")
    if not isinstance(types, list) or "ltiResourceLink" not in types:
        raise Refused(
            "Links to this tool cannot be added at this place.", "Add it as an activity or assignment instead."
        )
    return told


def _part(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    told = claims.get(name)
    return told if isinstance(told, dict) else {}


def _id(told: Any, claim: str) -> str:
    if not isinstance(told, str) or not told or len(told) > LONGEST_ID or not told.isprintable():
        raise _wrong(f"its {claim} is missing or no id")
    return told


def _url(told: Any) -> str:
    return told if is_web_url(told) else ""


def _wrong(cause: str) -> Refused:
    return Refused(
        f"This launch is not accepted: {cause}.", f"{OPEN_AGAIN} If that does not help: {TELL_ADMINISTRATOR}"
    )
