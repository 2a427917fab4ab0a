"""The classifiers of assignment 5 against numpy, scipy and torch's own convolution."""

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d

from convclass.reference import CNN, MLP, mlp_from_conv, permute_pixels

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def numpy_mlp(model, x):
    layers = [{n: p.detach().cpu().numpy() for n, p in layer.named_parameters()} for layer in model.layers]
    values = x.cpu().numpy().reshape(len(x), -1)
    for layer in layers[:-1]:
        values = np.maximum(values @ layer["weight"].T + layer["bias"], 0)
    return values @ layers[-1]["weight"].T + layers[-1]["bias"]


def numpy_cnn(model, x):
    """Loops over images, filters and channels; scipy for one filter on one channel."""
    images = list(x.cpu().numpy())
    for block in model.blocks:
        weight, bias = (p.detach().cpu().numpy() for p in (block.weight, block.bias))
        maps = [
            np.stack([sum(map(same, image, kernel)) + b for kernel, b in zip(weight, bias, strict=True)])
            for image in images
        ]
        images = [pooled(np.maximum(m, 0)) for m in maps]
    weight, bias = (p.detach().cpu().numpy() for p in (model.head.weight, model.head.bias))
    return np.stack([weight @ image.ravel() + bias for image in images])


def same(image, kernel):
    return correlate2d(image, kernel, mode="same")


def pooled(maps):
    rows, columns = maps.shape[1] // 2, maps.shape[2] // 2
    blocks = [[maps[:, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2].max((1, 2)) for j in range(columns)] for i in range(rows)]
    return np.moveaxis(np.array(blocks), 2, 0)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(("shape", "hidden"), [((3, 12), [5]), ((2, 1, 3, 4), (7, 6)), ((4, 2, 3), []), ((1, 8), [1])])
def test_mlp(device, shape, hidden):
    x = torch.randn(shape, dtype=torch.float64, device=device)
    model = MLP(x[0].numel(), hidden, 3).to(x)
    np.testing.assert_allclose(model(x).detach().cpu().numpy(), numpy_mlp(model, x), atol=1e-12)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    ("channels", "size"), [([3], 4), ((2, 3), (8, 5)), ([4, 2, 3], (9, 14)), ([2], (2, 7)), ([1, 1], (4, 4))]
)
def test_cnn(device, channels, size):
    shape = (size, size) if isinstance(size, int) else size
    x = torch.randn(2, 2, *shape, dtype=torch.float64, device=device)
    model = CNN(2, channels, 4, size).to(x)
    np.testing.assert_allclose(model(x).detach().cpu().numpy(), numpy_cnn(model, x), atol=1e-12)


def test_the_names_of_the_parameters():
    assert list(MLP(4, [3, 2], 5).state_dict()) == [f"layers.{n}.{p}" for n in range(3) for p in ("weight", "bias")]
    names = [f"{part}.{p}" for part in ("blocks.0", "blocks.1", "head") for p in ("weight", "bias")]
    assert list(CNN(1, [2, 3], 5, 8).state_dict()) == names


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        (lambda: MLP(784, [24], 10), 19_090),
        (lambda: MLP(784, [], 10), 7_850),
        (lambda: CNN(1, [16, 32], 10, 16), 160 + 4_640 + 5_130),
        (lambda: CNN(3, [8], 2, (5, 9)), 224 + 130),
    ],
)
def test_the_number_of_parameters(model, parameters):
    assert sum(p.numel() for p in model().parameters()) == parameters


@pytest.mark.parametrize(
    "make",
    [
        lambda: MLP(0, [3], 2),
        lambda: MLP(4, [3, 0], 2),
        lambda: MLP(4, [3], 0),
        lambda: MLP(4, [-1], 2),
        lambda: CNN(0, [2], 2, 4),
        lambda: CNN(1, [2, 0], 2, 4),
        lambda: CNN(1, [], 2, 4),
        lambda: CNN(1, [2], 0, 4),
        lambda: CNN(1, [2, 2, 2], 2, 7),
        lambda: CNN(1, [2, 2], 2, (8, 3)),
        lambda: CNN(1, [2, 2], 2, (3, 8)),
        lambda: CNN(1, [2], 2, (4, 4, 4)),
    ],
)
def test_impossible_models(make):
    with pytest.raises(ValueError):
        make()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (3, 1, 5, 2), (2, 2, 7)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.int64])
def test_permute_pixels(device, shape, dtype):
    x = torch.arange(np.prod(shape), device=device).reshape(shape).to(dtype)
    pixels = int(np.prod(shape[2:]))
    permutation = torch.randperm(pixels)
    expected = np.empty((*shape[:2], pixels))
    for place, source in enumerate(permutation.tolist()):
        expected[:, :, place] = x.cpu().numpy().reshape(*shape[:2], pixels)[:, :, source]
    result = permute_pixels(x, permutation)
    assert result.dtype == dtype
    assert result.device == x.device
    np.testing.assert_array_equal(result.cpu().numpy(), expected.reshape(shape))


@pytest.mark.parametrize(
    "permutation", [[0, 1, 2], [0, 1, 2, 3, 4, 5, 6], [0, 0, 1, 2, 3, 4], [1, 2, 3, 4, 5, 6], [-1, 0, 1, 2, 3, 4]]
)
def test_what_is_no_permutation(permutation):
    permute_pixels(torch.ones(2, 1, 2, 3), torch.tensor([5, 4, 3, 2, 1, 0]))
    with pytest.raises(ValueError, match="0 ... 5"):
        permute_pixels(torch.ones(2, 1, 2, 3), torch.tensor(permutation))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    ("weight", "size", "stride", "padding", "bias"),
    [
        ((1, 1, 3, 3), 5, 1, 0, False),
        ((3, 2, 3, 2), (5, 4), 1, 1, True),
        ((2, 1, 2, 3), (4, 7), (2, 3), (0, 2), True),
        ((2, 3, 1, 1), (3, 2), 1, 0, True),
        ((1, 2, 4, 5), (4, 5), 1, 0, False),
        ((2, 2, 3, 3), (6, 5), 2, 1, True),
    ],
)
def test_mlp_from_conv(device, weight, size, stride, padding, bias):
    kw = {"dtype": torch.float64, "device": device}
    weight, bias = torch.randn(weight, **kw), torch.randn(weight[0], **kw) if bias else None
    height, width = (size, size) if isinstance(size, int) else size
    x = torch.randn(3, weight.shape[1], height, width, **kw)
    layer = mlp_from_conv(weight, bias, size, stride, padding)
    expected = torch.nn.functional.conv2d(x, weight, bias, stride, padding).flatten(1)
    assert type(layer) is torch.nn.Linear
    assert (layer.bias is None) == (bias is None)
    torch.testing.assert_close(layer(x.flatten(1)), expected)


@pytest.mark.parametrize(
    ("weight", "bias", "size", "settings"),
    [
        ((1, 1, 3, 3), None, (2, 5), {}),
        ((2, 1, 3, 3), 1, 5, {}),
        ((2, 1, 3, 3), 2, 5, {"stride": 0}),
        ((2, 1, 3, 3), 2, 5, {"padding": -1}),
        ((1, 3, 3), None, 5, {}),
    ],
)
def test_impossible_layers(weight, bias, size, settings):
    with pytest.raises(ValueError):
        mlp_from_conv(torch.ones(weight), None if bias is None else torch.ones(bias), size, **settings)
