"""To be written."""

from flask import Blueprint

blueprint = Blueprint("student", __name__)


@blueprint.get("/v/<public_id>/assignment/")
def page(public_id: str) -> str:
    """To be written."""
    return ""
