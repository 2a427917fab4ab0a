"""The exam: hidden tests over the `check` and `student` fixtures, comparison, verdicts and diagnosis."""

from convclass.exam.question import alternative, misconception, question

__all__ = ["alternative", "misconception", "question"]
