"""Running the tests of an exam over one student: cases, limits, and what was recorded for the diagnosis."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from convclass.exam import scoring, wording
from convclass.exam.call_log import CallLog
from convclass.exam.checker import CaseRun, CaseStopped, Check, Record, StudentProxy, hears
from convclass.exam.collect import Case, Question, Test
from convclass.exam.draws import Draws
from convclass.exam.key import AnswerKey
from convclass.exam.observation import Place, observable
from convclass.exam.pictures import pictures_of
from convclass.exam.precedents import Decided, Precedents
from convclass.exam.results import CaseResult, Picture, TestResult
from convclass.exam.verdict import Verdict
from convclass.sandbox.reply import Asked, Heard, Limits, Student

# A loop costs its own question: after so many time-outs in a question, its other cases are not waited for.
TIMEOUTS_PER_QUESTION = 2

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TestRun:
    """A test that was run: its result before the diagnosis, its recorded calls, and our own errors in it."""

    __test__ = False

    result: TestResult
    records: tuple[Record, ...] = ()
    faults: tuple[str, ...] = ()


class CaseInputs:
    """What one case draws and asks, the same for every student."""

    def __init__(self, seed: int, case: str, device: str) -> None:
        self.draws = Draws(seed, case, device)
        self.calls = CallLog()
        self.precedents = Precedents()

    def rewind(self) -> None:
        """Start over for the next student."""
        self.draws.rewind()
        self.calls.rewind()


class SubmissionRun:
    """One student's way through an exam."""

    def __init__(
        self,
        student: Student,
        key: AnswerKey,
        questions: Mapping[str, Question],
        inputs: Mapping[Place, CaseInputs],
        chosen: Collection[Place] = (),
    ) -> None:
        self._student = student
        self._key = key
        self._questions = questions
        self._inputs = inputs
        self._forbidden = {
            q.name: scoring.forbidden_use(student.loaded, q.name, q.forbidden) for q in questions.values()
        }
        self._timeouts: Counter[str] = Counter()
        self.observed: dict[str, set[str]] = defaultdict(set)
        """The torch operators seen at work, by question."""
        self._to_observe = observable(questions)
        self._chosen = chosen

    def run(self, test: Test) -> TestRun:
        """Run all cases of a test, unless the source already shows a forbidden call."""
        question = self._questions[test.mark.name]
        if (use := self._forbidden[question.name]) is not None:
            return TestRun(unrun(test, question, Verdict.FORBIDDEN_CALL, wording.of_forbidden(use)))
        faults: list[str] = []
        records: list[Record] = []
        cases = tuple(
            self._run_case(test, case, name, records, faults)
            for case, name in zip(test.cases, case_names(test), strict=True)
        )
        return TestRun(result_of(test, question, cases), tuple(records), tuple(faults))

    def _run_case(self, test: Test, case: Case, name: str, records: list[Record], faults: list[str]) -> CaseResult:
        question = test.mark.name
        if self._timeouts[question] >= TIMEOUTS_PER_QUESTION:
            message = f"not run: {TIMEOUTS_PER_QUESTION} calls of this question took too long already"
            return CaseResult(name, Verdict.TIMED_OUT, message)
        if (test.name, case.name) in self._chosen:
            self._to_observe.add(question)
        limits = Limits() if test.mark.seconds is None else Limits(test.mark.seconds, 3 * test.mark.seconds)
        decided = self._decided(test, case, name, limits, faults)
        if not decided.observe_next:
            self._to_observe.discard(question)
        self._timeouts[question] += decided.result.verdict is Verdict.TIMED_OUT
        self.observed[question] |= decided.observed
        records += decided.records
        return decided.result

    def _decided(self, test: Test, case: Case, name: str, limits: Limits, faults: list[str]) -> Decided:
        """The decision, by an earlier student's if the answers are the same."""
        inputs, observe = self._inputs[test.name, case.name], test.mark.name in self._to_observe
        heard: list[tuple[Asked, Heard]] = []
        if hears(self._student):
            heard, decided = inputs.precedents.follow(self._student, limits, observe)
            if decided is not None:
                return decided
        inputs.rewind()
        run = CaseRun(
            self._student, self._key, limits, test.public, inputs.calls, observe_next=observe, before=deque(heard)
        )
        verdict, message, credit = self._decide(test, case, run, inputs.draws, faults)
        failing = next((r for r in run.records if r.mismatch is not None), None)
        pictures = _pictures(failing, self._key) if test.public and failing is not None else ()
        result = CaseResult(name, verdict, message, tuple(run.notes), pictures, credit)
        decided = Decided(result, tuple(run.records), frozenset(run.observed), run.observe_next)
        if verdict is not Verdict.INTERNAL:
            inputs.precedents.remember(run.heard, observe, decided)
        return decided

    def _decide(
        self, test: Test, case: Case, run: CaseRun, draws: Draws, faults: list[str]
    ) -> tuple[Verdict, str, float]:
        try:
            test.function(**_arguments(test, case, run, draws))
        except CaseStopped as stopped:
            return stopped.verdict, stopped.message, stopped.credit
        except AssertionError:
            return Verdict.FAILED, "what the title says does not hold", 0.0
        except Exception as error:
            if any(record.mismatch is not None for record in run.records):
                return Verdict.FAILED, "what the title says cannot be computed with a wrong answer", 0.0
            # whatever else goes wrong is ours, and must not cost the student a point
            log.exception("%s: %s could not be judged", test.name, case.name)
            faults.append(f"{case.name}: {type(error).__name__}: {error}")
            return Verdict.INTERNAL, "this could not be judged; it costs no points and will be graded again", 0.0
        return Verdict.PASSED, "", 0.0


def _pictures(failing: Record, key: AnswerKey) -> tuple[Picture, ...]:
    """The pictures of a failing call. An answer that none can be made of costs its picture and not the grade."""
    try:
        return pictures_of(failing, key)
    except Exception:
        log.exception("%s: no pictures of an answer", failing.call.function)
        return ()


def result_of(test: Test, question: Question, cases: tuple[CaseResult, ...]) -> TestResult:
    """The result of a test over its cases."""
    verdict = scoring.verdict_of(cases)
    message = next((c.message for c in cases if c.verdict is not Verdict.PASSED), "")
    return TestResult(
        name=test.name,
        title=test.title,
        question=question.name,
        points=test.mark.points,
        score=scoring.score_of(test.mark.points, cases),
        verdict=verdict,
        message=message,
        public=test.public,
        hints=question.hints,
        cases=cases,
    )


def unrun(test: Test, question: Question, verdict: Verdict, message: str) -> TestResult:
    """The result of a test none of whose cases was run, all for the same reason."""
    return result_of(test, question, tuple(CaseResult(name, verdict, message) for name in case_names(test)))


def case_names(test: Test) -> tuple[str, ...]:
    """What a student reads for each case; nothing where there is only one."""
    count = len(test.cases)
    return ("",) if count == 1 else tuple(f"case {n} of {count}" for n in range(1, count + 1))


def _arguments(test: Test, case: Case, run: CaseRun, draws: Draws) -> dict[str, Any]:
    fixtures = {
        "check": Check(run),
        "student": StudentProxy(run),
        "tensors": draws.tensors,
        "arrays": draws.arrays,
    }
    return {name: case.parameters[name] if name in case.parameters else fixtures[name] for name in test.arguments}
