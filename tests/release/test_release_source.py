"""The reader of percent-format sources, held against jupytext, and what it says about malformed ones."""

from pathlib import Path

import jupytext
import pytest

from convclass.course import CourseError, assignments, find_course
from convclass.release.regions import regions, solution_lines, without_markers, without_solutions
from convclass.release.source import Cell, Role, Source, parse, question_names, read_source

REPOSITORY = Path(__file__).parents[2]

SMALL = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

# %% [markdown]
# # Title
#
# Text with a `# %%`-like word.

# %%
import torch


def double(x):
    \"\"\"Return twice x.\"\"\"
    ### BEGIN SOLUTION: multiply by "two"
    y = x * 2

    return y
    ### END SOLUTION


# %% tags=["public"]
@question("double")
def test_public_double(check):
    \"\"\"double doubles\"\"\"
    check.double(3)
"""


def test_cells_have_role_text_and_line():
    text, code, public = parse(SMALL, "small.py").cells
    assert text == Cell(Role.TEXT, "# Title\n\nText with a `# %%`-like word.", 9)
    assert (code.role, code.line) == (Role.CODE, 14)
    assert code.text.startswith("import torch\n\n\ndef double") and code.text.endswith("### END SOLUTION")
    assert SMALL.splitlines()[public.line - 1] == '@question("double")' == public.text.splitlines()[0]
    assert question_names(public) == ("double",)


def as_jupytext_reads(text: str) -> list[tuple[Role, str]]:
    def role(cell) -> Role:
        if cell.cell_type == "markdown":
            return Role.TEXT
        return Role.PUBLIC if "public" in cell.metadata.get("tags", []) else Role.CODE

    cells = jupytext.reads(text, fmt="py:percent").cells
    return [(role(cell), cell.source.strip("\n")) for cell in cells]


@pytest.mark.parametrize("assignment", assignments(find_course(REPOSITORY)), ids=lambda a: a.name)
def test_reads_every_source_as_jupytext_does(assignment):
    source = read_source(assignment)
    text = (assignment.solution / f"{assignment.module}.py").read_text("utf-8")
    assert [(cell.role, cell.text) for cell in source.cells] == as_jupytext_reads(text)


def test_reads_the_small_source_as_jupytext_does():
    assert [(cell.role, cell.text) for cell in parse(SMALL, "small.py").cells] == as_jupytext_reads(SMALL)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: outside of any cell"),
        ("x = 1\n# %%\ny = 2\n", "line 1: outside of any cell"),
        ("# ---\n# a: 1\n# ---\n\nx = 1\n# %%\n", "line 5: outside of any cell"),
        ('# %% tags=["pubilc"]\nx = 1\n', "line 1: unknown cell mark"),
        ("# %% [md]\n# text\n", "line 1: unknown cell mark"),
        ("# %% [markdown]\n# text\nmore text\n", "line 3: text cells are comments"),
    ],
)
def test_refuses_what_is_not_made_of_cells(text, says):
    with pytest.raises(CourseError, match="small.py, " + says):
        parse(text, "small.py")


def test_refuses_a_missing_source(tiny_course):
    (assignment,) = assignments(tiny_course)
    (assignment.solution / "scaling.py").unlink()
    with pytest.raises(CourseError, match="solutions/06_scaling/scaling.py: no such file"):
        read_source(assignment)


def test_refuses_a_source_that_is_not_text(tiny_course):
    (assignment,) = assignments(tiny_course)
    (assignment.solution / "scaling.py").write_bytes(b"# %%\n# \xff\n")
    with pytest.raises(CourseError, match="not UTF-8 text"):
        read_source(assignment)


def test_a_region_becomes_a_stub_that_names_its_task():
    code = parse(SMALL, "small.py").cells[1]
    lines = without_solutions(code, "small.py").splitlines()
    assert lines[-2:] == [
        '    """Return twice x."""',
        '    raise NotImplementedError("double: multiply by \\"two\\"")',
    ]
    namespace: dict = {}
    exec("\n".join(lines[3:]), namespace)
    with pytest.raises(NotImplementedError, match='^double: multiply by "two"$'):
        namespace["double"](1)


def test_markers_can_be_taken_out_alone():
    code = parse(SMALL, "small.py").cells[1]
    kept = without_markers(code, "small.py")
    assert "SOLUTION" not in kept
    assert kept.splitlines()[-3:] == ["    y = x * 2", "", "    return y"]


def test_solution_lines_are_those_between_the_markers():
    assert solution_lines(parse(SMALL, "small.py")) == ("y = x * 2", "return y")


def test_a_method_is_named_by_its_class():
    text = "class Net:\n    def forward(self, x):\n        ### BEGIN SOLUTION: go on\n        pass\n"
    stubbed = without_solutions(Cell(Role.CODE, text + "        ### END SOLUTION", 1), "net.py")
    assert stubbed.endswith('        raise NotImplementedError("Net: go on")')


def test_a_cell_may_hold_several_regions():
    one = "def {0}():\n    ### BEGIN SOLUTION: do {0}\n    pass\n    ### END SOLUTION\n"
    cell = Cell(Role.CODE, one.format("a") + "\n\n" + one.format("b"), 1)
    assert len(regions(cell, "two.py")) == 2
    stubbed = without_solutions(cell, "two.py")
    assert '"a: do a"' in stubbed and '"b: do b"' in stubbed and "pass" not in stubbed


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("    ### BEGIN SOLUTION: go\n    pass", "line 11: this marker has no partner"),
        ("    pass\n    ### END SOLUTION", "line 12: this marker has no partner"),
        (
            "    ### BEGIN SOLUTION: go\n    ### BEGIN SOLUTION: go\n    ### END SOLUTION",
            "line 12: this marker has no partner",
        ),
        ("    ## BEGIN SOLUTION: go\n    pass\n    ### END SOLUTION", "line 11: this marker has no partner"),
        ("    ### BEGIN SOLUTION\n    pass\n    ### END SOLUTION", "line 11: the task is missing"),
        ("    ### BEGIN SOLUTION:\n    pass\n    ### END SOLUTION", "line 11: this marker has no partner"),
        ("### BEGIN SOLUTION: go\npass\n### END SOLUTION", "line 11: a solution must stand inside"),
    ],
)
def test_refuses_markers_that_make_no_region(body, says):
    with pytest.raises(CourseError, match="small.py, " + says):
        regions(Cell(Role.CODE, "def f():\n" + body, 10), "small.py")


def test_refuses_a_solution_among_public_tests():
    cell = Cell(Role.PUBLIC, "def f():\n    ### BEGIN SOLUTION: go\n    pass\n    ### END SOLUTION", 1)
    with pytest.raises(CourseError, match="line 2: this marker has no partner; a solution stands in a code cell"):
        regions(cell, "small.py")


def test_of_keeps_the_order():
    cells = tuple(Cell(role, str(i), i) for i, role in enumerate([Role.CODE, Role.TEXT, Role.PUBLIC, Role.CODE]))
    assert [c.text for c in Source("s.py", cells).of(Role.CODE, Role.TEXT)] == ["0", "1", "3"]
