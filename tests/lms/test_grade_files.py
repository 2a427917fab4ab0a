"""The file of each system: what stands in it, what is kept of the roster, and what never stands in it."""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import replace

import pytest
from grading.test_output import result_of
from hypothesis import given
from hypothesis import strategies as st
from lms.rosters import (
    BLACKBOARD,
    BRIGHTSPACE,
    CANVAS,
    GRADESCOPE,
    JANE,
    MOODLE,
    ROSTERS,
    WORKSHEET,
    Class,
    canvas_takes,
    column,
    made,
    records,
    rows,
    with_cell,
)

from convclass.course import CourseError
from convclass.exam.verdict import Verdict
from convclass.grading.names import visible
from convclass.lms.grades.export import graded
from convclass.lms.grades.table import parse
from convclass.report.text import csv_cell

FORMULAS = ("=", "+", "-", "@")


def test_canvas() -> None:
    scores = {"doejane_12": 7.0, "yamadataro_LATE_56": 0.0}
    file = made("canvas", CANVAS, Class(scores))
    assert file.content.decode() == (
        "Student,ID,SIS User ID,SIS Login ID,Section,Scaling (501)\r\n"
        "    Points Possible,,,,,7\r\n"
        '"Doe, Jane",12,000012,jdoe@x.edu,Lab 1 and Lab 2,7\r\n'
        '"山田, 太郎",56,000056,yamada@x.edu,Lab 2,0\r\n'
    )
    assert file.without_grade == ("Roe, Bob (34)", "Student, Test (99)")


def test_canvas_erases_no_grade_and_sets_no_points() -> None:
    before = {"34": "5.5", "99": "1"}
    content = made("canvas", CANVAS, Class({"doejane_12": 4.25})).content
    assert canvas_takes(content, before) == ({"34": "5.5", "99": "1", "12": "4.25"}, "7")
    with_blank = content + b'"Roe, Bob",34,,,,\r\n'
    assert canvas_takes(with_blank, before)[0] == {"99": "1", "12": "4.25"}  # the model does erase


def test_a_student_called_points_possible_sets_no_points() -> None:
    roster = with_cell(CANVAS, "Doe, Jane", "Points Possible, My")
    file = made("canvas", roster, Class({"doejane_12": 1000.0, "roebob_34": 4.0}))
    assert canvas_takes(file.content, {}) == ({"12": "1000", "34": "4"}, "7")


def test_canvas_with_first_and_last_names_semicolons_and_decimal_commas() -> None:
    roster = (
        "LastName;FirstName;ID;SIS Login ID;Root Account;Section;Scaling (501)\n"
        "    Points Possible;;;;;;7,00\nDoe;Jane;12;jdoe;x.edu;Lab 1;3,5\n"
    )
    file = made("canvas", roster.encode(), Class({"doejane_12": 3.25}))
    assert rows(file.content)[1:] == [
        ["    Points Possible", "", "", "", "", "", "7"],
        ["Doe", "Jane", "12", "jdoe", "x.edu", "Lab 1", "3.25"],
    ]


def test_canvas_assignment_without_points_keeps_none() -> None:
    file = made("canvas", with_cell(CANVAS, "7.00,10.00", ",10.00"), Class({"doejane_12": 7.0}))
    assert canvas_takes(file.content, {}) == ({"12": "7"}, "")
    assert any("does not tell its points" in note for note in file.notes)


def test_a_new_assignment_in_canvas() -> None:
    file = made("canvas", CANVAS, Class({"doejane_12": 7.0}, ("Shifting", "07_shifting")))
    assert rows(file.content)[:2] == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Shifting"],
        ["    Points Possible", "", "", "", "", "7"],
    ]
    assert "Column (new): Shifting, out of 7 points" in file.notes


def test_several_assignments_in_one_file() -> None:
    both = Class({"doejane_12": 7.0, "roebob_34": 1.5}), Class({"34": 8.0}, ("Pooling",), 9.0)
    essay = Class({"jdoe@x.edu": 6.0, "roebob_34": 9.5}, ("Essay",), 10.0)
    heading, points, *lines = rows(made("canvas", CANVAS, both[0], essay).content)
    assert heading[5:] == ["Scaling (501)", "Essay (502)"] and points[5:] == ["7", "10"]
    assert [line[5:] for line in lines] == [["7", "6"], ["1.5", "9.5"]]
    assert rows(made("canvas", CANVAS, essay, both[0]).content) == [heading, points, *lines]  # in the roster's order
    heading, points, *lines = rows(made("canvas", CANVAS, both[1], both[0]).content)  # the old column stays first
    assert heading[5:] == ["Scaling (501)", "Pooling"] and points[5:] == ["7", "9"]
    assert {line[1]: line[5:] for line in lines} == {"12": ["7", ""], "34": ["1.5", "8"]}


