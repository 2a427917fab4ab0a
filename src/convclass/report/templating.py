"""The templates: every value is cleaned and escaped on its way in, and a page allows nothing but its own CSS."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache, lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from convclass.exam.verdict import Verdict
from convclass.report.heatmap import grids, palette_css
from convclass.report.summary import distinct, symbol, tone
from convclass.report.text import count, plain, points

SCOPE = ".cc"
NO_MATH = "tex2jax_ignore mathjax_ignore"
"""The classes that keep MathJax, versions 2 and 3, from reading formulas, with links in them, into a student's text."""
_SENTENCES = 1024  # the titles, hints and mistakes of an exam are some hundred, on the pages of all students
_CODE = re.compile(r"`([^`\n]+)`")
_REM = re.compile(r"(\d*\.?\d+)rem\b")
_PIXELS = 15  # a rem, beside the 14 pixels of nbgrader's own text


def render(template: str, **values: Any) -> str:
    """The template filled in. Strings among `values` may be hostile."""
    return _environment().get_template(template).render(**values)


def macro(template: str, name: str, *values: Any) -> Markup:
    """One macro of the template filled in, for what is kept from page to page."""
    html: Markup = getattr(_environment().get_template(template).module, name)(*values)
    return html


@cache
def page_style() -> tuple[Markup, str]:
    """The CSS of a whole page, and the Content-Security-Policy that allows this CSS and nothing else."""
    css = page_css()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return Markup(css), policy


@cache
def page_css() -> str:
    """The CSS of a whole page."""
    return _css("page.css") + str(part_style())


@cache
def part_style() -> Markup:
    """The CSS of what may also stand inside a notebook; every rule applies below SCOPE only."""
    return Markup(_css("parts.css") + palette_css(SCOPE))


@cache
def cell_style() -> Markup:
    """The same CSS with sizes in pixels, for pages of others, whose own CSS changes what a rem is."""
    sizes = _REM.sub(lambda size: f"{_PIXELS * float(size[1]):g}px", _css("parts.css") + _css("cells.css"))
    return Markup(sizes + palette_css(SCOPE))


@lru_cache(_SENTENCES)
def prose(text: str) -> Markup:
    """An author's sentence as HTML: cleaned, escaped, and what stands in backticks set as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(plain(text)))))


@cache
def verdict_mark(verdict: Verdict) -> Markup:
    """The verdict in words, with its sign and its colour."""
    mark = Markup('<span class="verdict {}"><span class="symbol" aria-hidden="true">{}</span> {}</span>')
    return mark.format(tone(verdict), symbol(verdict), verdict.words)


def _points(value: float) -> Markup:
    return Markup(points(value))  # digits, which nothing has to be done about


def _css(name: str) -> str:
    loader = _environment().loader
    assert loader is not None
    return loader.get_source(_environment(), name)[0]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("convclass.report"),
        autoescape=True,
        finalize=_cleaned,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(prose=prose, points=_points, count=count, plain=plain, grids=grids, distinct=distinct)
    environment.globals.update(symbol=symbol, tone=tone, verdict=verdict_mark)
    return environment


def _cleaned(value: Any) -> Any:
    """Called by the engine for every value before it escapes it."""
    return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value
