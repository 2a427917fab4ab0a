"""Names as the platforms write them. Sources are named in convclass.grading.downloads."""

from __future__ import annotations

import pytest

from convclass.grading.downloads import read_about, read_download

CANVAS = [
    ("doejane_1234_5678_convolution.py", "doejane_1234", "doejane", "convolution.py", False),
    ("doejane_LATE_1234_5678_convolution-1.py", "doejane_1234", "doejane", "convolution-1.py", True),
    ("doejane_late_1234_5678_my file.ipynb", "doejane_1234", "doejane", "my file.ipynb", True),
    ("o-neilanna_7_8_x_1_2_y.py", "o-neilanna_7", "o-neilanna", "x_1_2_y.py", False),
    ("müllerjörg_12_34_convolution.py", "müllerjörg_12", "müllerjörg", "convolution.py", False),
    ("anon_ab1Zc_5678_convolution.py", "anon_ab1Zc", "anon_ab1Zc", "convolution.py", False),
    ("LATE_anon_ab1Zc_5678_convolution.py", "anon_ab1Zc", "anon_ab1Zc", "convolution.py", True),
    ("山田太郎_LATE_56_104_convolution.py", "山田太郎_56", "山田太郎", "convolution.py", True),
    ("शर्माप्रिया_56_104_convolution.py", "शर्माप्रिया_56", "शर्माप्रिया", "convolution.py", False),
    ("mu\u0308llerjo\u0308rg_12_34_x.py", "mu\u0308llerjo\u0308rg_12", "mu\u0308llerjo\u0308rg", "x.py", False),
    ("group1_58_106_convolution-2.py", "group1_58", "group1", "convolution-2.py", False),
    ("doejane_1234_text.html", "doejane_1234", "doejane", "text.html", False),
    ("doejane_LATE_1234_link.html", "doejane_1234", "doejane", "link.html", True),
]


@pytest.mark.parametrize(("name", "student", "display", "file", "late"), CANVAS)
def test_canvas(name: str, student: str, display: str, file: str, late: bool) -> None:
    found = read_download(name)
    assert found is not None
    assert (found.platform, found.student, found.display_name) == ("Canvas", student, display)
    assert (found.file, found.late) == (file, late)


MOODLE = [
    ("Jane Doe_123456_assignsubmission_file_", "Jane Doe_123456", "Jane Doe", ""),
    ("Jane Doe_123456_assignsubmission_file", "Jane Doe_123456", "Jane Doe", ""),
    ("Jane Doe_123456_assignsubmission_file_convolution.py", "Jane Doe_123456", "Jane Doe", "convolution.py"),
    ("Jane Doe_123456_assignsubmission_onlinetext_onlinetext.html", "Jane Doe_123456", "Jane Doe", "onlinetext.html"),
    ("Participant_77_assignsubmission_file_a_1_assignsubmission_file_b.py", "Participant_77", "Participant", None),
    ("Default group-山田 太郎_5_assignsubmission_file_", "Default group-山田 太郎_5", "Default group-山田 太郎", ""),
    ("Group A-Jané Doe_5_assignsubmission_file_", "Group A-Jané Doe_5", "Group A-Jané Doe", ""),
]


@pytest.mark.parametrize(("name", "student", "display", "file"), MOODLE)
def test_moodle(name: str, student: str, display: str, file: str | None) -> None:
    found = read_download(name)
    assert found is not None
    assert (found.platform, found.student, found.display_name) == ("Moodle", student, display)
    assert found.file == ("a_1_assignsubmission_file_b.py" if file is None else file)


BLACKBOARD = [
    ("Assignment_jdoe_attempt_2026-01-31-12-00-00_convolution.py", "jdoe", "convolution.py", False),
    ("Assignment 1_ Convolution_jdoe_attempt_2026-01-31-12-00-00_my_file.py", "jdoe", "my_file.py", False),
    ("Assignment_jdoe_attempt_2026-01-31-12-00-00.txt", "jdoe", "", True),
]


@pytest.mark.parametrize(("name", "user", "file", "about"), BLACKBOARD)
def test_blackboard(name: str, user: str, file: str, about: bool) -> None:
    found = read_download(name)
    assert found is not None and found.platform == "Blackboard"
    assert (found.display_name, found.file, found.about) == (user, file, about)
    assert found.attempt == "2026-01-31-12-00-00"


BRIGHTSPACE = [
    ("12345-67890 - Jane Doe - Jan 31, 2026 1200 PM", "Jane Doe_12345", "", "2026-01-31T12:00:00"),
    ("27236-46025 - 23304308 Doe - 05 March 2026 612 PM", "23304308 Doe_27236", "", "2026-03-05T18:12:00"),
    ("1-2 - Jane - Ann Doe - 5 March, 2026 6:12 AM - convolution.py", "Jane - Ann Doe_1", "convolution.py", None),
    ("1-2 - Jane Doe - 05 March 2026 1812 - a - b.py", "Jane Doe_1", "a - b.py", "2026-03-05T18:12:00"),
    ("12-99 - 山田 太郎 - Jan 31, 2026 1100 PM", "山田 太郎_12", "", "2026-01-31T23:00:00"),
    ("12-99 - Mary-Ann Smith - Sep 24, 2024 926 PM", "Mary-Ann Smith_12", "", "2024-09-24T21:26:00"),
    ("12-99 - Jane - Ann Doe - convolution.py", "Jane - Ann Doe_12", "convolution.py", ""),
    ("1-2 - Jane Doe - 05 mars 2026 1812 - b.py", "Jane Doe_1", "b.py", ""),
]


@pytest.mark.parametrize(("name", "student", "file", "attempt"), BRIGHTSPACE)
def test_brightspace(name: str, student: str, file: str, attempt: str | None) -> None:
    found = read_download(name)
    assert found is not None and found.platform == "Brightspace"
    assert (found.student, found.file) == (student, file)
    assert found.attempt == ("2026-03-05T06:12:00" if attempt is None else attempt)


@pytest.mark.parametrize(
    "name",
    ["alice", "convolution.py", "convolution-1.py", "alice_smith", "index.html", "submission_123456", "a - b.py"]
    + ["01_convolution", "student 12", "_1_2_x.py", "2026-01-31 alice", "1234_5678_x.py"],
)
def test_other_names_are_no_download(name: str) -> None:
    assert read_download(name) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Name: Jane Doe (jane_doe)\nAssignment: x\n", ("jane_doe", "Jane Doe")),
        ("\ufeffName: Jane (Ann) Doe (jdoe)\r\nAssignment: x", ("jdoe", "Jane (Ann) Doe")),
        ("Assignment: x\nName: Jane Doe (jdoe)\n", None),
        ("", None),
    ],
)
def test_blackboards_note(text: str, told: tuple[str, str] | None) -> None:
    assert read_about(text) == told