def test_canvas_without_a_roster() -> None:
    file = made("canvas", None, Class({"doejane_12": 7.0, "山田太郎_56": 2.0}))
    assert file.content.decode() == (
        "Student,ID,SIS Login ID,Section,Scaling\r\n    Points Possible,,,,7\r\ndoejane,12,,,7\r\n山田太郎,56,,,2\r\n"
    )


def test_moodle_worksheet() -> None:
    file = made("moodle", WORKSHEET, Class({"Jane Doe_12": 7.0, "Group A-Bob Roe_34": 6.0}))
    assert file.content.decode() == (
        "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
        "Last modified (submission),Last modified (grade)\r\n"
        'Participant 12,Jane Doe,jdoe@x.edu,Submitted for grading,7,7.00,Yes,"Friday, 30 January 2026, 9:00 AM",-\r\n'
        'Participant 34,Bob Roe,broe@x.edu,"Submitted, Graded",6,7.00,Yes,"Friday, 30 January 2026, 9:01 AM",'
        '"Monday, 2 February 2026, 8:00 AM"\r\n'
    )


def test_moodle_says_that_a_grade_is_locked() -> None:
    file = made("moodle", WORKSHEET, Class({"Jane Doe_12": 7.0, "Ann Poe_78": 7.0}))
    assert column(file.content, "Identifier", "Grade") == {"Participant 12": "7"}
    assert file.left_out == (("Ann Poe_78", "Moodle says that this grade cannot be changed"),)


def test_moodle_gradebook() -> None:
    file = made("moodle", MOODLE, Class({"jdoe@x.edu": 7.0, "000034": 6.0}))
    assert file.content.decode() == (
        "First name,Last name,ID number,Email address,Assignment: Scaling (Real),Last downloaded from this course\r\n"
        "Jane,Doe,000012,jdoe@x.edu,7,1769900000\r\nBob,Roe,000034,broe@x.edu,6,1769900000\r\n"
    )
    assert any("out of 7 points; the roster does not tell its points" in note for note in file.notes)


def test_brightspace() -> None:
    file = made("brightspace", BRIGHTSPACE, Class({"jdoe": 7.0, "000056": 1 / 3}))
    assert file.content.decode() == (
        "OrgDefinedId,Username,Scaling Points Grade <Numeric MaxPoints:7 Weight:10>,End-of-Line Indicator\r\n"
        "#000012,#jdoe,7,#\r\n#000056,#yamada,0.3333,#\r\n"
    )


def test_a_new_item_in_brightspace_and_ids_that_lost_their_mark() -> None:
    roster = with_cell(BRIGHTSPACE, "#000012,#jdoe", "000012,jdoe")
    file = made("brightspace", roster, Class({"#000012".removeprefix("#"): 2.5}, ("Shifting",)))
    assert rows(file.content) == [
        ["OrgDefinedId", "Username", "Shifting Points Grade <Numeric MaxPoints:7>", "End-of-Line Indicator"],
        ["#000012", "#jdoe", "2.5", "#"],
    ]


def test_blackboard() -> None:
    content = made("blackboard", BLACKBOARD, Class({"jdoe": 7.0, "b_roe": 6.0})).content
    assert content.startswith(codecs.BOM_UTF16_LE)
    assert content.decode("utf-16") == (
        '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Scaling [Total Pts: 7 Score] |123456"\r\n'
        '"Doe"\t"Jane"\t"jdoe"\t"000012"\t"7"\r\n"Roe"\t"Bob"\t"b_roe"\t"000034"\t"6"\r\n'
    )


def test_blackboard_as_ultra_downloads_it() -> None:
    text = BLACKBOARD.decode("utf-16").replace("\t", ",")
    roster = codecs.BOM_UTF8 + text.encode()
    assert made("blackboard", roster, Class({"jdoe": 7.0})).content.startswith(codecs.BOM_UTF16_LE)


def test_gradescope() -> None:
    file = made("gradescope", GRADESCOPE, Class({"000012": 7.0, "yamada@x.edu": 0.5}))
    assert file.content.decode() == (
        "First Name,Last Name,SID,Email,Sections,Total Score,Max Points,Status\r\n"
        "Jane,Doe,000012,jdoe@x.edu,Lab 1,7,7,Graded\r\n太郎,山田,,yamada@x.edu,,0.5,7,Graded\r\n"
    )
    assert file.without_grade == ("Bob Roe (000034)",)


