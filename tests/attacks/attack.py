"""The attack submissions of `submissions/`: what each tries, what it does to an unprotected grader, what must hold."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "submissions"
HEIR = "# --- heir ---\n"
HONEST = (Path(__file__).parent / "honest.py").read_text("utf-8")
MARKS = {
    "score": "it gets points that it did not earn",
    "honest": "the honest student after it does not get the right grade",
    "heir": "its accomplice, graded after it, gets points by what it left behind",
    "contact": "a listener is reached",
    "spill": "a secret is in what is shown to students",
    "flood": "more than ten megabytes of output are kept",
    "hung": "the grader never comes to its end",
}


@dataclass(frozen=True, slots=True)
class Attack:
    """One submission, and its `heir`'s, which is handed in after it and works with what it leaves behind.

    `control` are the marks (see MARKS) of its success against the unprotected grader; `earns` are the points that it
    is due in ours, and `flagged` says that the instructor has to be shown a line of it.
    """

    category: str
    name: str
    source: str
    heir: str
    holds: str
    control: frozenset[str]
    earns: float = 0.0
    flagged: bool = False

    @property
    def label(self) -> str:
        """How tests call it."""
        return f"{self.category}/{self.name}"

    def files(self, places: Mapping[str, str]) -> dict[str, str]:
        """The submissions of the attacker and of the heir, if there is one, for the grader that works in `places`."""
        texts = {"attacker": self.source, "heir": self.heir}
        return {who: _filled(text, places) for who, text in texts.items() if text}


@cache
def attacks() -> tuple[Attack, ...]:
    """All of them, in order."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*/*.py")))


def _read(path: Path) -> Attack:
    text = path.read_text("utf-8")
    source, _, heir = text.partition(HEIR)
    told = _told(source)
    return Attack(
        path.parent.name,
        path.stem,
        source,
        heir,
        told["Must hold"],
        frozenset(told["Control"].split()),
        float(told.get("Earns", "0")),
        told.get("Flagged") == "yes",
    )


def _told(source: str) -> dict[str, str]:
    """The lines such as `Control: score` of a submission's docstring."""
    text = ast.get_docstring(ast.parse(source.replace("@PORT@", "1"))) or ""
    return dict(re.findall(r"^(Must hold|Control|Earns|Flagged): (.*(?:\n(?!\w+:).+)*)", text, re.MULTILINE))


def _filled(text: str, places: Mapping[str, str]) -> str:
    return re.sub(r"@([A-Z]+)@", lambda found: places[found[1]], text)
