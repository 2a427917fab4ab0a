"""Which of a student's files is the submission: the newest with the assignment's name, or the only one there is.

Two files that could both be meant are not guessed at: the student gets a line that names them. Three things are no
doubt: a newer attempt or resubmission replaces an older one, a file still as it was handed out is not the student's,
and two files with the same bytes are one.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from convclass.grading.archive import ZipTree
from convclass.grading.handed_in import Item, Wanted, is_junk
from convclass.grading.names import visible_path
from convclass.grading.tree import Kind, UnreadableError

_CODE = (".py", ".ipynb")
# What resubmitting or downloading twice adds to a name: Canvas's "-1", a browser's " (1)".
_NAME = re.compile(r"(?P<stem>.*?)(?:-(?P<again>\d{1,3})| ?\((?P<copy>\d{1,3})\))?(?P<extension>\.\w+)", re.DOTALL)
_MOST_NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Chosen:
    """The file to grade and its bytes, or why there is none."""

    filename: str = ""
    source: bytes = b""
    notices: tuple[str, ...] = ()
    problem: str | None = None


def choose(items: list[Item], wanted: Wanted, handed_out: frozenset[str]) -> Chosen:
    """The submission among `items`; `handed_out` holds the SHA-256 of every file that students were given."""
    return _Chooser(wanted, handed_out).choose(items)


class _Chooser:
    """One choice, with the notices gathered on the way."""

    def __init__(self, wanted: Wanted, handed_out: frozenset[str]) -> None:
        self.wanted, self.handed_out = wanted, handed_out
        self.notices: list[str] = []

    def choose(self, items: list[Item]) -> Chosen:
        try:
            self._refuse_too_many(items)
            return self._from(self._of_this_assignment(items), nested=False)
        except UnreadableError as problem:
            return Chosen(notices=tuple(self.notices), problem=str(problem))

    def _from(self, items: list[Item], nested: bool) -> Chosen:
        items = self._newest_attempt(items)
        files = [item for item in items if item.entry.kind is Kind.FILE]
        named = [item for item in files if self._is_named(item) and _extension(item) in _CODE]
        if named:
            return self._only(self._resubmitted(named))
        self._refuse_disguised(items)
        others = [item for item in files if _extension(item) in _CODE and not self._is_given(item)]
        if others:
            return self._only(others, f"the file is not called {self.wanted.files}")
        zips = [item for item in files if _extension(item) == ".zip"]
        if zips and not nested:
            return self._from(self._unpacked(zips), nested=True)
        raise UnreadableError(self._nothing(items))

    def _of_this_assignment(self, items: list[Item]) -> list[Item]:
        # nbgrader keeps STUDENT/ASSIGNMENT/files: of several assignments only this one counts.
        def here(item: Item) -> bool:
            return any(part in self.wanted.folders for part in item.where.split("/")[:-1])

        inside = [item for item in items if here(item)]
        return inside or items

    def _newest_attempt(self, items: list[Item]) -> list[Item]:
        useful = [i for i in items if i.entry.kind is Kind.FILE and _extension(i) in (*_CODE, ".zip")]
        attempts = sorted({item.attempt for item in useful})
        if len(attempts) < 2:
            return items
        self.notices.append(f"{len(attempts)} attempts were handed in; the newest ({attempts[-1]}) is graded")
        return [item for item in items if item.attempt == attempts[-1]]

    def _resubmitted(self, named: list[Item]) -> list[Item]:
        kept: list[Item] = []
        for extension in _CODE:
            same = [item for item in named if _extension(item) == extension]
            newest = max((_again(item) for item in same), default=0)
            kept += [item for item in same if _again(item) == newest]
            if any(_again(item) != newest for item in same):
                self.notices.append(f"handed in several times; the newest, {kept[-1].where}, is graded")
        return kept

    def _only(self, files: list[Item], notice: str = "") -> Chosen:
        contents = self._without_doubles(files)
        if len(contents) > 1:
            raise UnreadableError(
                f"{len(contents)} files could be meant: {_listing([item for item, _ in contents])}; "
                f"hand in only one, called {self.wanted.files}"
            )
        item, source = contents[0]
        if not source.strip():
            raise UnreadableError(f"{item.where} is empty; hand in {self.wanted.files} with your code in it")
        if notice:
            self.notices.append(f"{notice}; {item.where} is graded, the only one there is")
        filename = f"{self.wanted.module}{_extension(item)}"
        return Chosen(filename, source, tuple(self.notices))

    def _without_doubles(self, files: list[Item]) -> list[tuple[Item, bytes]]:
        if len(files) == 1:
            return [(files[0], _read(files[0]))]
        by_hash: dict[str, tuple[Item, bytes]] = {}
        for item in files[: _MOST_NAMES_SHOWN * 4]:
            source = _read(item)
            by_hash.setdefault(hashlib.sha256(source).hexdigest(), (item, source))
        changed = {digest: found for digest, found in by_hash.items() if digest not in self.handed_out}
        kept = changed or by_hash
        if len(kept) == 1 and len(files) > 1:
            self.notices.append(self._why_one(next(iter(kept.values()))[0], bool(changed) and len(by_hash) > 1))
        return list(kept.values())

    def _why_one(self, item: Item, others_unchanged: bool) -> str:
        if others_unchanged:
            return f"{item.where} is graded; the other file is still as it was handed out"
        return f"{item.where} is graded; the other file is the same"

    def _unpacked(self, zips: list[Item]) -> list[Item]:
        newest = max(_again(item) for item in zips)
        latest = [item for item in zips if _again(item) == newest]
        if len(latest) > 1:
            raise UnreadableError(f"{len(latest)} zips could be meant: {_listing(latest)}; hand in {self.wanted.files}")
        item = latest[0]
        tree = ZipTree(_read(item), item.name)
        try:
            entries = [entry for entry in tree.entries() if not is_junk(entry)]
        except UnreadableError as problem:
            raise UnreadableError(f"{item.where}: {problem}; hand in {self.wanted.files}") from None
        self.notices.append(f"{item.where} was unpacked")
        return [
            Item(tree, entry, entry.name, visible_path(f"{item.where}/{'/'.join(entry.path)}")) for entry in entries
        ]

    def _is_named(self, item: Item) -> bool:
        found = _NAME.fullmatch(item.name)
        return found is not None and found["stem"].casefold() == self.wanted.module.casefold()

    def _is_given(self, item: Item) -> bool:
        return item.name.startswith(("test_public", "quiz"))

    def _refuse_too_many(self, items: list[Item]) -> None:
        for item in items:
            if item.entry.kind is Kind.TOO_MANY:
                raise UnreadableError(f"the folder holds too many files; hand in only {self.wanted.files}")

    def _refuse_disguised(self, items: list[Item]) -> None:
        for item in items:
            code = self._is_named(item) or _extension(item) in _CODE
            if item.entry.kind is Kind.UNREADABLE or (item.entry.kind is not Kind.FILE and code):
                raise UnreadableError(
                    f"{item.where} is a {item.entry.kind}, not a file; hand in {self.wanted.files} itself"
                )

    def _nothing(self, items: list[Item]) -> str:
        files = [item for item in items if item.entry.kind is not Kind.FOLDER]
        links = " (a link)" if files and all(item.entry.kind is Kind.LINK for item in files) else ""
        found = f"found only {_listing(files)}{links}" if files else "nothing was handed in"
        return f"{found}; hand in {self.wanted.files}"


def _read(item: Item) -> bytes:
    try:
        return item.tree.read(item.entry)
    except UnreadableError as problem:
        raise UnreadableError(f"{item.where}: {problem}") from None


def _extension(item: Item) -> str:
    dot = item.name.rfind(".")
    return item.name[dot:].lower() if dot >= 0 else ""


def _again(item: Item) -> int:
    found = _NAME.fullmatch(item.name)
    return int(found["again"] or found["copy"] or 0) if found else 0


def _listing(items: list[Item]) -> str:
    names = sorted({item.where for item in items})
    more = f" and {len(names) - _MOST_NAMES_SHOWN} more" if len(names) > _MOST_NAMES_SHOWN else ""
    return ", ".join(names[:_MOST_NAMES_SHOWN]) + more
