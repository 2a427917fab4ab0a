"""Answers of students as files: our own JSON, that of jupyterquiz, and CSV. What students wrote may be hostile.

Our own JSON is an object, or a list of objects:

    {"student": "ana", "variant": "01_convolution-3f2a90c41b77-8d01c2ee", "answers": {"<question id>": <answer>, ...}}

with answers as `convclass.quiz.scoring` has them; the practice page saves it. Without `variant`, the quiz is the one
that all get. jupyterquiz's is the list that it keeps of the answers given, one for each question that was shown:
alone, then the file is named after the student, or as `responses` in such an object.

CSV has a line for each student: `student`, `variant` (may be left out), and a column for each question, headed by its
number in the quiz or its id. Options, lines and sides are letters or numbers as on the printed sheet:

| kind | cell |
| --- | --- |
| single choice | `b` |
| multiple choice | `a c` |
| true/false | `true` |
| spot the error | `3`, the number of the line |
| numeric, short text | as written |
| matching | `b a -`: the letter for each left side, `-` for none |
| ordering | `c a b`: the letters in the order given |
| cloze | `9 | invariant | stride`: the gaps in their order |
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from convclass.course import CourseError
from convclass.lms import texts
from convclass.lms.jupyterquiz import simpler
from convclass.quiz.models import (
    AnyQuestion,
    Choice,
    Cloze,
    Gap,
    Matching,
    MultipleChoice,
    Ordering,
    Quiz,
    SingleChoice,
    SpotTheError,
    TrueFalse,
)
from convclass.quiz.scoring import Answer
from convclass.quiz.shown import LETTERS, mixed, right_sides

_LARGEST = 100 * 1024 * 1024
_MOST_STUDENTS = 100_000
_TRUTHS = dict.fromkeys(("true", "t", "yes", "1"), True) | dict.fromkeys(("false", "f", "no", "0"), False)
_REMEDY = "see the head of convclass/quiz/responses.py for what such a file holds"


class Response(BaseModel):
    """What one student answered.

    cells: answers as texts of a CSV file; responses: as jupyterquiz keeps them, by the number of what it showed.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    student: Annotated[str, Field(max_length=300)] = ""
    variant: Annotated[str, Field(max_length=200)] = ""
    answers: dict[str, JsonValue] = {}
    cells: dict[str, str] = {}
    responses: tuple[JsonValue, ...] = ()


def read(path: Path) -> tuple[Response, ...]:
    """All responses of a file, or of the .json and .csv files of a folder.

    Raises CourseError with file, cause and remedy.
    """
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.suffix.lower() in (".json", ".csv") and p.is_file())
        if not files:
            raise CourseError(f"{path}: holds no .json or .csv file of answers; {_REMEDY}")
        return tuple(response for file in files for response in read(file))
    try:
        content = path.read_bytes() if path.stat().st_size <= _LARGEST else None
    except OSError as error:
        raise CourseError(f"{path}: {error.strerror or error}; name a file or a folder of answers") from None
    if content is None:
        raise CourseError(f"{path}: larger than {_LARGEST // 2**20} MiB, which no class writes; check the file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CourseError(f"{path}: is not UTF-8; save it as UTF-8 (in Excel: CSV UTF-8)") from None
    found = _csv(path, text) if path.suffix.lower() == ".csv" else _json(path, text)
    if not found:
        raise CourseError(f"{path}: holds no answers; {_REMEDY}")
    return found


def answers_of(response: Response, quiz: Quiz) -> tuple[dict[str, Answer], tuple[str, ...]]:
    """The answers by question id, and what of the response belongs to no question of the quiz."""
    answers: dict[str, Answer] = _from_notebook(response.responses, quiz) if response.responses else {}
    unknown = []
    known = _names(quiz)
    for name, given in response.answers.items():
        question = known.get(name)
        if question is None:
            unknown.append(name)
        else:
            answers[question.id] = given
    for name, cell in response.cells.items():
        question = known.get(name.lower().removeprefix("q") if name.lower().removeprefix("q").isdigit() else name)
        if question is None:
            unknown.append(name)
        elif cell.strip():
            answers[question.id] = from_cell(question, cell)
    return answers, tuple(unknown)


def from_cell(question: AnyQuestion, cell: str) -> Answer:
    """The answer that a text in a table means; what means none is None, and words stay words."""
    if isinstance(question, MultipleChoice):
        places = [_letter(part, len(question.options)) for part in _split(cell)]
        return None if None in places else places
    if isinstance(question, Choice):
        return _letter(cell.strip(), len(question.options))
    if isinstance(question, TrueFalse):
        return _TRUTHS.get(cell.strip().lower())
    if isinstance(question, SpotTheError):
        number = cell.strip().lower().removeprefix("line").strip()
        return int(number) - 1 if number.isascii() and number.isdigit() and len(number) < 5 else None
    if isinstance(question, Matching):
        sides = len(right_sides(question))
        return [_letter(part, sides) for part in _split(cell)]
    if isinstance(question, Ordering):
        places = [_letter(part, len(question.items)) for part in _split(cell)]
        return None if None in places else places
    if isinstance(question, Cloze):
        parts = [part.strip() for part in cell.split("|")]
        return {gap.name: _gap(gap, part) for gap, part in zip(question.gaps, parts, strict=False) if part}
    return cell


def _names(quiz: Quiz) -> dict[str, AnyQuestion]:
    by_number = {str(i): question for i, question in enumerate(quiz.questions, start=1)}
    return by_number | {question.id: question for question in quiz.questions}


def _split(cell: str) -> list[str]:
    parts = cell.replace(",", " ").replace(";", " ").split()
    return list(parts[0]) if len(parts) == 1 and parts[0].isalpha() else parts


def _letter(text: str, count: int) -> int | None:
    place = LETTERS.find(text.strip().lower().removesuffix(")")) if len(text.strip().removesuffix(")")) == 1 else -1
    return place if 0 <= place < count else None


def _gap(gap: Gap, part: str) -> Answer:
    """Of options, the one with this text, else that of this letter."""
    if not gap.options:
        return part
    shown = [texts.in_a_list(option.text).lower() for option in gap.options]
    plain = " ".join(part.split()).lower()
    return shown.index(plain) if plain in shown else _letter(part, len(gap.options))


def _json(path: Path, text: str) -> tuple[Response, ...]:
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise CourseError(f"{path}: is no JSON ({error}); {_REMEDY}") from None
    entries = data if isinstance(data, list) and data and all(isinstance(e, dict) for e in data) else [data]
    if isinstance(data, list) and entries is not data:
        entries = [{"student": path.stem, "responses": data}]
    if len(entries) > _MOST_STUDENTS:
        raise CourseError(f"{path}: {len(entries)} students; split the file")
    return tuple(_response(path, i, entry) for i, entry in enumerate(entries, start=1))


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _response(path: Path, number: int, entry: Any) -> Response:
    if isinstance(entry, dict) and not entry.get("student"):
        entry = entry | {"student": path.stem}
    try:
        return Response.model_validate(entry)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "it"
        raise CourseError(f"{path}: entry {number}: {where}: {first['msg']}; {_REMEDY}") from None


def _csv(path: Path, text: str) -> tuple[Response, ...]:
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if any(row)]
    except csv.Error as error:
        raise CourseError(f"{path}: is no CSV ({error}); {_REMEDY}") from None
    head = [name.strip() for name in rows[0]] if rows else []
    if "student" not in [name.lower() for name in head]:
        raise CourseError(f"{path}: line 1 names no column `student`; {_REMEDY}")
    if len(set(head)) != len(head):
        raise CourseError(f"{path}: line 1 names a column twice; give each its own name")
    return tuple(_row(path, i, dict(zip(head, row, strict=False))) for i, row in enumerate(rows[1:], start=2))


