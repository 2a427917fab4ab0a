"""A link's line item (its column in the platform's gradebook), where no launch told it: found, or made once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from convclass.web import ags
from convclass.web.ags import LINE_ITEM_SCOPE, LINE_ITEM_TYPE, LINE_ITEMS_TYPE, Later, Outcome, Refused, Sent
from convclass.web.outbound import is_web_url
from convclass.web.outbox import Posting
from convclass.web.services import Services

_MOST_ITEMS = 5000


def find_or_make(services: Services, posting: Posting) -> str | Outcome:
    """The URL of the link's line item; or what came in between.

    It is looked for first: the answer to the request that made it may have been lost. Raises ServiceUnavailable.
    """
    # The list is asked for by itself first, since `pages` does not tell a refusal from a platform that is down.
    listed = ags.line_items_of(posting.lineitems_url, posting.resource_link_id)
    answer = services.request(posting.platform_id, "GET", listed, [LINE_ITEM_SCOPE], accept=LINE_ITEMS_TYPE)
    outcome = ags.outcome_of(answer)
    if not isinstance(outcome, Sent):
        return _about_columns(outcome)
    found = _best(_items(services, posting, listed), posting.resource_link_id)
    return found or _make(services, posting)


def _items(services: Services, posting: Posting, listed: str) -> Iterator[dict[str, Any]]:
    for page in services.pages(posting.platform_id, listed, [LINE_ITEM_SCOPE], accept=LINE_ITEMS_TYPE):
        if isinstance(page, list):
            yield from (item for item in page if isinstance(item, dict))


def _best(items: Iterator[dict[str, Any]], resource_link_id: str) -> str:
    """The line item of this link, one that we made before one that we did not; "": there is none."""
    own = [
        item
        for item in islice(items, _MOST_ITEMS)
        if item.get("resourceLinkId") == resource_link_id and is_web_url(item.get("id"))
    ]
    best = min(own, key=lambda item: item.get("tag") != ags.TAG, default={"id": ""})
    return str(best["id"])


def _make(services: Services, posting: Posting) -> str | Outcome:
    answer = services.request(
        posting.platform_id,
        "POST",
        posting.lineitems_url,
        [LINE_ITEM_SCOPE],
        json=ags.line_item_body(posting.label, posting.score.max_score, posting.resource_link_id, posting.assignment),
        media_type=LINE_ITEM_TYPE,
        accept=LINE_ITEM_TYPE,
    )
    outcome = ags.outcome_of(answer)
    if not isinstance(outcome, Sent):
        return _about_columns(outcome)
    try:
        made = answer.json()
    except ValueError:
        made = None
    url = made.get("id") if isinstance(made, dict) else None
    return str(url) if is_web_url(url) else Later("The platform made a gradebook column and does not say where.")


def _about_columns(outcome: Outcome) -> Outcome:
    """The same, said of the gradebook's columns."""
    problem = "" if isinstance(outcome, Sent) else f"No gradebook column could be had. {outcome.problem}"
    return Later(problem, outcome.wait) if isinstance(outcome, Later) else Refused(problem)
