"""A call that changes its arguments fails where they must stay as they were, and the mistake behind it is named."""

from contextlib import nullcontext

import pytest
import torch

from convclass.exam.checker import CaseRun, CaseStopped, Check, changed
from convclass.exam.describer import described
from convclass.exam.diagnose import name_mistake, weigh
from convclass.exam.key import LiveKey
from convclass.exam.question import Variant
from convclass.sandbox.local import LocalStudent
from convclass.sandbox.reply import Limits

IN_PLACE = "def double(x):\n    x *= 2\n    return x\n"
COPY = "def double(x):\n    return 2 * x\n"
X = torch.tensor([1.0, 2.0, 3.0])


def in_place(x):
    x *= 2
    return x


def other(x):
    return 2 * x + 0


KEY = LiveKey(
    lambda name: lambda x: 2 * x,
    {"double": (Variant("double", "right here", "…", other), Variant("double", "in place", "Copy.", in_place))},
)


@pytest.fixture
def take(tmp_path):
    def run(source, key=KEY):
        file = tmp_path / "module.py"
        file.write_text(source)
        return CaseRun(LocalStudent(file), key, Limits(), public=False)

    return run


def test_a_changed_argument_stops_the_case_and_its_mistake_is_named(take):
    run = take(IN_PLACE)
    with pytest.raises(CaseStopped, match="argument 1 was changed by the call"):
        Check(run).inputs_unchanged.double(X)
    assert name_mistake(run.records, weigh(run.records, KEY)).name == "in place"


def test_nobody_is_blamed_for_changing_arguments_where_that_is_allowed(take):
    run = take(IN_PLACE)
    Check(run).double(X)
    assert weigh(run.records, KEY) == []


def test_a_function_that_copies_passes(take):
    run = take(COPY)
    Check(run).inputs_unchanged.double(X)
    assert weigh(run.records, KEY) == []


def test_a_mistake_that_leaves_its_arguments_alone_explains_no_change(take):
    key = LiveKey(lambda name: lambda x: 2 * x, {"double": (Variant("double", "right here", "…", other),)})
    run = take(IN_PLACE, key)
    with pytest.raises(CaseStopped):
        Check(run).inputs_unchanged.double(X)
    assert weigh(run.records, key) == []


def test_arguments_that_did_not_come_back_are_noticed(take):
    run = take(COPY)
    Check(run).double(X)
    (record,) = run.records
    assert "did not come back" in changed(record.call, ()).words


def test_a_function_among_the_arguments_has_not_changed(tmp_path):
    key = LiveKey(lambda name: lambda f, x, more: f(x), {})
    for source, verdict in (("return f(x)", None), ("y = f(x.clone()); x += 1; return y", "argument 2 was changed")):
        file = tmp_path / "module.py"
        file.write_text(f"def apply(f, x, more):\n    {source}\n")
        check = Check(CaseRun(LocalStudent(file), key, Limits(), public=False))
        with pytest.raises(CaseStopped, match=verdict) if verdict else nullcontext():
            check.inputs_unchanged.apply(described.scaled(X), X, [(described.relu(), 1)])
