"""To be written."""

from flask import Blueprint

blueprint = Blueprint("quiz", __name__)


@blueprint.get("/v/<public_id>/quiz/")
def page(public_id: str) -> str:
    """To be written."""
    return ""
