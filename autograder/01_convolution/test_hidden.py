"""The hidden tests of assignment 1. The docstring of a test is the title that students read.

Sizes stay small enough for nested Python loops. Where a test demands a ValueError, it first asks for the nearest
request that can be met, so that a function which always raises earns nothing by it.
"""

import numpy as np
import pytest
import torch

from convclass import reference
from convclass.exam import question
from convclass.exam.forbidden import AUTOGRAD, CONVOLUTIONS

# ------------------------------------------------------------------------------------------------ output_size


@question(
    "output_size",
    points=2,
    hints=(
        "Lay a kernel of size 3 along a row of 5 pixels with a pencil: at how many places does it fit whole?",
        "The first window fills the kernel; every further one needs one more step of the stride.",
    ),
)
def test_output_size(check):
    """output_size counts the places where the kernel fits whole"""
    check.output_size(9, 4)


@question("output_size", points=2.5, hints="What is left over after the last whole step is not enough for a window.")
@pytest.mark.parametrize(("size", "kernel_size", "stride"), [(9, 3, 2), (10, 3, 4)])
def test_output_size_stride(check, size, kernel_size, stride):
    """output_size counts only whole steps of the stride"""
    check.output_size(size, kernel_size, stride=stride)


@question("output_size", points=2, hints="Padding adds pixels on both sides of the image.")
@pytest.mark.parametrize(
    ("size", "kernel_size", "settings"), [(3, 5, {"padding": 1}), (8, 3, {"padding": 2, "stride": 2})]
)
def test_output_size_padding(check, size, kernel_size, settings):
    """output_size takes padding into account, with and without a stride"""
    check.output_size(size, kernel_size, **settings)


@question(
    "output_size",
    points=2,
    hints="Draw a dilated kernel of three taps: how many pixels lie from its first to its last?",
)
@pytest.mark.parametrize(
    ("size", "kernel_size", "settings"),
    [(9, 3, {"dilation": 2}), (11, 3, {"dilation": 3, "stride": 2, "padding": 1})],
)
def test_output_size_dilation(check, size, kernel_size, settings):
    """output_size takes dilation into account, alone and with everything else"""
    check.output_size(size, kernel_size, **settings)


@question("output_size", points=1.5, hints="When no window fits there is no output size: raise ValueError.")
@pytest.mark.parametrize(
    ("possible", "impossible"),
    [
        ((6, 6), [(4, 7, {"stride": 2, "padding": 1})]),
        ((1, 1), [(5, 0, {}), (5, 3, {"padding": -1}), (5, 3, {"stride": -1})]),
    ],
)
def test_output_size_impossible(check, possible, impossible):
    """output_size answers what is possible and raises ValueError for what is not"""
    check.output_size(*possible)
    for size, kernel_size, settings in impossible:
        check.raises(ValueError).output_size(size, kernel_size, **settings)


# -------------------------------------------------------------------------------------------- cross_correlate2d


@question(
    "cross_correlate2d",
    points=2,
    forbidden=CONVOLUTIONS,
    hints="Do one output pixel by hand: lay the kernel on the image, multiply what lies on each other, add it all up.",
)
def test_correlate_square(check, arrays):
    """cross_correlate2d of a square image with a square kernel, both float32"""
    check.cross_correlate2d(arrays(4, 4, dtype="float32"), arrays(3, 3, dtype="float32"))


@question("cross_correlate2d", points=3.5, hints="Height and width are two numbers, of the image and of the kernel.")
@pytest.mark.parametrize(("image", "kernel"), [((4, 6), (3, 3)), ((5, 4), (2, 3))])
def test_correlate_rectangular(check, arrays, image, kernel):
    """cross_correlate2d of images and kernels that are not square"""
    check.cross_correlate2d(arrays(*image), arrays(*kernel))


@question("cross_correlate2d", points=1.5)
def test_correlate_extreme_kernels(check, arrays):
    """cross_correlate2d with a kernel as large as the image"""
    check.cross_correlate2d(arrays(2, 3), arrays(2, 3))


@question("cross_correlate2d", points=1.5, hints="The result has the dtype of the inputs: whole numbers stay whole.")
def test_correlate_integers(check, arrays):
    """cross_correlate2d keeps whole numbers whole"""
    check.cross_correlate2d(arrays(3, 5, dtype="int64"), arrays(2, 3, dtype="int64"))


