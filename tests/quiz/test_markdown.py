"""Markdown to HTML: math, figures, code and hostile text."""

from xml.etree import ElementTree

import pytest

from convclass.quiz.markdown import figure_names, mathml, to_html


def well_formed(html):
    return ElementTree.fromstring(f"<body>{html}</body>")


def test_math_becomes_mathml():
    tree = well_formed(to_html(r"A $3 \times 3$ kernel."))
    assert "".join(tree.find(".//{*}math").itertext()) == "3×3"


def test_math_stays_tex_where_the_reader_has_mathjax():
    html = to_html("So $a < b$, and $$x_1$$", math="tex")
    assert "".join(well_formed(html).itertext()) == r"So \(a < b\), and \[x_1\]" + "\n"


@pytest.mark.parametrize("text", ["costs $5 and $6", "3$x$4", r"\$x\$"])
def test_dollars_that_are_no_math(text):
    assert "math" not in to_html(text)


@pytest.mark.parametrize("formula", [r"\frac{", "{" * 5000, "\x00", r"\begin{x}", "^", "a" * 10_000, "<b>"])
def test_what_is_no_latex_is_still_shown(formula):
    ElementTree.fromstring(mathml(formula).replace("\x00", "?"))


def test_a_figure_is_what_the_callback_makes_of_it():
    html = to_html("![The map, *4* by 4](figure:map)", figure=lambda name, alternative: f"<i>{name}: {alternative}</i>")
    assert html == "<p><i>map: The map, *4* by 4</i></p>\n"


def test_without_a_callback_the_alternative_text_stands_there():
    assert to_html("![a < b](figure:map) ![c](https://example.org/c.png)") == "<p>a &lt; b c</p>\n"


def test_figures_are_found_wherever_they_stand():
    text = "![a](figure:one)\n\n- *![b](figure:two)* `![c](figure:three)` ![d](four.png)"
    assert figure_names(text) == ["one", "two"]


def test_tables_and_code():
    html = to_html("| a | b |\n| --- | --- |\n| 1 | `x < y` |\n\n```python\nprint(a & b)\n```\n")
    tree = well_formed(html)
    assert [cell.text for cell in tree.iter("th")] == ["a", "b"]
    assert [code.text for code in tree.iter("code")] == ["x < y", "print(a & b)\n"]


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "a <b onclick=x>c</b>", "]]> &amp; \\ {{gap}}", "עברית 🙂"]
)
@pytest.mark.parametrize("inline", [True, False])
def test_markup_in_a_text_is_shown_and_not_obeyed(text, inline):
    tree = well_formed(to_html(text, inline=inline))
    assert {element.tag for element in tree.iter()} <= {"body", "p"}


def test_no_link_runs_a_script():
    assert "href" not in to_html("[x](javascript:alert(1)) [y](data:text/html,z)")
