"""Formats without structure: Blackboard's lines, Brightspace's CSV, and jupyterquiz's list."""

import csv
import io
import json

import pytest
from quiz import samples

from convclass.course import CourseError
from convclass.lms import blackboard, brightspace, jupyterquiz
from convclass.lms.formats import Format, exporter, rules, table
from convclass.lms.support import How, Kind
from convclass.quiz.models import Matching, Pair


def rows(content: bytes) -> list[list[str]]:
    return [line.split("\t") for line in content.decode().split("\r\n") if line]


def records(content: bytes) -> list[list[list[str]]]:
    """Brightspace's questions, each a list of lines."""
    found: list[list[list[str]]] = []
    for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")):
        if row[:1] == ["NewQuestion"]:
            found.append([])
        if row:
            found[-1].append(row)
    return found


def test_blackboard_has_a_line_for_each_question():
    made = rows(blackboard.export(samples.everything()).content)
    assert {row[0] for row in made} == {"MC", "MA", "TF", "NUM", "ORD", "FIB", "FIB_PLUS"}
    assert [row[0] if i == 0 else row[i] for row in made if "mean" in row[1] for i in (0, 2, 3)] == [
        "NUM",
        "1.5",
        "0.25",
    ]
    assert next(row for row in made if row[0] == "TF")[2] == "false"
    assert next(row for row in made if row[0] == "MC")[3::2] == ["correct", "incorrect", "incorrect"]
    plus = next(row for row in made if row[0] == "FIB_PLUS")
    assert plus[2:] == ["a", "stride", "", "b", "step", "*"]
    code = next(row for row in made if "range(3)" in row[1])[1]
    assert "for i in range(3):<br /><br />    print(i)<br />" in code


def test_blackboard_gets_choices_for_what_it_would_mix_up():
    pairs = (Pair(left="a", right="x"), Pair(left="b", right="x"))
    both = Matching(**samples.common("both", "Match.", pairs=pairs, distractors=("y",)))
    made = rows(blackboard.export(samples.quiz_of(both)).content)
    assert [row[0] for row in made] == ["MC", "MC"]
    assert all(row[2:] == ["<p>x</p>", "correct", "<p>y</p>", "incorrect"] for row in made)
    alone = both.model_copy(update={"pairs": (pairs[0], Pair(left="b", right="y")), "distractors": ()})
    assert rows(blackboard.export(samples.quiz_of(alone)).content)[0][0] == "MAT"


def test_a_quiz_of_which_nothing_is_left_is_refused():
    with pytest.raises(CourseError, match="choose another"):
        blackboard.export(samples.quiz_of(samples.short("=1+1")))


@pytest.mark.parametrize("module", [blackboard, brightspace])
def test_nothing_that_a_spreadsheet_would_run(module):
    bad = samples.short("=cmd|' /C calc'!A0")
    made = module.export(samples.quiz_of(bad, samples.short("-2.5")))
    assert [q.id for q, _ in made.left_out] == [bad.id]
    cells = [cell for row in csv.reader(io.StringIO(made.content.decode("utf-8-sig")), delimiter="\t") for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def test_brightspace_writes_what_its_sample_file_has():
    made = {record[2][1]: record for record in records(brightspace.export(samples.everything()).content)}
    kinds = {title: record[0][1] for title, record in made.items()}
    assert kinds["Weights"] == "MC" and kinds["Several 2"] == "MS" and kinds["Pooling"] == "TF"
    assert kinds["Layers"] == "M" and kinds["Steps"] == "O" and kinds["Word"] == "SA"
    assert [row for row in made["Pooling"] if row[0] in ("TRUE", "FALSE")] == [
        ["TRUE", "0", "Count them: 0."],
        ["FALSE", "100", ""],
    ]
    options = [row for row in made["Weights"] if row[0] == "Option"]
    assert [row[1] for row in options] == ["100", "0", "0"] and options[0][3:] == ["HTML", "One for each cell."]
    matches = {row[1]: row[2] for row in made["Layers"] if row[0] == "Match"}
    pairs = {row[2]: matches[row[1]] for row in made["Layers"] if row[0] == "Choice"}
    assert pairs["<p>convolution</p>"] == "<p>shares weights</p>" and "<p>a distractor</p>" in matches.values()
    assert [row[1] for row in made["Steps"] if row[0] == "Item"][0] == "<p>pad the image</p>"
    assert made["Weights"][1] == ["ID", f"convclass-{samples.single().id}"]


def test_jupyterquiz_has_a_right_answer_to_every_question():
    for question in json.loads(jupyterquiz.export(samples.everything()).content):
        assert set(question) == {"question", "type", "answers"}
        assert sum(answer.get("correct", False) for answer in question["answers"]) >= 1


def test_jupyterquiz_ranges_hold_both_ends():
    """jupyterquiz takes lower <= x < upper."""
    questions = json.loads(jupyterquiz.export(samples.quiz_of(samples.numeric())).content)
    low, high = questions[0]["answers"][0]["range"]
    assert low <= 1.25 and high > 1.75 and not high > 1.7500001


def test_jupyterquiz_sees_no_link_and_no_formula_of_its_own():
    text = "[x](http://example.org) costs 5$ or 6$"
    questions = json.loads(jupyterquiz.export(samples.quiz_of(samples.single("`" + text + "`"))).content)
    assert not set(questions[0]["question"]) & set("[]$")


@pytest.mark.parametrize("format_", list(Format))
def test_every_format_has_a_rule_for_everything_and_words_for_what_it_loses(format_: Format):
    support = exporter(format_).support
    assert set(support) == set(Kind)
    assert all(rule.words for rule in support.values() if rule.how is not How.NATIVE)
    assert dict(rules(format_, ["numeric"]))["numeric"].startswith(("native", "degraded", "refused"))


def test_the_table_has_all_formats_and_kinds():
    lines = table().splitlines()
    assert len(lines) == 2 + len(Kind) and all(line.count("|") == 2 + len(Format) for line in lines)


@pytest.mark.parametrize("format_", list(Format))
def test_the_same_quiz_makes_the_same_bytes(format_: Format):
    chosen = exporter(format_)
    assert chosen.export(samples.everything()).content == chosen.export(samples.everything()).content
