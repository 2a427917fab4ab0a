"""How learning platforms name what they download: one pattern per platform, from names to student, attempt and file.

Canvas: `lib/content_zipper.rb` of canvas-lms (NAME[_LATE]_USER_ATTACHMENT_FILE, or anon_ID where marking is blind).
Moodle: `mod/assign` (NAME_ID_assignsubmission_file with an underscore after it up to Moodle 4, a folder or a prefix).
Blackboard: ASSIGNMENT_USER_attempt_DATE_FILE, beside a .txt about each attempt that ends after the date.
Brightspace: USER-FOLDER - NAME - DATE, a folder or a prefix; the date is written as the site's language has it, and
older sites write USER-FOLDER - NAME - FILE without one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

# What is a letter to Canvas, a mark above or below one included, which \w leaves out.
_LETTER = r"[\w\-\u0300-\U0010ffff]"
_CANVAS = re.compile(
    rf"(?:(?P<name>(?!(?:LATE|anon)_){_LETTER}+?)_)?(?:(?P<late>LATE|late)_)?(?P<user>\d+|anon_[A-Za-z0-9]+)_"
    r"(?:\d+_(?P<file>.+)|(?P<typed>(?:text|link)\.html))",
    re.DOTALL,
)
_MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<user>\d+)_assignsubmission_(?P<type>file|onlinetext)(?:_(?P<file>.*))?", re.DOTALL
)
_BLACKBOARD = re.compile(
    r"(?P<before>.+?)_attempt_(?P<date>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<about>\.txt))", re.DOTALL
)
_BRIGHTSPACE = re.compile(
    r"(?P<user>\d+)-(?P<folder>\d+) - (?P<name>.+?) - "
    r"(?P<date>[^-]*?\b(?:19|20)\d\d\b,? \d{1,2}:?\d\d(?: ?[AaPp]\.?[Mm]\.?)?)(?: - (?P<file>.+))?",
    re.DOTALL,
)
_BRIGHTSPACE_UNDATED = re.compile(r"(?P<user>\d+)-(?P<folder>\d+) - (?P<name>.+) - (?P<file>.+\.\w+)", re.DOTALL)
_ABOUT = re.compile(r"\s*Name:\s*(?P<name>.*?)\s*\((?P<user>[^()\n]+)\)\s*$", re.MULTILINE)
_BRIGHTSPACE_DATES = ("%b %d %Y", "%B %d %Y", "%d %B %Y", "%d %b %Y")
_BRIGHTSPACE_TIMES = ("%I%M %p", "%H%M")


@dataclass(frozen=True, slots=True)
class Download:
    """One name as a platform writes it. `file` is what the student called it, or "" for the folder of an attempt.

    `student` is unique in the class (for Blackboard still with the assignment before it, because both may hold
    underscores); `attempt` sorts by time, or is "" where the name tells nothing; `about` marks a text that the
    platform wrote itself.
    """

    platform: str
    student: str
    display_name: str
    file: str = ""
    attempt: str = ""
    late: bool = False
    about: bool = False


def read_download(name: str) -> Download | None:
    """What a platform's file or folder name says, or None when no platform writes such a name."""
    return _moodle(name) or _blackboard(name) or _brightspace(name) or _canvas(name)


def read_about(text: str) -> tuple[str, str] | None:
    """(user, name) from the text that Blackboard puts beside an attempt, or None."""
    found = _ABOUT.match(text.lstrip("\ufeff"))
    return (found["user"].strip(), found["name"].strip()) if found else None


def _canvas(name: str) -> Download | None:
    found = _CANVAS.fullmatch(name)
    if not found or not (found["name"] or found["user"].startswith("anon_")):
        return None
    student = "_".join(part for part in (found["name"], found["user"]) if part)
    file = found["file"] or found["typed"]
    return Download("Canvas", student, found["name"] or student, file, late=found["late"] is not None)


def _moodle(name: str) -> Download | None:
    found = _MOODLE.fullmatch(name)
    if not found:
        return None
    person = found["name"].strip(" _")
    return Download("Moodle", f"{person}_{found['user']}", person, found["file"] or "")


def _blackboard(name: str) -> Download | None:
    found = _BLACKBOARD.fullmatch(name)
    if not found:
        return None
    before, about = found["before"], found["about"] is not None
    return Download("Blackboard", before, before.rpartition("_")[2], found["file"] or "", found["date"], False, about)


def _brightspace(name: str) -> Download | None:
    found = _BRIGHTSPACE.fullmatch(name) or _BRIGHTSPACE_UNDATED.fullmatch(name)
    if not found:
        return None
    parts = found.groupdict()
    student = f"{parts['name']}_{parts['user']}"
    return Download("Brightspace", student, parts["name"], parts["file"] or "", _moment(parts.get("date") or ""))


def _moment(date: str) -> str:
    words = re.sub(r"[,.:]", "", date).replace("\u202f", " ").split()
    if len(words) > 3 and re.fullmatch(r"\d{3}", words[3]):
        words[3] = f"0{words[3]}"
    text = re.sub(r"(\d{4})([AaPp][Mm])$", r"\1 \2", " ".join(words))
    for day in _BRIGHTSPACE_DATES:
        for time in _BRIGHTSPACE_TIMES:
            try:
                return datetime.strptime(text, f"{day} {time}").isoformat()
            except ValueError:
                continue
    return ""
