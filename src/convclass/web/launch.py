"""To be written."""

from flask import Blueprint

blueprint = Blueprint("launch", __name__)


@blueprint.get("/v/<public_id>/pick/")
def pick(public_id: str) -> str:
    """To be written."""
    return ""
