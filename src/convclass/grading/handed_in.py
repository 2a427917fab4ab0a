"""Who handed in what: the entries of a folder or archive, given to students by their names.

No file is opened but the notes that Blackboard and Gradescope themselves put beside the submissions.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from convclass.grading.downloads import Download, read_about, read_download
from convclass.grading.gradescope import METADATA, Submitter, read_submitters
from convclass.grading.names import visible, visible_path
from convclass.grading.tree import MEGABYTE, Entry, Kind, Tree, UnreadableError

_PLATFORM_FILES = frozenset({METADATA, "index.html", "timestamp.txt"})
_JUNK = frozenset({"__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini"})
_CODE = (".py", ".ipynb")
_LARGEST_NOTE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Item:
    """One entry that belongs to a student: `name` as the student called it, `where` as a notice should call it."""

    tree: Tree = field(repr=False)
    entry: Entry
    name: str
    where: str
    attempt: str = ""


@dataclass(slots=True)
class HandedIn:
    """One student and all that may belong to the submission."""

    student: str
    display_name: str
    items: list[Item] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a student was asked for: `module` is the file's name without extension, `folders` call the assignment so."""

    module: str
    folders: frozenset[str] = frozenset()

    @property
    def files(self) -> str:
        """The file names to hand in, as a sentence has them."""
        return f"{self.module}.py or {self.module}.ipynb"


def is_junk(entry: Entry) -> bool:
    """Whether an operating system or an editor left this behind, not a student."""
    return any((part[:1] == "." and part[:2] != "..") or part in _JUNK for part in entry.path)


def by_student(tree: Tree, wanted: Wanted) -> tuple[list[HandedIn], list[str]]:
    """All students of the tree, sorted by name, and the names that were left out because nobody could be meant."""
    entries = [entry for entry in tree.entries() if not is_junk(entry)]
    base = _base(entries, wanted, tree.packed)
    depth = len(base)
    inside = [entry for entry in entries if len(entry.path) > depth and entry.path[:depth] == base]
    sorter = _Sorter(tree, wanted, depth, base[-1] if base else tree.title, _submitters(tree, base, entries))
    for entry in inside:
        sorter.take(entry)
    sorter.name_from_notes()
    return sorted(sorter.students.values(), key=lambda found: found.student), sorted(set(sorter.left_out))


def _base(entries: list[Entry], wanted: Wanted, packed: bool) -> tuple[str, ...]:
    """The folder that holds the class: SUBMISSIONS itself, or the one folder that everything is wrapped in."""
    base: tuple[str, ...] = ()
    while True:
        here = [e for e in entries if len(e.path) == len(base) + 1 and e.path[: len(base)] == base]
        meant = [e for e in here if e.name not in _PLATFORM_FILES or e.name == METADATA]
        if len(meant) != 1 or meant[0].kind is not Kind.FOLDER or read_download(meant[0].name):
            return base
        children = [e for e in entries if e.path[:-1] == meant[0].path]
        if not _wraps_a_class(meant[0].name, children, wanted, packed):
            return base
        base = meant[0].path


def _wraps_a_class(name: str, children: list[Entry], wanted: Wanted, packed: bool) -> bool:
    if any(child.name in wanted.folders for child in children):
        return False  # nbgrader's STUDENT/ASSIGNMENT
    if any(child.name == METADATA or read_download(child.name) for child in children):
        return True
    folders = sum(child.kind is Kind.FOLDER for child in children)
    if any(child.kind is Kind.FILE and child.name.lower().endswith(_CODE) for child in children):
        return False
    return folders > 1 or (folders == 1 and (packed or name == "submitted"))


def _submitters(tree: Tree, base: tuple[str, ...], entries: list[Entry]) -> dict[str, tuple[Submitter, ...]]:
    for entry in entries:
        if entry.path == (*base, METADATA) and entry.kind is Kind.FILE:
            return read_submitters(tree.read(entry, 50 * MEGABYTE))
    return {}