@question("cross_correlate2d", points=1, hints="Work on a copy if you need to change something.")
def test_correlate_leaves_inputs(check, arrays):
    """cross_correlate2d leaves its inputs unchanged, also when they are views of larger arrays"""
    check.inputs_unchanged.cross_correlate2d(arrays(10, 4)[::2, 1:].T, arrays(2, 6)[:, ::-2])


@question("cross_correlate2d", points=1)
def test_correlate_is_linear(check, student, arrays):
    """cross_correlate2d is linear and moves along: an image plus its moved copy gives the result plus its moved copy"""
    image, kernel = arrays(3, 5), arrays(2, 3)
    result = check.cross_correlate2d(image, kernel)
    both = student.cross_correlate2d(2 * image[:, :-1] + image[:, 1:], kernel)
    check.same(both, 2 * result[:, :-1] + result[:, 1:], "linearity")


@question("cross_correlate2d", points=1.5)
def test_correlate_impossible(check, arrays):
    """cross_correlate2d answers what is possible and raises ValueError when the kernel does not fit"""
    image = arrays(3, 4)
    check.cross_correlate2d(image, arrays(1, 1))
    for shape in ((3, 5), (0, 4)):
        check.raises(ValueError).cross_correlate2d(image, arrays(*shape))


# -------------------------------------------------------------------------------------------------- convolve2d


@question(
    "convolve2d",
    points=3,
    after="cross_correlate2d",
    forbidden=CONVOLUTIONS,
    hints="It differs from cross-correlation by one thing done to the kernel, on both of its axes.",
)
def test_convolve_square(check, arrays):
    """convolve2d of a square image with a square kernel"""
    check.convolve2d(arrays(4, 4), arrays(3, 3))


@question("convolve2d", points=2)
@pytest.mark.parametrize(("image", "kernel"), [((3, 5), (2, 3)), ((4, 3), (3, 1))])
def test_convolve_rectangular(check, arrays, image, kernel):
    """convolve2d of images and kernels that are not square"""
    check.convolve2d(arrays(*image), arrays(*kernel))


@question("convolve2d", points=1)
def test_convolve_integers(check, arrays):
    """convolve2d keeps whole numbers whole and leaves its inputs unchanged"""
    check.inputs_unchanged.convolve2d(arrays(4, 3, dtype="int64").T, arrays(2, 3, dtype="int64"))


@question("convolve2d", points=1, hints="Convolve a single bright pixel: what should come out is the kernel itself.")
def test_convolve_impulse(check, arrays):
    """convolve2d of a single bright pixel returns the kernel"""
    kernel, impulse = arrays(2, 3), np.zeros((3, 5))
    impulse[1, 2] = 1.0
    check.same(check.convolve2d(impulse, kernel), kernel, "returning the kernel for a single bright pixel")


@question("convolve2d", points=1)
def test_convolve_impossible(check, arrays):
    """convolve2d answers what is possible and raises ValueError when the kernel does not fit"""
    image = arrays(3, 4)
    check.convolve2d(image, arrays(3, 4))
    check.raises(ValueError).convolve2d(image, arrays(4, 4))


# ------------------------------------------------------------------------------------------------------ im2col


@question(
    "im2col",
    points=3,
    after="output_size",
    forbidden=CONVOLUTIONS,
    hints=(
        "Write down the answer for one image of 3x3 and a 2x2 kernel: four columns of four numbers.",
        "A column holds its window channel by channel, and each channel row by row.",
    ),
)
@pytest.mark.parametrize(("image", "kernel_size"), [((3, 4), (2, 3)), ((3, 5), (3, 1))])
def test_im2col_one_channel(check, tensors, image, kernel_size):
    """im2col of one image with one channel"""
    check.im2col(tensors(1, 1, *image), kernel_size)


@question("im2col", points=3)
@pytest.mark.parametrize(("shape", "kernel_size"), [((1, 3, 3, 4), 2), ((2, 1, 4, 3), (3, 2)), ((2, 2, 3, 4), (2, 3))])
def test_im2col_batch(check, tensors, shape, kernel_size):
    """im2col of several images and channels keeps the order channel, kernel row, kernel column"""
    check.im2col(tensors(*shape), kernel_size)


@question("im2col", points=2.5)
@pytest.mark.parametrize(("shape", "stride"), [((2, 1, 6, 5), 2), ((1, 2, 5, 6), (1, 3))])
def test_im2col_stride(check, tensors, shape, stride):
    """im2col moves its window by the stride of each axis, also when the stride does not divide"""
    check.im2col(tensors(*shape), (3, 2), stride=stride)


