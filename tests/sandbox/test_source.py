"""Reading submissions: .py and .ipynb, whole and broken."""

import ast
import json

import pytest

from convclass.sandbox.notebook import read_source
from convclass.sandbox.source import SourceError


def notebook(*cells):
    code = [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells]
    text = {"cell_type": "markdown", "source": "# Convolution\n%not a magic", "metadata": {}}
    return json.dumps({"cells": [text, *code], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}).encode()


@pytest.mark.parametrize(
    ("source", "kind", "words"),
    [
        (b"", "ValueError", "is empty"),
        (b"  \n\n", "ValueError", "is empty"),
        (b"x = 1\ny = '\xe9'\n", "UnicodeDecodeError", "not UTF-8 text (byte 0xe9 in line 2)"),
        ("x = 1".encode("utf-16"), "UnicodeDecodeError", "UTF-16"),
        (b"x = 1\n\0", "SyntaxError", "null byte in line 2"),
        (b"def f(:\n    pass\n", "SyntaxError", "line 1"),
        (b"def f():\npass\n", "IndentationError", "line 2"),
        (b"(" * 5000 + b")" * 5000, "SyntaxError", "nested"),
        (b"x = " + b"-" * 50_000 + b"1", "SyntaxError", "nested"),
        (b"#" * (5 * 2**20), "ValueError", "larger than 4 MiB"),
    ],
)
def test_broken_python_is_told_in_a_sentence(source, kind, words):
    with pytest.raises(SourceError) as error:
        read_source(source, "conv.py")
    assert error.value.kind == kind
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"x = 1", "not a notebook: no JSON at line 1"),
        (b"[]", "no list of cells"),
        (b"{}", "no list of cells"),
        (b'{"cells": 3}', "no list of cells"),
        (b'{"cells": [1, null]}', "without any code"),
        (b'{"cells": []}', "without any code"),
        (b'{"cells": [{"cell_type": "code", "source": 3}]}', "holds no text"),
        (b'{"cells": [{"cell_type": "code", "source": "\\u0000"}]}', "holds no text"),
        (b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}', "half a character"),
        (b"[" * 100_000, "nested"),
        (b'{"cells": [{"cell_type": "code", "source": "def f(:"}]}', "code cell 1, line 1"),
    ],
)
def test_broken_notebooks_are_told_in_a_sentence(source, words):
    with pytest.raises(SourceError, match="^[^\n]*$") as error:
        read_source(source, "conv.ipynb")
    assert words in str(error.value)


def test_a_byte_order_mark_and_windows_lines_do_no_harm():
    source = read_source(b"\xef\xbb\xbfx = 1\r\ny = 2\r\n", "conv.py")
    assert source.lines[:2] == ("x = 1", "y = 2")


def names(source):
    space = {}
    exec(compile(source.tree, "x", "exec"), space)
    return {name for name in space if name != "__builtins__"}


def test_a_notebook_keeps_definitions_and_drops_what_tries_them_out():
    source = read_source(
        notebook(
            "from __future__ import annotations\nimport torch\nimport matplotlib.pyplot as plt\n%matplotlib inline",
            "!pip install torch\nEPS = 1e-8\nSIZES = {'a': (1, -2)}\nSOBEL = torch.tensor([[1.0, -1.0]])",
            "%%time\ndef f(x):\n    return g(x)",
            ["def g(x):\n", "    return x % 2\n", "\n", "print(f(3))\n", "y = f(3)\n", "assert y == 1"],
            "%%bash\nls",
            "get_ipython().system('ls')",
            "plt.plot(",
            "for i in range(3):\n    f(i)",
            "x = (1\n % 2)",
        ),
        "conv.ipynb",
    )
    assert names(source) == {"annotations", "torch", "EPS", "SIZES", "SOBEL", "f", "g", "x"}
    skipped = "\n".join(source.skipped)
    for words in (
        "matplotlib",
        "%matplotlib inline",
        "!pip",
        "print(f(3))",
        "y = f(3)",
        "%%bash",
        "get_ipython",
        "for i",
    ):
        assert words in skipped
    assert "code cell 7, line 1: a syntax error" in skipped


def test_what_came_with_the_notebook_is_left_out_and_not_listed():
    source = read_source(
        notebook(
            'import otter\ngrader = otter.Notebook("conv.ipynb")',
            "from convclass.notebook import check",
            "def f(x):\n    return x",
            'check("f")',
            'grader.check("f")\ngrader.check_all()\ngrader.export(pdf=False)',
            "import otter as other\ngrader = f(3)",
        ),
        "conv.ipynb",
    )
    assert names(source) == {"f"}
    assert source.skipped == ("code cell 6, line 1: import otter as other", "code cell 6, line 2: grader = f(3)")


def test_notebooks_of_format_3_are_read():
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": "def f():\n    return 1"}]}], "nbformat": 3}
    assert names(read_source(json.dumps(old).encode(), "conv.ipynb")) == {"f"}


def test_a_cell_that_nbgrader_handed_out_as_code_stays_code():
    content = json.loads(notebook("x = 1"))
    marks = {"nbgrader": {"cell_type": "code"}}
    for metadata in (marks, {}, {"nbgrader": {"cell_type": "markdown"}}, {"nbgrader": "code"}, [marks]):
        content["cells"].append({"cell_type": "raw", "source": f"y{len(content['cells'])} = 2", "metadata": metadata})
    source = read_source(json.dumps(content).encode(), "conv.ipynb")
    assert [ast.unparse(statement) for statement in source.tree.body] == ["x = 1", "y2 = 2"]


def test_checks_and_scores_are_no_part_of_a_notebook_and_not_told():
    source = read_source(notebook("x = 1", 'check("f")', 'score("f")', 'other("f")'), "conv.ipynb")
    assert source.skipped == ('code cell 4, line 1: other("f")',)


def test_lines_of_a_notebook_are_told_by_cell():
    source = read_source(notebook("x = 1\ny = 2", "def f():\n    return 1"), "conv.ipynb")
    place = source.place(source.tree.body[-1].lineno + 1)
    assert (place.file, place.line) == ("conv.ipynb, code cell 2", 2)
    assert place.words() == "code cell 2, line 2"
    assert source.text(4) == "return 1"


def test_magics_in_an_exported_python_file_are_skipped():
    source = read_source(
        b"import torch\n%matplotlib inline\nget_ipython().system('ls')\ndef f():\n    !ls\n", "conv.py"
    )
    assert names(source) == {"torch", "f"}
    assert len(source.skipped) == 3
