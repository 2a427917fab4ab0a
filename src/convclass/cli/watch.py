"""`convclass watch`: the check again at every save."""

from __future__ import annotations

from pathlib import Path

from convclass.cli.check import Target, examine

QUIET_MS = 50  # editors write a file in several steps; this long without a change counts as saved


def watch(path: Target = Path()) -> None:
    """Check your file at every save; stop with Ctrl-C."""
    from rich.console import Console
    from watchfiles import watch as changes

    from convclass.home import file_and_tests
    from convclass.report.terminal import check_report

    console = Console()
    file, _ = file_and_tests(path)

    def show() -> None:
        console.clear()
        examined = examine(file)
        console.print(check_report(examined.tests, examined.notices))
        console.print(f"\nWatching {file.name}; stop with Ctrl-C.", style="dim", markup=False)

    show()
    for changed in changes(file.resolve().parent, debounce=QUIET_MS, step=QUIET_MS // 2, raise_interrupt=False):
        if any(Path(name).name == file.name for _, name in changed) and file.exists():
            show()
