"""A course of one assignment with two functions, small enough to read at a glance."""

from pathlib import Path
from textwrap import dedent

FILES = {
    "solutions/06_scaling/scaling.py": '''
        # %% [markdown]
        # # Scaling

        # %%
        """Scaling tensors."""

        import torch

        # %%
        def scale(x, factor=2):
            """Return x times factor."""
            ### BEGIN SOLUTION: multiply every element by the factor
            return x * factor
            ### END SOLUTION


        # %% tags=["public"]
        import torch

        from convclass.exam import question


        # %% tags=["public"]
        @question("scale", hints="Every element is multiplied.")
        def test_public_scale(check):
            """scale multiplies by the factor"""
            check.scale(torch.arange(6.0).reshape(2, 3), factor=3)


        # %%
        def shift(x, by):
            """Return x plus by."""
            ### BEGIN SOLUTION: add to every element
            return scale(x, factor=1) + by
            ### END SOLUTION


        # %% tags=["public"]
        @question("shift", hints="Every element grows by the same amount.")
        def test_public_shift(check):
            """shift adds the amount"""
            check.shift(torch.ones(2, 2), 4)
        ''',
    "solutions/06_scaling/handout.md": "# Scaling\n\nTwo functions.\n",
    "autograder/06_scaling/reference.py": '''
        """The right answers."""

        def scale(x, factor=2):
            if factor == 0:
                raise ValueError("the factor is 0")
            return x * factor

        def shift(x, by):
            return x + by
        ''',
    "autograder/06_scaling/test_hidden.py": '''
        import pytest
        from convclass.exam import question

        @question("scale", points=4, forbidden=("torch.mul", "aten::mul_*"))
        @pytest.mark.parametrize("factor", [2, 3, 5, -1])
        def test_scale(check, tensors, factor):
            """scale multiplies by the factor, whatever it is"""
            check.scale(tensors(3, 4), factor=factor)

        @question("shift", points=2, after="scale")
        def test_shift(check, tensors):
            """shift adds the amount"""
            check.shift(tensors(2, 5), 1.5)

        @question("shift", points=1, after="scale")
        def test_shift_twice(check, student, tensors):
            """shift by two is shift by one, twice"""
            x = tensors(3)
            once = student.shift(x, 1)
            check.shift(once, 1)
            check.same(student.shift(once, 1), student.shift(x, 2), "shifting twice by one")
        ''',
    "autograder/06_scaling/misconceptions.py": """
        from convclass.exam import misconception

        def _add(x, amount):
            return x + amount

        @misconception("scale", "factor added", "The factor multiplies; yours is added.")
        def scale_added(x, factor=2):
            return _add(x, factor)

        @misconception("scale", "factor squared", "Multiply once, not twice.")
        def scale_squared(x, factor=2):
            return x * factor * factor

        @misconception("shift", "amount subtracted", "The amount is added; yours is taken away.")
        def shift_subtracted(x, by):
            return _add(x, -by)
        """,
    "autograder/06_scaling/alternatives.py": """
        from convclass.exam import alternative

        @alternative("scale", "division")
        def scale_by_division(x, factor=2):
            return x / (1 / factor)
        """,
}


def write_tiny_course(folder: Path) -> Path:
    """Write the course into `folder` and return it."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip(), encoding="utf-8")
    return folder
