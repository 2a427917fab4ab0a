"""The typer application: every command by its name, loaded when it is run."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from convclass import __version__

if TYPE_CHECKING:
    from click import Command, Context, HelpFormatter

COMMANDS = {
    "check": "Check your file with the public tests, and learn what is wrong with it.",
    "watch": "Check your file at every save; stop with Ctrl-C.",
    "grade": "Grade a class. Started again, it grades only what is new or unfinished.",
    "release": "Generate what students get, from solutions/ and autograder/, or a package for another tool.",
    "verify": "Prove that the stub scores 0, the solution everything, and that every misconception is named.",
    "serve": "Serve the course as an LTI 1.3 tool: pages, graders, and the return of grades.",
    "doctor": "Say what this machine offers: isolation level, GPU, memory, missing parts and how to get them.",
    "demo": "Grade the sample class of the first assignment, from nothing, and say where the pages are.",
    "audit": "Check the log of what instructors changed: every entry as it was written, none missing.",
    "quiz": "The quizzes of the assignments: export, grade, analyse, preview.",
    "gradebook": "Grades for other tools' gradebooks.",
    "lti": "The platforms that the LTI tool knows, and its keys.",
}
"""Each command with the first line of its own help: to read these from twelve modules would take as long as a check."""

_PLAIN: dict[str, Any] = {"add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None}
"""rich's panels would cost more than the rest of a command; rich is loaded where it is used."""


class Commands(TyperGroup):
    """The commands; `commands` holds their names and first lines, and `get_command` the real one."""

    def __init__(self, **about: Any) -> None:
        lines: Any = {name: TyperCommand(name=name, help=line) for name, line in COMMANDS.items()}
        super().__init__(**about | {"commands": lines})

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:  # type: ignore[override, unused-ignore]
        """The command of that name, loaded."""
        return loaded(cmd_name) if cmd_name in self.commands else None

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # type: ignore[override, unused-ignore]
        """List the commands by their first lines."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def loaded(name: str) -> Any:
    """The command, or the group of commands, in convclass.cli of that name."""
    found = getattr(import_module(f"convclass.cli.{name}"), name)
    if isinstance(found, typer.Typer):
        return get_group(found)
    alone = typer.Typer(**_PLAIN)
    alone.command(name)(found)
    return get_command(alone)


app = typer.Typer(
    name="convclass",
    cls=Commands,
    help="An auto-graded course on convolutional against fully connected networks.",
    no_args_is_help=True,
    **_PLAIN,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"convclass {__version__}")
        raise typer.Exit


@app.callback()
def convclass(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """An auto-graded course on convolutional against fully connected networks."""
