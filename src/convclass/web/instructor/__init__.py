"""What an instructor sees and does inside the LMS: the class, each student, changes that are logged, exports."""

from convclass.web.instructor import changes, changes_for_all, exports, log, pages
from convclass.web.instructor.here import blueprint

__all__ = ["blueprint", "changes", "changes_for_all", "exports", "log", "pages"]
