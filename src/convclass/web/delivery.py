"""One score on its way to its platform: the requests that it takes, and what is written down about their outcome."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from convclass.web import ags, lineitems, outbox
from convclass.web.ags import SCORE_SCOPE, SCORE_TYPE, Later, Outcome, Refused, Sent, Stale
from convclass.web.database import Database
from convclass.web.outbox import Posting
from convclass.web.pacing import pause
from convclass.web.services import Services, ServiceUnavailable

_log = logging.getLogger("convclass.web")

_LATER_STAMPS = (timedelta(microseconds=1), timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1))
"""How much later a stamp becomes at each 409: some platforms keep whole seconds, and a clock may have been ahead."""
_LINE_ITEM_WAIT = 2.0
_UNKNOWN_MAX_WAIT = 300.0
_OURS = "A mistake of ours kept it from being sent; it is tried again."


@dataclass(slots=True)
class Delivery:
    """A score that was taken to be sent. `clock` says what time it is, in UTC."""

    database: Database
    services: Services
    clock: Callable[[], datetime]
    posting: Posting

    def deliver(self) -> Outcome:
        """Send it, write down what came of it, and say so. What is raised is the database's; the lease ends then."""
        try:
            outcome = self._send()
        except ServiceUnavailable as down:
            outcome = Later(f"The platform cannot be asked: {down}.", down.retry_after)
        except Exception:
            _log.exception("score %s could not be sent", self.posting.score_id)
            outcome = Later(_OURS, platform=False)
        self._write_down(outcome)
        return outcome

    def _write_down(self, outcome: Outcome) -> None:
        at = self.clock()
        with self.database.writing() as session:
            match outcome:
                case Sent():
                    outbox.sent(session, self.posting, at)
                case Later(problem, wait):
                    outbox.postponed(session, self.posting, problem, at + pause(wait, self.posting.tries))
                case Refused(problem) | Stale(problem):
                    outbox.refused(session, self.posting, problem)

    def _send(self) -> Outcome:
        if not self.posting.returns_grades:
            return Refused(outbox.NO_SERVICE)
        if self.posting.score.unknown_max:
            self._work_out()
            if self.posting.score.unknown_max:
                return Later(outbox.UNKNOWN_MAX, _UNKNOWN_MAX_WAIT, platform=False)
        if not self.posting.lineitem_url:
            return self._to_new_line_item()
        outcome = self._stamped()
        gone = isinstance(outcome, Refused) and outcome.status == 404
        return self._to_new_line_item() if gone and self.posting.may_make_line_item else outcome

    def _work_out(self) -> None:
        with self.database.writing() as session:
            self.posting = outbox.worked_out(session, self.posting, self.clock()) or self.posting

    def _to_new_line_item(self) -> Outcome:
        """Send it to the line item that the platform has, or makes, for this link."""
        if self.posting.score.score is None:
            return Sent()  # where there is no column, there is nothing to take back
        found = self._line_item()
        if not isinstance(found, str):
            return found
        if found == self.posting.lineitem_url:
            return Refused("The platform has the gradebook column, but no such student in it (404).")
        self.posting = replace(self.posting, lineitem_url=found)
        return self._stamped()

    def _line_item(self) -> str | Outcome:
        """The line item that now is the link's, found or made by whoever is first."""
        link_id, known = self.posting.link_id, self.posting.lineitem_url
        with self.database.writing() as session:
            if not outbox.claim_line_item(session, link_id, known, self.clock()):
                return Later("The gradebook column is being made.", _LINE_ITEM_WAIT, platform=False)
        found: str | Outcome = known
        try:
            found = lineitems.find_or_make(self.services, self.posting)
        finally:
            with self.database.writing() as session:
                kept = outbox.keep_line_item(session, link_id, known, found if isinstance(found, str) else known)
        return kept if isinstance(found, str) else found

    def _stamped(self) -> Outcome:
        """Send it, with a later stamp whenever the platform has one that is not older."""
        outcome = self._post()
        for by in _LATER_STAMPS:
            if not isinstance(outcome, Stale):
                break
            with self.database.writing() as session:
                newer = outbox.restamped(session, self.posting, self.clock(), by)
            if newer is None:
                return Later("It is sent by somebody else.", platform=False)
            self.posting = replace(newer, lineitem_url=self.posting.lineitem_url)
            outcome = self._post()
        return outcome

    def _post(self) -> Outcome:
        posting = self.posting
        url, body = ags.scores_url(posting.lineitem_url), ags.score_body(posting.score)
        answer = self.services.request(
            posting.platform_id, "POST", url, [SCORE_SCOPE], json=body, media_type=SCORE_TYPE
        )
        return ags.outcome_of(answer)
