"""A PostgreSQL server for tests, where the machine has the programs of one; fixtures, known through conftest.py."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

_USERS = ("postgres", "nobody")


@dataclass
class Postgres:
    """A server that listens on a socket in `folder` only, and writes nothing to disk that it need not."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, name: str = "postgres") -> str:
        return f"postgresql+psycopg://tests@/{name}?host={self.folder}"

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"d{next(self._numbers)}"
        self._administer(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, url: str) -> None:
        name = url.split("@/")[1].split("?")[0]
        self._administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _administer(self, statement: str) -> None:
        engine = create_engine(self.url(), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


def programs() -> Path | None:
    """Where initdb and postgres are: on the PATH, or where Debian puts them; the newest."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    known = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return known[-1].parent if known else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running server; the test is skipped where there is none."""
    where = programs()
    if where is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    with tempfile.TemporaryDirectory(prefix="pg-") as made:
        folder = Path(made)
        as_other = _as_other(folder)
        _run([*as_other, where / "initdb", "-D", folder / "data", "-U", "tests", "-A", "trust", "-E", "UTF8", "-N"])
        options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c full_page_writes=off"
        control = [*as_other, where / "pg_ctl", "-D", folder / "data"]
        _run([*control, "-w", "-l", folder / "log", "-o", f"{options} -c max_connections=200", "start"])
        try:
            yield Postgres(folder)
        finally:
            _run([*control, "-m", "immediate", "stop"])


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, once in SQLite and once in PostgreSQL."""
    if request.param == "sqlite":
        yield str(tmp_path / "some.db")
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.new_database()
    yield url
    server.drop(url)


def _as_other(folder: Path) -> list[str]:
    """The beginning of a command that runs as somebody who is not root, whose the folder becomes."""
    if os.geteuid() != 0:
        return []
    name = next((name for name in _USERS if _known(name)), None)
    if name is None:
        pytest.skip("PostgreSQL does not run as root, and there is no other user")
    shutil.chown(folder, name)
    return ["setpriv", f"--reuid={name}", f"--regid={pwd.getpwnam(name).pw_gid}", "--clear-groups", "--"]


def _known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _run(command: list[object]) -> None:
    # pg_ctl's server would keep a pipe open for ever
    done = subprocess.run(
        [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
    )
    assert done.returncode == 0, command
