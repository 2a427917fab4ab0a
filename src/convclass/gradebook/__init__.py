"""The gradebook: what was graded, kept in a database, one transaction for each submission."""

from convclass.gradebook.codec import from_json, to_json
from convclass.gradebook.store import Gradebook, Graded, GradeKey

__all__ = ["GradeKey", "Gradebook", "Graded", "from_json", "to_json"]
