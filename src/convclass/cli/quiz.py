"""`convclass quiz export | grade | analyse | preview`: the quizzes leave, come back and are understood."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convclass.course import Assignment, CourseError, assignments, find_assignment, find_course

if TYPE_CHECKING:
    from convclass.lms.formats import Format
    from convclass.lms.support import Exported
    from convclass.quiz.models import Quiz
    from convclass.quiz.responses import Response
    from convclass.quiz.scores import StudentScore
    from convclass.quiz.scoring import Rule

quiz = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_EXTRA = ("latex2mathml", "lxml", "markdown_it", "matplotlib", "mdit_py_plugins", "pydantic")
_FORMATS = "moodle, gift, qti12, qti21, qti3, cc, blackboard, brightspace, jupyterquiz, html, paper"
_AssignmentArgument = Annotated[str, typer.Argument(help="Such as 01_convolution, convolution or 01.")]
_Responses = Annotated[Path, typer.Argument(help="A CSV or JSON file of answers, or a folder of them.")]
_OfAssignment = Annotated[
    str | None, typer.Option("--assignment", help="What was answered, where the answers name no variant.")
]


@quiz.callback()
def needs_its_extra() -> None:
    """The quizzes of the assignments: export, grade, analyse, preview."""
    from importlib.util import find_spec

    missing = [name for name in _EXTRA if find_spec(name) is None]
    if missing:
        raise CourseError(f"quizzes need {', '.join(missing)}; type: pip install 'convclass[quiz]'")


class _Rules(StrEnum):
    """Names of partial credit rules; `usual` is what learning management systems do for each kind."""

    USUAL = "usual"
    ALL_OR_NOTHING = "all-or-nothing"
    RIGHT_MINUS_WRONG = "right-minus-wrong"
    PER_OPTION = "per-option"


@quiz.command()
def export(
    assignment: _AssignmentArgument,
    format_: Annotated[str, typer.Option("--format", help=f"One of {_FORMATS}.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write.")],
    student: Annotated[str | None, typer.Option(help="The variant of this student.")] = None,
    variants: Annotated[
        int | None, typer.Option(min=1, max=1000, help="So many variants, in files that are numbered.")
    ] = None,
    count: Annotated[
        int | None, typer.Option(min=1, help="So many questions, drawn so that claims take turns.")
    ] = None,
) -> None:
    """Write a quiz in one of the formats, and say what the format cannot."""
    chosen = _format(format_)
    if student is not None and variants is not None:
        raise CourseError("--student and --variants exclude each other; give one of them")
    found = find_assignment(find_course(), assignment)
    for path, made in _quizzes(found, out, student, variants, count):
        _write(path, _exported(made, chosen, path), made)
    _print_rules(chosen, {question.kind for question in made.questions})


@quiz.command()
def grade(
    responses: _Responses,
    assignment: _OfAssignment = None,
    rule: Annotated[_Rules, typer.Option(help="How an answer that is partly right is counted.")] = _Rules.USUAL,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="A .csv or .json file.", show_default="as CSV, here")
    ] = None,
) -> None:
    """Score the answers of a class."""
    from convclass.quiz.scores import as_csv, as_json

    if out is not None and out.suffix.lower() not in (".csv", ".json"):
        raise CourseError(f"{out}: scores are written as .csv or .json; end the name with one of these")
    scores = _scores(responses, assignment, _rule(rule))
    written = as_json(scores) if out is not None and out.suffix.lower() == ".json" else as_csv(scores)
    if out is None:
        typer.echo(written, nl=False)
        return
    _save(out, written.encode())
    typer.echo(f"{out}: {len(scores)} student{'' if len(scores) == 1 else 's'}")


@quiz.command()
def analyse(
    responses: _Responses,
    assignment: _OfAssignment = None,
    rule: Annotated[_Rules, typer.Option(help="How an answer that is partly right is counted.")] = _Rules.USUAL,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The page.")] = Path("quiz-analysis.html"),
) -> None:
    """Say which questions work, which to mend, and what the class believes."""
    from convclass.quiz.analysis import analyse as analysis_of
    from convclass.quiz.analysis_page import page

    scores = _scores(responses, assignment, _rule(rule))
    quizzes = sorted({score.quiz.assignment for score in scores})
    if len(quizzes) > 1:
        raise CourseError(f"{responses}: answers to several quizzes ({', '.join(quizzes)}); analyse one at a time")
    made = analysis_of(scores)
    _save(out, page(made, scores[0].quiz.title).encode())
    worth = "none" if made.reliability is None else f"{made.reliability:.2f}"
    typer.echo(f"{out}: {made.students} students, {len(made.items)} questions, {made.reliability_name} {worth}")
    for item in made.items:
        for advice in item.advice:
            typer.echo(f"  {item.question.title}: {advice}")


@quiz.command()
def preview(
    assignment: _AssignmentArgument,
    student: Annotated[str | None, typer.Option(help="The variant of this student.")] = None,
    graded: Annotated[bool, typer.Option("--graded", help="As in a graded quiz: without key and feedback.")] = False,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it.")] = True,
) -> None:
    """Show the practice page of a quiz in the browser. Nothing leaves this machine."""
    import webbrowser
    from tempfile import mkdtemp

    from convclass.lms.html import page

    found = find_assignment(find_course(), assignment)
    path = Path(mkdtemp(prefix="convclass-quiz-")) / f"{found.name}.html"
    made = _one(found, student, None)
    path.write_text(page(made, graded=graded), encoding="utf-8")
    typer.echo(str(path))
    if browser and not webbrowser.open(path.as_uri()):
        typer.echo("no browser could be opened; open the file yourself", err=True)


def _format(name: str) -> Format:
    from convclass.lms.formats import Format

    try:
        return Format(name)
    except ValueError:
        raise CourseError(f"--format {name}: no such format; choose one of {', '.join(Format)}") from None


def _quizzes(
    assignment: Assignment, out: Path, student: str | None, variants: int | None, count: int | None
) -> list[tuple[Path, Quiz]]:
    if variants is None:
        return [(out, _one(assignment, student, count))]
    digits = len(str(variants))
    return [
        (out.with_stem(f"{out.stem}-{i:0{digits}}"), _one(assignment, f"variant {i}", count))
        for i in range(1, variants + 1)
    ]


def _one(assignment: Assignment, student: str | None, count: int | None) -> Quiz:
    """The quiz of a student, or the one for all."""
    from convclass.quiz import bank, variants

    seed = 0 if student is None else variants.seed_of(assignment.name, student)
    return variants.variant(bank.load(assignment), seed, count)


def _exported(made: Quiz, format_: Format, path: Path) -> Exported:
    from convclass.lms.formats import exporter

    chosen = exporter(format_)
    if path.suffix.lower() != chosen.suffix:
        typer.echo(
            f"{path}: a {format_} file ends with {chosen.suffix} as a rule; whoever reads it may ask for that", err=True
        )
    return chosen.export(made)


def _write(path: Path, exported: Exported, made: Quiz) -> None:
    _save(path, exported.content)
    written = len(made.questions) - len(exported.left_out)
    typer.echo(f"{path}: {written} of {len(made.questions)} questions, variant {made.variant}")
    for addition, content in exported.beside:
        beside = path.with_stem(path.stem + addition)
        _save(beside, content)
        typer.echo(f"{beside}: belongs to it")
    for question, cause in exported.left_out:
        typer.echo(f"left out: {question.title} ({question.family}): {cause}", err=True)


def _print_rules(format_: Format, kinds: set[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    from convclass.lms.formats import rules

    table = Table("", f"in {format_}", box=None, pad_edge=False, header_style="bold")
    for kind, words in rules(format_, kinds):
        table.add_row(kind, words)
    Console().print(table)


def _rule(rule: _Rules) -> Rule | None:
    from convclass.quiz.scoring import Rule

    return None if rule is _Rules.USUAL else Rule(rule.value)


def _scores(path: Path, assignment: str | None, rule: Rule | None) -> list[StudentScore]:
    from convclass.quiz.responses import answers_of, read
    from convclass.quiz.scores import StudentScore
    from convclass.quiz.scoring import score_quiz
    from convclass.report.text import terminal

    course = find_course()
    quizzes: dict[str, Quiz] = {}
    scores = []
    for response in read(path):
        if response.variant not in quizzes:
            quizzes[response.variant] = _answered(course, path, response, assignment)
        made = quizzes[response.variant]
        answers, unknown = answers_of(response, made)
        if unknown:
            who = terminal(response.student)[:80]
            typer.echo(f"{path}: {who}: {len(unknown)} answers to no question of {made.variant} are ignored", err=True)
        scores.append(StudentScore(response.student, made, score_quiz(made, answers, rule), unknown))
    return scores


def _answered(course: Path, path: Path, response: Response, assignment: str | None) -> Quiz:
    from convclass.quiz.variants import reprint
    from convclass.report.text import terminal

    if response.variant:
        try:
            return reprint(course, response.variant)
        except CourseError as error:
            raise CourseError(f"{path}: {terminal(str(error))}") from None
    if assignment is None:
        known = ", ".join(a.name for a in assignments(course))
        raise CourseError(f"{path}: names no variant; say what was answered with --assignment (one of {known})")
    return _one(find_assignment(course, assignment), None, None)


def _save(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise CourseError(f"{path}: cannot be written ({error.strerror or error}); choose another place") from None
