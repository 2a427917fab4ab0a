# ruff: noqa: E501 - one way to write it per line
"""What a module mentions: a table of the ways in which a forbidden call can be written."""

import pytest

from convclass.sandbox.notebook import read_source
from convclass.sandbox.scan import KEPT, MAX_USES, TOO_MANY, canonical, scan

CONV = "torch.nn.functional.conv2d"


def uses(source, function="conv2d"):
    """All names that `function` uses, through whatever it calls."""
    found = scan(read_source(source.encode(), "m.py"))
    reached, waiting = set(), [function]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += found.calls.get(name, ())
    return {use.name for use in found.uses if use.function in reached}


@pytest.mark.parametrize(
    ("head", "body", "name"),
    [
        ("import torch.nn.functional as F", "F.conv2d(x, w)", CONV),
        ("import torch", "torch.nn.functional.conv2d(x, w)", CONV),
        ("import torch", "torch.conv2d(x, w)", "torch.conv2d"),
        ("from torch import conv2d as c", "c(x, w)", "torch.conv2d"),
        ("from torch.nn import functional", "functional.conv2d(x, w)", CONV),
        ("from torch.nn.functional import *", "unfold(x, w)", "torch.nn.functional.unfold"),
        ("import torch.nn.functional as F\nf = F.conv2d", "f(x, w)", CONV),
        ("import torch.nn.functional as F\ng = F\nf = g", "f.conv2d(x, w)", CONV),
        ("import torch.nn.functional as F\nf, g = F.conv2d, F.pad", "f(x, w)", CONV),
        ("import torch.nn.functional as F", "getattr(F, 'conv2d')(x, w)", CONV),
        ("import torch.nn.functional as F", "getattr(F, 'con' + 'v2d')(x, w)", CONV),
        ("import torch.nn.functional as F", "vars(F)['conv2d'](x, w)", CONV),
        ("import torch.nn.functional as F", "F.__dict__['conv2d'](x, w)", CONV),
        ("import torch.nn.functional as F", "getattr(F, w)(x, w)", "builtins.getattr"),
        ("import torch.nn.functional as F", "(f := F.conv2d)(x, w)", CONV),
        ("import torch.nn.functional as F", "(F.conv2d if x else F.pad)(x, w)", CONV),
        ("import torch.nn.functional as F", "[F.conv2d][0](x, w)", CONV),
        ("import importlib", "importlib.import_module('torch.nn.functional').conv2d(x, w)", CONV),
        ("from importlib import import_module as load", "load('torch').conv2d(x, w)", "torch.conv2d"),
        ("", "__import__('torch').conv2d(x, w)", "torch.conv2d"),
        ("import sys", "sys.modules['torch'].conv2d(x, w)", "torch.conv2d"),
        ("import torch", "torch.nn.functional.torch.conv2d(x, w)", "torch.conv2d"),
        ("import torch", "torch.functional.F.conv2d(x, w)", CONV),
        ("import torch", "torch.nn.Conv2d(1, 1, 1)(x)", "torch.nn.Conv2d"),
        ("import torch", "torch.ops.aten.convolution(x, w)", "torch.ops.aten.convolution"),
        ("", "x.unfold(2, 3, 1)", "torch.Tensor.unfold"),
        ("", "x.sum().backward()", "torch.Tensor.backward"),
        ("", "x.requires_grad_()", "torch.Tensor.requires_grad_"),
        ("", "getattr(x, 'unfold')(2, 3, 1)", "torch.Tensor.unfold"),
        ("import torch", "torch.Tensor.unfold(x, 2, 3, 1)", "torch.Tensor.unfold"),
        ("", "exec('import torch')", "builtins.exec"),
        ("", "eval('x')", "builtins.eval"),
        ("import functools, torch.nn.functional as F\nhelp = functools.partial(F.conv2d, stride=2)", "help(x, w)", CONV),
        ("import torch.nn.functional as F\nhelp = lambda x, w: F.conv2d(x, w)", "help(x, w)", CONV),
        ("import torch.nn.functional as F\ndef a(x): return b(x)\ndef b(x): return F.unfold(x)", "a(x)", "torch.nn.functional.unfold"),
        ("import torch.nn.functional as F\nclass A:\n    def run(self, x): return F.unfold(x)", "A().run(x)", "torch.nn.functional.unfold"),
    ],
)  # fmt: skip
def test_a_use_is_found(head, body, name):
    assert name in uses(f"{head}\ndef conv2d(x, w):\n    return {body}\n")


