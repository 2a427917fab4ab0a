"""`convclass release` as people run it, on a course that the engine has never heard of, and what makes it complain."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from convclass.course import CourseError, assignments
from convclass.release import leaks
from convclass.release.source import read_source
from convclass.release.writer import Difference, Fault, compare, compare_course, released_files, write

REPOSITORY = Path(__file__).parents[2]
NAMES = ["README.md", "public_answers.json", "scaling.ipynb", "scaling.py", "test_public.py"]


def release(*arguments: str, cwd: Path, **surroundings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from convclass.cli import main; main()", "release", *arguments]
    environment = os.environ | surroundings
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def released_course(tmp_path_factory) -> Path:
    """The tiny course, released by the command."""
    from tinycourse import write_tiny_course

    course = write_tiny_course(tmp_path_factory.mktemp("released") / "course")
    shutil.rmtree(course / "assignments", ignore_errors=True)
    done = release(cwd=course)
    assert done.returncode == 0, done.stderr
    assert "06_scaling: 5 of 5 files written" in done.stdout
    return course


@pytest.fixture
def course(released_course, tmp_path) -> Path:
    """A copy of the released tiny course, to be spoiled."""
    return Path(shutil.copytree(released_course, tmp_path / "copy"))


def test_a_new_assignment_needs_two_folders_and_nothing_else(released_course):
    made = released_course / "assignments" / "06_scaling"
    assert sorted(p.name for p in made.iterdir()) == NAMES
    assert (
        'raise NotImplementedError("scale: multiply every element by the factor")' in (made / "scaling.py").read_text()
    )


def test_the_command_finds_its_own_work_current(released_course):
    checked = release("--check", cwd=released_course / "solutions" / "06_scaling")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "current, 1 assignment" in checked.stdout


def test_in_other_surroundings_the_repository_is_current_to_the_byte(tmp_path):
    """In the usual ones `make content` checks it; so both make the same bytes."""
    (tmp_path / "matplotlibrc").write_text("font.family: DejaVu Serif\n")
    surroundings = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "OMP_NUM_THREADS": "2"}
    checked = release("--check", cwd=REPOSITORY, MPLCONFIGDIR=str(tmp_path), **surroundings)
    assert checked.returncode == 0, checked.stderr
    assert f"current, {len(assignments(REPOSITORY))} assignments" in checked.stdout


def test_check_names_what_is_wrong_and_leaves_it(course):
    folder = course / "assignments" / "06_scaling"
    (folder / "test_public.py").unlink()
    (folder / "scaling.py").write_text((folder / "scaling.py").read_text().replace("Return x times", "return x times"))
    (folder / "notes.txt").write_text("mine")
    (course / "assignments" / "99_gone").mkdir()
    checked = release("--check", cwd=course)
    assert checked.returncode == 1
    line = 1 + (folder / "scaling.py").read_text().split("\n").index('    """return x times factor."""')
    assert checked.stderr.splitlines() == [
        f"stale: {folder / 'scaling.py'}, line {line}; run `convclass release`",
        f"missing: {folder / 'test_public.py'}; run `convclass release`",
        f"extra: {folder / 'notes.txt'}; no source makes it; delete it",
        f"extra: {course / 'assignments' / '99_gone'}; no source makes it; delete it",
    ]
    assert "return x times" in (folder / "scaling.py").read_text() and not (folder / "test_public.py").exists()


def test_release_mends_what_is_wrong_and_deletes_nothing(course):
    folder = course / "assignments" / "06_scaling"
    before = {name: (folder / name).read_bytes() for name in NAMES}
    (folder / "scaling.py").write_bytes(b"")
    (folder / "notes.txt").write_text("mine")
    done = release(cwd=course)
    assert done.returncode == 0
    assert "1 of 5 files written" in done.stdout
    assert f"extra: {folder / 'notes.txt'}" in done.stderr
    assert {name: (folder / name).read_bytes() for name in NAMES} == before
    assert (folder / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(
    "source",
    ["solutions/06_scaling/scaling.py", "solutions/06_scaling/handout.md", "autograder/06_scaling/misconceptions.py"],
)
def test_a_changed_source_makes_files_stale(course, source):
    path = course / source
    (assignment,) = assignments(course)
    assert compare(released_files(assignment), assignment.released) == ()
    path.write_text(path.read_text().replace("Two functions.", "Three.").replace("multipl", "Multipl"))
    assert Fault.STALE in {d.fault for d in compare(released_files(assignment), assignment.released)}


def test_out_writes_elsewhere(course, tmp_path):
    shutil.rmtree(course / "assignments")
    done = release("--to", "students", "--out", str(tmp_path / "package"), cwd=course)
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in (tmp_path / "package" / "06_scaling").iterdir()) == NAMES
    assert not (course / "assignments").exists()
    (assignment,) = assignments(course)
    assert compare(released_files(assignment), tmp_path / "package" / "06_scaling") == ()


def test_other_targets_are_not_offered(course):
    refused = release("--to", "nbgrader", cwd=course)
    assert refused.returncode == 2 and "nbgrader" in refused.stderr


def test_outside_of_a_course_the_command_says_so(tmp_path):
    refused = release(cwd=tmp_path)
    assert refused.returncode == 2 and "no course here" in refused.stderr and "Traceback" not in refused.stderr


def test_a_course_without_assignments_is_bad_input(course):
    shutil.rmtree(course / "solutions" / "06_scaling")
    refused = release(cwd=course)
    assert refused.returncode == 2 and "holds no assignment" in refused.stderr


def test_a_mistake_in_one_assignment_keeps_every_other_from_being_written(course):
    shutil.copytree(course / "solutions" / "06_scaling", course / "solutions" / "07_scaling")
    shutil.copytree(course / "autograder" / "06_scaling", course / "autograder" / "07_scaling")
    (course / "solutions" / "07_scaling" / "handout.md").unlink()
    shutil.rmtree(course / "assignments")
    refused = release(cwd=course)
    assert refused.returncode == 2 and "07_scaling/handout.md: no such file" in refused.stderr
    assert not (course / "assignments").exists()


@pytest.mark.parametrize(
    ("new", "secret"),
    [("Write `return x * factor`.", "return x * factor"), ("See {{ hidden }}.", "check.shift(once, 1)")],
)
def test_a_secret_line_stops_the_release(course, new, secret):
    (assignment,) = assignments(course)
    text = assignment.solution / "handout.md"
    text.write_text(text.read_text().replace("Two functions.", new))
    facts = "def facts():\n    return {'hidden': 'check.shift(once, 1)'}\n"
    (assignment.solution / "handout.py").write_text(facts)
    with pytest.raises(CourseError, match="README.md would give away a line") as error:
        released_files(assignment)
    assert repr(secret) in str(error.value)


def test_what_a_hint_shows_is_no_secret(course):
    source = course / "solutions" / "06_scaling" / "scaling.py"
    source.write_text(source.read_text().replace('"Every element is multiplied."', '"return x * factor"'))
    (assignment,) = assignments(course)
    assert b"return x * factor" in released_files(assignment)["test_public.py"]


def test_leaks_are_found_in_a_notebook_too(course):
    (assignment,) = assignments(course)
    secret = leaks.secrets(assignment, read_source(assignment))
    assert {"return x * factor", "return x * factor * factor", "check.shift(once, 1)"} <= set(secret)
    quoted = {'raise ValueError("the factor is 0")': "reference.py"}
    assert quoted.keys() <= secret.keys()
    content = b'{"source": "raise ValueError(\\"the factor is 0\\")"}'
    (leak,) = leaks.leaks({"a.ipynb": content, "b.py": b"x = 1"}, quoted)
    assert leak == leaks.Leak("a.ipynb", 'raise ValueError("the factor is 0")', "reference.py")


def test_a_call_that_a_public_test_shows_is_no_secret(course):
    (assignment,) = assignments(course)
    hidden = assignment.autograder / "test_hidden.py"
    hidden.write_text(hidden.read_text().replace("check.shift(once, 1)", "check.shift(torch.ones(2, 2), 4)"))
    assert "check.shift(torch.ones(2, 2), 4)" not in leaks.secrets(assignment, read_source(assignment))


@pytest.mark.parametrize(
    ("content", "line"), [(b"a\nB\nc\n", 2), (b"a\nb\n", 3), (b"a\nb\nc\nd\n", 4), (b"a\nb\nc", 4), (b"", 1)]
)
def test_a_stale_file_is_told_with_its_first_different_line(tmp_path, content, line):
    (tmp_path / "f").write_bytes(content)
    assert compare({"f": b"a\nb\nc\n"}, tmp_path) == (Difference(Fault.STALE, tmp_path / "f", line),)


def test_write_and_compare_agree(tmp_path):
    files = {"a.txt": b"a\n", "figures/b.svg": b"<svg/>\n"}
    assert write(files, tmp_path / "new") == (tmp_path / "new/a.txt", tmp_path / "new/figures/b.svg")
    assert compare(files, tmp_path / "new") == () and write(files, tmp_path / "new") == ()


def test_byproducts_of_running_tests_are_not_extra(tmp_path):
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "f.pyc").write_bytes(b"")
    assert compare({}, tmp_path) == () and compare_course({}, tmp_path, []) == ()
    (tmp_path / "__pycache__").rename(tmp_path / "cache")
    assert compare({}, tmp_path) == (Difference(Fault.EXTRA, tmp_path / "cache/f.pyc"),)