@pytest.mark.parametrize("system", ROSTERS)
def test_who_has_no_grade_is_in_no_file(system: str) -> None:
    file = made(system, ROSTERS[system], Class({JANE[system]: 7.0}, left_out=(("b_roe", "not complete"),)))
    shown = "\n".join(",".join(row) for row in rows(file.content))
    assert "Jane" in shown or "jdoe" in shown
    assert "Roe" not in shown and "b_roe" not in shown and "太郎" not in shown
    assert file.left_out == (("b_roe", "not complete"),)
    assert any("Roe" in name for name in file.without_grade)


@pytest.mark.parametrize("system", ROSTERS)
def test_scaled_only_when_asked(system: str) -> None:
    roster = with_cell(ROSTERS[system], "7.00", "100.00") if system in ("canvas", "moodle") else ROSTERS[system]
    roster = with_cell(roster, "MaxPoints:7", "MaxPoints:100") if system == "brightspace" else roster
    roster = with_cell(roster, "Pts: 7", "Pts: 100") if system == "blackboard" else roster
    roster = with_cell(roster, "Role,", "Max Points,").replace(b"Student", b"100") if system == "gradescope" else roster
    with pytest.raises(CourseError, match="out of 100 points, the grades are out of 7; scale them with --points 100"):
        made(system, roster, Class({JANE[system]: 3.5}))
    assert "50" in rows(made(system, roster, Class({JANE[system]: 3.5}), points=100.0).content)[-1]


def test_grades_of_different_exams_are_scaled_each_by_its_own() -> None:
    both = graded(["Scaling"], [])
    mixed = replace(both, scores={"12": (3.5, 7.0), "34": (4.0, 8.0)})
    from convclass.lms.grades.export import grade_file, layout

    table = parse(CANVAS, "roster.csv")
    with pytest.raises(CourseError, match="graded out of 7 and 8 points, by different exams"):
        grade_file(layout("canvas"), [mixed], table)
    content = grade_file(layout("canvas"), [mixed], table, points=7).content
    assert canvas_takes(content, {})[0] == {"12": "3.5", "34": "3.5"}


def test_which_results_are_grades() -> None:
    whole = result_of("ann")
    zero = result_of("ben", tests=tuple(replace(one, verdict=Verdict.NOT_ATTEMPTED, score=0.0) for one in whole.tests))
    ours = result_of("cid", tests=tuple(replace(one, verdict=Verdict.INTERNAL) for one in whole.tests))
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    nothing = result_of("dan", submission_sha256=empty, notices=("nothing was handed in", "late"))
    strange = result_of("eve", tests=tuple(replace(one, score=float("nan")) for one in whole.tests))
    found = graded(["Scaling"], [whole, zero, ours, nothing, strange])
    assert found.scores == {"ann": (0.0, 3.0), "ben": (0.0, 3.0)}
    assert dict(found.left_out) == {
        "cid": "not complete, by a mistake of ours; grade again",
        "dan": "nothing was handed in",
        "eve": "the points are no number",
    }


def test_points_that_canvas_rounds_are_the_same_points() -> None:
    roster = with_cell(CANVAS, "7.00", "6.67")
    content = made("canvas", roster, Class({"doejane_12": 6.6667}, out_of=6.6667)).content
    assert canvas_takes(content, {}) == ({"12": "6.6667"}, "6.67")


def test_names_find_a_student_only_when_asked() -> None:
    grades = Class({"Jane Doe_4711": 7.0, "Roe, Bob": 2.0})
    with pytest.raises(CourseError, match="not in the roster: Jane Doe_4711, Roe, Bob.*--by-name"):
        made("brightspace", BRIGHTSPACE, grades)
    file = made("brightspace", BRIGHTSPACE, grades, by_name=True)
    assert [row[1] for row in rows(file.content)] == ["Username", "#jdoe", "#broe"]
    assert file.by_name == ("Jane Doe_4711: Jane Doe (000012)", "Roe, Bob: Bob Roe (000034)")


def test_an_id_is_found_in_upper_and_lower_case_and_composed_otherwise() -> None:
    roster = with_cell(BLACKBOARD, "b_roe", "Rémy")
    assert column(made("blackboard", roster, Class({"re\u0301MY": 1.0})).content, "Username", _SCALING) == {"Rémy": "1"}


_SCALING = "Scaling [Total Pts: 7 Score] |123456"

