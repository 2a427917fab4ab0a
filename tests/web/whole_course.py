"""The tiny course with a quiz and with everything that students get."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from tinycourse import write_tiny_course

from convclass.course import find_assignment
from convclass.release.writer import released_files, write

ASSIGNMENT = "06_scaling"
QUIZ = '''
    from convclass.quiz.authoring import *


    def doubled(draw):
        """Twice a number"""
        number = draw.integer("number", 2, 900)
        return numeric(
            2 * number,
            [Mistake("scale_squared", number**2 + 5000, "That is the square.")],
            prompt=f"What is twice {number}?", claim=1, level=COMPUTE, points=2, explanation="SECRET-EXPLANATION",
        )


    def factor():
        """What the factor does"""
        return single(
            None, "multiplies", [Mistake("scale_added", "adds", "SECRET-FEEDBACK")],
            prompt="What does the factor do?", claim=1, level=RECALL,
        )


    def statements():
        """What is so"""
        return multiple(
            None,
            [Statement("2 is even", True, "", ""), Statement("4 is even", True, "", ""),
             Statement("3 is even", False, "scale_added", "It is odd.")],
            prompt="What is so?", claim=1, level=RECALL,
        )


    def order():
        """From small to large"""
        return ordering(["one", "two", "three"], prompt="Sort them.", claim=1, level=RECALL)


    def gaps():
        """Two gaps"""
        return cloze(
            [number_gap("three", 3), word_gap("word", "scale")],
            prompt="Two and one is {{three}}; the function is called {{word}}.", claim=1, level=RECALL,
        )
    '''
HANDOUT = """
    # Scaling

    Two functions, and [a page](https://example.org/) about them. <script>alert(1)</script>

    | file | what |
    | --- | --- |
    | `scaling.py` | the module |

    ![A bar](figures/bar.svg)
    """
FIGURES = '''
    """The picture of the handout."""

    from matplotlib.figure import Figure


    def figures():
        figure = Figure(figsize=(3, 1))
        figure.subplots().bar(["x", "2 x"], [1, 2])
        return {"bar": figure}
    '''


def write_whole_course(folder: Path) -> Path:
    """Write the course into `folder`, release it, and return it."""
    write_tiny_course(folder)
    solution = folder / "solutions" / ASSIGNMENT
    for name, text in (("quiz.py", QUIZ), ("handout.md", HANDOUT), ("handout.py", FIGURES)):
        (solution / name).write_text(dedent(text).lstrip(), encoding="utf-8")
    assignment = find_assignment(folder, ASSIGNMENT)
    write(released_files(assignment), assignment.released)
    return folder
