"""The commands: what they write, what they print, and how they refuse."""

import csv
import io
import json
from pathlib import Path

import pytest
from quiz.answers import right, wrongs

from convclass.cli import main
from convclass.course import find_assignment
from convclass.lms.formats import Format, exporter
from convclass.quiz import bank, variants


@pytest.fixture
def convclass(course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs the command in the course; returns its exit code, output and errors."""
    monkeypatch.chdir(course)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["convclass", "quiz", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        printed = capsys.readouterr()
        return int(exit_.value.code or 0), printed.out, printed.err

    return run


@pytest.mark.parametrize("format_", list(Format))
def test_every_format_is_written_with_its_table(convclass, tmp_path: Path, format_: Format):
    out = tmp_path / f"quiz{exporter(format_).suffix}"
    code, printed, errors = convclass("export", "01", "--format", format_, "--out", out, "--count", 6)
    assert code == 0 and out.stat().st_size > 100
    assert "variant 01_convolution-" in printed and "partial credit" in printed
    assert all(line.startswith("left out: ") for line in errors.splitlines())
    if format_ is Format.PAPER:
        assert (tmp_path / "quiz-key.html").exists()


def test_a_students_variant_is_the_same_again_and_others_differ(convclass, tmp_path: Path):
    for name, student in (("a", "ana"), ("b", "ana"), ("c", "ben")):
        convclass("export", "01", "--format", "moodle", "--out", tmp_path / f"{name}.xml", "--student", student)
    a, b, c = ((tmp_path / f"{name}.xml").read_bytes() for name in "abc")
    assert a == b != c


def test_variants_are_numbered_files(convclass, tmp_path: Path):
    code, printed, _ = convclass("export", "01", "--format", "gift", "--out", tmp_path / "q.gift", "--variants", 3)
    files = sorted(tmp_path.iterdir())
    assert code == 0 and [f.name for f in files] == ["q-1.gift", "q-2.gift", "q-3.gift"]
    assert len({f.read_bytes() for f in files}) == 3 and printed.count("questions, variant") == 3


def responses(course: Path) -> list[dict[str, object]]:
    loaded = bank.load(find_assignment(course, "01"))
    made = []
    for i, student in enumerate(("ana", "=ben")):
        quiz = variants.quiz_for(loaded, student, 5)
        answers = {q.id: wrongs(q)[0] if i else right(q) for q in quiz.questions}
        made.append({"student": student, "variant": quiz.variant, "answers": answers})
    return made


def test_answers_are_scored_by_the_variant_that_they_name(convclass, course: Path, tmp_path: Path):
    (tmp_path / "answers.json").write_text(json.dumps(responses(course)))
    code, printed, errors = convclass("grade", tmp_path / "answers.json")
    ana, ben = csv.DictReader(io.StringIO(printed))
    assert code == 0 and errors == ""
    assert (ana["student"], ana["percent"], ben["student"]) == ("ana", "100", "'=ben")
    assert float(ben["percent"]) < 100
    out = tmp_path / "scores.json"
    code, printed, _ = convclass("grade", tmp_path / "answers.json", "--out", out, "--rule", "all-or-nothing")
    assert code == 0 and printed == f"{out}: 2 students\n"
    assert json.loads(out.read_text())[0]["points"] == json.loads(out.read_text())[0]["out_of"]


def test_a_class_is_analysed(convclass, course: Path, tmp_path: Path):
    (tmp_path / "answers.json").write_text(json.dumps(responses(course)))
    out = tmp_path / "page.html"
    code, printed, _ = convclass("analyse", tmp_path / "answers.json", "--out", out)
    assert code == 0 and "2 students" in printed and "item analysis" in out.read_text()


def test_answers_on_paper_come_as_csv(convclass, course: Path, tmp_path: Path):
    (tmp_path / "answers.csv").write_text("student,1,99\nAna,a,b\n")
    code, printed, errors = convclass("grade", tmp_path / "answers.csv", "--assignment", "01")
    assert code == 0 and printed.splitlines()[1].startswith("Ana,01_convolution-000000000000-")
    assert "1 answers to no question" in errors


def test_the_preview_is_a_page(convclass, monkeypatch: pytest.MonkeyPatch):
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: not opened.append(url))
    code, printed, _ = convclass("preview", "01")
    path = Path(printed.strip())
    assert code == 0 and opened == [path.as_uri()] and 'id="key"' in path.read_text()
    _, printed, _ = convclass("preview", "01", "--graded", "--no-browser")
    assert len(opened) == 1 and 'id="key"' not in Path(printed.strip()).read_text()


def test_a_file_may_have_any_name(convclass, tmp_path: Path):
    code, _, errors = convclass("export", "01", "--format", "gift", "--out", str(tmp_path / "x.txt"))
    assert code == 0 and "ends with .gift as a rule" in errors
    _, _, silent = convclass("export", "01", "--format", "gift", "--out", str(tmp_path / "x.gift"))
    assert silent == "" and (tmp_path / "x.gift").read_bytes() == (tmp_path / "x.txt").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["export", "77", "--format", "gift", "--out", "x.gift"], "no assignment"),
        (["export", "01", "--format", "word", "--out", "x.doc"], "choose one of moodle"),
        (["export", "01", "--format", "gift", "--out", "/proc/x.gift"], "cannot be written"),
        (["export", "01", "--format", "gift", "--out", "{tmp}/x.gift", "--count", "999"], "questions"),
        (["export", "01", "--format", "gift", "--out", "{tmp}/x.gift", "--student", "a", "--variants", "2"], "exclude"),
        (["grade", "{tmp}/none.csv"], "none.csv: No such file"),
        (["grade", "{tmp}/unnamed.json"], "--assignment"),
        (["grade", "{tmp}/other.json"], "no variant"),
        (["grade", "{tmp}/unnamed.json", "--out", "{tmp}/x.xls"], ".csv or .json"),
    ],
)
def test_bad_input_ends_with_2_and_a_remedy(convclass, tmp_path: Path, arguments: list[str], says: str):
    (tmp_path / "unnamed.json").write_text('{"answers": {}}')
    (tmp_path / "other.json").write_text('{"variant": "nonsense\\u001b[31m", "answers": {}}')
    code, _, errors = convclass(*(a.replace("{tmp}", str(tmp_path)) for a in arguments))
    assert code == 2 and says.replace("{tmp}", str(tmp_path)) in errors and len(errors.splitlines()) == 1
    assert "\x1b" not in errors


def test_a_missing_extra_is_told(convclass, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "lxml" else object())
    code, _, errors = convclass("preview", "01")
    assert code == 2 and errors == "convclass: quizzes need lxml; type: pip install 'convclass[quiz]'\n"
