"""GIFT, as gift-pegjs has read it (consumers/gift.js)."""

from __future__ import annotations

import re
from typing import Any

from quiz.node import run
from quiz.read.found import Found, bare, seen, span, told


def read_all(contents: list[bytes]) -> list[list[Found]]:
    """All questions of each file, by one run of gift-pegjs."""
    answers = run("gift.js", [content.decode() for content in contents])
    assert not [answer["error"] for answer in answers if "error" in answer], answers
    return [[_question(q) for q in answer["questions"] if q["type"] != "Category"] for answer in answers]


def _restored(text: str) -> str:
    """gift-pegjs hides escaped characters while it parses, as Moodle does, and forgets them on right sides."""
    return bare(re.sub(r"&&(\d{3});", lambda match: chr(int(match[1])), text))


def _question(question: dict[str, Any]) -> Found:
    prompt, kind = seen(question["stem"]["text"]), question["type"]
    choices = question.get("choices") or []
    if kind == "TF":
        return Found("choice", prompt, ("True", "False"), (float(question["isTrue"]), float(not question["isTrue"])))
    if kind == "Numerical":
        (right,) = (c["text"] for c in choices if c["isCorrect"] and c["weight"] in (None, 100))
        return Found("number", prompt, span=span(right["number"] - right["range"], right["number"] + right["range"]))
    if kind == "Matching":
        pairs = [(seen(p["subquestion"]["text"]), _restored(p["subanswer"])) for p in question["matchPairs"]]
        more = tuple(sorted(right for left, right in pairs if not left))
        lefts, rights = zip(*((left, right) for left, right in pairs if left), strict=True)
        return Found("match", prompt, lefts, (), rights, more)
    if kind == "Short":
        words = [c["text"]["text"].replace(r"\*", "*") for c in choices if c["weight"] in (None, 100)]
        return Found("words", prompt, tuple(sorted(map(bare, words))))
    worth = tuple(float(c["isCorrect"]) if c["weight"] is None else round(c["weight"] / 100, 4) for c in choices)
    kind = "choices" if any(c["weight"] is not None for c in choices) else "choice"
    feedback = told(seen(c["feedback"]["text"]) if c["feedback"] else "" for c in choices)
    return Found(kind, prompt, tuple(seen(c["text"]["text"]) for c in choices), worth, feedback=feedback)
