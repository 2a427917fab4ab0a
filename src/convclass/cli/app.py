"""The typer application: every command by its name."""

from __future__ import annotations

from typing import Annotated

import typer

from convclass import __version__
from convclass.cli.audit import audit
from convclass.cli.check import check
from convclass.cli.demo import demo
from convclass.cli.doctor import doctor
from convclass.cli.grade import grade
from convclass.cli.gradebook import gradebook
from convclass.cli.lti import lti
from convclass.cli.quiz import quiz
from convclass.cli.release import release
from convclass.cli.serve import serve
from convclass.cli.verify import verify
from convclass.cli.watch import watch

app = typer.Typer(
    name="convclass",
    help="An auto-graded course on convolutional against fully connected networks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its panels would cost more than the rest of a command: rich is loaded when it is used
)
for command in (check, watch, grade, release, verify, serve, doctor, demo, audit):
    app.command()(command)
app.add_typer(quiz, name="quiz")
app.add_typer(gradebook, name="gradebook")
app.add_typer(lti, name="lti")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"convclass {__version__}")
        raise typer.Exit


@app.callback()
def convclass(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """An auto-graded course on convolutional against fully connected networks."""
