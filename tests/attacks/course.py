"""A course with one small assignment for the attacks: short limits, and a secret in everything that must not leak."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

FULL = 7.0  # what an honest student earns
MOST = 8.0  # and who knows the secret
FILES = {
    "solutions/07_sealed/sealed.py": '"""Written by hand, never given out. {canary}"""\n',
    "assignments/07_sealed/README.md": "# Sealed\n",
    "assignments/07_sealed/sealed.py": """
        def double(x):
            raise NotImplementedError("double: return 2 x")
        """,
    "assignments/07_sealed/test_public.py": '''
        import torch

        from convclass.exam import question


        @question("double", hints="Every number twice.", seconds=0.4)
        def test_public_double(check):
            """double doubles the numbers of a table"""
            check.double(torch.arange(6.0).reshape(2, 3))
        ''',
    "autograder/07_sealed/reference.py": '''
        """The right answers, and the secret."""

        import torch

        CANARY = "{canary}"

        def double(x):
            return x + x

        def shaped(x):
            return x + 1

        def conv(x, weight):
            return torch.nn.functional.conv2d(x.double(), weight.double()).to(x.dtype)

        def spill():
            return CANARY
        ''',
    "autograder/07_sealed/test_hidden.py": '''
        import pytest

        from convclass.exam import question
        from convclass.exam.forbidden import CONVOLUTIONS

        CANARY = "{canary}"

        @question("double", points=4, seconds=0.4)
        @pytest.mark.parametrize("shape", [(2, 3), (5,), (1, 4, 2), (3, 3)])
        def test_double(check, tensors, shape):
            """double doubles whatever it is given"""
            check.double(tensors(*shape))

        @question("conv", points=2, forbidden=CONVOLUTIONS, seconds=0.4)
        @pytest.mark.parametrize("whole", [False, True])
        def test_conv(check, tensors, whole):
            """conv moves the kernel over the image"""
            x, weight = tensors(1, 2, 5, 4), tensors(3, 2, 2, 3)
            check.conv((10 * x).round().long() if whole else x, (10 * weight).round().long() if whole else weight)

        @question("shaped", points=1, seconds=0.4)
        def test_shaped(check, tensors):
            """shaped adds one"""
            check.shaped(tensors(2, 3))

        @question("spill", points=1, seconds=0.4)
        def test_spill(check):
            """spill knows what nobody can know"""
            check.spill()
        ''',
    "autograder/07_sealed/misconceptions.py": """
        from convclass.exam import misconception

        @misconception("double", "squared", "Twice is not squared. ({canary} stays here)")
        def squared(x):
            return x * x
        """,
}


def write_course(folder: Path, canary: str) -> Path:
    """Write the course into `folder` and return it."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip().replace("{canary}", canary), encoding="utf-8")
    return folder
