"""Blackboard's lines and Brightspace's CSV, read with csv, and jupyterquiz's list, read with json."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from quiz.read.found import GAP, Found, bare, seen, span, told


def blackboard(content: bytes) -> list[Found]:
    """Every line of the file."""
    lines = csv.reader(io.StringIO(content.decode(), newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)
    return [_line(row[0], row[1], row[2:]) for row in lines]


def _line(kind: str, prompt: str, cells: list[str]) -> Found:
    if kind in ("MC", "MA"):
        worth = tuple({"correct": 1.0, "incorrect": 0.0}[cell] for cell in cells[1::2])
        return Found("choices" if kind == "MA" else "choice", seen(prompt), tuple(map(seen, cells[::2])), worth)
    if kind == "TF":
        return Found("choice", seen(prompt), ("True", "False"), {"true": (1.0, 0.0), "false": (0.0, 1.0)}[cells[0]])
    if kind == "NUM":
        value, tolerance = map(float, cells)
        return Found("number", seen(prompt), span=span(value - tolerance, value + tolerance))
    if kind == "MAT":
        return Found("match", seen(prompt), tuple(map(seen, cells[::2])), (), tuple(map(seen, cells[1::2])))
    if kind == "ORD":
        return Found("order", seen(prompt), tuple(map(seen, cells)))
    if kind == "FIB":
        return Found("words", seen(prompt), tuple(sorted(map(bare, cells))))
    assert kind == "FIB_PLUS", kind
    gaps = [group.split("\t") for group in "\t".join(cells).split("\t\t")]
    gaps.sort(key=lambda gap: prompt.index(f"[{gap[0]}]"))
    for name, *_ in gaps:
        prompt = prompt.replace(f"[{name}]", GAP)
    return Found("gaps", seen(prompt), gaps=tuple(Found("words", "", tuple(sorted(map(bare, w)))) for _, *w in gaps))


def brightspace(content: bytes) -> list[Found]:
    """Every question of the file, which has a line for each of its fields."""
    records: list[list[list[str]]] = []
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        if row[:1] == ["NewQuestion"]:
            records.append([])
        if row:
            records[-1].append(row)
    return [_record(rows) for rows in records]


def _record(rows: list[list[str]]) -> Found:
    def fields(name: str) -> list[list[str]]:
        return [row[1:] for row in rows if row[0] == name]

    kind, prompt = fields("NewQuestion")[0][0], seen(fields("QuestionText")[0][0])
    if kind in ("MC", "MS"):
        options = fields("Option")
        right = tuple(float(worth != "0") for worth, *_ in options)
        kind = "choices" if kind == "MS" else "choice"
        feedback = told(bare(said) for *_, said in options)
        return Found(kind, prompt, tuple(seen(text) for _, text, *_ in options), right, feedback=feedback)
    if kind == "TF":
        values = [fields(name)[0] for name in ("TRUE", "FALSE")]
        right = tuple(float(worth) / 100 for worth, _ in values)
        return Found("choice", prompt, ("True", "False"), right, feedback=told(bare(said) for _, said in values))
    if kind == "M":
        rights = {number: seen(text) for number, text, *_ in fields("Match")}
        lefts = fields("Choice")
        used = [number for number, *_ in lefts]
        more = tuple(sorted(text for number, text in rights.items() if number not in used))
        return Found("match", prompt, tuple(seen(t) for _, t, *_ in lefts), (), tuple(rights[n] for n in used), more)
    if kind == "O":
        return Found("order", prompt, tuple(seen(text) for text, *_ in fields("Item")))
    assert kind == "SA", kind
    return Found("words", prompt, tuple(sorted(bare(text) for worth, text, *_ in fields("Answer") if worth == "100")))


def jupyterquiz(content: bytes) -> list[Found]:
    """Every question of the list."""
    return [_question(question) for question in json.loads(content)]


def _question(question: dict[str, Any]) -> Found:
    prompt, answers = seen(question["question"]), question["answers"]
    if question["type"] in ("multiple_choice", "many_choice"):
        kind = "choices" if question["type"] == "many_choice" else "choice"
        worth = tuple(float(answer["correct"]) for answer in answers)
        feedback = tuple(seen(answer["feedback"]) for answer in answers)
        return Found(kind, prompt, tuple(seen(answer["answer"]) for answer in answers), worth, feedback=feedback)
    right = [answer for answer in answers if answer.get("correct")]
    if question["type"] == "numeric":
        (answer,) = right
        low, high = answer["range"] if "range" in answer else [answer["value"]] * 2
        return Found("number", prompt, span=span(low, high))
    return Found("words", prompt, tuple(sorted(bare(answer["answer"]) for answer in right)))
