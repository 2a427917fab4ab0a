"""The quiz of an assignment as students get it: one page, without a key."""

from __future__ import annotations

from convclass.course import Assignment
from convclass.lms.html import page
from convclass.quiz import bank, variants


def quiz(assignment: Assignment) -> dict[str, bytes]:
    """`quiz.html` with the variant for everybody, whose answers are saved as a file; nothing where there is no quiz."""
    if not bank.has_bank(assignment):
        return {}
    return {"quiz.html": page(variants.variant(bank.load(assignment), 0), graded=True).encode()}
