"""Levels C, D and E in real places: what holds there, with a control in which it does not, and who is refused."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from sandbox.acts import ACTS
from sandbox.levels import at_level, unreachable

from convclass.sandbox import container, isolation
from convclass.sandbox.isolation import Isolation, Layer
from convclass.sandbox.sandbox import Sandbox, TooWeak

HERE = Path(__file__).parent
MESSAGES = "import sys; sys.argv[0] = 'convclass'; from convclass.cli import main; main()"


def run(level, *command, check=True, **how):
    if reason := unreachable(level):
        pytest.skip(reason)
    environment = os.environ | {"PYTHONPATH": f"{HERE.parents[1] / 'src'}:{HERE.parent}", "COLUMNS": "200"}
    command = [*at_level(level, **how), sys.executable, *command]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=check, timeout=300)


@pytest.fixture
def open_folder():
    """A folder in which an ordinary user may write, too; pytest's own are closed to others each time pytest starts."""
    with tempfile.TemporaryDirectory(prefix="convclass-open-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@pytest.mark.parametrize(
    ("level", "how", "zygotes"),
    [("C", {}, 1), ("D", {}, 2), ("D", {"bubblewrap": True}, None)],
    ids=["C", "D", "D with bubblewrap"],
)
def test_nothing_is_done_that_an_ordinary_process_can_do(level, how, zygotes, open_folder):
    found = json.loads(run(level, str(HERE / "acts.py"), str(open_folder / "course"), **how).stdout)
    assert found["isolation"] == f"{level}, no namespaces, no control group"
    assert [name for name, done in found["control"].items() if not done] == []
    assert [name for name, done in found["done"].items() if done] == []
    assert set(found["done"]) == set(ACTS)
    assert (found["honest"], found["whole"], found["groups"]) == (42, True, [])
    assert zygotes in (None, found["zygotes"])
    if level == "C":
        assert found["users"][0] != found["users"][1]
        assert min(found["users"]) > 60000


@pytest.mark.slow
def test_the_hostile_modules_at_level_c(open_folder):
    suite = [str(HERE / "test_hostile.py"), "-p", "no:cacheprovider", "--basetemp", str(open_folder / "base")]
    ran = run("C", "-m", "pytest", *suite, "-c", str(HERE.parents[1] / "pyproject.toml"), check=False)
    assert ran.returncode == 0, ran.stdout[-3000:]


def test_every_attempt_succeeds_where_nothing_holds(tmp_path):
    """The control of what every sandbox tries at its start: outside, all of it can be done."""
    code = (
        "import os, sys, signal\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from convclass.sandbox import attempts\n"
        "os.dup2(1, 9)\n"
        "print(attempts.succeeded(sys.argv[2], (), int(sys.argv[3]), 2**20, 1))"
    )
    secret = tmp_path / "secret"
    secret.write_text("secret")
    victim = subprocess.Popen(["/bin/sleep", "60"])
    source = str(HERE.parents[1] / "src")
    command = [sys.executable, "-c", code, source, str(secret), str(victim.pid)]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    victim.kill()
    victim.wait()
    expected = ["fork", "run a program", "open a socket", "make a socket for datagrams", "read a file of the grader"]
    expected += ["empty a file of the grader", "signal the grader", "signal a thread of the grader", "trace the grader"]
    expected += ["be sent signals for others", "see the processes", "keep a file open", f"write in {tmp_path}"]
    expected += ["take too much memory", "write in /tmp", "write in /dev/shm"]
    expected += ["keep a capability", "stay root"] if os.geteuid() == 0 else []
    assert [act for act in expected if act not in found.strip().split(", ")] == []


def test_a_layer_that_is_left_out_by_mistake_is_noticed_before_any_submission(monkeypatch):
    monkeypatch.setattr("convclass.sandbox.plan.compiled_filter", lambda shared: b"")
    with pytest.raises(Exception, match="a child can fork, run a program, open a socket"):
        Sandbox.start(level="D")


LOOP = """
import os, sys
from convclass.sandbox.reply import Limits
from convclass.sandbox.sandbox import Sandbox

with Sandbox.start(least="D") as sandbox, sandbox.student(b"def f():\\n    while True: pass\\n", "loop.py") as student:
    print(os.getpid(), sandbox.keeper.process.pid, student.child.pid, flush=True)
    student.call("f", (), {}, limits=Limits(300, 300))
"""


@pytest.mark.parametrize("level", "CD")
@pytest.mark.parametrize("whom", ["grader", "zygote"])
def test_a_child_ends_with_its_zygote_and_with_the_grader(level, whom):
    if reason := unreachable(level):
        pytest.skip(reason)
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[1] / "src")}
    command = [*at_level(level), sys.executable, "-c", LOOP]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as grader:
        pids = dict(zip(("grader", "zygote", "child"), map(int, grader.stdout.readline().split()), strict=True))
        time.sleep(0.3)
        child = Path(f"/proc/{pids['child']}/exe")  # the dead have none, though init may leave them lying for seconds
        assert child.exists()
        os.kill(pids[whom], signal.SIGKILL)
        end = time.monotonic() + 20
        while child.exists() and time.monotonic() < end:
            time.sleep(0.05)
        assert not child.exists()
        grader.kill()


