"""Callables as data: a hidden network reaches the student's function, and models are made, loaded and asked."""

from contextlib import nullcontext

import pytest
import torch

from convclass.exam.call import Call
from convclass.exam.checker import CaseRun, CaseStopped, Check, StudentProxy, first_later
from convclass.exam.describer import described
from convclass.exam.key import LiveKey
from convclass.exam.question import Variant
from convclass.sandbox import layers
from convclass.sandbox.local import LocalStudent
from convclass.sandbox.reply import Limits
from convclass.sandbox.wire import copied

RIGHT = """
import torch

def error(f, g, x):
    return float((f(g(x)) - g(f(x))).norm())

def twice(f):
    return lambda x: f(f(x))

class Model(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x * self.weight

def train(model, by):
    with torch.no_grad():
        model.weight += by
    return float(model.weight.sum())
"""


def functions(source=RIGHT):
    names = {}
    exec(source, names)
    return names


@pytest.fixture
def make_check(tmp_path):
    def make(source=RIGHT, misconceptions=()):
        file = tmp_path / "module.py"
        file.write_text(source)
        key = LiveKey(functions().__getitem__, {"Model": tuple(misconceptions)})
        return Check(CaseRun(LocalStudent(file), key, Limits(), public=False))

    return make


X = torch.randn(1, 1, 6, 6, generator=torch.Generator().manual_seed(1))
WHERE = torch.arange(36.0).reshape(6, 6)
SHARED = torch.randn(1, 1, 2, 3, generator=torch.Generator().manual_seed(2))
ZERO_PADDED = described.conv2d(torch.ones(1, 1, 3, 3), padding=1)
CIRCULAR = described.conv2d(torch.ones(1, 1, 3, 3), padding=1, padding_mode="circular")


@pytest.mark.parametrize(("network", "commutes"), [(ZERO_PADDED, False), (CIRCULAR, True)])
def test_a_described_network_reaches_the_students_function(make_check, network, commutes):
    answer = make_check().error(network, described.roll((0, 1)), X)
    assert (answer < 1e-4) == commutes


def test_a_wrong_error_is_found(make_check):
    with pytest.raises(CaseStopped, match="the number is wrong"):
        make_check(RIGHT.replace("- g(f(x))", "+ g(f(x))")).error(ZERO_PADDED, described.roll((0, 1)), X)


def test_functions_that_return_functions(make_check):
    check = make_check()
    answer = check.run(described.call(check.later.twice(described.relu()), [X]))
    assert torch.equal(answer, X.relu())
    wrong = make_check(RIGHT.replace("f(f(x))", "f(x) + 1"))
    with pytest.raises(CaseStopped):
        wrong.run(described.call(wrong.later.twice(described.relu()), [X]))


def test_a_later_call_is_made_once_however_often_it_is_used(make_check):
    check = make_check()
    model = check.later.Model(3)
    answer = check.run(
        check.later.train(model, 1.0), check.later.train(model, 1.0), described.call(model, [torch.ones(3)])
    )
    assert torch.equal(answer, torch.full((3,), 3.0))


def test_a_bare_run_compares_the_structure_and_not_the_values(make_check):
    def student(source):
        return StudentProxy(make_check(source)._run)

    other = student(RIGHT.replace("f(f(x))", "f(x) + 1"))
    answer = other.run(described.call(other.later.twice(described.relu()), [X]))
    assert torch.equal(answer, X.relu() + 1)
    strange = student(RIGHT.replace("f(f(x))", "'text'"))
    with pytest.raises(CaseStopped):
        strange.run(described.call(strange.later.twice(described.relu()), [X]))


def test_a_misconception_of_a_class_answers_a_run(make_check):
    class Zero(functions()["Model"]):
        def forward(self, x):
            return x * 0

    check = make_check(misconceptions=[Variant("Model", "zero", "…", Zero)])
    call = Call("Model", (described.call(check.later.Model(3), [torch.ones(3)]),), {}, steps=True)
    ((mistake, known),) = check._run.key.wrong(call).items()
    assert mistake.name == "zero"
    assert not known.answer.value.any()


def test_descriptions_cross_the_wire_and_are_part_of_a_calls_identity():
    there = copied(ZERO_PADDED)
    assert (there.kind, set(there.parts)) == ("conv2d", {"weight", "padding"})
    calls = {Call("f", (network,)).digest for network in (ZERO_PADDED, there, CIRCULAR)}
    assert len(calls) == 2


def test_only_kinds_of_layers_can_be_described():
    for name in ("nn", "Callable", "_with_weights", "no_such_kind"):
        with pytest.raises(AttributeError):
            getattr(described, name)
    with pytest.raises(TypeError):
        described.roll(by=3)


def test_first_later_is_the_innermost_first():
    make = Check(CaseRun(None, None, Limits(), public=False)).later
    inner = make.Model(3)
    assert first_later(described.call(make.train(inner, 1), [X])) is inner
    assert first_later(described.relu()) is None


def cropped(x, rows, columns):
    """Zeros but for these rows and columns."""
    kept = torch.zeros_like(x)
    kept[..., rows, columns] = x[..., rows, columns]
    return kept


