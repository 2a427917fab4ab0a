"""What people see: feedback pages, the class page, the terminal. Pure functions of results."""

from convclass.report.classpage import class_page
from convclass.report.feedback import feedback_page, notebook_html

__all__ = ["class_page", "feedback_page", "notebook_html"]
