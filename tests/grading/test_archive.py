from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convclass.course import Assignment
from convclass.grading import archive
from convclass.grading.archive import ZipTree, parts
from convclass.grading.submissions import Submission, find_submissions
from convclass.grading.tree import Kind, UnreadableError

CODE = "def conv2d(x):\n    return x\n"
LINK = 0o120777 << 16
PIPE = 0o010644 << 16


def packed(files: dict[str, str | bytes], modes: dict[str, int] | None = None) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (modes or {}).get(name, 0o100644 << 16)
            writer.writestr(info, content)
    return held.getvalue()


def graded(inbox: Path, assignment: Assignment, files: dict[str, bytes]) -> dict[str, Submission]:
    for name, content in files.items():
        path = inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return {r.student: r.read() for r in find_submissions(inbox, assignment).references}


@pytest.mark.parametrize(
    ("name", "expected", "safe"),
    [
        ("alice/convolution.py", ("alice", "convolution.py"), True),
        ("./alice//convolution.py", ("alice", "convolution.py"), True),
        ("alice\\convolution.py", ("alice", "convolution.py"), True),
        ("../bob/convolution.py", ("../bob", "convolution.py"), False),
        ("alice/../bob/convolution.py", ("alice", "../bob", "convolution.py"), False),
        ("alice/../../x", ("alice", "../../x"), False),
        ("..\\..\\x", ("../../x",), False),
        ("/etc/passwd", ("/etc", "passwd"), False),
        ("C:\\x.py", ("C:/x.py",), False),
        ("alice/..", ("alice", "../"), False),
        ("..", ("../",), False),
    ],
)
def test_parts(name: str, expected: tuple[str, ...], safe: bool) -> None:
    assert parts(name) == (expected, safe)


@given(st.lists(st.sampled_from(["..", ".", "", "a", "bob", "x.py", "C:", "a.b"]), min_size=1).map("/".join))
def test_no_path_reaches_another_student(name: str) -> None:
    found, safe = parts(name)
    assert found
    if safe:
        # A safe path is one that stays below its first part wherever it is joined.
        assert ".." not in found and "/" not in "".join(found)
    if ".." in name.split("/"):
        assert not safe


@given(st.binary(max_size=400))
def test_no_bytes_make_the_reader_fail_otherwise_than_in_words(data: bytes) -> None:
    try:
        list(ZipTree(data, "x").entries())
    except UnreadableError as problem:
        assert "zip" in str(problem)


@given(st.integers(0, 300), st.integers(0, 255))
def test_a_damaged_zip_is_told(place: int, value: int) -> None:
    data = bytearray(packed({"convolution.py": CODE * 5, "b.py": "x"}))
    data[place % len(data)] = value
    tree = ZipTree(bytes(data), "x")
    try:
        for entry in tree.entries():
            if entry.kind is Kind.FILE:
                tree.read(entry)
    except UnreadableError as problem:
        assert str(problem)


def test_one_students_zip_is_opened_one_level(inbox: Path, assignment: Assignment) -> None:
    found = graded(
        inbox,
        assignment,
        {
            "alice/hw.zip": packed({"hw/convolution.py": CODE}),
            "bob.zip": packed({"convolution.ipynb": CODE}),
            "doejane_1_2_hw-1.zip": packed({"convolution.py": CODE}),
            "zoe/outer.zip": packed({"inner.zip": packed({"convolution.py": CODE})}),
            "eve/hw.zip": b"PK\x03\x04 this is no zip",
            "ida/convolution.py": CODE.encode(),
            "ida/everything.zip": packed({"convolution.py": "other"}),
        },
    )
    assert {s for s, one in found.items() if one.problem is None} == {"alice", "bob", "doejane_1", "ida"}
    assert found["alice"].notices == ("hw.zip was unpacked",)
    assert found["bob"].filename == "convolution.ipynb"
    assert found["zoe"].problem == "found only outer.zip/inner.zip; hand in convolution.py or convolution.ipynb"
    assert "hw.zip: it is not a zip, or damaged" in (found["eve"].problem or "")


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (packed({"convolution.py": b"#" * (6 << 20)}), "convolution.py: it has 6.0 MB and the limit is 5 MB"),
        (packed({"convolution.py": b"#" * (4 << 20)}), "unpacks to more than 200 times its size"),
        (packed({f"{n}.txt": "x" for n in range(2001)}), "lists 2001 files and the limit is 2000"),
        (packed({f"{n}.txt": b"0" * (6 << 20) for n in range(10)}), "60.0 MB and the limit is 50 MB"),
        (packed({"convolution.py": "/etc/passwd"}, {"convolution.py": LINK}), "convolution.py is a link, not a file"),
        (packed({"convolution.py": ""}, {"convolution.py": PIPE}), "is a device, pipe or socket"),
        (packed({"../convolution.py": CODE}), "is a path that leaves its folder"),
        (packed({"a/convolution.py": CODE, "b/convolution.py": "x"}), "2 files could be meant"),
        (packed({}), "nothing was handed in"),
    ],
)
def test_hostile_zips(data: bytes, line: str, inbox: Path, assignment: Assignment) -> None:
    found = graded(inbox, assignment, {"mallory/hw.zip": data, "bob/convolution.py": CODE.encode()})
    assert line in (found["mallory"].problem or "") and found["mallory"].source == b""
    assert found["bob"].problem is None


