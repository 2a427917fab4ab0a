"""The words in which a test's outcome is told."""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """The outcome of a hidden test, or of one of its cases."""

    PASSED = "PASSED"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    RAISED = "RAISED"
    TIMED_OUT = "TIMED_OUT"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    CRASHED = "CRASHED"
    FORBIDDEN_CALL = "FORBIDDEN_CALL"
    NOT_ATTEMPTED = "NOT_ATTEMPTED"
    BLOCKED = "BLOCKED"
    INTERNAL = "INTERNAL"

    @property
    def words(self) -> str:
        """The verdict as a student reads it, such as "not attempted"."""
        return _WORDS[self]


_WORDS = {
    Verdict.PASSED: "passed",
    Verdict.PARTIAL: "partly right",
    Verdict.FAILED: "wrong answer",
    Verdict.RAISED: "raised an error",
    Verdict.TIMED_OUT: "took too long",
    Verdict.OUT_OF_MEMORY: "used too much memory",
    Verdict.CRASHED: "crashed",
    Verdict.FORBIDDEN_CALL: "used a forbidden call",
    Verdict.NOT_ATTEMPTED: "not attempted",
    Verdict.BLOCKED: "blocked by an earlier question",
    Verdict.INTERNAL: "could not be graded (our mistake)",
}
