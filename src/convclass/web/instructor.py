"""To be written."""

from flask import Blueprint

blueprint = Blueprint("instructor", __name__)


@blueprint.get("/v/<public_id>/class/")
def class_page(public_id: str) -> str:
    """To be written."""
    return ""
