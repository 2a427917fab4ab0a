"""Networks as their authors published them, in the descriptions that `network_params` reads."""

from __future__ import annotations

from convclass.reference.networks import Layer

Network = list[Layer]

LENET_TABLE = [
    *([start % 6, (start + 1) % 6, (start + 2) % 6] for start in range(6)),
    *([start % 6, (start + 1) % 6, (start + 2) % 6, (start + 3) % 6] for start in range(6)),
    *([start, start + 1, start + 3, (start + 4) % 6] for start in range(3)),
    list(range(6)),
]
"""Which of the 6 maps of S2 each of the 16 filters of C3 sees (LeCun et al. 1998, table I)."""


def lenet5() -> Network:
    """LeNet-5 as published, for (1, 32, 32); its output layer compares with fixed codes and is not trained.

    Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition", section II-B.
    """
    return [
        conv(6, 5),
        {"type": "subsample", "kernel_size": 2},
        conv(16, 5, table=LENET_TABLE),
        {"type": "subsample", "kernel_size": 2},
        conv(120, 5),
        FLATTEN,
        linear(84),
    ]


def lenet5_full() -> Network:
    """LeNet-5 as most libraries build it, for (1, 32, 32): C3 sees every map, plain pooling, a dense output layer."""
    pool = {"type": "avg_pool", "kernel_size": 2}
    return [conv(6, 5), RELU, pool, conv(16, 5), RELU, pool, FLATTEN, *_dense(120, 84), linear(10)]


def alexnet() -> Network:
    """AlexNet with a single tower, for (3, 224, 224). Source: Krizhevsky 2014, "One weird trick"."""
    pool = {"type": "max_pool", "kernel_size": 3, "stride": 2}
    first = [conv(64, 11, stride=4, padding=2), RELU, pool, conv(192, 5, padding=2), RELU, pool]
    last = [layer for width in (384, 256, 256) for layer in (conv(width, 3, padding=1), RELU)]
    return [*first, *last, pool, FLATTEN, DROPOUT, *_dense(4096), DROPOUT, *_dense(4096), linear(1000)]


def vgg16() -> Network:
    """VGG-16, for (3, 224, 224). Source: Simonyan & Zisserman 2015, table 1, column D."""
    return [*vgg16_features(), *vgg16_classifier()]


def vgg16_features() -> Network:
    """VGG-16 up to its last pooling layer."""
    layers: Network = []
    for width, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        layers += [conv(width, 3, padding=1), RELU] * depth + [{"type": "max_pool", "kernel_size": 2}]
    return layers


def vgg16_classifier() -> Network:
    """VGG-16 after its last pooling layer, whose output is (512, 7, 7)."""
    return [FLATTEN, *_dense(4096), DROPOUT, *_dense(4096), DROPOUT, linear(1000)]


def googlenet(auxiliary: bool = True) -> Network:
    """GoogLeNet with batch normalisation, for (3, 224, 224), with or without its two auxiliary heads.

    Source: Szegedy et al. 2015, table 1. As in the widely used pre-trained model, the convolutions have batch
    normalisation and no bias, and the "5×5" path has 3×3 kernels.
    """

    def heads() -> Network:
        return [_side_head()] if auxiliary else []

    pool: Layer = {"type": "max_pool", "kernel_size": 3, "stride": 2, "padding": 1}
    stem = [*_conv_bn(64, 7, stride=2, padding=3), pool, *_conv_bn(64, 1), *_conv_bn(192, 3, padding=1), pool]
    return [
        *stem,
        _inception(64, (96, 128), (16, 32), 32),
        _inception(128, (128, 192), (32, 96), 64),
        pool,
        _inception(192, (96, 208), (16, 48), 64),
        *heads(),
        _inception(160, (112, 224), (24, 64), 64),
        _inception(128, (128, 256), (24, 64), 64),
        _inception(112, (144, 288), (32, 64), 64),
        *heads(),
        _inception(256, (160, 320), (32, 128), 128),
        pool,
        _inception(256, (160, 320), (32, 128), 128),
        _inception(384, (192, 384), (48, 128), 128),
        {"type": "global_avg_pool"},
        DROPOUT,
        linear(1000),
    ]


def resnet18() -> Network:
    """ResNet-18, for (3, 224, 224). Source: He et al. 2016, table 1; projections where the shape changes."""
    blocks = [
        _residual(_basic(width, stride), width, stride, projected=stride == 2)
        for width, first in ((64, 1), (128, 2), (256, 2), (512, 2))
        for stride in (first, 1)
    ]
    return _resnet(blocks)


def resnet50() -> Network:
    """ResNet-50, for (3, 224, 224). Source: He et al. 2016, table 1 and figure 5."""
    blocks = [
        _residual(_bottleneck(width, stride), 4 * width, stride, projected=number == 0)
        for width, depth, first in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))
        for number, stride in enumerate([first] + [1] * (depth - 1))
    ]
    return _resnet(blocks)


RELU: Layer = {"type": "relu"}
FLATTEN: Layer = {"type": "flatten"}
DROPOUT: Layer = {"type": "dropout"}
NORM: Layer = {"type": "batch_norm"}


def conv(out_channels: int, kernel_size: int, **settings: object) -> Layer:
    """A convolution layer."""
    return {"type": "conv", "out_channels": out_channels, "kernel_size": kernel_size, **settings}


def linear(out_features: int) -> Layer:
    """A dense layer."""
    return {"type": "linear", "out_features": out_features}


def _dense(*widths: int) -> Network:
    return [layer for width in widths for layer in (linear(width), RELU)]


def _conv_bn(out_channels: int, kernel_size: int, **settings: object) -> Network:
    return [conv(out_channels, kernel_size, bias=False, **settings), NORM, RELU]


def _inception(one: int, three: tuple[int, int], five: tuple[int, int], pooled: int) -> Layer:
    pool: Layer = {"type": "max_pool", "kernel_size": 3, "stride": 1, "padding": 1}
    paths = [
        _conv_bn(one, 1),
        [*_conv_bn(three[0], 1), *_conv_bn(three[1], 3, padding=1)],
        [*_conv_bn(five[0], 1), *_conv_bn(five[1], 3, padding=1)],
        [pool, *_conv_bn(pooled, 1)],
    ]
    return {"type": "branches", "merge": "concat", "paths": paths}


def _side_head() -> Layer:
    pool: Layer = {"type": "avg_pool", "kernel_size": 5, "stride": 3}
    return {"type": "side", "layers": [pool, *_conv_bn(128, 1), FLATTEN, *_dense(1024), DROPOUT, linear(1000)]}


def _basic(width: int, stride: int) -> Network:
    return [*_conv_bn(width, 3, stride=stride, padding=1), *_conv_bn(width, 3, padding=1)[:2]]


def _bottleneck(width: int, stride: int) -> Network:
    return [*_conv_bn(width, 1), *_conv_bn(width, 3, stride=stride, padding=1), *_conv_bn(4 * width, 1)[:2]]


def _residual(body: Network, width: int, stride: int, projected: bool) -> Layer:
    shortcut = _conv_bn(width, 1, stride=stride)[:2] if projected else []
    return {"type": "branches", "merge": "add", "paths": [body, shortcut]}


def _resnet(blocks: Network) -> Network:
    pool: Layer = {"type": "max_pool", "kernel_size": 3, "stride": 2, "padding": 1}
    rectified = [layer for block in blocks for layer in (block, RELU)]
    return [*_conv_bn(64, 7, stride=2, padding=3), pool, *rectified, {"type": "global_avg_pool"}, linear(1000)]
