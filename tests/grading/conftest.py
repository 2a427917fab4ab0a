"""A course with one assignment, an empty folder for submissions, and gradebooks on SQLite and PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from postgres import Postgres
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from convclass.course import Assignment
from convclass.gradebook.engine import open_engine

DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.exhaustive)]
ONLY_POSTGRESQL = os.environ.get("CONVCLASS_TEST_DATABASE") == "postgresql"
if ONLY_POSTGRESQL:
    DATABASES = ["postgresql"]


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    found = Assignment("01_convolution", tmp_path / "course")
    for folder in (found.solution, found.autograder, found.released):
        folder.mkdir(parents=True)
    (found.autograder / "test_hidden.py").write_text("# the exam")
    (found.released / "README.md").write_text("# Convolution by hand\n")
    (found.released / "convolution.py").write_text("# the stub\n")
    (found.released / "test_public.py").write_text("# public tests\n")
    return found


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "submissions"
    folder.mkdir()
    return folder


@dataclass
class Gradebooks:
    """The gradebook of each folder that a class is graded into: its own file, or a database on the server."""

    server: Postgres | None
    _urls: dict[Path, str] = field(default_factory=dict)

    def url(self, out: Path) -> str | None:
        """What grade_class takes: None for the file."""
        if self.server is not None and out not in self._urls:
            self._urls[out] = self.server.new_database()
        return self._urls.get(out)

    def option(self, out: Path) -> tuple[str, ...]:
        """What the command takes."""
        url = self.url(out)
        return ("--gradebook", url) if url else ()

    @contextmanager
    def connection(self, out: Path) -> Iterator[Connection]:
        engine = open_engine(self.url(out) or out / "gradebook.db")
        with engine.begin() as connection:
            yield connection
        engine.dispose()

    def committed(self, out: Path) -> int:
        """How many grades are there, also of a class whose gradebook is still to be made."""
        if self.server is None and not (out / "gradebook.db").is_file():
            return 0
        try:
            with self.connection(out) as connection:
                return connection.scalar(text("SELECT count(*) FROM grades"))
        except DatabaseError:
            return 0

    def drop(self) -> None:
        for url in self._urls.values():
            self.server.drop(url)


@pytest.fixture(params=DATABASES)
def gradebooks(request: pytest.FixtureRequest) -> Iterator[Gradebooks]:
    gradebooks = Gradebooks(request.getfixturevalue("postgres") if request.param == "postgresql" else None)
    yield gradebooks
    gradebooks.drop()


@pytest.fixture
def gradebook_of_commands(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands that name no gradebook take one on the server, where the whole suite is to run there."""
    if not ONLY_POSTGRESQL:
        yield
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.new_database()
    monkeypatch.setenv("CONVCLASS_GRADEBOOK", url)
    yield
    engine = open_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM grades"))
    engine.dispose()
    server.drop(url)
