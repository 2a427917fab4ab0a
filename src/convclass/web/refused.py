"""A login, launch or registration that is not accepted: told to whoever sees the page, in words."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - it is our decision, not an error
    """`cause` and `remedy` are sentences for the page; `status` is that of the answer."""

    def __init__(self, cause: str, remedy: str, status: int = 403) -> None:
        super().__init__(cause)
        self.cause = cause
        self.remedy = remedy
        self.status = status


OPEN_AGAIN = "Open the link in your course again."
TELL_ADMINISTRATOR = "Tell this to the administrator of your LMS."