@pytest.mark.parametrize(
    ("part", "oracle"),
    [
        (layers.sequence([layers.relu(), layers.flip(-1)]), lambda x: x.relu().flip(-1)),
        (layers.max_pool2d(2), lambda x: torch.nn.functional.max_pool2d(x, 2)),
        (layers.avg_pool2d(3, 1), lambda x: torch.nn.functional.avg_pool2d(x, 3, 1)),
        (layers.rot90(3), lambda x: x.transpose(-1, -2).flip(-1)),
        (layers.identity(), lambda x: x),
        (layers.sequence([layers.flatten(), layers.unflatten((1, 6, 6))]), lambda x: x),
        (layers.sequence([layers.flatten(), layers.linear(torch.ones(2, 36))]), lambda x: x.sum().expand(1, 2)),
        (layers.shifted((2, -1)), lambda x: cropped(torch.roll(x, (2, -1), (-2, -1)), slice(2, None), slice(None, -1))),
        (layers.shifted((0, 6)), torch.zeros_like),
        (layers.permuted((5, 0, 1, 2, 3, 4), -1), lambda x: x.roll(1, -1)),
        (layers.sequence([layers.scaled(torch.tensor(3.0)), layers.added(X)]), lambda x: 4 * x),
        (layers.subsampled((2, 3)), lambda x: torch.nn.functional.max_pool2d(x, 1, (2, 3))),
        (layers.enlarged(2), lambda x: torch.nn.functional.interpolate(x, scale_factor=2)),
        (layers.global_avg_pool2d(), lambda x: torch.nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)),
        (
            layers.locally_connected2d(SHARED[:, :, None, None].expand(5, 4, 2, 1, 2, 3)),
            lambda x: torch.nn.functional.conv2d(x, SHARED[0, 0].expand(2, 1, 2, 3)),
        ),
        (layers.locally_connected2d(torch.arange(36.0).reshape(6, 6, 1, 1, 1, 1)), lambda x: x * WHERE),
        (
            layers.sequence(
                [layers.flatten(), layers.unflatten((6, 6)), layers.deep_set(2 * torch.eye(6), torch.eye(6))]
            ),
            lambda x: (2 * x + x.mean(-2, keepdim=True))[:, 0],
        ),
    ],
)
def test_what_is_built_computes_what_it_says(part, oracle):
    torch.testing.assert_close(part(X), oracle(X))


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: x * x, [-4.0, 0.0, 30.0]),
        (lambda x: x, [2.0, 3.0, 5.0]),
        (lambda x: x.detach() * x, [-2.0, 0.0, 15.0]),
        (lambda x: x.detach() + 1, [0.0, 0.0, 0.0]),
        (lambda x: x.detach().numpy(), [0.0, 0.0, 0.0]),
    ],
)
def test_the_gradient_that_arrives_in_a_leaf(function, expected):
    x = torch.tensor([-1.0, 0.0, 3.0])
    arrived = layers.gradient(function(layers.leaf(x)), torch.tensor([2.0, 3.0, 5.0]))
    assert arrived.tolist() == expected
    assert not x.requires_grad


def test_a_students_function_is_checked_under_autograd(make_check):
    source = RIGHT + "\ndef square(x):\n    return x * x\n"
    wrong = source.replace("x * x\n", "x.detach() * x\n")
    key = LiveKey(functions(source).__getitem__, {})
    for tried, fails in ((source, False), (wrong, True)):
        check = make_check(tried)
        check._run.key = key
        run = described.gradient(check.later.square(described.leaf(X)), torch.ones_like(X))
        with pytest.raises(CaseStopped, match="half|0.5 times|values are wrong") if fails else nullcontext():
            check.run(run)


def parameters(module):
    return {name: (tuple(p.shape), p.requires_grad) for name, p in module.named_parameters()}


def test_modules_are_described_with_what_they_hold():
    dense = layers.linear(torch.ones(2, 3), torch.ones(2))
    module = layers.tree({"head": layers.trainable(dense)}, parameters={"scale": (4,)}, buffers={"mean": (5, 6)})
    assert parameters(module) == {"head.weight": ((2, 3), True), "head.bias": ((2,), True), "scale": ((4,), True)}
    assert {name: tuple(b.shape) for name, b in module.named_buffers()} == {"mean": (5, 6)}
    assert {trains for _, trains in parameters(layers.frozen(module)).values()} == {False}


def test_described_modules_share_what_is_said_to_be_shared():
    tied = layers.tied([layers.embedding(5, 3), layers.linear(torch.ones(5, 3))])
    assert tied[0].weight is tied[1].weight
    twice = layers.repeated(layers.linear(torch.ones(3, 3)), 2)
    assert twice[0] is twice[1]
    torch.testing.assert_close(twice(torch.ones(3)), torch.full((3,), 9.0))


def test_a_described_network_has_memory_of_its_own_and_shared_blocks_are_one():
    block = {"type": "shared", "name": "b", "layers": [{"type": "linear", "out_features": 4}]}
    module = layers.network([block, {"type": "relu"}, block, {"type": "linear", "out_features": 2}], (4,))
    assert {p.device.type for p in module.parameters()} == {"cpu"}
    assert module[0] is module[2]
    assert [shape for shape, _ in parameters(module).values()] == [(4, 4), (4,), (2, 4), (2,)]
    assert len({p.data_ptr() for p in module.parameters()}) == 4
