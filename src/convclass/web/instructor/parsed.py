"""Results of attempts, parsed once: a class page needs those of all attempts, and only few of them are new."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Session

from convclass.exam.results import SubmissionResult, TestResult
from convclass.gradebook import from_json
from convclass.web.models import Attempt
from convclass.web.standing import Graded, Results, graded, without

Key = tuple[int, datetime]
"""An attempt's id, and when it was graded: grading it again makes another key."""

_MOST = 5000
_MOST_WORTHS = 4
_AT_ONCE = 400


@dataclass(slots=True)
class Parsed:
    """A result as a class page shows it, and what it comes to by the questions that were excluded."""

    result: SubmissionResult
    worth: dict[frozenset[str], Graded] = field(default_factory=dict)

    def graded(self, number: int, excluded: frozenset[str]) -> Graded:
        """What the attempt of this number comes to; adding it up for each attempt of a class takes its time."""
        known = self.worth.get(excluded)
        if known is None:
            if len(self.worth) >= _MOST_WORTHS:
                self.worth = {}
            known = self.worth[excluded] = graded(number, without(self.result, excluded))
        return known


class ParsedResults:
    """The newest `most` results, without what a class page does not show (cases, pictures, hints, messages)."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Parsed] = OrderedDict()
        self._lock = Lock()

    def of(self, session: Session, keys: Sequence[Key]) -> dict[int, Parsed]:
        """The results by the ids of their attempts; who may see the attempts is the caller's."""
        with self._lock:
            found = {key: self._kept[key] for key in keys if key in self._kept}
        found |= _read(session, [key for key in keys if key not in found])
        with self._lock:
            for key, parsed in found.items():
                self._kept[key] = parsed
                self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return {attempt_id: parsed for (attempt_id, _), parsed in found.items()}

    def reader(self, session: Session) -> Results:
        """What gives the result of an attempt from here."""

        def result(attempt: Attempt, excluded: Collection[str]) -> SubmissionResult | None:
            known = self.of(session, [(attempt.id, attempt.graded_at)]) if attempt.graded_at else {}
            return without(known[attempt.id].result, excluded) if attempt.id in known else None

        return result


def _read(session: Session, keys: Iterable[Key]) -> dict[Key, Parsed]:
    by_id = {key[0]: key for key in keys}
    read = {}
    waiting = iter(by_id)
    while some := list(islice(waiting, _AT_ONCE)):
        for attempt_id, text in session.execute(select(Attempt.id, Attempt.result).where(Attempt.id.in_(some))):
            if text:
                read[by_id[attempt_id]] = Parsed(_shortened(from_json(text)))
    return read


def _shortened(result: SubmissionResult) -> SubmissionResult:
    return replace(result, tests=tuple(_without_cases(test) for test in result.tests))


def _without_cases(test: TestResult) -> TestResult:
    """Names and titles are the same in all results, and are held once."""
    return replace(
        test,
        cases=(),
        hints=(),
        message="",
        name=sys.intern(test.name),
        title=sys.intern(test.title),
        question=sys.intern(test.question),
        blocked_by=sys.intern(test.blocked_by),
    )
