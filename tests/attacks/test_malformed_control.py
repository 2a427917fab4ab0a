"""Every malformed submission harms a reader that takes no care; one that does not proves nothing about ours."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from attacks.attack import HONEST
from attacks.malformed import ALL, Malformed, World

NAIVE = Path(__file__).parent / "naive.py"
SECONDS, SECONDS_OF_WHAT_HANGS = 20, 1.5
SPACE = 2**30


def limits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (SPACE, SPACE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 2**20, 64 * 2**20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(folder: Path, destination: Path, seconds: float = SECONDS) -> tuple[int | None, str, str]:
    """The naive reader's exit code (None: it had to be killed), what it showed, and its last words."""
    command = [sys.executable, "-B", "-S", str(NAIVE), str(folder), str(destination)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, preexec_fn=limits)
    except subprocess.TimeoutExpired:
        return None, "", ""
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def harms(code: int | None, shown: str, said: str, outside: Path, destination: Path) -> set[str]:
    size = sum(path.stat().st_size for path in destination.rglob("*") if path.is_file())
    no_room = "MemoryError" in said or "File too large" in said
    found = {
        "hung": code is None,
        "crashed": code not in (0, None),
        "leaked": "CANARY-" in shown,
        "escaped": any(outside.iterdir()),
        "large": no_room or size > 20 * 2**20,
        "ran": "RAN" in shown.split("\n") or "RAN" in shown.splitlines(),
    }
    return {name for name, is_there in found.items() if is_there}


def world(root: Path) -> World:
    made = World(root / "hidden_tests.py", root / "outside", root / "neighbour")
    made.secret.write_text("CANARY = 'CANARY-1'\n")
    made.outside.mkdir()
    made.neighbour.mkdir()
    (made.neighbour / "sealed.py").write_text("# CANARY-1\n")
    return made


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_it_harms_a_reader_that_takes_no_care(case: Malformed, tmp_path: Path) -> None:
    if case.for_root and os.geteuid() != 0:
        pytest.skip("a device is made by root")
    around, folder, destination = world(tmp_path), tmp_path / "student", tmp_path / "unpacked"
    folder.mkdir()
    destination.mkdir()
    case.make(folder, around)
    seconds = SECONDS_OF_WHAT_HANGS if case.harm == "hung" else SECONDS
    code, shown, said = read(folder, destination, seconds)
    enough = {case.harm, "large"} if case.harm == "hung" else {case.harm}  # what never ends fills the memory first
    assert enough & set(harms(code, shown, said, around.outside, destination)), (code, shown[:500], said[-500:])


def test_an_honest_file_does_not_harm_it(tmp_path: Path) -> None:
    around, folder, destination = world(tmp_path), tmp_path / "student", tmp_path / "unpacked"
    folder.mkdir()
    destination.mkdir()
    (folder / "sealed.py").write_text(HONEST)
    code, shown, said = read(folder, destination)
    assert harms(code, shown, said, around.outside, destination) == set(), said