@question(
    "im2col", points=2.5, hints="Look up in which order torch's pad takes its numbers: it begins with the last axis."
)
@pytest.mark.parametrize(("shape", "kernel_size", "padding"), [((2, 1, 2, 3), 3, 1), ((1, 2, 3, 3), (2, 3), (0, 2))])
def test_im2col_padding(check, tensors, shape, kernel_size, padding):
    """im2col surrounds the image with zeros, as many on each axis as asked for"""
    check.im2col(tensors(*shape), kernel_size, padding=padding)


@question("im2col", points=2)
@pytest.mark.parametrize(
    ("shape", "settings"),
    [
        ((2, 1, 6, 4), {"dilation": 2}),
        ((1, 2, 6, 5), {"dilation": (2, 3), "stride": (3, 2), "padding": (1, 2)}),
    ],
)
def test_im2col_dilation(check, tensors, shape, settings):
    """im2col spreads its window by the dilation, alone and together with stride and padding"""
    check.im2col(tensors(*shape), (3, 2), **settings)


@question("im2col", points=1)
def test_im2col_integers(check, tensors):
    """im2col keeps whole numbers whole, and leaves its input unchanged also when it is a view"""
    x = tensors(1, 2, 4, 5, dtype=torch.int64)[..., ::2].transpose(2, 3).expand(2, 2, 3, 4)
    check.inputs_unchanged.im2col(x, (2, 3), padding=(0, 1))


@question("im2col", points=1)
def test_im2col_impossible(check, tensors):
    """im2col answers what is possible and raises ValueError for what is not"""
    x = tensors(1, 2, 4, 5)
    check.im2col(x, 2, dilation=(3, 4))
    check.raises(ValueError).im2col(x, 2, dilation=(3, 5))


# ------------------------------------------------------------------------------------------------------ conv2d


@question(
    "conv2d",
    points=3,
    after="output_size",
    forbidden=CONVOLUTIONS,
    hints=(
        "Begin with one image, one channel and one filter, and compare with your cross_correlate2d.",
        "One output number is the sum over all channels and the whole window of pixel times weight, plus the bias.",
    ),
)
@pytest.mark.parametrize(("image", "kernel"), [((4, 4), (3, 3)), ((3, 5), (2, 3))])
def test_conv2d_one_channel(check, tensors, image, kernel):
    """conv2d of one image with one channel and one filter"""
    check.conv2d(tensors(1, 1, *image), tensors(1, 1, *kernel))


@question("conv2d", points=4, hints="Every filter sees all channels, and what it sees is added up.")
@pytest.mark.parametrize(
    ("x", "weight"),
    [((1, 3, 4, 3), (1, 3, 2, 2)), ((2, 2, 4, 4), (2, 2, 3, 2))],
)
def test_conv2d_channels(check, tensors, x, weight):
    """conv2d of several channels, filters and images"""
    check.conv2d(tensors(*x), tensors(*weight))


@question("conv2d", points=2, hints="Each filter has one bias, added once to each of its output numbers.")
@pytest.mark.parametrize(("x", "weight"), [((1, 1, 2, 3), (2, 1, 1, 1)), ((2, 3, 3, 4), (2, 3, 2, 2))])
def test_conv2d_bias(check, tensors, x, weight):
    """conv2d adds the bias of each filter once"""
    check.conv2d(tensors(*x), tensors(*weight), tensors(weight[0]))


@question("conv2d", points=4, hints="The window of output row i begins at row i times the stride.")
@pytest.mark.parametrize(
    ("x", "stride"),
    [((2, 1, 5, 6), 2), ((1, 2, 6, 9), (2, 3))],
)
def test_conv2d_stride(check, tensors, x, stride):
    """conv2d honours the stride of each axis, also when it does not divide"""
    check.conv2d(tensors(*x), tensors(2, x[1], 3, 2), tensors(2), stride=stride)


@question(
    "conv2d", points=4, hints="Pad with zeros on all four sides: the first number is for rows, the second for columns."
)
@pytest.mark.parametrize(
    ("x", "kernel", "padding"),
    [((2, 1, 2, 3), (3, 3), 1), ((1, 2, 3, 4), (3, 2), (1, 0))],
)
def test_conv2d_padding(check, tensors, x, kernel, padding):
    """conv2d honours the padding of each axis, also where the kernel fits only thanks to it"""
    check.conv2d(tensors(*x), tensors(2, x[1], *kernel), tensors(2), padding=padding)


