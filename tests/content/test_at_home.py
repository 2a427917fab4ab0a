"""Every assignment as a student at home works on it: in an editor, with pytest, in a notebook; and how fast."""

import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from processes import PLAIN_PYTEST

from convclass.course import Assignment, assignments, find_course
from convclass.exam import collect
from convclass.notebook import check
from convclass.release.module import solution_module
from convclass.sandbox.local import NamespaceStudent

COURSE = find_course(Path(__file__).parents[2])
CONVCLASS = [sys.executable, "-c", "from convclass.cli import main; main()"]
AT_ONCE = 0.1  # seconds: a second check in a notebook, beyond what the student's own code takes
AFTER_A_SAVE = 0.3  # seconds from a save to the result
WAITED = 0.075  # of which `watch` waits for the editor to be done
FIRST, *OTHERS = assignments(COURSE)
every_assignment = pytest.mark.parametrize("assignment", [FIRST, *OTHERS], ids=lambda a: a.name)
# Of the others `convclass verify` proves what stub and solution earn, public tests included; and see test_notebooks.py.
one_assignment = pytest.mark.parametrize(
    "assignment", [FIRST, *(pytest.param(one, marks=pytest.mark.exhaustive) for one in OTHERS)], ids=lambda a: a.name
)
pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path):
    """A student's own copy of a released folder."""

    def copied(assignment: Assignment) -> Path:
        ignored = shutil.ignore_patterns("__pycache__")
        return Path(shutil.copytree(assignment.released, tmp_path / assignment.name, ignore=ignored))

    return copied


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout, done.stderr


def count_of_tests(assignment):
    return len(collect.public_tests(assignment.released / "test_public.py"))


@one_assignment
def test_the_stub_is_told_kindly_by_pytest_and_by_check(assignment, home):
    folder = home(assignment)
    status, told, _ = run([*PLAIN_PYTEST, folder.name], folder.parent)
    assert status == 1
    assert f"{count_of_tests(assignment)} not attempted" in told, told
    assert "still to be written; first: " in told
    assert "Traceback" not in told and "CaseStopped" not in told and "FAILED" not in told
    assert len(told.splitlines()) < 20
    status, told, errors = run([*CONVCLASS, "check", folder.name], folder.parent)
    assert (status, errors) == (1, "")
    assert "not attempted" in told and "wrong answer" not in told


@one_assignment
def test_the_solution_passes_pytest_and_check(assignment, home):
    folder = home(assignment)
    (folder / f"{assignment.module}.py").write_bytes(solution_module(assignment))
    status, told, _ = run(PLAIN_PYTEST, folder)
    assert status == 0 and f"{count_of_tests(assignment)} passed" in told
    status, told, errors = run([*CONVCLASS, "check"], folder)
    assert (status, errors) == (0, "") and "questions right" in told


@every_assignment
def test_watch_tells_a_save_at_once(assignment, home):
    """Measured in processor time, which other work on the machine changes less than the clock; the least of four."""
    folder = home(assignment)
    module = folder / f"{assignment.module}.py"
    sources = {"stub": module.read_bytes(), "solution": solution_module(assignment)}
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    watching = subprocess.Popen([*CONVCLASS, "watch"], cwd=folder, stdout=subprocess.PIPE, env=environment)
    try:
        told = [until_told(watching)]
        spent = {"stub": [], "solution": []}
        time.sleep(1)  # the watcher starts to look a moment after it has said so
        for saved in ["solution", "stub"] * 4:
            before = cpu_seconds(watching.pid)
            module.write_bytes(sources[saved])
            told.append(until_told(watching))
            spent[saved].append(cpu_seconds(watching.pid) - before)
            time.sleep(0.3)
    finally:
        watching.terminate()
        watching.wait(20)
        watching.stdout.close()
    assert ["not attempted" in one for one in told] == [True, *[False, True] * 4]
    quickest = {name: min(times) for name, times in spent.items()}
    assert max(quickest.values()) < AFTER_A_SAVE - WAITED, spent


def until_told(process):
    seen, end = b"", time.monotonic() + 120
    while b"stop with Ctrl-C" not in seen and time.monotonic() < end:
        if select.select([process.stdout], [], [], 1)[0]:
            seen += os.read(process.stdout.fileno(), 65536)
    return seen.decode()


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@every_assignment
def test_a_second_check_in_a_notebook_is_told_at_once(assignment, monkeypatch):
    """The right answer and the first known mistake of each function, with the page that a notebook shows of it."""
    own = 0.0
    asked = NamespaceStudent.call

    def timed(*arguments, **keywords):
        nonlocal own
        before = time.process_time()
        reply = asked(*arguments, **keywords)
        own += time.process_time() - before
        return reply

    monkeypatch.setattr(NamespaceStudent, "call", timed)
    names = {"__name__": "__main__"}
    exec(solution_module(assignment), names)
    mistakes = collect.variants(assignment.autograder / "misconceptions.py")
    late = {}
    for question in collect.questions(collect.public_tests(assignment.released / "test_public.py")):
        for wrong in (None, *mistakes.get(question, ())[:1]):
            space = dict(names) if wrong is None else {**names, question: wrong.implementation}
            spent = []
            for _ in range(4):
                own, before = 0.0, time.process_time()
                outcome = check(question, space, assignment.released)
                page = outcome._repr_html_()
                spent.append(time.process_time() - before - own)
            assert ("passed" in page) >= (wrong is None)
            if min(spent[1:]) >= AT_ONCE:
                late[question, wrong and wrong.name] = spent
    assert late == {}
