"""A class as each platform downloads it, graded by the real command: names, late marks, resubmissions, groups, zips.

Names are as in convclass.grading.downloads, which says where they are from.
"""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("gradebook_of_commands")

COMMAND = Path(sys.executable).with_name("convclass")
RIGHT = "def scale(x, factor=2):\n    return x * factor\n\n\ndef shift(x, by):\n    return x + by\n"
WRONG = RIGHT.replace("x * factor", "x + factor")
OTHER = RIGHT.replace("x + by", "x - by")
HELPER = "def helper():\n    return 1\n"
ALL, FOR_OTHER, FOR_WRONG, NONE = "7", "4", "3", "0"


def packed(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


HOMEWORK = packed({"homework/scaling.py": RIGHT, "__MACOSX/homework/._scaling.py": "junk"})
TWO_HOMEWORKS = packed({"a/scaling.py": RIGHT, "b/scaling.py": OTHER})
NESTED = packed({"homework.zip": HOMEWORK})

Files = dict[str, str | bytes]
# For each student: the score, and words that the notices hold.
Grades = dict[str, tuple[str, str]]

CANVAS: tuple[Files, Grades] = (
    {
        "doejane_12_100_scaling.py": WRONG,
        "doejane_12_101_scaling-1.py": WRONG,
        "doejane_12_102_scaling-2.py": RIGHT,
        "roebob_LATE_34_103_scaling.py": RIGHT,
        "山田太郎_LATE_56_104_scaling-1.py": RIGHT,
        "शर्माप्रिया_57_105_scaling.py": RIGHT,
        "group1_58_106_scaling.py": RIGHT,
        "poeann_59_107_scaling.py": RIGHT,
        "poeann_59_108_helper.py": HELPER,
        "moetom_60_109_scaling.py": RIGHT,
        "moetom_60_110_scaling.ipynb": "{}",
        "limay_61_111_homework.zip": HOMEWORK,
        "kimsu_62_112_homework.zip": NESTED,
        "anon_ab1Zc_113_scaling.py": RIGHT,
    },
    {
        "doejane_12": (ALL, "handed in several times; the newest, scaling-2.py, is graded"),
        "roebob_34": (ALL, "handed in late, says Canvas"),
        "山田太郎_56": (ALL, "handed in late, says Canvas"),
        "शर्माप्रिया_57": (ALL, ""),
        "group1_58": (ALL, ""),
        "poeann_59": (ALL, ""),
        "moetom_60": (NONE, "2 files could be meant: scaling.ipynb, scaling.py"),
        "limay_61": (ALL, "homework.zip was unpacked"),
        "kimsu_62": (NONE, "found only homework.zip/homework.zip; hand in scaling.py or scaling.ipynb"),
        "anon_ab1Zc": (ALL, ""),
    },
)
MOODLE: tuple[Files, Grades] = (
    {
        "Jane Doe_12_assignsubmission_file_/scaling.py": RIGHT,
        "Jane Doe_12_assignsubmission_onlinetext_/onlinetext.html": "<p>Hello</p>",
        "山田 太郎_13_assignsubmission_file_/homework/scaling.py": RIGHT,
        "Group A-Bob Roe_14_assignsubmission_file/scaling.py": RIGHT,
        "Group A-Ann Poe_15_assignsubmission_file/scaling.py": RIGHT,
        "Default group-Tom Moe_16_assignsubmission_file_/scaling.py": WRONG,
        "May Li_17_assignsubmission_file_/homework.zip": HOMEWORK,
        "Su Kim_18_assignsubmission_file_/scaling.py": RIGHT,
        "Su Kim_18_assignsubmission_file_/old/scaling.py": WRONG,
        "Participant_19_assignsubmission_file_/scaling (1).py": RIGHT,
        "Participant_19_assignsubmission_file_/scaling.py": WRONG,
    },
    {
        "Jane Doe_12": (ALL, ""),
        "山田 太郎_13": (ALL, ""),
        "Group A-Bob Roe_14": (ALL, ""),
        "Group A-Ann Poe_15": (ALL, ""),
        "Default group-Tom Moe_16": (FOR_WRONG, ""),
        "May Li_17": (ALL, "homework.zip was unpacked"),
        "Su Kim_18": (NONE, "2 files could be meant: old/scaling.py, scaling.py"),
        "Participant_19": (ALL, "handed in several times; the newest, scaling (1).py, is graded"),
    },
)
BLACKBOARD: tuple[Files, Grades] = (
    {
        "Homework 6_jdoe_attempt_2026-01-30-12-00-00.txt": "Name: Jane Doe (jdoe)\nAssignment: Homework 6\n",
        "Homework 6_jdoe_attempt_2026-01-30-12-00-00_scaling.py": WRONG,
        "Homework 6_jdoe_attempt_2026-01-31-23-59-59.txt": "Name: Jane Doe (jdoe)\nAssignment: Homework 6\n",
        "Homework 6_jdoe_attempt_2026-01-31-23-59-59_scaling.py": RIGHT,
        "Homework 6_b_roe_attempt_2026-01-31-12-00-00.txt": "\ufeffName: 山田 太郎 (b_roe)\r\nAssignment: 6\r\n",
        "Homework 6_b_roe_attempt_2026-01-31-12-00-00_my_scaling.py": RIGHT,
        "Homework 6_Group 1_attempt_2026-01-31-12-00-00_scaling.py": RIGHT,
        "Homework 6_apoe_attempt_2026-01-31-12-00-00_scaling.py": RIGHT,
        "Homework 6_apoe_attempt_2026-01-31-12-00-00_helper.py": HELPER,
        "Homework 6_mli_attempt_2026-01-31-12-00-00_homework.zip": HOMEWORK,
        "Homework 6_skim_attempt_2026-01-31-12-00-00_homework.zip": TWO_HOMEWORKS,
        "Homework 6_tmoe_attempt_2026-01-31-12-00-00.txt": "Name: Tom Moe (tmoe)\nThere are no student comments.\n",
    },
    {
        "jdoe": (ALL, "2 attempts were handed in; the newest (2026-01-31-23-59-59) is graded"),
        "b_roe": (ALL, "my_scaling.py is graded, the only one there is"),
        "Group 1": (ALL, ""),
        "apoe": (ALL, ""),
        "mli": (ALL, "homework.zip was unpacked"),
        "skim": (NONE, "2 files could be meant: homework.zip/a/scaling.py, homework.zip/b/scaling.py"),
        "tmoe": (NONE, "nothing was handed in"),
    },
)
BRIGHTSPACE: tuple[Files, Grades] = (
    {
        "12-99 - Jane Doe - Jan 31, 2026 926 PM/scaling.py": RIGHT,
        "12-99 - Jane Doe - Jan 31, 2026 1002 AM/scaling.py": WRONG,
        "13-99 - 山田 太郎 - Jan 31, 2026 1159 PM/scaling.py": RIGHT,
        "14-99 - Group 1 - Jan 31, 2026 1200 PM/scaling.py": RIGHT,
        "15-99 - Mary-Ann Li - Jan 31, 2026 1200 PM/homework.zip": HOMEWORK,
        "16-99 - Tom Moe - Jan 31, 2026 1200 PM/scaling.py": RIGHT,
        "16-99 - Tom Moe - Jan 31, 2026 1200 PM/helper.py": HELPER,
        "17-99 - Jane Doe - 5 February, 2026 812 AM - scaling.ipynb": "not a notebook",
        "18-99 - Su Kim - scaling.py": RIGHT,
        "18-99 - Su Kim - notes.txt": "hello",
        "index.html": "<html></html>",
    },
    {
        "Jane Doe_12": (ALL, "2 attempts were handed in; the newest (2026-01-31T21:26:00) is graded"),
        "山田 太郎_13": (ALL, ""),
        "Group 1_14": (ALL, ""),
        "Mary-Ann Li_15": (ALL, "homework.zip was unpacked"),
        "Tom Moe_16": (ALL, ""),
        "Jane Doe_17": (NONE, "notebook"),
        "Su Kim_18": (ALL, ""),
    },
)
GRADESCOPE: tuple[Files, Grades] = (
    {
        "assignment_7_export/submission_metadata.yml": (
            "submission_1:\n  :submitters:\n  - :name: Jane Doe\n    :sid: '0012'\n    :email: j@x.edu\n"
            "  :created_at: 2026-01-31 12:00:00.000000000 Z\n  :score: 1.0\n"
            "submission_2:\n  :submitters:\n  - :name: Bob Roe\n    :sid: '13'\n    :email: b@x.edu\n"
            "  - :name: Ann Poe\n    :sid: '14'\n    :email: a@x.edu\n"
            "submission_3:\n  :submitters:\n  - :name: 山田 太郎\n    :email: ''\n"
            "submission_4:\n  :submitters:\n  - :name: May Li\n    :email: m@x.edu\n"
            "submission_5:\n  :submitters:\n  - :name: Tom Moe\n    :sid: '15'\n"
        ),
        "assignment_7_export/submission_1/scaling.py": RIGHT,
        "assignment_7_export/submission_2/scaling.py": OTHER,
        "assignment_7_export/submission_3/scaling.py": RIGHT,
        "assignment_7_export/submission_4/homework.zip": HOMEWORK,
        "assignment_7_export/submission_5/scaling.py": RIGHT,
        "assignment_7_export/submission_5/helper.py": HELPER,
    },
    {
        "0012": (ALL, ""),
        "13": (FOR_OTHER, "handed in by a group: Bob Roe, Ann Poe"),
        "14": (FOR_OTHER, "handed in by a group: Bob Roe, Ann Poe"),
        "山田 太郎": (ALL, ""),
        "m@x.edu": (ALL, "homework.zip was unpacked"),
        "15": (ALL, ""),
    },
)
PLATFORMS = {
    "Canvas": CANVAS,
    "Moodle": MOODLE,
    "Blackboard": BLACKBOARD,
    "Brightspace": BRIGHTSPACE,
    "Gradescope": GRADESCOPE,
}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_downloaded_class_is_graded(platform: str, tiny_course: Path, tmp_path: Path) -> None:
    files, expected = PLATFORMS[platform]
    download = tmp_path / "download.zip"
    download.write_bytes(packed(files))
    command = [str(COMMAND), "grade", "06", str(download), "--out", str(tmp_path / "out"), "--no-progress"]
    environment = os.environ | {"COLUMNS": "200"}
    done = subprocess.run(command, cwd=tiny_course, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    with (tmp_path / "out" / "grades.csv").open(newline="", encoding="utf-8-sig") as file:
        found = {row["student"]: row for row in csv.DictReader(file)}
    assert {student: row["score"] for student, row in found.items()} == {s: score for s, (score, _) in expected.items()}
    assert [s for s, (_, notice) in expected.items() if notice not in found[s]["notices"]] == []
    assert [s for s, (_, notice) in expected.items() if not notice and found[s]["notices"]] == []
    assert len(list((tmp_path / "out" / "results").iterdir())) == len(expected)
