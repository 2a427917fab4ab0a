"""A variant takes with it what it needs of its file, and nothing else."""

import ast

from convclass.exam.question import Variant
from convclass.exam.substitute import substituted

VARIANTS = """
import torch
from convclass.exam import alternative

SIZES = one, two = 1, 2
OTHER = 5


class Layer:
    def run(self, x):
        return helper(x) + SIZES[0]


def helper(x):
    return x * factor()


def factor():
    return 3


def forbidden(x):
    return torch.nn.functional.conv2d(x, x)


@alternative("f", "needs a class")
def f_of_layers(x):
    return Layer().run(x)


@alternative("g", "needs what f must not call")
def g_of_convolutions(x):
    return forbidden(x) + OTHER
"""


def test_a_variant_brings_what_it_needs_and_nothing_else(tmp_path):
    file = tmp_path / "alternatives.py"
    file.write_text(VARIANTS)

    def f_of_layers(x):
        """Stands for the variant of that name."""

    source = substituted(b"def f(x):\n    return 0\n", file, Variant("f", "", "", f_of_layers)).decode()
    names = {}
    exec(source, names)
    assert names["f"](5) == 16
    assert "conv2d" not in source
    assert "OTHER" not in source
    kept = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    assert kept == {"f", "_variant", "Layer", "run", "helper", "factor", "f_of_layers"}