def test_a_default_argument_and_a_nested_function_are_read():
    source = "import torch.nn.functional as F\ndef conv2d(x, w, f=F.conv2d):\n    def inner():\n        return F.unfold(x)\n    return f(x, w)"
    assert {CONV, "torch.nn.functional.unfold"} <= uses(source)


def test_a_function_that_is_only_imported_is_a_use():
    assert uses("from torch.nn.functional import conv2d") == {CONV}
    assert CONV in uses("import torch.nn.functional as F\nconv2d = F.conv2d")


@pytest.mark.parametrize(
    "source",
    [
        "def unfold(x): return x\ndef conv2d(x, w): return unfold(x)",
        "from torch.nn.functional import conv2d\ndef conv2d(x, w): return x",
        "import torch.nn.functional as F\ndef other(x): return F.conv2d(x)\ndef conv2d(x, w): return x",
        "class Layer:\n    def unfold(self): pass\n    def run(self): self.unfold()\ndef conv2d(x, w): return Layer().run()",
        "def conv2d(x, w):\n    'F.conv2d(x, w)'\n    return 'torch.conv2d'",
    ],
)
def test_what_is_no_use(source):
    assert not {name for name in uses(source) if "conv2d" in name or "unfold" in name}


def test_uses_carry_their_line_and_their_function():
    found = scan(
        read_source(b"import torch\n\ndef f(x):\n    return torch.conv2d(x)\n\ntorch.manual_seed(0)\n", "m.py")
    )
    in_f, at_top = found.uses
    assert (in_f.name, in_f.line, in_f.function, in_f.source) == ("torch.conv2d", 4, "f", "return torch.conv2d(x)")
    assert (at_top.name, at_top.line, at_top.function) == ("torch.manual_seed", 6, "")


def test_canonical_names():
    assert canonical("numpy.linalg.norm") == "numpy.linalg.norm"
    assert canonical("torch.nn.functional.F.conv2d") == "torch.nn.functional.conv2d"


@pytest.mark.parametrize(
    "line",
    ["kept.append(F.conv2d)", "F.hypot = F.conv2d", "for f in [F.conv2d]: pass", "kept.append(getattr(F, 'conv2d'))"],
)
def test_what_is_kept_outside_of_every_function_is_told_apart_from_what_is_called_there(line):
    found = scan(read_source(f"import torch.nn.functional as F\nkept = []\n{line}\n".encode(), "a.py"))
    assert f"{KEPT}torch.nn.functional.conv2d" in {use.name for use in found.uses}


@pytest.mark.parametrize("line", ["print(F.conv2d(x, y))", "conv = F.conv2d", "def f(g=F.conv2d): return g"])
def test_a_demonstration_and_an_alias_keep_nothing(line):
    found = scan(read_source(f"import torch.nn.functional as F\n{line}\n".encode(), "a.py"))
    assert not any(use.name.startswith(f"{KEPT}torch.nn.functional.conv2d") for use in found.uses)


def test_more_names_than_are_looked_at_are_told():
    found = scan(read_source("\n".join(f"a.b{n}" for n in range(MAX_USES + 100)).encode(), "a.py"))
    assert [use.name for use in found.uses][-1] == TOO_MANY


def test_a_class_pattern_mentions_the_attributes_that_it_gets():
    source = b"import torch\ndef f(x):\n    match torch:\n        case object(conv2d=g):\n            return g(x)\n"
    assert "torch.conv2d" in {use.name for use in scan(read_source(source, "a.py")).uses}
