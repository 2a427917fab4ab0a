"""Whole folders and zips in, one line per student out."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from convclass.course import Assignment, CourseError
from convclass.grading.submissions import Submission, find_submissions
from convclass.grading.tree import FolderTree, Kind, UnreadableError

CODE = "def conv2d(x):\n    return x\n"


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def zip_of(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def read_all(path: Path, assignment: Assignment) -> dict[str, Submission]:
    found = find_submissions(path, assignment)
    return {reference.student: reference.read() for reference in found.references}


def only(path: Path, assignment: Assignment) -> Submission:
    (submission,) = read_all(path, assignment).values()
    return submission


CLASSES: dict[str, dict[str, str]] = {
    "folders": {
        "alice/convolution.py": "alice",
        "bob/convolution.ipynb": "bob",
        ".DS_Store": "x",
        "alice/__pycache__/convolution.py": "junk",
        "__MACOSX/alice/._convolution.py": "junk",
    },
    "files named after the student": {"alice.py": "alice", "bob.ipynb": "bob", "notes.txt": "x"},
    "nbgrader": {
        "alice/01_convolution/convolution.py": "alice",
        "alice/01_convolution/timestamp.txt": "2026-01-31",
        "alice/02_pooling/convolution.py": "wrong",
        "bob/01_convolution/convolution.ipynb": "bob",
    },
    "nbgrader's course folder": {
        "submitted/alice/convolution/convolution.py": "alice",
        "submitted/bob/convolution/convolution.ipynb": "bob",
    },
    "deep": {"alice/homework/mine/convolution.py": "alice", "bob/convolution.ipynb": "bob"},
}


@pytest.mark.parametrize("shape", CLASSES)
@pytest.mark.parametrize("wrapped", ["folder", "zip", "zip with a top folder"])
def test_shapes_of_a_class(shape: str, wrapped: str, inbox: Path, assignment: Assignment) -> None:
    top = "homework 1/" if wrapped == "zip with a top folder" else ""
    files = {top + name: text for name, text in CLASSES[shape].items()}
    if shape.startswith("files") and top:
        pytest.skip("a folder of files named after anything cannot be told from one student's folder")
    path = write(inbox, files) if wrapped == "folder" else zip_of(inbox / "class.zip", dict(files))
    found = read_all(path, assignment)
    assert {student: (s.filename, s.source, s.problem) for student, s in found.items()} == {
        "alice": ("convolution.py", b"alice", None),
        "bob": ("convolution.ipynb", b"bob", None),
    }


PLATFORMS: dict[str, tuple[dict[str, str], dict[str, tuple[str, bytes]]]] = {
    "Canvas": (
        {
            "doejane_12_100_convolution.py": "old",
            "doejane_12_101_convolution-1.py": "older resubmission",
            "doejane_12_102_convolution-2.py": "newest",
            "roebob_LATE_34_103_my work.ipynb": "bob",
            "poeann_56_text.html": "<p>pasted</p>",
        },
        {
            "doejane_12": ("convolution.py", b"newest"),
            "roebob_34": ("convolution.ipynb", b"bob"),
            "poeann_56": ("", b""),
        },
    ),
    "Moodle folders": (
        {
            "Jane Doe_12_assignsubmission_file_/convolution.py": "jane",
            "Jane Doe_12_assignsubmission_onlinetext_/onlinetext.html": "hello",
            "Bob Roe_34_assignsubmission_file/sub/convolution.ipynb": "bob",
        },
        {"Jane Doe_12": ("convolution.py", b"jane"), "Bob Roe_34": ("convolution.ipynb", b"bob")},
    ),
    "Moodle flat": (
        {
            "Jane Doe_12_assignsubmission_file_convolution.py": "jane",
            "Bob Roe_34_assignsubmission_onlinetext_onlinetext.html": "hello",
        },
        {"Jane Doe_12": ("convolution.py", b"jane"), "Bob Roe_34": ("", b"")},
    ),
    "Blackboard": (
        {
            "HW_1_jane_doe_attempt_2026-01-30-12-00-00_convolution.py": "old",
            "HW_1_jane_doe_attempt_2026-01-30-12-00-00.txt": "Name: Jane Doe (jane_doe)\n",
            "HW_1_jane_doe_attempt_2026-01-31-12-00-00_convolution.py": "new",
            "HW_1_jane_doe_attempt_2026-01-31-12-00-00.txt": "Name: Jane Doe (jane_doe)\n",
            "HW_1_bob_doe_attempt_2026-01-31-12-00-00_convolution.ipynb": "bob",
            "HW_1_ann_attempt_2026-01-31-12-00-00.txt": "Name: Ann Poe (ann)\n",
        },
        {
            "jane_doe": ("convolution.py", b"new"),
            "doe": ("convolution.ipynb", b"bob"),
            "ann": ("", b""),
        },
    ),
    "Brightspace folders": (
        {
            "12-99 - Jane Doe - Jan 31, 2026 1100 PM/convolution.py": "new",
            "12-99 - Jane Doe - Jan 31, 2026 900 AM/convolution.py": "old",
            "34-99 - Jane Doe - Jan 30, 2026 1200 PM/convolution.ipynb": "other",
            "index.html": "<html>",
        },
        {"Jane Doe_12": ("convolution.py", b"new"), "Jane Doe_34": ("convolution.ipynb", b"other")},
    ),
    "Brightspace flat": (
        {
            "12-99 - Jane Doe - Jan 31, 2026 1100 PM - convolution.py": "jane",
            "34-99 - Bob Roe - Jan 30, 2026 1200 PM - convolution.ipynb": "bob",
            "index.html": "<html>",
        },
        {"Jane Doe_12": ("convolution.py", b"jane"), "Bob Roe_34": ("convolution.ipynb", b"bob")},
    ),
    "Gradescope": (
        {
            "submission_metadata.yml": (
                "submission_1:\n  :submitters:\n  - :name: Jane Doe\n    :sid: '0012'\n    :email: j@x.edu\n"
                "  :created_at: 2026-01-31 12:00:00.000000000 Z\n  :score: 1.0\n"
                "submission_2:\n  :submitters:\n  - :name: Bob Roe\n    :email: b@x.edu\n"
                "  - :name: Ann Poe\n    :sid: ''\n"
            ),
            "submission_1/convolution.py": "jane",
            "submission_2/convolution.ipynb": "together",
            "submission_3/convolution.py": "unknown",
        },
        {
            "0012": ("convolution.py", b"jane"),
            "b@x.edu": ("convolution.ipynb", b"together"),
            "Ann Poe": ("convolution.ipynb", b"together"),
            "submission_3": ("convolution.py", b"unknown"),
        },
    ),
}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("wrapped", ["folder", "zip", "zip with a top folder"])
def test_platforms(platform: str, wrapped: str, inbox: Path, assignment: Assignment) -> None:
    files, expected = PLATFORMS[platform]
    top = "assignment_9_export/" if wrapped == "zip with a top folder" else ""
    files = {top + name: text for name, text in files.items()}
    path = write(inbox, files) if wrapped == "folder" else zip_of(inbox / "class.zip", dict(files))
    found = read_all(path, assignment)
    assert {student: (s.filename, s.source) for student, s in found.items()} == expected
    assert all((s.problem is None) == bool(s.source) for s in found.values())


def test_what_was_chosen_is_told(inbox: Path, assignment: Assignment) -> None:
    write(inbox, PLATFORMS["Canvas"][0])
    found = read_all(inbox, assignment)
    assert "convolution-2.py, is graded" in found["doejane_12"].lines[0]
    assert found["roebob_34"].lines[0] == "handed in late, says Canvas"
    assert "my work.ipynb is graded" in found["roebob_34"].lines[1]
    assert "found only text.html" in (found["poeann_56"].problem or "")


def test_names_that_belong_to_nobody_are_listed(inbox: Path, assignment: Assignment) -> None:
    write(inbox, {"alice/convolution.py": CODE, "grades.xlsx": "x"})
    assert find_submissions(inbox, assignment).left_out == ("grades.xlsx",)


def test_a_folder_with_one_students_file(inbox: Path, assignment: Assignment) -> None:
    write(inbox, {"convolution.py": CODE})
    assert only(inbox, assignment).student == "submissions"


CHOICES: dict[str, tuple[dict[str, str], str | None, str]] = {
    "another name": ({"a/hw.py": CODE}, None, "not called convolution.py or convolution.ipynb; hw.py is graded"),
    "capitals": ({"a/Convolution.PY": CODE}, None, ""),
    "browser's copy": (
        {"a/convolution.py": "old", "a/convolution (1).py": CODE},
        None,
        "convolution (1).py, is graded",
    ),
    "helpers beside it": ({"a/convolution.py": CODE, "a/helper.py": "x = 1"}, None, ""),
    "handed out beside it": ({"a/work.py": CODE, "a/test_public.py": "x"}, None, "work.py is graded"),
    "untouched stub beside a notebook": (
        {"a/convolution.py": "# the stub\n", "a/convolution.ipynb": CODE},
        None,
        "the other file is still as it was handed out",
    ),
    "twice the same": ({"a/convolution.py": CODE, "a/copy/convolution.py": CODE}, None, "the other file is the same"),
    "only the stub": ({"a/convolution.py": "# the stub\n"}, None, ""),
    "module and notebook": (
        {"a/convolution.py": CODE, "a/convolution.ipynb": "{}"},
        "2 files could be meant: convolution.ipynb, convolution.py; hand in only one",
        "",
    ),
    "two versions": (
        {"a/convolution.py": CODE, "a/old/convolution.py": "x = 1"},
        "2 files could be meant: convolution.py, old/convolution.py; hand in only one",
        "",
    ),
    "two others": ({"a/x.py": CODE, "a/y.py": "x = 1"}, "2 files could be meant: x.py, y.py", ""),
    "many others": ({f"a/{n}.py": f"x = {n}" for n in range(9)}, "4.py and 4 more", ""),
    "no code": ({"a/report.pdf": "x"}, "found only report.pdf; hand in convolution.py or convolution.ipynb", ""),
    "empty file": ({"a/convolution.py": ""}, "convolution.py is empty; hand in convolution.py", ""),
    "blank file": ({"a/convolution.py": " \n\t\n"}, "convolution.py is empty", ""),
}


@pytest.mark.parametrize("case", CHOICES)
def test_choices(case: str, inbox: Path, assignment: Assignment) -> None:
    files, problem, notice = CHOICES[case]
    found = only(write(inbox, files), assignment)
    if problem is None:
        assert found.problem is None and found.source
        assert notice in "\n".join(found.notices) and bool(notice) == bool(found.notices)
    else:
        assert problem in (found.problem or "") and found.source == b""


def folder_instead(place: Path) -> None:
    place.mkdir()


def link_out(place: Path) -> None:
    place.symlink_to("/etc/passwd")


def pipe(place: Path) -> None:
    os.mkfifo(place)


def plug(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as endpoint:
        here = Path.cwd()
        os.chdir(place.parent)  # a socket's path may only be short
        endpoint.bind(place.name)
        os.chdir(here)


def too_large(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(50 * 1024 * 1024)


def link_folder(place: Path) -> None:
    (place.parent / "sub").symlink_to("/etc", target_is_directory=True)


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (folder_instead, "convolution.py is a folder, not a file"),
        (link_out, "convolution.py is a link, not a file"),
        (pipe, "convolution.py is a device, pipe or socket, not a file"),
        (plug, "convolution.py is a device, pipe or socket, not a file"),
        (too_large, "convolution.py: it has 50.0 MB and the limit is 5 MB"),
        (link_folder, "found only sub (a link); hand in convolution.py"),
        (lambda place: None, "nothing was handed in; hand in convolution.py or convolution.ipynb"),
    ],
)
def test_what_is_no_file_gets_a_line(make: object, line: str, inbox: Path, assignment: Assignment) -> None:
    (inbox / "mallory").mkdir()
    make(inbox / "mallory" / "convolution.py")  # type: ignore[operator]
    write(inbox, {"bob/convolution.py": CODE})
    found = read_all(inbox, assignment)
    assert line in (found["mallory"].problem or "")
    assert found["bob"].problem is None


@pytest.mark.parametrize("name", ["zoe.py", "zoe"])
def test_a_link_in_place_of_a_student(name: str, inbox: Path, assignment: Assignment) -> None:
    write(inbox, {"bob/convolution.py": CODE})
    (inbox / name).symlink_to(inbox / "bob")
    found = read_all(inbox, assignment)
    (other,) = set(found) - {"bob"}
    assert "a link" in (found[other].problem or "") and found[other].source == b""


@pytest.mark.parametrize("part", ["alice/sub", "alice/sub/convolution.py"])
def test_a_link_put_in_after_listing_is_not_followed(part: str, inbox: Path) -> None:
    write(inbox, {"alice/sub/convolution.py": CODE})
    tree = FolderTree(inbox)
    entry = next(e for e in tree.entries() if e.kind is Kind.FILE)
    (inbox / part).rename(inbox / "moved")
    (inbox / part).symlink_to(inbox / "moved")
    with pytest.raises(UnreadableError, match="cannot be opened"):
        tree.read(entry)


def test_a_pipe_put_in_after_listing_does_not_block(inbox: Path) -> None:
    write(inbox, {"alice/convolution.py": CODE})
    tree = FolderTree(inbox)
    entry = next(e for e in tree.entries() if e.kind is Kind.FILE)
    (inbox / "alice" / "convolution.py").unlink()
    os.mkfifo(inbox / "alice" / "convolution.py")
    with pytest.raises(UnreadableError, match="not a regular file"):
        tree.read(entry)


def test_an_unreadable_file_and_folder(inbox: Path, assignment: Assignment) -> None:
    write(inbox, {"alice/convolution.py": CODE, "bob/convolution.py": CODE, "zoe/convolution.py": CODE})
    (inbox / "alice" / "convolution.py").chmod(0)
    (inbox / "bob").chmod(0)
    for folder in (inbox, *inbox.parents):
        if folder.is_relative_to(Path("/tmp")) and folder != Path("/tmp"):
            folder.chmod(0o755)
    script = (
        "import os, sys; from pathlib import Path\n"
        "from convclass.course import Assignment; from convclass.grading.submissions import find_submissions\n"
        "assignment = Assignment('01_convolution', Path('/nowhere'))\n"
        "os.getuid() or os.setuid(65534)\n"
        "for r in find_submissions(Path(sys.argv[1]), assignment).references:\n"
        "    print(r.student, '|', r.read().problem)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(inbox)], capture_output=True, text=True)
    (inbox / "bob").chmod(0o755)
    assert done.stdout.splitlines() == [
        "alice | convolution.py: it cannot be opened (Permission denied)",
        "bob | bob is a folder that cannot be opened, not a file; hand in convolution.py or convolution.ipynb itself",
        "zoe | None",
    ], done.stderr


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Jane  Doe", "Jane  Doe"),
        ('say "hi"', 'say "hi"'),
        ("it's", "it's"),
        ("🙂 zoë", "🙂 zoë"),
        ("..\\..\\etc", "..\\..\\etc"),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("evil\u202exe", "evil\\u202exe"),
        ("two\nlines", "two\\x0alines"),
        ("=1+1", "=1+1"),
        (b"caf\xe9".decode("utf-8", "surrogateescape"), "caf\\xe9"),
    ],
)
def test_strange_names_of_students(name: str, shown: str, inbox: Path, assignment: Assignment) -> None:
    write(inbox, {f"{name}/convolution.py": CODE, "bob/convolution.py": CODE})
    found = read_all(inbox, assignment)
    assert found[shown].source == CODE.encode() and found[shown].problem is None


def test_too_many_files_of_one_student(inbox: Path, assignment: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convclass.grading.tree.MOST_ENTRIES_OF_A_STUDENT", 20)
    write(inbox, {f"alice/{n}.txt": "x" for n in range(30)} | {"bob/convolution.py": CODE})
    found = read_all(inbox, assignment)
    assert "too many files" in (found["alice"].problem or "")
    assert found["bob"].problem is None


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("missing", None, "no such folder or zip"),
        ("empty", {}, "no submissions found"),
        ("class.zip", "not a zip", "not a zip, or damaged"),
        ("one.py", CODE, "is a single file"),
    ],
)
def test_bad_input_as_a_whole(
    name: str, content: str | dict[str, str] | None, line: str, tmp_path: Path, assignment: Assignment
) -> None:
    path = tmp_path / name
    if isinstance(content, dict):
        path.mkdir()
    elif content is not None:
        path.write_text(content)
    with pytest.raises(CourseError, match=line):
        find_submissions(path, assignment)


def test_a_class_of_ten_thousand_is_not_held_in_memory(inbox: Path, assignment: Assignment) -> None:
    payload = "#" * 1000
    path = zip_of(inbox / "class.zip", {f"s{n:05}/convolution.py": payload for n in range(10_000)})
    found = find_submissions(path, assignment)
    assert len(found.references) == 10_000
    assert payload not in repr(found.references[0])
    assert found.references[9_999].read().source == payload.encode()


def test_metadata_that_is_no_yaml(inbox: Path, assignment: Assignment) -> None:
    write(inbox, {"submission_metadata.yml": "a: [", "submission_1/convolution.py": CODE})
    with pytest.raises(CourseError, match=r"submission_metadata\.yml: .* not YAML"):
        find_submissions(inbox, assignment)


def test_metadata_cannot_run_code(inbox: Path, assignment: Assignment, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    evil = f"x: !!python/object/apply:os.system ['touch {mark}']"
    write(inbox, {"submission_metadata.yml": evil, "submission_1/convolution.py": CODE})
    with pytest.raises(CourseError, match="not YAML"):
        find_submissions(inbox, assignment)
    assert not mark.exists()