def test_below_the_least_level_one_line_says_what_is_missing_and_how_to_go_on(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TooWeak) as weak:
        Sandbox.start(least="B")
    text = str(weak.value)
    assert "\n" not in text
    assert re.search(r"isolation level [CDE] and B is asked for \(bubblewrap: not installed", text)
    assert "apt install bubblewrap" in text
    assert re.search(r"--min-isolation [CD]|--trust-submissions", text)


@pytest.fixture
def class_of_one(open_folder):
    from tinycourse import write_tiny_course

    course = write_tiny_course(open_folder / "course")
    (open_folder / "inbox" / "ann").mkdir(parents=True)
    source = "def scale(x, factor=2):\n    return x * factor\n\n\ndef shift(x, by):\n    return x + by\n"
    (open_folder / "inbox" / "ann" / "scaling.py").write_text(source)
    return course


def graded(level, course, *options):
    command = ["-c", MESSAGES, "grade", "scaling", str(course.parent / "inbox"), "--out", str(course.parent / "out")]
    if reason := unreachable(level):
        pytest.skip(reason)
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[1] / "src")}
    return subprocess.run(
        [*at_level(level), sys.executable, *command, *options],
        cwd=course, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def recorded(course):
    found = json.loads((course.parent / "out" / "results" / "ann.json").read_text())
    return found["extra_data"]["isolation"], found["score"] == found["max_score"]


@pytest.mark.parametrize(
    ("level", "options"), [("C", ["--min-isolation", "C"]), ("D", ["--min-isolation", "D"])], ids="CD"
)
def test_a_class_is_graded_when_told_so(level, options, class_of_one):
    run = graded(level, class_of_one, *options)
    assert run.returncode == 0, run.stderr
    assert recorded(class_of_one) == (f"{level}, no namespaces, no control group", True)


def test_level_d_is_refused_unless_told(class_of_one):
    run = graded("D", class_of_one)
    assert run.returncode == 2
    assert "isolation level D" in run.stderr and "--min-isolation D" in run.stderr
    assert run.stderr.count("\n") == 1
    assert not (class_of_one.parent / "out" / "grades.csv").exists()


def test_level_e_is_for_trusted_submissions(class_of_one):
    refused = graded("E", class_of_one, "--min-isolation", "D")
    assert refused.returncode == 2
    assert "isolation level E" in refused.stderr and "--trust-submissions" in refused.stderr
    trusted = graded("E", class_of_one, "--trust-submissions")
    assert trusted.returncode == 0, trusted.stderr
    assert "WARNING: isolation level E" in trusted.stderr
    assert recorded(class_of_one) == ("E, trusted", True)


def test_trust_takes_no_layer_away(class_of_one):
    run = graded("B", class_of_one, "--trust-submissions")
    assert run.returncode == 0, run.stderr
    assert "WARNING" not in run.stderr
    assert recorded(class_of_one) == ("B, no control group", True)


@pytest.mark.parametrize(
    ("sign", "content", "name"),
    [
        (".dockerenv", "", "docker"),
        ("run/.containerenv", "", "podman"),
        ("proc/1/environ", "PATH=/bin\0container=lxc\0", "lxc"),
        ("proc/1/cgroup", "0::/kubepods/besteffort/pod1", "kubepods"),
    ],
)
def test_containers_are_recognised_by_their_signs(sign, content, name, tmp_path):
    assert container.recognised(tmp_path) == ""
    (tmp_path / sign).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / sign).write_text(content)
    assert container.recognised(tmp_path).startswith(name)


def test_gradescope_is_recognised_by_both_its_parts(tmp_path):
    (tmp_path / "autograder" / "submission").mkdir(parents=True)
    assert container.recognised(tmp_path) == ""
    (tmp_path / "autograder" / "run_autograder").touch()
    assert container.recognised(tmp_path).startswith("Gradescope")


@pytest.mark.parametrize(("found", "least"), [("docker (/.dockerenv)", "C"), ("", "B")])
def test_level_c_is_enough_inside_a_container_only(found, least, monkeypatch):
    monkeypatch.setattr(container, "recognised", lambda: found)
    assert container.default_least() == least


def test_what_a_result_says_fits_into_the_gradebook():
    nothing = Isolation("D", (Layer("seccomp", True, ""), Layer("rlimits", True, "")))
    assert len(isolation.record("D", nothing, False)) <= 50
    for level, works in (("C", ("landlock", "seccomp", "rlimits")), ("B", ("namespaces", "seccomp", "rlimits"))):
        layers = tuple(Layer(name, True, "") for name in works)
        assert len(isolation.record(level, Isolation(level, layers), False)) <= 40


@pytest.mark.parametrize("level", "ABCDE")
def test_doctor_explains_every_level_and_the_way_to_the_next(level):
    told = run(level, "-c", MESSAGES, "doctor").stdout
    assert f"isolation level {level}" in told
    assert f"Level {level}: " in told
    assert ("To reach level" in told) == (level != "A")
    assert "`convclass grade` " in told
    if level == "D":
        assert "--min-isolation D" in told
    if level == "E":
        assert "--trust-submissions" in told
