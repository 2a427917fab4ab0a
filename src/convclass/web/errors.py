"""Errors as pages: what happened and what to do, and nothing about the inside."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.exceptions import HTTPException

blueprint = Blueprint("errors", __name__)

_REMEDIES = {
    400: ("This request could not be understood.", "Go back and try again."),
    401: ("You are not signed in here, or no longer.", "Open the link in your course again."),
    403: ("This is not yours to open or to change.", "Open the link in your course again."),
    404: ("There is no such page.", "Open the link in your course again."),
    405: ("This page cannot be asked like that.", "Open the link in your course again."),
    409: ("Something else happened in between.", "Load the page again and look before you repeat it."),
    413: ("What you sent is too large.", "Hand in the one file of the assignment, without outputs and pictures."),
    429: ("Too much at once.", "Wait a minute and try again."),
}
_OURS = ("Something went wrong on our side.", "Try again in a minute; nothing that you handed in before is lost.")


@blueprint.app_errorhandler(HTTPException)
def http_error(error: HTTPException) -> tuple[str | dict[str, str], int]:
    """A page, or JSON for a script, with the cause and the remedy."""
    code = error.code or 500
    cause, remedy = _REMEDIES.get(code, _OURS)
    if isinstance(error.description, Told):
        cause, remedy = error.description.cause, error.description.remedy
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return {"error": cause, "remedy": remedy}, code
    return render_template("error.html", cause=cause, remedy=remedy), code


class Told(str):
    """The description of an HTTP error that is to be shown: `abort(400, Told(cause, remedy))`."""

    cause: str
    remedy: str

    def __new__(cls, cause: str, remedy: str) -> Told:
        """Both are sentences."""
        made = super().__new__(cls, f"{cause} {remedy}")
        made.cause, made.remedy = cause, remedy
        return made
