"""A file that a student uploads: looked at as bytes, taken as an attempt, asked about, or refused."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from flask import Request
from sqlalchemy.orm import Session

from convclass.course import Assignment
from convclass.report.text import plain
from convclass.web import queue
from convclass.web.coursework import RefusedError, Terms, attempts, used
from convclass.web.models import Attempt, State, User

LARGEST = 2 * 1024 * 1024
SUFFIXES = (".py", ".ipynb")
DOUBLE_CLICK = timedelta(seconds=10)
"""The same bytes again within this time are a second click, not a second attempt."""
MOST_WAITING = 10
"""Attempts of one student at a link that may wait for the grader."""
_AGAIN = LARGEST * 3 // 2
"""Room for a file that comes back as Base64 with the question about it."""


@dataclass(frozen=True, slots=True)
class Upload:
    """The bytes, and the last part of the name that the student's computer has for them, safe to show once escaped."""

    name: str
    content: bytes = field(repr=False)

    @property
    def suffix(self) -> str:
        """`.py` or `.ipynb`."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def sha256(self) -> str:
        """The hash of the bytes."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def base64(self) -> str:
        """The bytes as text, for a form that asks whether they are meant."""
        return base64.b64encode(self.content).decode()


@dataclass(frozen=True, slots=True)
class Taken:
    """The attempt that an upload is now, or already was."""

    number: int


@dataclass(frozen=True, slots=True)
class Doubted:
    """An upload that was not taken yet, and why the student is asked about it."""

    upload: Upload
    reasons: tuple[str, ...]


def make_room(request: Request) -> None:
    """Let the fields of a form be as large as a file may be; to be called before they are read."""
    request.max_form_memory_size = _AGAIN


def read(request: Request, assignment: Assignment) -> Upload:
    """The one file of the form. Raises RefusedError for none, several, an empty, a large one or one of another kind."""
    wanted = f"{assignment.module}.py or {assignment.module}.ipynb"
    files = [file for several in request.files.listvalues() for file in several if file.filename]
    if len(files) + ("content" in request.form) > 1:
        raise RefusedError("These are several files.", f"Hand in one file: {wanted}.", 400)
    if "content" in request.form:
        upload = Upload(_last_part(request.form.get("name", "")), _decoded(request.form["content"]))
    elif files:
        upload = Upload(_last_part(files[0].filename or ""), files[0].read(LARGEST + 1))
    else:
        raise RefusedError("No file was chosen.", f"Choose {wanted} and hand it in again.", 400)
    _check(upload, wanted)
    return upload


def hand_in(
    session: Session, terms: Terms, user: User, assignment: Assignment, upload: Upload, *, sure: bool, at: datetime
) -> Taken | Doubted:
    """Take the upload as an attempt, and queue it. Raises RefusedError when time or attempts are over."""
    queue.lock_user(session, user.id)
    mine = attempts(session, terms.link, user.id)
    last = mine[-1] if mine else None
    if last and last.sha256 == upload.sha256 and at - last.handed_in_at < DOUBLE_CLICK:
        return Taken(last.number)
    _still_open(terms, used(mine), at)
    if sum(one.state is not State.GRADED for one in mine) >= MOST_WAITING:
        raise RefusedError("Your last attempts still wait to be graded.", "Wait for them, then hand it in again.", 429)
    reasons = () if sure else tuple(_doubts(upload, assignment, last))
    if reasons:
        return Doubted(upload, reasons)
    return Taken(queue.hand_in(session, terms.link, user, upload.name, upload.content).number)


def _still_open(terms: Terms, used: int, at: datetime) -> None:
    if terms.closed(at):
        raise RefusedError(
            "The due date has passed.", "Nothing was handed in. If you need more time, ask your instructor."
        )
    if terms.left(used) == 0:
        raise RefusedError(
            "You have used all your attempts.", "Nothing was handed in. If you need another, ask your instructor."
        )


def _doubts(upload: Upload, assignment: Assignment, last: Attempt | None) -> list[str]:
    found = []
    if _is_released(upload, assignment):
        found.append("This is the file as it was handed out, without a change of yours; it earns no points.")
    if last and last.sha256 == upload.sha256:
        found.append(f"These are the same bytes as in your attempt {last.number}; they would be graded the same.")
    if not upload.name.lower().startswith(assignment.module.lower()):
        found.append(f"This file is called {upload.name}, and not {assignment.module}{upload.suffix}.")
    return found


def _is_released(upload: Upload, assignment: Assignment) -> bool:
    file = assignment.released / f"{assignment.module}{upload.suffix}"
    return file.is_file() and _lines(file.read_bytes()) == _lines(upload.content)


def _lines(content: bytes) -> list[bytes]:
    return [line.rstrip() for line in content.strip().splitlines()]


def _check(upload: Upload, wanted: str) -> None:
    if upload.suffix not in SUFFIXES:
        raise RefusedError("Only .py and .ipynb files can be graded.", f"Hand in {wanted}.", 400)
    if not upload.content.strip():
        raise RefusedError("This file is empty.", "Save your work first, then hand it in.", 400)
    if len(upload.content) > LARGEST:
        raise RefusedError(
            f"This file is larger than {LARGEST // 2**20} MB.",
            "Clear the outputs of the notebook (in Jupyter: Edit, Clear Outputs of All Cells) and hand it in again.",
            413,
        )


def _last_part(name: str) -> str:
    return plain(name.replace("\\", "/").rsplit("/", 1)[-1], 200)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise RefusedError("The file did not arrive whole.", "Choose it and hand it in again.", 400) from None
