"""The README's tables of the quizzes are those that the code makes."""

from pathlib import Path

import pytest

from convclass.course import assignments, find_course
from convclass.lms import formats
from convclass.quiz.bank import coverage, coverage_table, load

COURSE = find_course(Path(__file__).parents[2])
TABLES = {
    "coverage of the bank": lambda: coverage_table(coverage(map(load, assignments(COURSE)))),
    "what the formats say": formats.table,
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_current(name):
    readme = (COURSE / "README.md").read_text("utf-8")
    lines = [line for line in TABLES[name]().splitlines() if line.strip()][1:]  # the README words the first one itself
    assert len(lines) > 10
    assert [line for line in lines if line not in readme] == []
