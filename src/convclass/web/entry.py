"""The first page of a visit: it makes sure that the browser keeps the cookie, then goes where the launch points."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from convclass.report.templating import page_css
from convclass.web.models import Role, Visit, Work
from convclass.web.security import ancestors
from convclass.web.tool import tool
from convclass.web.visit import known_visit, set_cookie, spend_ticket, visit_by_ticket, visit_of

blueprint = Blueprint("entry", __name__)


@blueprint.get("/style.css")
def style() -> Response:
    """The look of all pages: that of the feedback pages, and what only the tool has."""
    own = (current_app.jinja_env.get_template(name).render() for name in ("web.css", "instructor.css"))
    css = "".join([page_css(), *own])
    return Response(css, mimetype="text/css", headers={"Cache-Control": "max-age=3600"})


@blueprint.get("/v/<public_id>/")
def enter(public_id: str) -> Response | str:
    """Go on to the link's page; without the cookie, offer a window of its own, which the ticket opens."""
    with tool().database.reading() as session:
        known = known_visit(session, public_id)
        if known is None:
            abort(401)
        g.ancestors = ancestors(session, known.user.platform_id)
        visit = visit_of(session, request, public_id, secure=tool().settings.secure)
    ticket = request.args.get("ticket", "")
    if visit is not None:
        if ticket:
            with tool().database.writing() as session:
                spend_ticket(session, public_id)
        return redirect(url_for(_page(visit), public_id=public_id))
    if not ticket:
        abort(401)
    return render_template("no_cookie.html", window=url_for(".window", public_id=public_id, ticket=ticket))


@blueprint.get("/v/<public_id>/window")
def window(public_id: str) -> Response:
    """Open the visit in a window of its own, once, by its ticket; only from our own page.

    Somebody else's page or message could open its author's visit in this browser.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(401)
    with tool().database.writing() as session:
        opened = visit_by_ticket(session, public_id, request.args.get("ticket", ""))
        if opened is None:
            abort(401)
        answer = redirect(url_for(".enter", public_id=public_id))
        set_cookie(answer, opened, secure=tool().settings.secure)  # type: ignore[arg-type]
        return answer


def _page(visit: Visit) -> str:
    if visit.picking:
        return "launch.pick"
    if visit.role is Role.INSTRUCTOR:
        return "instructor.class_page"
    return "quiz.page" if visit.link and visit.link.work is Work.QUIZ else "student.page"
