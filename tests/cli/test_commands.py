"""The commands as a whole: that they are listed as they are, and that each loads no more than it needs."""

import subprocess
import sys

import pytest

from convclass.cli.app import COMMANDS, loaded

IMPORTED = "import sys; sys.argv = {arguments!r}\nfrom convclass.cli import main\ntry:\n    main()\n"
IMPORTED += "except SystemExit:\n    pass\nprint('LOADED', *{{name.split('.')[0] for name in sys.modules}} & {heavy!r})"
HEAVY = {"torch", "numpy", "rich", "sqlalchemy", "jinja2", "matplotlib", "pytest", "flask", "lxml", "nbformat", "yaml"}
OF_CHECK = {"torch", "numpy", "rich"}


def heavy_after(*arguments, cwd):
    code = IMPORTED.format(arguments=["convclass", *arguments], heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, timeout=120)
    assert "LOADED" in done.stdout, done.stdout + done.stderr
    return set(done.stdout.rpartition("LOADED")[2].split()), done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_by_the_first_line_of_its_own_help(name):
    assert loaded(name).help.partition("\n")[0] == COMMANDS[name]


def test_help_lists_every_command_and_loads_none(tmp_path):
    used, printed = heavy_after("--help", cwd=tmp_path)
    assert used == set()
    assert all(f"\n  {name} " in printed for name in COMMANDS)


def test_a_mistyped_command_is_guessed(tmp_path):
    command = [sys.executable, "-c", "from convclass.cli import main; main()", "chek"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "Did you mean 'check'?" in done.stderr


def test_check_loads_what_it_uses_and_no_more(tiny_course):
    from convclass.course import Assignment
    from convclass.release.writer import released_files, write

    assignment = Assignment("06_scaling", tiny_course)
    write(released_files(assignment), assignment.released)
    used, printed = heavy_after("check", cwd=assignment.released)
    assert used == OF_CHECK and "scale" in printed
