"""Where an instructor is: the blueprint, and the link that a request is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy import select
from sqlalchemy.orm import Session

from convclass.web.instructor.parsed import ParsedResults
from convclass.web.instructor.shown import ShownClasses
from convclass.web.models import Link, Role, Visit, Work
from convclass.web.tool import visiting
from convclass.web.visit import csrf_token

blueprint = Blueprint("instructor", __name__, url_prefix="/v/<public_id>/class")

_PARSED = "convclass.parsed_results"
_SHOWN = "convclass.shown_classes"


@blueprint.record
def _keep(state: BlueprintSetupState) -> None:
    state.app.extensions[_PARSED] = ParsedResults()
    state.app.extensions[_SHOWN] = ShownClasses()


def parsed_results() -> ParsedResults:
    """The results that this application has parsed."""
    found: ParsedResults = current_app.extensions[_PARSED]
    return found


def shown_classes() -> ShownClasses:
    """The classes that this application has shown."""
    found: ShownClasses = current_app.extensions[_SHOWN]
    return found


@dataclass(frozen=True, slots=True)
class Here:
    """An instructor's visit at a link of their course, in one transaction."""

    session: Session
    visit: Visit
    link: Link

    def page(self, template: str, **values: Any) -> str:
        """A page of this visit."""
        return render_template(
            f"instructor/{template}",
            public_id=self.visit.public_id,
            link=self.link,
            context=self.visit.context,
            csrf=csrf_token(self.visit),
            is_quiz=self.link.work is Work.QUIZ,
            can_read_roster="launch.read_roster" in current_app.view_functions,
            **values,
        )


@contextmanager
def here(public_id: str, *works: Work) -> Iterator[Here]:
    """The request's visit and link. Answers 404 for a visit without a link, or with one to other `works`.

    A request that changes something holds the link until it ends, so that two instructors come one after the other.
    """
    with visiting(public_id, Role.INSTRUCTOR) as (session, visit):
        link = visit.link
        if link is None or link.context_id != visit.context_id or (works and link.work not in works):
            abort(404)
        if request.method == "POST":
            _hold(session, link)
        yield Here(session, visit, link)


def _hold(session: Session, link: Link) -> None:
    """Not plainly FOR UPDATE: whoever only adds a row that points to the link does not have to wait."""
    locked = select(Link).where(Link.id == link.id).with_for_update(key_share=True)
    session.scalars(locked.execution_options(populate_existing=True)).one()
