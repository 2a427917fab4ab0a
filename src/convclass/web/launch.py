"""The tool's side of LTI 1.3: the pages and addresses that a platform calls. What they do is in the modules beside."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from convclass.web import audit, deep_linking, enrol, id_token, keys, login, platforms, registration, roster
from convclass.web.errors import Told
from convclass.web.message import message_of, text
from convclass.web.models import Login, Platform, Role, Visit
from convclass.web.offers import offers
from convclass.web.outbound import is_web_url
from convclass.web.picked import USUAL_POINTS, Picked, picked
from convclass.web.platform_keys import PlatformKeys
from convclass.web.refused import OPEN_AGAIN, Refused
from convclass.web.security import POLICY, ancestors, origin
from convclass.web.services import Services, ServiceUnavailable
from convclass.web.tool import Tool, tool, visiting
from convclass.web.visit import Opened, csrf_token, set_cookie

blueprint = Blueprint("launch", __name__)
_KEYS, _SERVICES = "convclass.platform_keys", "convclass.services"


@blueprint.record_once
def _prepare(state: BlueprintSetupState) -> None:
    """What is kept in memory between requests: the platforms' keys, and access tokens."""
    installed: Tool = state.app.extensions["convclass"]
    state.app.extensions[_KEYS] = PlatformKeys()
    state.app.extensions[_SERVICES] = Services(installed.database, installed.settings)


@blueprint.errorhandler(Refused)
def refused(refusal: Refused) -> tuple[str, int]:
    """The page of a refusal; the log says who was refused, for the administrator."""
    # Not the path: it may hold line ends, and the secret of a registration link.
    current_app.logger.warning("%s refused: %s", request.endpoint, text(refusal.cause))
    return render_template("error.html", cause=refusal.cause, remedy=refusal.remedy), refusal.status


@blueprint.get("/lti/jwks")
def jwks() -> Response:
    """The tool's public keys."""
    answer = make_response(keys.key_set(tool().database))
    answer.headers["Cache-Control"] = "public, max-age=600"
    return answer


@blueprint.route("/lti/login", methods=["GET", "POST"])
def begin_login() -> Response:
    """The platform begins a login: remember it, and send the browser back to the platform."""
    # To whom this is a strange LMS it is told inside that LMS, too: that page can do nothing.
    issuer = request.values.get("iss", "")
    g.ancestors = f"'self' {origin(issuer)}" if is_web_url(issuer) else "'none'"
    with tool().database.reading() as session:
        begun = login.begun(session, tool().settings, request.values)
        g.ancestors = ancestors(session, begun.platform.id)
    with tool().database.writing() as session:
        login.remember(session, begun)
    answer = _through_storage(begun) if begun.storage_target else redirect(begun.url)
    login.set_cookie(answer, begun.state, tool().settings)  # type: ignore[arg-type]
    return answer


def _through_storage(begun: login.Begun) -> Response:
    """A page that has the platform keep the state, then goes on."""
    page = render_template(
        "store_state.html",
        begun=begun,
        key=login.storage_key(begun.state),
        platform=origin(begun.platform.authorization_url),
    )
    return make_response(page)


@blueprint.post("/lti/launch")
def accept() -> Response:
    """The launch itself: checked, stored, and on to the page that it points at."""
    state = request.form.get("state", "")
    found, platform = _login_of(state)
    _check_error(platform)
    login.check_unused(found)
    if not login.proved_by_browser(request, tool().settings, state):
        return _ask_storage(found, platform, state)
    claims = id_token.verified(request.form.get("id_token", ""), platform, found, current_app.extensions[_KEYS])
    message = message_of(claims, tool().settings.url)
    with tool().database.writing() as session:
        login.use(session, found)
        deployment = platforms.known_deployment(session, platform, message.deployment_id)
        opened = enrol.enter(session, deployment, message, tool().settings.course)
    return _entered(opened, state)


def _login_of(state: str) -> tuple[Login, Platform]:
    with tool().database.reading() as session:
        found = login.find(session, state)
        g.ancestors = ancestors(session, found.platform_id)
        platform = session.get_one(Platform, found.platform_id)
    if not platform.active:
        raise Refused(f"{platform.name} is registered with this tool no longer.", "Ask whoever runs the tool.")
    return found, platform


def _check_error(platform: Platform) -> None:
    """The platform may answer a login with an error instead of a launch."""
    if "error" in request.form:
        told = text(request.form.get("error_description", "")) or text(request.form["error"])
        raise Refused(f"{platform.name} did not let you in: {told[:300]}", OPEN_AGAIN)