# What a csv cell of a roster can hold: anything but NUL, which is refused as a whole (and what no file can encode).
text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
hostile = st.one_of(
    text,
    st.sampled_from(
        ["=1+1", '=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "a;=1", 'x"\n=1', "\u202e=1"]
    ),
    st.tuples(st.sampled_from(FORMULAS), text).map("".join),
)
NAME = {"canvas": "Doe, Jane", "moodle": "Jane Doe", "brightspace": "Doe", "blackboard": "Doe", "gradescope": "Doe"}
A_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
WHERE = {"canvas": 0, "moodle": 1, "blackboard": 0, "gradescope": 1}


@pytest.mark.parametrize("system", ROSTERS)
@given(name=hostile)
def test_whatever_a_student_is_called_the_table_stays_a_table_and_runs_nothing(system: str, name: str) -> None:
    """The name goes in as the system would export it, and comes out for the format's own reader, defused."""
    roster = _renamed(ROSTERS[system], NAME[system], name)
    file = made(system, roster, Class({JANE[system]: 6.5}))
    heading, *lines = rows(file.content)
    assert {len(line) for line in lines} == {len(heading)}
    assert len(lines) == (2 if system == "canvas" else 1) and "6.5" in lines[-1]
    for cell in lines[-1]:
        assert cell in ("-", "#") or not cell.lstrip().startswith(FORMULAS) or A_NUMBER.fullmatch(cell)
        assert "\n" not in cell and "\r" not in cell
    if system in WHERE and "Points Possible" not in name:
        written = lines[-1][WHERE[system]]
        assert written == (name.strip() if name.strip() == "-" else csv_cell(name.strip()))


@given(user=hostile)
def test_an_id_is_written_as_it_is_or_not_at_all(user: str) -> None:
    roster = _renamed(BLACKBOARD, "jdoe", user)
    try:
        content = made("blackboard", roster, Class({visible(user.strip()): 6.5})).content
    except CourseError:
        return
    (record,) = records(content)
    assert record["Username"] == user.strip() and not user.strip().startswith(("=", "@"))


def _renamed(roster: bytes, old: str, new: str) -> bytes:
    """The roster with a cell changed by csv itself, which quotes as the system would."""
    import csv

    wide = roster.startswith(codecs.BOM_UTF16_LE)
    text_ = roster.decode("utf-16" if wide else "utf-8-sig")
    separator = "\t" if wide else ","
    cells = list(csv.reader(io.StringIO(text_, newline=""), delimiter=separator))
    assert sum(row.count(old) for row in cells) == 1
    out = io.StringIO()
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(
        [new if one == old else one for one in row] for row in cells
    )
    return out.getvalue().encode("utf-16" if wide else "utf-8")


@given(st.lists(st.lists(text, min_size=2, max_size=5), min_size=1, max_size=5), st.sampled_from([",", ";", "\t"]))
def test_a_roster_is_read_as_it_was_written(cells: list[list[str]], separator: str) -> None:
    import csv

    out = io.StringIO()
    csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c", "d", "e"], *cells])
    table = parse(codecs.BOM_UTF8 + out.getvalue().encode(), "roster.csv")
    assert table.heading == ("a", "b", "c", "d", "e")
    assert [list(row) for row in table.rows] == [row for row in cells if any(map(str.strip, row))]


@given(st.binary(max_size=300) | text.map(str.encode) | text.map(lambda t: t.encode("utf-16")))
def test_any_file_is_a_table_or_an_error_in_words(content: bytes) -> None:
    for system in ROSTERS:
        with pytest.raises(CourseError):
            made(system, content, Class({"ann": 1.0}))


def test_another_program_reads_the_same() -> None:
    pandas = pytest.importorskip("pandas")
    content = made("blackboard", BLACKBOARD, Class({"jdoe": 7.0, "yamada": 0.25})).content
    frame = pandas.read_csv(io.BytesIO(content), encoding="utf-16", sep="\t", dtype=str)
    assert frame[_SCALING].tolist() == ["7", "0.25"] and frame["Student ID"].tolist() == ["000012", "000056"]
    content = made("brightspace", BRIGHTSPACE, Class({"jdoe": 7.0, "yamada": 0.25})).content
    frame = pandas.read_csv(io.BytesIO(content), dtype=str)
    assert frame["OrgDefinedId"].tolist() == ["#000012", "#000056"]
    assert frame.iloc[:, 2].tolist() == ["7", "0.25"] and frame.iloc[:, 3].tolist() == ["#", "#"]


def test_the_same_roster_twice_gives_the_same_file() -> None:
    first = made("canvas", CANVAS, Class({"doejane_12": 7.0, "roebob_34": 2.0}))
    assert made("canvas", first.content, Class({"doejane_12": 7.0, "roebob_34": 2.0})).content == first.content
    assert len(records(made("moodle", MOODLE, Class({"000012": 1.0})).content)) == 1
