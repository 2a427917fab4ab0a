"""The parts of a class page that follow from results alone, kept until one of them changes: most of its work."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from markupsafe import Markup

from convclass.report import classstats
from convclass.report.classpage import class_sections, class_versions, question_cells, question_heads
from convclass.web.instructor.classroom import AttemptRow, Classroom

_MOST = 16

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the results of a class look like; `cells` are the questions of a student, by label."""

    sections: Markup
    versions: Markup
    heads: Markup
    cells: Mapping[str, Markup]
    questions: Sequence[classstats.QuestionStats]


class ShownClasses:
    """The classes that were shown last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Shown] = OrderedDict()
        self._lock = Lock()

    def of(self, room: Classroom) -> Shown:
        """How this class is shown."""
        key = _key(room)
        with self._lock:
            known = self._kept.get(key)
        shown = known or _shown(room)
        with self._lock:
            self._kept[key] = shown
            self._kept.move_to_end(key)
            if len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return shown


def _shown(room: Classroom) -> Shown:
    group = room.group
    questions = classstats.question_stats(group)
    links = {row.person.label: f"students/{row.person.user.id}/" for row in room.rows}
    return Shown(
        class_sections(group, links=links) if group else Markup(),
        class_versions(group) if group else Markup(),
        question_heads(questions),
        {student.result.student: question_cells(student, questions) for student in group},
        questions,
    )


def _key(room: Classroom) -> Key:
    """All that the parts are made from: the link, who is in the class, which results count, and which questions."""
    students = []
    for row in room.rows:
        counted = next((one for one in row.attempts if one.number == row.standing.attempt), None)
        graded_at = counted.graded_at if isinstance(counted, AttemptRow) else None
        students.append((row.person.user.id, row.person.label, counted.id if counted else None, graded_at))
    return room.link.id, tuple(students), frozenset(room.excluded)