def _ask_storage(found: Login, platform: Platform, state: str) -> Response:
    """A page that asks the platform for the state and posts the launch again, or offers a window of its own.

    A form that comes back from that page without it (`stored`) does not get the page again, so there is no loop.
    """
    target = "" if "stored" in request.form else login.storage_target(found)
    page = render_template(
        "ask_storage.html",
        target=target,
        key=login.storage_key(state),
        platform=origin(platform.authorization_url),
        state=state,
        id_token=request.form.get("id_token", "") if target else "",
        window=f"{url_for('.begin_login')}?{urlencode(login.asked_again(found))}",
    )
    answer = make_response(page, 200 if target else 403)
    answer.headers["Referrer-Policy"] = "same-origin"  # else the form's Origin is null, and proves nothing
    return answer


def _entered(opened: Opened, state: str) -> Response:
    public_id = opened.visit.public_id
    answer = redirect(url_for("entry.enter", public_id=public_id, ticket=opened.ticket), 303)
    set_cookie(answer, opened, secure=tool().settings.secure)  # type: ignore[arg-type]
    login.forget_cookie(answer, state, tool().settings)  # type: ignore[arg-type]
    return answer


@blueprint.get("/v/<public_id>/pick/")
def pick(public_id: str) -> str:
    """The page on which an instructor picks what a link opens: for the LMS (Deep Linking), or for a link that is."""
    with visiting(public_id, Role.INSTRUCTOR) as (_, visit):
        asked, csrf = _picking(visit), csrf_token(visit)
    return render_template(
        "pick.html",
        csrf=csrf,
        offers=offers(tool().settings.course),
        several="deep_linking" in asked and deep_linking.takes_several(asked["deep_linking"]),
        answers="deep_linking" in asked,
        points=f"{USUAL_POINTS:g}",
    )


@blueprint.post("/v/<public_id>/pick/")
def picked_by_form(public_id: str) -> Response | str:
    """What was picked: sent to the platform, or kept for the link."""
    course, url = tool().settings.course, tool().settings.url
    with visiting(public_id, Role.INSTRUCTOR) as (session, visit):
        asked = _picking(visit)
        if "link" in asked:
            (item,) = picked(request.form, offers(course), several=False)
            _keep(session, visit, item)
            return redirect(url_for("entry.enter", public_id=public_id), 303)
        settings, deployment = asked["deep_linking"], visit.context.deployment
        several = deep_linking.takes_several(settings)
        items = () if "cancel" in request.form else picked(request.form, offers(course), several=several)
        claims = deep_linking.response(deployment, settings, items, url)
        # The platform may send the form on to another host of its own, and form-action is asked of that, too.
        to = settings["deep_link_return_url"]
        g.policy = POLICY.replace("form-action 'self'", f"form-action {origin(to)} {g.ancestors}")
    return render_template("picked.html", to=to, token=keys.sign(tool().database, claims), items=items)


@blueprint.post("/v/<public_id>/roster/")
def read_roster(public_id: str) -> Response:
    """Read the course's roster from the platform now."""
    with visiting(public_id, Role.INSTRUCTOR) as (_, visit):
        context_id = visit.context_id
    try:
        roster.read(current_app.extensions[_SERVICES], tool().database, context_id)
    except ServiceUnavailable as error:
        abort(502, Told(f"The roster could not be read: {error}.", "Try again in a minute."))
    return redirect(url_for("instructor.class_page", public_id=public_id), 303)


@blueprint.get("/lti/register/<token>")
def register(token: str) -> str:
    """A platform registers itself, by the link that an administrator made."""
    with tool().database.reading() as session:
        registration.check_link(session, token)
    # The LMS shows this page in an iframe, and hosted ones on another host than the one that registers. The page can do
    # nothing, and only the holder of the link comes to see it.
    asked = request.args.get("openid_configuration", "")
    g.ancestors = f"'self' https: {origin(asked)}" if is_web_url(asked) else "'self' https:"
    platform = registration.register(tool().database, tool().settings.url, token, request.args)
    with tool().database.reading() as session:
        deployments = platforms.deployment_ids(session, platform)
    return render_template("registered.html", platform=platform, deployments=deployments)


def _picking(visit: Visit) -> dict[str, Any]:
    if not visit.picking:
        abort(404)
    return visit.picking


def _keep(session: Session, visit: Visit, item: Picked) -> None:
    """The link of this visit opens `item` from now on, for everybody; unless another instructor has chosen before."""
    told = dict(visit.picking["link"])
    lti_id = told.pop("lti_id")
    link = enrol.stored_link(session, visit.context_id, lti_id)
    if link is None:
        told |= {"title": told["title"] or item.title, "points": item.points, "due_at": item.due_at}
        link = enrol.add_link(session, visit.context_id, lti_id, item.offer, told)
        audit.record(session, visit, "choose", link_id=link.id, work=link.work.value, assignment=link.assignment)
    visit.link_id, visit.picking = link.id, {}