def _row(path: Path, number: int, row: Mapping[str, str]) -> Response:
    lower = {name.lower(): value.strip() for name, value in row.items()}
    cells = {name: value for name, value in row.items() if name.lower() not in ("student", "variant") and name}
    try:
        return Response(student=lower.get("student", ""), variant=lower.get("variant", ""), cells=cells)
    except ValidationError as error:
        raise CourseError(f"{path}: line {number}: {error.errors()[0]['msg']}; {_REMEDY}") from None


def _from_notebook(given: Sequence[Any], quiz: Quiz) -> dict[str, Answer]:
    """jupyterquiz numbers what it shows; a question that was split there has several numbers."""
    answers: dict[str, Answer] = {}
    number = 0
    for question in quiz.questions:
        parts = simpler(question)
        answer = _notebook_answer(question, parts, [*given[number : number + len(parts)]])
        number += len(parts)
        if answer is not None:
            answers[question.id] = answer
    return answers


def _notebook_answer(question: AnyQuestion, parts: Sequence[AnyQuestion], given: Sequence[Any]) -> Answer:
    if all(answer is None or answer == "" for answer in given):
        return None
    if isinstance(question, Matching):
        sides = right_sides(question)
        chosen = [_chosen(part, answer) for part, answer in zip(parts, given, strict=False)]
        return [sides.index(sides[place]) if place is not None else None for place in chosen]
    if isinstance(question, Cloze):
        pairs = zip(question.gaps, parts, given, strict=False)
        return {gap.name: _chosen(part, a) if gap.options else a for gap, part, a in pairs if a not in (None, "")}
    if isinstance(question, Ordering):
        place = _chosen(parts[0], given[0])
        return _order(question, parts[0], place) if place is not None else None
    return _chosen(parts[0], given[0])


def _chosen(part: AnyQuestion, answer: Any) -> Answer:
    """The place of an option from its text."""
    if isinstance(part, TrueFalse):
        return {"true": True, "false": False}.get(str(answer).strip().lower())
    if not isinstance(part, Choice):
        return answer
    shown = [texts.as_plain(option.text, part.figures) for option in part.options]
    given = answer if isinstance(answer, list) else [answer]
    places = [shown.index(words) for a in given if (words := " ".join(str(a).split())) in shown]
    if isinstance(part, MultipleChoice):
        return places
    return places[0] if places else None


def _order(question: Ordering, part: AnyQuestion, place: int) -> Answer:
    """The order that an option of `order_as_choice` shows."""
    assert isinstance(part, SingleChoice)
    order = mixed(question)
    lines = [line.split(". ", 1)[1] for line in part.options[place].text.split("\n") if line[:1].isdigit()]
    return [order.index(question.items.index(line)) for line in lines] if set(lines) == set(question.items) else None
