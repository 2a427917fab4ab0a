"""Collecting an exam: its tests, once, as immutable data. Hidden tests by pytest, public ones without it."""

from __future__ import annotations

import importlib.util
import inspect
import itertools
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from convclass.course import CourseError
from convclass.exam.question import QuestionMark, Variant

FIXTURES = ("check", "student", "tensors", "arrays")


@dataclass(frozen=True, slots=True)
class Case:
    """One case of a test: the parameters of `pytest.mark.parametrize`, or none."""

    name: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Test:
    """One test function with its cases; `title` is its docstring, `arguments` are its fixtures and parameters."""

    __test__ = False

    name: str
    title: str
    mark: QuestionMark
    function: Callable[..., None]
    cases: tuple[Case, ...]
    public: bool
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What all tests of one question say together."""

    name: str
    after: tuple[str, ...]
    forbidden: tuple[str, ...]
    hints: tuple[str, ...]


def questions(tests: tuple[Test, ...]) -> dict[str, Question]:
    """The questions of an exam in the order of their first test, with what their tests say joined."""

    def joined(name: str, part: str) -> tuple[str, ...]:
        values = (getattr(test.mark, part) for test in tests if test.mark.name == name)
        return tuple(dict.fromkeys(itertools.chain.from_iterable(values)))

    names = dict.fromkeys(test.mark.name for test in tests)
    return {n: Question(n, joined(n, "after"), joined(n, "forbidden"), joined(n, "hints")) for n in names}


def load_module(path: Path, name: str) -> ModuleType:
    """A fresh module from a trusted file, not entered into sys.modules."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise CourseError(f"{path}: no such file; write it, or run `convclass release` if it is generated")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def public_tests(path: Path) -> tuple[Test, ...]:
    """The public tests of a released test_public.py, without importing pytest."""
    module = load_module(path, "convclass_public_tests")
    functions = [f for name, f in vars(module).items() if name.startswith("test") and callable(f)]
    return tuple(_test(f, (Case(f.__name__, {}),), path, public=True) for f in functions)


def hidden_tests(path: Path) -> tuple[Test, ...]:
    """The tests of a test_hidden.py as pytest collects them.

    Raises CourseError with what pytest says when they cannot be collected.
    """
    import pytest

    class Collector:
        """Keeps what pytest collected."""

        def __init__(self) -> None:
            self.items: list[pytest.Item] = []
            self.errors: list[str] = []

        def pytest_collection_finish(self, session: pytest.Session) -> None:
            self.items = list(session.items)

        def pytest_collectreport(self, report: pytest.CollectReport) -> None:
            if report.failed:
                self.errors.append(str(report.longrepr))

    collector = Collector()
    options = ["--collect-only", "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:convclass"]
    config = ["-c", os.devnull, "--rootdir", str(path.parent), "--import-mode=importlib"]
    with _plain_pytest():
        pytest.main([*options, *config, str(path)], plugins=[collector])
    _forget(path)
    if collector.errors or not collector.items:
        detail = "\n".join(collector.errors) or "pytest found no test in it"
        raise CourseError(f"{path}: the hidden tests could not be collected:\n{detail}")
    by_function: dict[str, list[pytest.Item]] = {}
    for item in collector.items:
        by_function.setdefault(getattr(item, "originalname", item.name), []).append(item)
    return tuple(_hidden_test(items, path) for items in by_function.values())


def _forget(path: Path) -> None:
    """Drop the collected module from sys.modules, where the next exam's file of the same name would find it."""
    for name, module in list(sys.modules.items()):
        if getattr(module, "__file__", None) == str(path):
            del sys.modules[name]


def _hidden_test(items: list[Any], path: Path) -> Test:
    cases = tuple(Case(i.name, dict(i.callspec.params) if hasattr(i, "callspec") else {}) for i in items)
    return _test(items[0].function, cases, path, public=False)


def _test(function: Callable[..., None], cases: tuple[Case, ...], path: Path, *, public: bool) -> Test:
    mark = getattr(function, "question", None)
    title = " ".join((inspect.getdoc(function) or "").split())
    name = function.__name__
    if not isinstance(mark, QuestionMark) or not title:
        raise CourseError(f"{path}: {name} needs @question(...) above it and a docstring, which is its title")
    test = Test(name, title, mark, function, cases, public, tuple(inspect.signature(function).parameters))
    unknown = set(test.arguments) - set(FIXTURES) - set(cases[0].parameters)
    if unknown:
        asked = ", ".join(sorted(unknown))
        raise CourseError(f"{path}: {name} asks for {asked}; a test has {', '.join(FIXTURES)} and its parameters")
    return test


def variants(path: Path) -> dict[str, tuple[Variant, ...]]:
    """The misconceptions or alternatives of a file, by function, in the order of the file; none if it is missing."""
    if not path.is_file():
        return {}
    found: dict[str, list[Variant]] = {}
    for value in vars(load_module(path, f"convclass_{path.stem}")).values():
        if isinstance(variant := getattr(value, "variant", None), Variant):
            found.setdefault(variant.function, []).append(variant)
    return {function: tuple(known) for function, known in found.items()}


@contextmanager
def _plain_pytest() -> Iterator[None]:
    """No plugins and options from the surroundings: the exam is the same wherever it is collected."""
    changed = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "PYTEST_PLUGINS": ""}
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
