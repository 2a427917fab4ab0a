"""Judging a run as a whole: forbidden operators seen at work, named mistakes, and what blocked what."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from convclass.exam import scoring
from convclass.exam.checker import Record
from convclass.exam.collect import Question
from convclass.exam.diagnose import Evidence, name_mistake, weigh
from convclass.exam.key import AnswerKey
from convclass.exam.results import TestResult
from convclass.exam.run import TestRun
from convclass.exam.verdict import Verdict

UNEXPLAINED = (Verdict.FAILED, Verdict.RAISED, Verdict.PARTIAL, Verdict.BLOCKED)
NOT_LOST = (Verdict.PASSED, Verdict.INTERNAL)

log = logging.getLogger(__name__)


def judge(
    runs: Sequence[TestRun],
    questions: Mapping[str, Question],
    observed: Mapping[str, set[str]],
    calls: Mapping[str, Sequence[str]],
    key: AnswerKey,
) -> tuple[TestResult, ...]:
    """The results of all runs, with everything said that only the whole can tell.

    `observed` are the operators seen at work, by question; `calls` the calls among the student's functions.
    """
    results = [_with_mistake(run, evidence) for run, evidence in zip(runs, _evidence(runs, key), strict=True)]
    results = [_unless_forbidden(result, questions[result.question], observed) for result in results]
    lost = _lost_questions(results)
    needed = [_needed(run, questions, calls) for run in runs]
    return tuple(_blocked(result, needs, lost) for result, needs in zip(results, needed, strict=True))


def _evidence(runs: Sequence[TestRun], key: AnswerKey) -> list[list[Evidence]]:
    """For each run, the evidence on the functions that failed in it, weighed over all runs."""
    by_function: dict[str, list[Record]] = defaultdict(list)
    for run in runs:
        for record in run.records:
            by_function[record.call.function].append(record)
    failing = {f for f, records in by_function.items() if any(r.mismatch is not None for r in records)}
    weighed = {function: _weighed(function, by_function[function], key) for function in failing}
    return [[e for f in sorted(_failing_functions(run)) for e in weighed[f]] for run in runs]


def _weighed(function: str, records: Sequence[Record], key: AnswerKey) -> list[Evidence]:
    """The evidence on one function. Answers so strange that none can be had cost the diagnosis and not the grade."""
    try:
        return weigh(records, key)
    except Exception:
        log.exception("%s: no diagnosis of its answers", function)
        return []


def _failing_functions(run: TestRun) -> set[str]:
    return {record.call.function for record in run.records if record.mismatch is not None}


def _with_mistake(run: TestRun, evidence: Sequence[Evidence]) -> TestResult:
    if run.result.verdict not in UNEXPLAINED:
        return run.result
    mistake = name_mistake([r for r in run.records if r.mismatch is not None], evidence)
    return replace(run.result, mistake=mistake)


def _unless_forbidden(result: TestResult, question: Question, observed: Mapping[str, set[str]]) -> TestResult:
    seen = scoring.forbidden_operator(sorted(observed.get(question.name, ())), question.forbidden)
    if seen is None or result.verdict in (Verdict.FORBIDDEN_CALL, Verdict.NOT_ATTEMPTED, Verdict.INTERNAL):
        return result
    message = f"it ran torch's own {seen.removeprefix('aten::')}, which this question forbids"
    cases = tuple(replace(case, verdict=Verdict.FORBIDDEN_CALL, message=message, credit=0.0) for case in result.cases)
    return replace(result, verdict=Verdict.FORBIDDEN_CALL, score=0.0, message=message, mistake=None, cases=cases)


def _lost_questions(results: Sequence[TestResult]) -> set[str]:
    return {result.question for result in results if result.verdict not in NOT_LOST}


def _needed(run: TestRun, questions: Mapping[str, Question], calls: Mapping[str, Sequence[str]]) -> list[str]:
    """The questions before a test's own that its failure may come from, the earliest first.

    They are those that the student's function calls, and those whose function the test itself found wrong.
    """
    question = run.result.question
    before = _before(questions[question], questions)
    if question not in calls:
        return before
    suspects = scoring.reachable(calls, question) | _failing_functions(run)
    return [name for name in before if name in suspects]


def _before(question: Question, questions: Mapping[str, Question]) -> list[str]:
    """The questions that this one builds on, directly or not, the earliest first."""
    names: list[str] = []
    for name in question.after:
        names += _before(questions[name], questions) if name in questions else []
        names.append(name)
    return list(dict.fromkeys(names))


def _blocked(result: TestResult, needed: Sequence[str], lost: set[str]) -> TestResult:
    """A test that failed while a question it needs is not right yet is blocked by that.

    What passes all the same keeps its points.
    """
    before = next((name for name in needed if name in lost), None)
    if before is None or result.verdict not in (Verdict.FAILED, Verdict.RAISED, Verdict.BLOCKED):
        return result
    message = f"finish {before} first: this question builds on it" + (f" ({result.message})" if result.message else "")
    return replace(result, verdict=Verdict.BLOCKED, blocked_by=before, message=message)
