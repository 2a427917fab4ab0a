"""Naming the mistake: which known misconception answers as the student did.

A misconception explains a failing call when its answer equals the student's, and is contradicted by a passing call
on which it would have been wrong. The one that explains most, less its contradictions, is named; among equals the
first in the author's file. Raising the same kind of error says little: a misconception that never answered as the
student did must explain every failing call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from convclass.exam.checker import CHANGED, Record, changed
from convclass.exam.compare import agrees
from convclass.exam.key import Answer, AnswerKey
from convclass.exam.results import NamedMistake
from convclass.sandbox.reply import Raised, Returned

# The same slip outside an array's bounds raises one or the other, by whether loops, slices or numpy make it.
SHAPE_ERRORS = {"IndexError", "RuntimeError", "ValueError"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """How one misconception fares over a function's recorded calls; `explained` holds the calls' digests."""

    mistake: NamedMistake
    explained: frozenset[str]
    contradicted: int

    @property
    def weight(self) -> int:
        """What speaks for it, less what speaks against it."""
        return len(self.explained) - self.contradicted


def weigh(records: Sequence[Record], key: AnswerKey) -> list[Evidence]:
    """The misconceptions that explain at least one failing call of one function, the best first."""
    distinct = _distinct(records)
    wrong = [record for record in distinct if record.mismatch is not None]
    answers = [record for record in wrong if isinstance(record.reply, Raised | Returned)]
    if not answers:
        return []  # the misconceptions need not be asked, which can take long
    right = [record for record in distinct if record.mismatch is None]
    explained: dict[NamedMistake, set[str]] = {mistake: set() for mistake in key.wrong(distinct[0].call)}
    answered: set[NamedMistake] = set()
    for record in answers:
        for mistake, answer in _explanations(record, key):
            explained[mistake].add(record.call.digest)
            answered |= {mistake} if isinstance(answer, Returned) else set()
    failing = {record.call.digest for record in wrong if not record.expects_error}
    found = [
        Evidence(mistake, frozenset(calls), sum(not key.wrong(record.call)[mistake].right for record in right))
        for mistake, calls in explained.items()
        if calls and (mistake in answered or failing <= calls)
    ]
    return sorted(found, key=lambda evidence: -evidence.weight)


def name_mistake(failing: Sequence[Record], evidence: Sequence[Evidence]) -> NamedMistake | None:
    """The best misconception that explains all of a test's failing calls, else most of them, else None."""
    digests = {record.call.digest for record in failing}
    likely = [e for e in evidence if e.weight > 0]
    whole = (e for e in likely if digests <= e.explained)
    most = (e for e in likely if 2 * len(digests & e.explained) > len(digests))
    found = next(whole, None) or next(most, None) if digests else None
    return found.mistake if found else None


def _distinct(records: Sequence[Record]) -> list[Record]:
    return list({record.call.digest: record for record in records}.values())


def _explanations(record: Record, key: AnswerKey) -> Iterator[tuple[NamedMistake, Answer]]:
    """The misconceptions whose answer to a failing call is the student's, each different answer compared once."""
    same: dict[int, bool] = {}
    for mistake, known in key.wrong(record.call).items():
        if id(known) not in same:
            same[id(known)] = _same_answer(record, known.answer, key)
        if same[id(known)]:
            yield mistake, known.answer


def _same_answer(record: Record, answer: Answer, key: AnswerKey) -> bool:
    """Whether a misconception's answer to a failing call is the student's."""
    if isinstance(record.reply, Raised) and isinstance(answer, Raised):
        same = record.reply.kind == answer.kind or {record.reply.kind, answer.kind} <= SHAPE_ERRORS
        return same and not record.expects_error
    if not isinstance(record.reply, Returned) or not isinstance(answer, Returned):
        return False
    if record.mismatch is not None and record.mismatch.kind == CHANGED:
        return answer.arguments is not None and changed(record.call, answer.arguments) is not None
    one, other = record.reply.value, answer.value
    return _both_nan(one, other) or agrees(one, other, key.expected(record.call).allowed)


def _both_nan(one: object, other: object) -> bool:
    """No answer that is NaN is right, so that `agrees` denies it; as a mistake, one is like the other."""
    return isinstance(one, float) and isinstance(other, float) and one != one and other != other
