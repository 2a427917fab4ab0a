"""Markdown to HTML, once for all that show questions: the practice page, the printed sheet and the exporters.

Markdown is CommonMark with tables and `$math$`. HTML in it is shown, not obeyed, and the result is well-formed XML.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from typing import Any, Literal
from xml.etree import ElementTree

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, fence
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

Math = Literal["mathml", "tex"]
ShowFigure = Callable[[str, str], str]
"""The HTML of a figure, given its name and its alternative text, neither of them escaped."""

SCHEME = "figure:"
GAP_MARK = "\ue0f0"
"""Where the place of a gap begins in a cloze's prompt; no text has it otherwise."""


def to_html(text: str, *, math: Math = "mathml", figure: ShowFigure | None = None, inline: bool = False) -> str:
    r"""The HTML of a Markdown text; with `inline`, of a single paragraph without its `<p>`.

    Math becomes MathML, or `\(...\)` and `\[...\]` with `math="tex"`; what is no LaTeX is shown as code. Without
    `figure`, and for pictures that are no figures of a question, the alternative text stands for them.
    """
    renderer = _renderer(math)
    settings = {"figure": figure or _alternative}
    html: str = renderer.renderInline(text, settings) if inline else renderer.render(text, settings)
    return html


def figure_names(text: str) -> list[str]:
    """The figures that a Markdown text shows, in order."""
    images = (token for block in _renderer("tex").parse(text) for token in _flat(block) if token.type == "image")
    sources = [str(image.attrGet("src")) for image in images]
    return [source.removeprefix(SCHEME) for source in sources if source.startswith(SCHEME)]


def mathml(formula: str, display: bool = False) -> str:
    """A LaTeX formula as MathML, or as code where it is none."""
    try:
        made = convert(formula, display="block" if display else "inline")
        ElementTree.fromstring(made)
    except (Exception, RecursionError):  # latex2mathml fails in many ways on what is no LaTeX
        return f'<code class="tex">{escape(formula)}</code>'
    return made


def tex(formula: str, display: bool = False) -> str:
    r"""A LaTeX formula between the brackets that MathJax and KaTeX look for."""
    opening, closing = (r"\[", r"\]") if display else (r"\(", r"\)")
    return escape(f"{opening}{formula}{closing}", quote=False)


@cache
def _renderer(math: Math) -> MarkdownIt:
    show = {"mathml": mathml, "tex": tex}[math]
    renderer = MarkdownIt("commonmark", {"html": False, "xhtmlOut": True}).enable("table")
    renderer.use(
        dollarmath_plugin,
        allow_space=False,
        allow_digits=False,
        double_inline=True,
        renderer=lambda formula, how: show(formula.strip(), how["display_mode"]),
    )
    renderer.add_render_rule("image", _image)
    # It may end what the rule whose place it takes may end.
    renderer.block.ruler.at("fence", _fence, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    return renderer


def _image(self: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    source, alternative = str(tokens[index].attrGet("src")), tokens[index].content
    show: ShowFigure = env["figure"] if source.startswith(SCHEME) else _alternative
    return show(source.removeprefix(SCHEME), alternative)


def _alternative(name: str, alternative: str) -> str:
    return escape(alternative)


def _flat(token: Token) -> list[Token]:
    return [token, *(inner for child in token.children or [] for inner in _flat(child))]


def _fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A code block, unless a gap stands beside its first backticks: nobody sees there what language is named."""
    line = state.src[state.bMarks[start] : state.eMarks[start]]
    return GAP_MARK not in line and fence(state, start, end, silent)
