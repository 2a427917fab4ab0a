"""Grading a class: submissions found and read as bytes, graded by worker processes, kept and reported."""
