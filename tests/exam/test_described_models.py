"""Models that are trained and asked within one call, and the questions that a hidden test asks of a model."""

import pytest
import torch
from torch import nn

from convclass.exam.checker import CaseRun, CaseStopped, Check
from convclass.exam.describer import described
from convclass.exam.key import LiveKey
from convclass.sandbox import layers
from convclass.sandbox.local import LocalStudent
from convclass.sandbox.reply import Limits

GROW = """
import torch

def grow(model, by):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += by
    return [float(p.sum()) for p in model.parameters()]
"""


@pytest.fixture
def make_check(tmp_path):
    def make(source):
        file = tmp_path / "module.py"
        file.write_text(source)
        names = {}
        exec(GROW, names)
        key = LiveKey(names.__getitem__, {})
        return Check(CaseRun(LocalStudent(file), key, Limits(), public=False))

    return make


def dense(weight):
    return described.linear(weight)


WEIGHT = torch.tensor([[1.0, 2.0], [3.0, 4.0]])


def test_what_is_kept_is_one_object_for_the_whole_call(make_check):
    check = make_check(GROW)
    model = described.kept(1, dense(WEIGHT))
    answer = check.run(check.later.grow(model, 1.0), check.later.grow(model, 1.0), described.state(model))
    torch.testing.assert_close(answer[0], WEIGHT + 2)
    other = described.kept(2, dense(WEIGHT))
    answer = check.run(check.later.grow(model, 1.0), described.state(other))
    torch.testing.assert_close(answer[0], WEIGHT)


def test_what_is_not_kept_is_made_anew(make_check):
    check = make_check(GROW)
    answer = check.run(check.later.grow(dense(WEIGHT), 1.0), described.state(dense(WEIGHT)))
    torch.testing.assert_close(answer[0], WEIGHT)


def test_a_wrong_state_is_found(make_check):
    check = make_check(GROW.replace("+= by", "-= by"))
    model = described.kept(1, dense(WEIGHT))
    with pytest.raises(CaseStopped):
        check.run(check.later.grow(model, 1.0), described.state(model))
    with pytest.raises(CaseStopped):
        check.run(described.numbers(check.later.grow(dense(WEIGHT), 1.0)))


REFUSING = """
import torch

def grow(model, by):
    if by < 0:
        raise ValueError("only growth")
    return model
"""


def test_a_run_may_be_refused(tmp_path):
    def check(source):
        file = tmp_path / "module.py"
        file.write_text(source)
        names = {}
        exec(REFUSING, names)
        return Check(CaseRun(LocalStudent(file), LiveKey(names.__getitem__, {}), Limits(), public=False))

    right = check(REFUSING)
    right.raises(ValueError).run(described.state(right.later.grow(dense(WEIGHT), -1)))
    for wrong in (check(REFUSING.replace("by < 0", "by < -1")), check(REFUSING.replace("ValueError", "KeyError"))):
        with pytest.raises(CaseStopped, match="impossible request"):
            wrong.raises(ValueError).run(described.state(wrong.later.grow(dense(WEIGHT), -1)))
    with pytest.raises(RuntimeError, match="the reference answers"):
        right.raises(ValueError).run(described.state(right.later.grow(dense(WEIGHT), 1)))


class Named(nn.Module):
    def __init__(self, name="layer"):
        super().__init__()
        self.add_module(name, nn.Linear(2, 3))
        self.head = nn.Linear(3, 1)

    def forward(self, x):
        return self.head(next(self.children())(x))


STATE = {
    "layer.weight": torch.arange(6.0).reshape(3, 2),
    "layer.bias": torch.ones(3),
    "head.weight": torch.ones(1, 3),
    "head.bias": torch.zeros(1),
}


@pytest.mark.parametrize("name", ["layer", "other"])
def test_parameters_are_loaded_by_name_or_in_order(name):
    model = layers.load_state(Named(name), STATE)
    assert model(torch.tensor([[1.0, 1.0]])).item() == 1 + 5 + 9 + 3
    model.head.bias.data += 1
    assert STATE["head.bias"].item() == 0


def test_names_outrank_the_order():
    turned = {name: STATE[name] for name in ("head.bias", "layer.bias", "head.weight", "layer.weight")}
    assert layers.load_state(Named(), turned)(torch.tensor([[1.0, 1.0]])).item() == 18


@pytest.mark.parametrize("change", [{"head.weight": torch.ones(1, 2)}, {"more": torch.ones(1)}])
def test_parameters_that_do_not_fit_are_refused(change):
    with pytest.raises(ValueError, match="layer.weight 3 x 2"):
        layers.load_state(Named(), STATE | change)


def test_what_can_be_asked_of_a_model():
    model = layers.load_state(Named(), STATE)
    assert layers.parameter_shapes(model) == ["head.bias 1", "head.weight 1 x 3", "layer.bias 3", "layer.weight 3 x 2"]
    assert layers.parameter_total(model) == 13
    assert layers.type_name(model.head) == "Linear"
    assert layers.is_training(layers.set_training(model, True))
    assert not layers.is_training(layers.set_training(model, False))
    assert [value.shape for value in layers.state(model)] == [(1,), (1, 3), (3,), (3, 2)]


def test_gradients_arrive_or_are_zeros():
    model = layers.load_state(Named(), STATE)
    x = torch.tensor([[1.0, 1.0]])
    arrived = layers.gradients(model, x)
    assert arrived[0].tolist() == [18.0]
    model.forward = lambda x: model.head(model.layer(x).detach())
    assert layers.gradients(model, x)[3].abs().sum() == 0


def test_predictions_are_made_in_evaluation_mode():
    model = nn.Sequential(layers.linear(torch.tensor([[0.0], [1.0]])), layers.dropout(1.0))
    assert layers.predict(model.train(), torch.tensor([[2.0], [-1.0]])).tolist() == [1, 0]


def test_makers_make_new_models():
    make = layers.maker(layers.linear(WEIGHT))
    first = make()
    first.weight.data += 1
    torch.testing.assert_close(make().weight.data, WEIGHT)
    draw = layers.linear_maker(4, 2)
    torch.manual_seed(3)
    one, other = draw(), draw()
    torch.manual_seed(3)
    again = draw()
    assert torch.equal(one[1].weight, again[1].weight)
    assert not torch.equal(one[1].weight, other[1].weight)


def test_batch_norm_tells_the_modes_apart():
    x = torch.tensor([[1.0, 2.0], [3.0, 5.0]])
    layer = layers.batch_norm(2)
    assert torch.allclose(layer.eval()(x), x, atol=1e-4)
    assert torch.allclose(layer.train()(x), torch.tensor([[-1.0, -1.0], [1.0, 1.0]]), atol=1e-4)


def test_numbers_and_tables_are_tensors():
    assert layers.numbers([1, torch.tensor(0.5)]).tolist() == [1.0, 0.5]
    rows = {"a": {"x": 1, "y": 2.5}, "b": {"x": 3, "y": 4}}
    assert layers.table(rows, ["b", "a"], ["y"]).tolist() == [[4.0], [2.5]]
    with pytest.raises(KeyError):
        layers.table(rows, ["c"], ["x"])
