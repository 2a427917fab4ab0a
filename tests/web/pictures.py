"""Makes the README's pictures: `PYTHONPATH=src:tests python -m web.pictures` writes tests/web/pictures/*.png.

They are what Chromium shows of a page of Open edX with the tool in its frame, after a class of four has handed in.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image
from web.campus import ROSTER, TEACHER, Campus, campus
from web.chromium import browser
from web.lms_page import Frame, open_block

from convclass.course import find_assignment
from convclass.exam.collect import variants
from convclass.exam.substitute import substituted
from convclass.release.module import solution_module

COURSE = Path(__file__).parents[2]
FOLDER = Path(__file__).parent / "pictures"
WORK = "01_convolution"
SIZE = {"width": 1100, "height": 980}
LARGEST = 150_000
COLOURS = 96


def main() -> None:
    """Hand in, look, and take the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with campus(folder, COURSE, tls=True) as here, browser(folder / "profile", viewport=SIZE) as context:
            here.add_link("homework", "assignment", WORK, title="Convolution", points=20)
            here.add_link("quiz", "quiz", WORK, title="Quiz on convolution", points=20)
            for username, source in zip(ROSTER, _files(folder), strict=True):
                frame = open_block(context, here, username, "homework")
                frame.hand_in("convolution.py", source)
                frame.text("p.score", seconds=240)
                if username == "ada":
                    _look(frame, "feedback")
            _student(context, here)
            _quiz(context, here)
            frame = open_block(context, here, TEACHER, "homework")
            frame.sees("Kim Park")
            _look(frame, "instructor")


def _files(folder: Path) -> list[bytes]:
    """What the class hands in: two files with a known mistake, a right one, and the solution once more."""
    assignment = find_assignment(COURSE, WORK)
    solution = solution_module(assignment)
    known = variants(assignment.autograder / "misconceptions.py")
    wrong = [_with(solution, assignment.autograder / "misconceptions.py", known[name][0]) for name in list(known)[:2]]
    return [*wrong, solution, solution + b"\n"]


def _with(solution: bytes, file: Path, variant) -> bytes:
    return substituted(solution, file, variant)


def _student(context, here: Campus) -> None:
    frame = open_block(context, here, "ada", "homework")
    frame.sees("Your attempts")
    _look(frame, "student")


def _quiz(context, here: Campus) -> None:
    frame = open_block(context, here, "ada", "quiz")
    frame.press("Begin attempt 1")
    frame.answer_quiz()
    frame.sees("Saved at")
    frame.inside.locator("section.question").first.scroll_into_view_if_needed()
    _look(frame, "quiz")


def _look(frame: Frame, name: str) -> None:
    """Save what is shown, with few enough colours to be small."""
    path = FOLDER / f"{name}.png"
    frame.page.wait_for_load_state("networkidle")
    frame.page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True)
    assert path.stat().st_size < LARGEST, f"{path} has {path.stat().st_size} bytes"


if __name__ == "__main__":
    main()
