"""A PostgreSQL server of the tests' own, where the machine has one installed."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def _programs() -> Path | None:
    found = shutil.which("pg_ctl")
    return Path(found).resolve().parent if found else None


AVAILABLE = _programs() is not None


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The URL of an empty database on a server that listens on a socket in `folder`; its clock is not in UTC."""
    programs = _programs()
    assert programs is not None
    folder.mkdir(parents=True, exist_ok=True)
    as_user = _not_root(folder)
    data = folder / "data"
    subprocess.run([programs / "initdb", "-D", data, "-U", "tool", "-A", "trust", "-N"], check=True, **as_user)
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c timezone=Asia/Kolkata"
    start = [programs / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start"]
    subprocess.run(start, check=True, **as_user)
    try:
        yield f"postgresql+psycopg://tool@/postgres?host={folder}"
    finally:
        subprocess.run([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=True, **as_user)


def _not_root(folder: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root: then it runs as its own user, who needs a way to the folder."""
    quiet: dict[str, object] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
    if os.geteuid() != 0:
        return quiet
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return quiet | {"user": user.pw_uid, "group": user.pw_gid, "cwd": folder}
