"""Every doubt is an error that names all it concerns, and then there is no file."""

from __future__ import annotations

import codecs

import pytest
from lms.rosters import BLACKBOARD, BRIGHTSPACE, CANVAS, GRADESCOPE, MOODLE, ROSTERS, WORKSHEET, Class, made, with_cell

from convclass.course import CourseError
from convclass.lms.grades import table as tables

ONE = Class({"12": 7.0})
JANE, BOB = Class({"jdoe": 7.0}), Class({"broe@x.edu": 1.0})
ULTRA = codecs.BOM_UTF8 + BLACKBOARD.decode("utf-16").encode()
TWO_JANES = BRIGHTSPACE + b"#9,#jane2,Doe,Jane,,,,,#\n"

REFUSED = {
    # students
    "not there": ("canvas", CANVAS, [Class({"poeann_77": 1.0, "anon_ab1Zc": 2.0, "12": 3.0})],
                  "not in the roster: poeann_77, anon_ab1Zc"),
    "two ids, two people": ("canvas", with_cell(CANVAS, "000034", "12"), [ONE],
                            r"could be several of the roster: 12 \(Doe, Jane \(12\) or Roe, Bob \(34\)\)"),
    "one person twice": ("canvas", CANVAS, [Class({"doejane_12": 1.0, "jdoe@x.edu": 2.0})],
                         r"several submissions of one student: doejane_12 and jdoe@x.edu \(Doe, Jane \(12\)\)"),
    "an id twice": ("blackboard", with_cell(BLACKBOARD, "b_roe", "JDOE"), [JANE], "several lines have the same id"),
    "a download and the gradebook": ("moodle", MOODLE, [Class({"Jane Doe_12": 1.0})], "not in the roster"),
    "a number that is no id": ("brightspace", with_cell(BRIGHTSPACE, "000012", "12"), [Class({"Jane Doe_12": 1.0})],
                               "not in the roster: Jane Doe_12"),
    "nobody graded": ("canvas", CANVAS, [Class({}, left_out=(("12", "incomplete"),))], "there is no grade to write"),
    "nobody open": ("moodle", WORKSHEET, [Class({"Ann Poe_78": 1.0})], "there is no grade to write: Moodle says"),
    # columns
    "another maximum": ("canvas", with_cell(CANVAS, "7.00", "100"), [ONE], "--points 100"),
    "two columns": ("canvas", with_cell(CANVAS, "Essay (502)", "scaling (502)"), [ONE],
                    r"2 columns could be meant: Scaling \(501\), scaling \(502\)"),
    "one column twice": ("canvas", CANVAS, [ONE, ONE], "would share one column"),
    "a blank": ("canvas", CANVAS, [Class({"12": 7.0, "34": 7.0}), Class({"12": 1.0}, ("Essay",), 10.0)],
                r"no grade for Roe, Bob \(34\) in Essay \(502\), and a blank could erase one"),
    "a total of a year": ("canvas", with_cell(CANVAS, "Final Score", "Final Score (2026)"),
                          [Class({"12": 1.0}, ("Final Score",))], "take a new one for something"),
    "a total": ("canvas", CANVAS, [Class({"12": 1.0}, ("Final Score",))], "take a new one for something"),
    "an id of Canvas's that is not there": ("canvas", CANVAS, [Class({"12": 1.0}, ("Scaling (77)",))], "--column"),
    "Blackboard makes no column": ("blackboard", BLACKBOARD, [Class({"jdoe": 1.0}, ("Shifting",))],
                                   r"no column of points 'Shifting' \(there is: Scaling, Essay\). Make it in Bl"),
    "Moodle makes no column": ("moodle", MOODLE, [Class({"000012": 1.0}, ("Shifting",))], "Make it in Moodle first"),
    "a computed column": ("blackboard", BLACKBOARD, [Class({"jdoe": 1.0}, ("Weighted Total",))], "no column of points"),
    "a percentage": ("moodle", MOODLE, [Class({"000012": 1.0}, ("Assignment: Scaling (Percentage)",))], "no column"),
    "several in a worksheet": ("moodle", WORKSHEET, [ONE, ONE], "one column, Grade; write one assignment"),
    "several in Gradescope": ("gradescope", GRADESCOPE, [Class({"000012": 1.0})] * 2, "one column, Total Score"),
    "a formula for a heading": ("canvas", CANVAS, [Class({"12": 1.0}, ("=cmd|x",))], "formulas.*: =cmd"),
    "two lines for a heading": ("canvas", CANVAS, [Class({"12": 1.0}, ("a\nb",))], "formulas, or hold signs"),
    "a formula for a column": ("brightspace", with_cell(BRIGHTSPACE, "Scaling Points", "@Scaling Points"),
                               [Class({"jdoe": 1.0}, ("@Scaling",))], "formulas"),
    # ids
    "a formula for an id": ("blackboard", with_cell(BLACKBOARD, "jdoe", "=jdoe"), [Class({"=jdoe": 1.0})],
                            r"formulas.*: =jdoe of Jane Doe \(=jdoe\)"),
    "a hidden sign in an id": ("blackboard", with_cell(BLACKBOARD, "jdoe", "jd\u202eoe"),
                               [Class({"jd\\u202eoe": 1.0})], "formulas, or hold signs that cannot be seen"),
    "an id of Canvas's that is no number": ("canvas", with_cell(CANVAS, ",12,", ",=12,"), [ONE], "'=12' is no number"),
    "no participant": ("moodle", with_cell(WORKSHEET, "Participant 12", "Jane"), [ONE], "'Jane' is no participant"),
    # other files
    "not of Canvas": ("canvas", BRIGHTSPACE, [ONE], "no gradebook of Canvas; in Canvas: Grades, Export"),
    "not of Moodle": ("moodle", b"a,b\n1,2\n", [ONE], "neither a grading worksheet nor a gradebook of Moodle"),
    "not of Brightspace": ("brightspace", CANVAS, [ONE], "neither OrgDefinedId nor Username"),
    "not of Blackboard": ("blackboard", CANVAS, [ONE], "no column Username"),
    "not of Gradescope": ("gradescope", b"Name\nJane\n", [ONE], "neither SID nor Email"),
    "a worksheet without times": ("moodle", with_cell(WORKSHEET, "(grade)", "(mark)"), [ONE], "without Last modified"),
    "a scale": ("moodle", with_cell(WORKSHEET, "Maximum Grade", "Scale"), [ONE], "tells no one Maximum Grade"),
    "no roster for Canvas": ("canvas", None, [Class({"ann": 1.0})], "not named as Canvas names its downloads: ann"),
    **{f"no roster for {system}": (system, None, [JANE], "give its own file with --roster")
       for system in ROSTERS if system != "canvas"},
    # hostile files
    "empty": ("canvas", b"\n,,\n", [ONE], "is empty"),
    "NUL": ("canvas", CANVAS.replace(b"Jane", b"J\0ne"), [ONE], "NUL"),
    "UTF-16 without a mark": ("blackboard", BLACKBOARD[2:], [JANE], "NUL"),
    "Latin-1": ("canvas", CANVAS + b'"M\xfcller",78,,,,,\n', [ONE], "neither UTF-8 nor UTF-16"),
    "half of UTF-16": ("blackboard", BLACKBOARD[:-1], [JANE], "neither UTF-8 nor UTF-16"),
    "an open quote": ("canvas", CANVAS + b'"Poe, Ann,78', [ONE], "no table"),
    "more cells than columns": ("canvas", CANVAS + b"a,77,,,,,,,,,,x\n", [ONE], "more cells than the first"),
    "a heading twice": ("canvas", with_cell(CANVAS, "SIS User ID", "ID"), [ONE], "has 2 columns 'ID'"),
    "many columns": ("canvas", b"," * 6000, [ONE], "empty"),
    "many headings": ("canvas", b"a," * 6000, [ONE], "6001 columns"),
    "many lines": ("canvas", b"a\n" * 100_001, [ONE], "100001 lines"),
    "a long cell": ("canvas", b"a" * 200_000, [ONE], "no table"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    system, roster, classes, told = REFUSED[case]
    with pytest.raises(CourseError, match=told):
        made(system, roster, *classes)


def test_what_is_refused_is_taken_when_it_is_in_order() -> None:
    """Each system's class is taken as it is: the errors above are of what was changed."""
    assert made("canvas", CANVAS, ONE).students == made("moodle", WORKSHEET, ONE).students == 1
    assert made("blackboard", BLACKBOARD, JANE).students == made("brightspace", BRIGHTSPACE, JANE).students == 1
    assert made("blackboard", ULTRA, JANE).students == made("gradescope", GRADESCOPE, BOB).students == 1


def test_a_name_that_is_there_twice_is_nobodys() -> None:
    with pytest.raises(CourseError, match=r"could be several of the roster: Jane Doe_4711 \(Jane Doe \(000012\) or"):
        made("brightspace", TWO_JANES, Class({"Jane Doe_4711": 1.0}), by_name=True)
    with pytest.raises(CourseError, match="several submissions of one student: Jane Doe_1 and Jane Doe_2"):
        made("brightspace", BRIGHTSPACE, Class({"Jane Doe_1": 1.0, "Jane Doe_2": 1.0}), by_name=True)


def test_an_id_is_not_overruled_by_a_name() -> None:
    roster = with_cell(BRIGHTSPACE, "Doe,Jane", "roe,jdoe")
    grades = Class({"jdoe": 1.0, "jdoe roe": 2.0})
    with pytest.raises(CourseError, match="several submissions of one student"):
        made("brightspace", roster, grades, by_name=True)


def test_a_column_is_not_named_where_there_is_one_only() -> None:
    with pytest.raises(CourseError, match="give no --column"):
        made("moodle", WORKSHEET, ONE, named=True)


@pytest.mark.parametrize("points", [float("nan"), float("inf"), 0.0, -1.0])
def test_points_are_a_number_above_0(points: float) -> None:
    with pytest.raises(CourseError, match="give a number above 0"):
        made("canvas", CANVAS, ONE, points=points)


def test_a_huge_file_is_not_read(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tables, "_MOST_BYTES", 100)
    roster = tmp_path / "roster.csv"
    roster.write_bytes(CANVAS)
    with pytest.raises(CourseError, match="is larger than"):
        tables.read_table(roster)
    with pytest.raises(CourseError, match="cannot be read"):
        tables.read_table(tmp_path)


def test_many_short_lines_below_a_wide_heading_take_no_time() -> None:
    wide = b"Student,ID,Section," + b"x," * 4000 + b"\n" + b"a,12345\n" * 20_000
    with pytest.raises(CourseError, match="several lines have the same id"):
        made("canvas", wide, ONE)