@question("conv2d", points=2)
def test_conv2d_stride_and_padding(check, tensors):
    """conv2d honours stride and padding together"""
    settings = {"stride": (1, 3), "padding": (2, 1)}
    check.conv2d(tensors(1, 2, 4, 5), tensors(2, 2, 3, 2), tensors(2), **settings)


@question("conv2d", points=2.5, hints="Dilation moves the taps of one window apart; it does not move the windows.")
@pytest.mark.parametrize(
    ("kernel", "settings"),
    [
        ((3, 2), {"dilation": (2, 3)}),
        ((2, 2), {"dilation": (2, 3), "stride": (1, 2), "padding": (1, 0)}),
    ],
)
def test_conv2d_dilation(check, tensors, kernel, settings):
    """conv2d honours the dilation of each axis, alone and with stride and padding"""
    check.conv2d(tensors(1, 2, 6, 6), tensors(1, 2, *kernel), **settings)


@question(
    "conv2d", points=2.5, hints="Cut channels and filters into as many blocks: block by block they belong together."
)
@pytest.mark.parametrize(
    ("channels", "filters", "groups", "settings"),
    [
        (4, 4, 2, {}),
        (3, 3, 3, {"padding": (1, 0)}),
        (2, 4, 2, {"stride": (1, 2), "dilation": (2, 1)}),
    ],
)
def test_conv2d_groups(check, tensors, channels, filters, groups, settings):
    """conv2d keeps groups of channels apart, down to one channel for each group"""
    weight = tensors(filters, channels // groups, 2, 2)
    check.conv2d(tensors(1, channels, 4, 5), weight, tensors(filters), groups=groups, **settings)


@question("conv2d", points=1.5)
def test_conv2d_extreme_kernels(check, tensors):
    """conv2d with a kernel as large as the image"""
    check.conv2d(tensors(2, 2, 2, 3), tensors(2, 2, 2, 3), tensors(2))


@question("conv2d", points=1.5, hints="Make your result with the dtype of x; whole numbers need no detour over floats.")
def test_conv2d_integers(check, tensors):
    """conv2d keeps whole numbers whole"""
    kw = {"dtype": torch.int64}
    check.conv2d(tensors(1, 2, 3, 3, **kw), tensors(2, 2, 2, 2, **kw), tensors(2, **kw), stride=(2, 1), padding=1)


@question("conv2d", points=1)
def test_conv2d_views(check, tensors):
    """conv2d leaves its inputs unchanged, also when they are views of larger tensors"""
    x = tensors(1, 3, 2, 8)[..., 1::2].transpose(1, 2).expand(2, 2, 3, 4)
    weight = tensors(2, 3, 2, 2).permute(1, 0, 3, 2)
    check.inputs_unchanged.conv2d(x, weight, tensors(3), padding=1)


@question("conv2d", points=1)
def test_conv2d_is_linear(check, student, tensors):
    """conv2d in float64 is linear and moves along: an image plus its moved copy gives the result plus its moved copy"""
    x, weight = tensors(1, 2, 3, 8, dtype=torch.float64), tensors(1, 2, 2, 2, dtype=torch.float64)
    result = check.conv2d(x, weight, stride=(1, 2))
    both = student.conv2d(3 * x[..., :-2] - x[..., 2:], weight, stride=(1, 2))
    check.same(both, 3 * result[..., :-1] - result[..., 1:], "linearity")


@question(
    "conv2d", points=1, hints="Compare the numbers of channels before you multiply: torch stretches an axis of 1."
)
def test_conv2d_impossible(check, tensors):
    """conv2d answers what is possible and raises ValueError when channels, groups or sizes do not fit together"""
    x, weight = tensors(1, 4, 3, 4), tensors(2, 2, 2, 2)
    check.conv2d(x, weight, dilation=(2, 3), groups=2)
    check.raises(ValueError).conv2d(x, tensors(2, 1, 2, 2))
    check.raises(ValueError).conv2d(x, weight, dilation=(3, 1), groups=2)


# --------------------------------------------------------------------------------------------- conv2d_backward


@question(
    "conv2d_backward",
    points=4,
    after="conv2d",
    forbidden=(*CONVOLUTIONS, *AUTOGRAD),
    hints=(
        "Go through the forward sum again: each product of a pixel and a weight passes a share of grad_out to both.",
        "Whatever was used several times in the forward pass collects its shares: add, never overwrite.",
    ),
)
def test_backward_one_channel(check, tensors):
    """conv2d_backward for one image, one channel and one filter, without padding"""
    check.each_part.conv2d_backward(tensors(1, 1, 2, 3), tensors(1, 1, 3, 5), tensors(1, 1, 2, 3))


@question("conv2d_backward", points=3, hints="The weight was used for every image of the batch.")
@pytest.mark.parametrize(
    ("x", "weight"),
    [((1, 3, 3, 4), (2, 3, 1, 2)), ((3, 1, 4, 3), (2, 1, 2, 1))],
)
def test_backward_batch(check, tensors, x, weight):
    """conv2d_backward for several images, channels and filters"""
    check.each_part.conv2d_backward(tensors(*output(x, weight)), tensors(*x), tensors(*weight))


@question("conv2d_backward", points=4, hints="What happens to a slice [pad:-pad] when pad is 0?")
@pytest.mark.parametrize(("x", "padding"), [((2, 1, 2, 2), 1), ((1, 2, 2, 3), (2, 0))])
def test_backward_padding(check, tensors, x, padding):
    """conv2d_backward with padding on both axes or only on one of them"""
    weight = (1, x[1], 2, 2)
    check.each_part.conv2d_backward(
        tensors(*output(x, weight, padding=padding)), tensors(*x), tensors(*weight), padding=padding
    )


@question("conv2d_backward", points=4, hints="Pixels that no window reaches get the gradient 0, and they still count.")
@pytest.mark.parametrize(("x", "stride"), [((1, 2, 4, 4), 2), ((2, 1, 3, 6), (1, 3))])
def test_backward_stride(check, tensors, x, stride):
    """conv2d_backward with a stride, also where it does not divide and some pixels are never visited"""
    weight = (1, x[1], 2, 2)
    check.each_part.conv2d_backward(
        tensors(*output(x, weight, stride=stride)), tensors(*x), tensors(*weight), stride=stride
    )


@question("conv2d_backward", points=2)
def test_backward_stride_and_padding(check, tensors):
    """conv2d_backward with stride and padding together"""
    x, weight, settings = (2, 1, 3, 4), (2, 1, 2, 2), {"stride": (2, 3), "padding": (1, 2)}
    check.each_part.conv2d_backward(tensors(*output(x, weight, **settings)), tensors(*x), tensors(*weight), **settings)


@question("conv2d_backward", points=1)
def test_backward_extreme_kernels(check, tensors):
    """conv2d_backward with a kernel as large as the image"""
    check.each_part.conv2d_backward(tensors(2, 1, 1, 1), tensors(2, 2, 2, 3), tensors(1, 2, 2, 3))


@question("conv2d_backward", points=1)
def test_backward_integers(check, tensors):
    """conv2d_backward keeps whole numbers whole and leaves its inputs unchanged, also when they are views"""
    kw = {"dtype": torch.int64}
    x, weight = tensors(2, 3, 3, 2, **kw).permute(0, 3, 1, 2), tensors(2, 1, 2, 2, **kw).transpose(0, 1)
    check.inputs_unchanged.conv2d_backward(tensors(2, 1, 1, 4, **kw), x, weight, stride=(2, 1), padding=(0, 1))


@question("conv2d_backward", points=0.5)
def test_backward_is_the_adjoint(check, student, tensors):
    """conv2d_backward and conv2d fit together: <grad_x, x> and <grad_weight, weight> equal <grad_out, conv2d(x)>"""
    kw = {"dtype": torch.float64}
    x, weight, grad_out = tensors(1, 2, 4, 4, **kw), tensors(1, 2, 2, 2, **kw), tensors(1, 1, 2, 3, **kw)
    grad_x, grad_weight, _ = student.conv2d_backward(grad_out, x, weight, stride=(2, 1))
    forward = float((grad_out * reference.conv2d(x, weight, stride=(2, 1))).sum())
    check.same(float((grad_x * x).sum()), forward, "<grad_x, x> = <grad_out, conv2d(x)>")
    check.same(float((grad_weight * weight).sum()), forward, "<grad_weight, weight> = <grad_out, conv2d(x)>")


@question("conv2d_backward", points=0.5)
def test_backward_impossible(check, tensors):
    """conv2d_backward answers what is possible and raises ValueError when grad_out does not fit the rest"""
    x, weight = tensors(1, 2, 3, 4), tensors(1, 2, 2, 2)
    check.conv2d_backward(tensors(1, 1, 2, 3), x, weight)
    check.raises(ValueError).conv2d_backward(tensors(1, 1, 1, 3), x, weight)


def output(x, weight, stride=1, padding=0):
    """The shape of conv2d's output."""
    strides, paddings = ((v, v) if isinstance(v, int) else v for v in (stride, padding))
    axes = zip(x[2:], weight[2:], strides, paddings, strict=True)
    return (x[0], weight[0], *(reference.output_size(*axis) for axis in axes))


# -------------------------------------------------------------------------------------------- conv_transpose2d


@question(
    "conv_transpose2d",
    points=1.5,
    after="conv2d",
    forbidden=CONVOLUTIONS,
    hints=(
        "Every input number stamps a copy of the kernel, times itself, on the output; overlapping stamps add up.",
        "It is what conv2d_backward does to grad_out to get grad_x.",
    ),
)
@pytest.mark.parametrize(
    ("x", "weight", "stride"),
    [((2, 1, 2, 3), (1, 2, 2, 2), 1), ((1, 2, 2, 3), (2, 2, 3, 2), (2, 3))],
)
def test_transpose(check, tensors, x, weight, stride):
    """conv_transpose2d adds up overlapping copies of the kernel, placed a stride apart"""
    check.conv_transpose2d(tensors(*x), tensors(*weight), stride=stride)


@question("conv_transpose2d", points=1, hints="Padding is taken away from the output here.")
def test_transpose_padding(check, tensors):
    """conv_transpose2d takes the padding away from every side of the output"""
    settings = {"stride": (1, 2), "padding": (1, 2)}
    check.conv_transpose2d(tensors(1, 2, 2, 3), tensors(2, 1, 2, 2), tensors(1), **settings)


@question("conv_transpose2d", points=1, hints="output_padding makes the output larger below and on the right only.")
def test_transpose_output_padding(check, tensors):
    """conv_transpose2d makes the output larger by output_padding below and on the right"""
    settings = {"stride": (3, 2), "padding": 1, "output_padding": (2, 1)}
    check.conv_transpose2d(tensors(2, 1, 2, 3), tensors(1, 2, 3, 2), tensors(2), **settings)


@question("conv_transpose2d", points=0.5)
def test_transpose_integers(check, tensors):
    """conv_transpose2d keeps whole numbers whole and leaves its inputs unchanged, also when they are views"""
    kw = {"dtype": torch.int64}
    x, weight = tensors(2, 3, 2, 2, **kw).permute(0, 3, 1, 2), tensors(1, 2, 2, 2, **kw).transpose(0, 1)
    check.inputs_unchanged.conv_transpose2d(x, weight, tensors(1, **kw), stride=(2, 1), padding=(0, 1))


@question("conv_transpose2d", points=0.5)
def test_transpose_is_the_adjoint(check, student, tensors):
    """conv_transpose2d is the adjoint of conv2d: <conv2d(x), y> = <x, conv_transpose2d(y)>"""
    kw = {"dtype": torch.float64}
    x, weight, settings = tensors(1, 2, 3, 5, **kw), tensors(2, 2, 2, 2, **kw), {"stride": (1, 2), "padding": (1, 0)}
    forward = reference.conv2d(x, weight, **settings)
    y = tensors(*forward.shape, **kw)
    back = student.conv_transpose2d(y, weight, output_padding=(0, 1), **settings)
    check.same(float((x * back).sum()), float((forward * y).sum()), "<conv2d(x), y> = <x, conv_transpose2d(y)>")


@question("conv_transpose2d", points=0.5)
def test_transpose_impossible(check, tensors):
    """conv_transpose2d answers what is possible and raises ValueError for what is not"""
    x, weight = tensors(1, 2, 2, 3), tensors(2, 1, 2, 2)
    check.conv_transpose2d(x, weight, stride=2, output_padding=1)
    check.raises(ValueError).conv_transpose2d(x, tensors(3, 1, 2, 2))
    check.raises(ValueError).conv_transpose2d(x, weight, stride=2, output_padding=2)
    check.raises(ValueError).conv_transpose2d(x, weight, padding=(2, 0))