class _Sorter:
    """Gives every entry to a student."""

    def __init__(
        self,
        tree: Tree,
        wanted: Wanted,
        depth: int,
        title: str,
        submitters: dict[str, tuple[Submitter, ...]],
    ) -> None:
        self.tree, self.wanted, self.depth, self.title = tree, wanted, depth, title
        self.submitters = submitters
        self.students: dict[str, HandedIn] = {}
        self.left_out: list[str] = []
        self._blackboard: dict[str, Entry | None] = {}
        self._downloads: dict[str, Download | None] = {}

    def take(self, entry: Entry) -> None:
        top = entry.path[self.depth]
        if top in self.submitters:
            self._to_submitters(top, entry)
        elif download := self._download(top):
            self._from_platform(download, entry)
        elif len(entry.path) > self.depth + 1 or entry.kind in (Kind.FOLDER, Kind.TOO_MANY, Kind.UNREADABLE):
            self._give(top, top, entry)
        else:
            self._loose(entry)

    def name_from_notes(self) -> None:
        """Turn Blackboard's ASSIGNMENT_USER into USER: as its own note says, else what follows the last underscore."""
        users = {before: self._user(before) for before in self._blackboard if before in self.students}
        how_many = Counter(user for user, _ in users.values())
        for before, (user, name) in users.items():
            found = self.students.pop(before)
            found.student = user if how_many[user] == 1 and user not in self.students else before
            found.display_name = name
            self.students[found.student] = found

    def _user(self, before: str) -> tuple[str, str]:
        note = self._blackboard[before]
        told = self._told(note) if note else None
        if told and before.endswith(f"_{told[0]}"):
            return visible(told[0]), visible(told[1])
        return (visible(before.rpartition("_")[2]),) * 2

    def _told(self, entry: Entry) -> tuple[str, str] | None:
        try:
            return read_about(self.tree.read(entry, _LARGEST_NOTE).decode("utf-8", "replace"))
        except UnreadableError:
            return None

    def _download(self, name: str) -> Download | None:
        if name not in self._downloads:
            self._downloads[name] = read_download(name)
        return self._downloads[name]

    def _from_platform(self, download: Download, entry: Entry) -> None:
        if download.platform == "Blackboard":
            self._blackboard.setdefault(visible(download.student), None)
        if download.about:
            self._student(download.student, download.display_name)
            self._blackboard[visible(download.student)] = entry
            return
        name = entry.name if len(entry.path) > self.depth + 1 or not download.file else download.file
        where = "/".join(entry.path[self.depth + 1 :]) or name
        self._give(download.student, download.display_name, entry, name, where, download.attempt)
        if download.late:
            self._notice(download.student, "handed in late, says Canvas")

    def _to_submitters(self, top: str, entry: Entry) -> None:
        together = self.submitters[top]
        for one in together:
            self._give(one.student, one.display_name, entry)
            if len(together) > 1:
                names = ", ".join(visible(other.display_name) for other in together)
                self._notice(one.student, f"handed in by a group: {names}")

    def _loose(self, entry: Entry) -> None:
        stem, dot, extension = entry.name.rpartition(".")
        if stem == self.wanted.module and dot + extension.lower() in _CODE:
            self._give(self.title, self.title, entry)
        elif dot + extension.lower() in (*_CODE, ".zip"):
            self._give(stem, stem, entry, f"{self.wanted.module}{dot}{extension}")
        elif entry.kind in (Kind.LINK, Kind.SPECIAL, Kind.UNSAFE):
            self._give(entry.name, entry.name, entry)
        elif entry.name not in _PLATFORM_FILES:
            self.left_out.append(visible(entry.name))

    def _give(
        self,
        student: str,
        display_name: str,
        entry: Entry,
        name: str = "",
        where: str = "",
        attempt: str = "",
    ) -> None:
        where = where or "/".join(entry.path[self.depth + 1 :]) or entry.name
        item = Item(self.tree, entry, name or entry.name, visible_path(where), attempt)
        self._student(student, display_name).items.append(item)

    def _student(self, student: str, display_name: str) -> HandedIn:
        shown = visible(student)
        return self.students.setdefault(shown, HandedIn(shown, visible(display_name)))

    def _notice(self, student: str, line: str) -> None:
        notices = self._student(student, student).notices
        if line not in notices:
            notices.append(line)