def test_a_zip_that_lies_about_sizes(inbox: Path, assignment: Assignment) -> None:
    data = bytearray(packed({"convolution.py": b"#" * (8 << 20)}))
    for signature, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + place
        data[at : at + 4] = struct.pack("<I", 10)
    found = graded(inbox, assignment, {"mallory/hw.zip": bytes(data)})
    assert found["mallory"].problem is not None and found["mallory"].source == b""


def test_an_encrypted_zip(inbox: Path, assignment: Assignment) -> None:
    data = bytearray(packed({"convolution.py": CODE}))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + place] |= 1
    found = graded(inbox, assignment, {"alice/hw.zip": bytes(data)})
    assert "the zip is encrypted" in (found["alice"].problem or "")


def test_paths_that_climb_out_of_a_class_zip_belong_to_nobody_else(inbox: Path, assignment: Assignment) -> None:
    path = inbox / "class.zip"
    path.write_bytes(
        packed({"alice/convolution.py": CODE, "../alice/convolution.py": "evil", "mal/../alice/convolution.py": "evil"})
    )
    found = {r.student: r.read() for r in find_submissions(path, assignment).references}
    assert found["alice"].source == CODE.encode()
    assert set(found) == {"alice", "../alice", "mal"}
    assert all("leaves its folder" in (found[s].problem or "") for s in ("../alice", "mal"))


def test_a_class_zip_with_too_many_entries(
    inbox: Path, assignment: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MOST_ENTRIES_OF_A_CLASS", 3)
    path = inbox / "class.zip"
    path.write_bytes(packed({f"s{n}/convolution.py": CODE for n in range(4)}))
    with pytest.raises(Exception, match="lists 4 files and the limit is 3"):
        find_submissions(path, assignment)


def test_nothing_is_written(inbox: Path, assignment: Assignment) -> None:
    graded(inbox, assignment, {"alice/hw.zip": packed({"../../../../../../tmp/escaped.py": CODE})})
    assert sorted(p.name for p in inbox.rglob("*")) == ["alice", "hw.zip"]
    assert not Path("/tmp/escaped.py").exists()


def test_a_zip_of_endless_folders_takes_no_room() -> None:
    tree = ZipTree(packed({"a/" * 30_000 + "convolution.py": CODE, "b/" * 30_000 + "convolution.py": CODE}), "deep")
    entries = list(tree.entries())
    assert max(len(entry.path) for entry in entries) <= archive.DEEPEST + 1
    assert [entry.kind for entry in entries].count(Kind.TOO_DEEP) == 2


def test_a_long_name_does_not_fill_the_page(tmp_path: Path, assignment: Assignment) -> None:
    names = {f"{number}{'n' * 60_000}.py": CODE + f"# {number}" for number in range(5)}
    found = graded(tmp_path / "inbox", assignment, {"ann/all.zip": packed(names)})["ann"]
    assert found.problem is not None and "could be meant" in found.problem and len(found.problem) < 2_000
