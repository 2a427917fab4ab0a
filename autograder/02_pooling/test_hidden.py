"""The hidden tests of assignment 2. The docstring of a test is the title that students read.

Sizes stay small enough for nested Python loops. Where a test demands a ValueError, it first asks for the nearest
request that can be met, so that a function which always raises earns nothing by it. Values of max_pool2d_backward are
compared only where no two numbers of a window are equal; where they are, any subgradient is right.
"""

import math

import pytest
import torch

from convclass import reference
from convclass.exam import question
from convclass.exam.describer import described
from convclass.exam.forbidden import AUTOGRAD, POOLS, RELUS

# ------------------------------------------------------------------------------------------------- max_pool2d


@question(
    "max_pool2d",
    points=3,
    forbidden=POOLS,
    hints=(
        "Do one window by hand: cut it out of the image, take its largest number, write that into the output.",
        "Without a stride, the second window begins where the first one ends.",
    ),
)
@pytest.mark.parametrize(
    ("shape", "kernel_size"), [((1, 1, 4, 4), 2), ((1, 1, 6, 6), 3), ((2, 3, 4, 4), 2), ((3, 2, 6, 6), (2, 2))]
)
def test_max_square(check, tensors, shape, kernel_size):
    """max_pool2d keeps the largest number of each window; without a stride they stand side by side"""
    check.max_pool2d(tensors(*shape), kernel_size)


@question("max_pool2d", points=3, hints="Height and width are two numbers, of the image and of the window.")
@pytest.mark.parametrize(
    ("shape", "kernel_size"),
    [((1, 1, 4, 6), 2), ((1, 1, 6, 4), 2), ((2, 2, 6, 6), (2, 3)), ((2, 2, 6, 6), (3, 1)), ((1, 3, 4, 9), (4, 3))],
)
def test_max_rectangular(check, tensors, shape, kernel_size):
    """max_pool2d of images and with windows that are not square"""
    check.max_pool2d(tensors(*shape), kernel_size)


@question("max_pool2d", points=2, hints="Rows and columns that do not fill a window are left out.")
@pytest.mark.parametrize(
    ("shape", "kernel_size"), [((1, 1, 5, 7), 2), ((2, 2, 7, 5), 3), ((1, 2, 8, 7), (3, 2)), ((2, 1, 3, 8), (2, 3))]
)
def test_max_leftover(check, tensors, shape, kernel_size):
    """max_pool2d leaves out what does not fill a window"""
    check.max_pool2d(tensors(*shape), kernel_size)


@question(
    "max_pool2d", points=3.5, hints="Window (i, j) begins at row i times the stride, not at row i times the kernel."
)
@pytest.mark.parametrize(
    ("shape", "kernel_size", "stride"),
    [
        ((1, 1, 5, 5), 3, 1),
        ((2, 2, 6, 7), 3, 2),
        ((1, 2, 7, 8), 2, 3),
        ((2, 1, 6, 8), (3, 2), (1, 3)),
        ((1, 2, 9, 6), (2, 3), (3, 1)),
        ((2, 2, 6, 5), 2, (2, 1)),
    ],
)
def test_max_stride(check, tensors, shape, kernel_size, stride):
    """max_pool2d with windows that overlap and windows with gaps between them"""
    check.max_pool2d(tensors(*shape), kernel_size, stride=stride)


@question("max_pool2d", points=3, hints="What is the largest number of a window whose pixels are all negative?")
@pytest.mark.parametrize(
    ("shape", "kernel_size", "padding"),
    [((1, 1, 4, 4), 2, 1), ((2, 2, 5, 6), 3, 1), ((1, 2, 6, 5), (3, 5), (0, 2)), ((2, 1, 5, 7), (4, 2), (2, 0))],
)
def test_max_padding(check, tensors, shape, kernel_size, padding):
    """max_pool2d never takes the padding, even when every number is negative"""
    check.max_pool2d(-1 - tensors(*shape).abs(), kernel_size, padding=padding)


@question("max_pool2d", points=2)
@pytest.mark.parametrize(
    ("kernel_size", "stride", "padding"),
    [(3, 2, 1), (2, (1, 3), (1, 0)), ((3, 4), (2, 1), (0, 2)), ((5, 2), (3, 2), (2, 1))],
)
def test_max_stride_and_padding(check, tensors, kernel_size, stride, padding):
    """max_pool2d with stride and padding together"""
    check.max_pool2d(-1 - tensors(2, 2, 6, 7).abs(), kernel_size, stride=stride, padding=padding)


@question("max_pool2d", points=0.5)
@pytest.mark.parametrize(("kernel_size", "stride"), [(1, None), (1, 2), ((4, 5), None), ((4, 5), 1), ((1, 5), None)])
def test_max_extreme_windows(check, tensors, kernel_size, stride):
    """max_pool2d with a window of one pixel, and with one as large as the image"""
    check.max_pool2d(tensors(2, 3, 4, 5), kernel_size, stride=stride)


@question("max_pool2d", points=1.5, hints="There is no -inf among whole numbers. Does the padding have to be there?")
@pytest.mark.parametrize("dtype", ["float64", "int64", "int32"])
def test_max_dtypes(check, tensors, dtype):
    """max_pool2d works for every type of number, with padding too"""
    x = -tensors(2, 2, 5, 4, dtype=getattr(torch, dtype)).abs() - 1
    check.max_pool2d(x, (2, 3), stride=(2, 1), padding=1)


@question("max_pool2d", points=1)
@pytest.mark.parametrize("view", ["transposed", "sliced", "expanded"])
def test_max_views(check, tensors, view):
    """max_pool2d leaves its input unchanged, also when it is a view of a larger tensor"""
    check.inputs_unchanged.max_pool2d(
        viewed(lambda *shape: -1 - tensors(*shape).abs(), view), (2, 3), stride=(2, 1), padding=(1, 0)
    )


@question("max_pool2d", points=0.5)
def test_max_of_maxima(check, student, tensors):
    """max_pool2d twice with windows of 2 is max_pool2d once with windows of 4"""
    x = tensors(1, 2, 8, 12)
    once = check.max_pool2d(x, 4)
    check.same(student.max_pool2d(student.max_pool2d(x, 2), 2), once, "the maximum of maxima")


@question("max_pool2d", points=0.5, hints="A shift that is no multiple of the stride gives other windows.")
def test_max_moves_with_the_image(check, student, tensors):
    """max_pool2d moves its result along when the image moves by the stride; one pixel further it gives other numbers"""
    x = tensors(1, 2, 9, 10, dtype=torch.float64)
    result = check.max_pool2d(x, 2)
    check.same(student.max_pool2d(x[:, :, 2:, 4:], 2), result[:, :, 1:, 2:], "moving along with the image")
    moved = check.max_pool2d(x[:, :, 1:], 2)
    check.same(torch.equal(moved, result), False, "giving other numbers after a shift by one pixel")


@question("max_pool2d", points=1.5, hints="Which requests have no answer? Look at what the docstring says.")
@pytest.mark.parametrize(
    ("kernel_size", "bad_kernel_size", "settings", "bad_settings"),
    [
        ((4, 5), (5, 5), {}, {}),
        ((4, 5), (4, 6), {"stride": 1}, {"stride": 1}),
        (3, 3, {"padding": 1}, {"padding": 2}),
        ((2, 4), (2, 3), {"padding": (1, 2)}, {"padding": (1, 2)}),
        (2, 2, {"padding": 0}, {"padding": (0, -1)}),
        (2, 2, {"stride": 1}, {"stride": 0}),
        (1, 0, {}, {}),
    ],
)
def test_max_impossible(check, tensors, kernel_size, bad_kernel_size, settings, bad_settings):
    """max_pool2d answers what is possible and raises ValueError for what is not"""
    x = -1 - tensors(1, 2, 4, 5).abs()
    check.max_pool2d(x, kernel_size, **settings)
    check.raises(ValueError).max_pool2d(x, bad_kernel_size, **bad_settings)


# ------------------------------------------------------------------------------------------------- avg_pool2d


@question(
    "avg_pool2d",
    points=3,
    forbidden=POOLS,
    hints=(
        "The mean of a window is its sum divided by the number of pixels in it.",
        "The windows are those of max_pool2d: only what is done with each of them is new.",
    ),
)
@pytest.mark.parametrize(
    ("shape", "kernel_size"), [((1, 1, 4, 4), 2), ((1, 1, 6, 6), 3), ((2, 3, 4, 4), 2), ((3, 2, 6, 6), (2, 2))]
)
def test_avg_square(check, tensors, shape, kernel_size):
    """avg_pool2d takes the mean of each window; without a stride they stand side by side"""
    check.avg_pool2d(tensors(*shape), kernel_size)


@question("avg_pool2d", points=2.5)
@pytest.mark.parametrize(
    ("shape", "kernel_size"),
    [((1, 1, 4, 6), 2), ((1, 1, 6, 4), 2), ((2, 2, 6, 6), (2, 3)), ((2, 2, 6, 6), (3, 1)), ((1, 3, 4, 9), (4, 3))],
)
def test_avg_rectangular(check, tensors, shape, kernel_size):
    """avg_pool2d of images and with windows that are not square"""
    check.avg_pool2d(tensors(*shape), kernel_size)


@question("avg_pool2d", points=1.5, hints="Rows and columns that do not fill a window are left out.")
@pytest.mark.parametrize(
    ("shape", "kernel_size"), [((1, 1, 5, 7), 2), ((2, 2, 7, 5), 3), ((1, 2, 8, 7), (3, 2)), ((2, 1, 3, 8), (2, 3))]
)
def test_avg_leftover(check, tensors, shape, kernel_size):
    """avg_pool2d leaves out what does not fill a window"""
    check.avg_pool2d(tensors(*shape), kernel_size)


@question("avg_pool2d", points=3)
@pytest.mark.parametrize(
    ("shape", "kernel_size", "stride"),
    [
        ((1, 1, 5, 5), 3, 1),
        ((2, 2, 6, 7), 3, 2),
        ((1, 2, 7, 8), 2, 3),
        ((2, 1, 6, 8), (3, 2), (1, 3)),
        ((1, 2, 9, 6), (2, 3), (3, 1)),
    ],
)
def test_avg_stride(check, tensors, shape, kernel_size, stride):
    """avg_pool2d with windows that overlap and windows with gaps between them"""
    check.avg_pool2d(tensors(*shape), kernel_size, stride=stride)


@question("avg_pool2d", points=2.5, hints="The padding is zeros, and as it counts, every window is equally large.")
@pytest.mark.parametrize(
    ("shape", "kernel_size", "padding"),
    [((1, 1, 4, 4), 2, 1), ((2, 2, 5, 6), 3, 1), ((1, 2, 6, 5), (3, 5), (0, 2)), ((2, 1, 5, 7), (4, 2), (2, 0))],
)
def test_avg_padding(check, tensors, shape, kernel_size, padding):
    """avg_pool2d counts the padding when nothing else is said"""
    check.avg_pool2d(tensors(*shape), kernel_size, padding=padding)


@question(
    "avg_pool2d", points=3, hints="A window in the corner holds fewer pixels of the image than one in the middle."
)
@pytest.mark.parametrize(
    ("kernel_size", "settings"),
    [
        (2, {"padding": 1}),
        (3, {"padding": 1}),
        ((3, 4), {"padding": (1, 2), "stride": (2, 1)}),
        ((5, 2), {"padding": (2, 0), "stride": 1}),
        ((2, 3), {}),
    ],
)
def test_avg_without_the_padding(check, tensors, kernel_size, settings):
    """avg_pool2d with count_include_pad=False divides by the pixels of the image alone"""
    check.avg_pool2d(tensors(2, 2, 5, 6), kernel_size, count_include_pad=False, **settings)


@question("avg_pool2d", points=1)
@pytest.mark.parametrize(
    ("kernel_size", "stride", "padding"), [(3, 2, 1), (2, (1, 3), (1, 0)), ((3, 4), (2, 1), (0, 2))]
)
def test_avg_stride_and_padding(check, tensors, kernel_size, stride, padding):
    """avg_pool2d with stride and padding together, counting the padding when told to"""
    check.avg_pool2d(tensors(2, 2, 6, 7), kernel_size, stride=stride, padding=padding, count_include_pad=True)


@question("avg_pool2d", points=0.5)
@pytest.mark.parametrize(("kernel_size", "stride"), [(1, None), (1, 2), ((4, 5), None), ((1, 5), None)])
def test_avg_extreme_windows(check, tensors, kernel_size, stride):
    """avg_pool2d with a window of one pixel, and with one as large as the image"""
    check.avg_pool2d(tensors(2, 3, 4, 5), kernel_size, stride=stride)


@question("avg_pool2d", points=1, hints="Means of whole numbers lose what stands behind the point, on both sides of 0.")
@pytest.mark.parametrize(("dtype", "count"), [("float64", True), ("int64", True), ("int64", False), ("int32", True)])
def test_avg_dtypes(check, tensors, dtype, count):
    """avg_pool2d works for every type of number"""
    x = tensors(2, 2, 5, 6, dtype=getattr(torch, dtype))
    check.avg_pool2d(x, (2, 3), stride=(1, 2), padding=1, count_include_pad=count)


@question("avg_pool2d", points=0.5)
@pytest.mark.parametrize("view", ["transposed", "sliced", "expanded"])
def test_avg_views(check, tensors, view):
    """avg_pool2d leaves its input unchanged, also when it is a view of a larger tensor"""
    check.inputs_unchanged.avg_pool2d(viewed(tensors, view), (2, 3), stride=(2, 1), padding=(1, 0))


@question("avg_pool2d", points=0.5)
def test_avg_is_linear(check, student, tensors):
    """avg_pool2d is linear: the result for a sum of images is the sum of the results (of a maximum it is not)"""
    kw = {"dtype": torch.float64}
    first, second = tensors(1, 2, 5, 6, **kw), tensors(1, 2, 5, 6, **kw)
    results = 3 * check.avg_pool2d(first, 3, stride=2, padding=1) - check.avg_pool2d(second, 3, stride=2, padding=1)
    check.same(student.avg_pool2d(3 * first - second, 3, stride=2, padding=1), results, "linearity")


@question("avg_pool2d", points=1)
@pytest.mark.parametrize(
    ("kernel_size", "bad_kernel_size", "settings", "bad_settings"),
    [
        ((4, 5), (5, 5), {}, {}),
        (3, 3, {"padding": 1}, {"padding": 2}),
        ((2, 4), (2, 3), {"padding": (1, 2)}, {"padding": (1, 2)}),
        (2, 2, {"padding": 0}, {"padding": (0, -1)}),
        (2, 2, {"stride": 1}, {"stride": 0}),
    ],
)
def test_avg_impossible(check, tensors, kernel_size, bad_kernel_size, settings, bad_settings):
    """avg_pool2d answers what is possible and raises ValueError for what is not"""
    x = tensors(1, 2, 4, 5)
    check.avg_pool2d(x, kernel_size, **settings)
    check.raises(ValueError).avg_pool2d(x, bad_kernel_size, **bad_settings)


# ------------------------------------------------------------------------------------------ global_avg_pool2d


@question(
    "global_avg_pool2d",
    points=3,
    forbidden=POOLS,
    hints=(
        "Write down the shapes: (N, C, H, W) goes in, (N, C) comes out. What has happened to H and W?",
        "Each channel of each image has a mean of its own.",
    ),
)
@pytest.mark.parametrize("shape", [(1, 2, 4, 4), (2, 3, 4, 6), (3, 2, 7, 3), (2, 4, 2, 5)])
def test_global(check, tensors, shape):
    """global_avg_pool2d gives the mean of every channel of every image"""
    check.global_avg_pool2d(tensors(*shape))


@question("global_avg_pool2d", points=2, hints="The axes for images and channels stay, even when they have length 1.")
@pytest.mark.parametrize("shape", [(1, 3, 4, 5), (3, 1, 5, 2), (1, 1, 3, 3), (2, 3, 1, 1), (2, 2, 1, 6)])
def test_global_axes_of_one(check, tensors, shape):
    """global_avg_pool2d of a single image, a single channel, a single row or a single pixel"""
    check.global_avg_pool2d(tensors(*shape))


@question("global_avg_pool2d", points=1)
@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_global_dtypes(check, tensors, dtype):
    """global_avg_pool2d works for every type of number and leaves its input unchanged"""
    x = tensors(2, 5, 4, 3, dtype=getattr(torch, dtype)).permute(0, 3, 1, 2)
    check.inputs_unchanged.global_avg_pool2d(x)


@question("global_avg_pool2d", points=1)
@pytest.mark.parametrize("shift", [(1, 0), (2, 3)])
def test_global_is_invariant(check, student, tensors, shift):
    """global_avg_pool2d does not notice where in the image a number stands"""
    x = tensors(2, 3, 4, 5, dtype=torch.float64)
    result = check.global_avg_pool2d(x)
    check.same(student.global_avg_pool2d(x.roll(shift, (2, 3))), result, "the same result after a circular shift")


@question("global_avg_pool2d", points=1)
@pytest.mark.parametrize(("possible", "impossible"), [((1, 2, 3, 4), (2, 3, 4)), ((2, 2, 1, 3), (2, 2, 0, 3))])
def test_global_impossible(check, tensors, possible, impossible):
    """global_avg_pool2d answers what is possible and raises ValueError for what is not"""
    check.global_avg_pool2d(tensors(*possible))
    check.raises(ValueError).global_avg_pool2d(tensors(*impossible))


# ---------------------------------------------------------------------------------------- max_pool2d_backward


@question(
    "max_pool2d_backward",
    points=3,
    after="max_pool2d",
    forbidden=(*POOLS, *AUTOGRAD),
    hints=(
        "An output is a copy of one number of its window. The gradient goes back to that number.",
        "A number that is the largest of several windows collects from all of them: add, never overwrite.",
    ),
)
@pytest.mark.parametrize(("shape", "kernel_size"), [((1, 1, 4, 4), 2), ((1, 1, 6, 6), 3), ((2, 3, 4, 4), 2)])
def test_max_backward_square(check, tensors, shape, kernel_size):
    """max_pool2d_backward sends each gradient to the largest number of its window, windows side by side"""
    check.max_pool2d_backward(tensors(*output(shape, kernel_size)), tensors(*shape), kernel_size)


@question("max_pool2d_backward", points=3)
@pytest.mark.parametrize(
    ("shape", "kernel_size"),
    [((1, 1, 4, 6), 2), ((2, 2, 6, 4), (3, 2)), ((2, 2, 6, 6), (2, 3)), ((1, 3, 5, 7), 2), ((2, 1, 8, 4), (3, 1))],
)
def test_max_backward_rectangular(check, tensors, shape, kernel_size):
    """max_pool2d_backward for images and windows that are not square, also when something is left over"""
    check.max_pool2d_backward(tensors(*output(shape, kernel_size)), tensors(*shape), kernel_size)


@question("max_pool2d_backward", points=4, hints="Where windows overlap, one number can be the largest of several.")
@pytest.mark.parametrize(
    ("shape", "kernel_size", "stride"),
    [((1, 1, 5, 5), 3, 1), ((2, 2, 7, 6), 3, 2), ((1, 2, 5, 8), (2, 4), 1), ((2, 1, 8, 5), (4, 3), (2, 1))],
)
def test_max_backward_overlap(check, tensors, shape, kernel_size, stride):
    """max_pool2d_backward adds up the gradients of windows that overlap"""
    grad_out = tensors(*output(shape, kernel_size, stride=stride))
    check.max_pool2d_backward(grad_out, peaked(tensors(*shape)), kernel_size, stride=stride)


@question("max_pool2d_backward", points=2, hints="Numbers in no window get the gradient 0, and they still count.")
@pytest.mark.parametrize(
    ("shape", "kernel_size", "stride"),
    [((1, 1, 7, 8), 2, 3), ((2, 2, 9, 6), (2, 1), (3, 2)), ((1, 2, 8, 9), 2, (3, 4))],
)
def test_max_backward_gaps(check, tensors, shape, kernel_size, stride):
    """max_pool2d_backward with gaps between the windows"""
    check.max_pool2d_backward(
        tensors(*output(shape, kernel_size, stride=stride)), tensors(*shape), kernel_size, stride=stride
    )


@question("max_pool2d_backward", points=3, hints="Padding never wins, so it never gets a gradient either.")
@pytest.mark.parametrize(
    ("shape", "kernel_size", "padding"),
    [((1, 1, 4, 4), 2, 1), ((2, 2, 5, 6), 3, 1), ((1, 2, 6, 5), (3, 5), (0, 2)), ((2, 1, 5, 7), (4, 2), (2, 0))],
)
def test_max_backward_padding(check, tensors, shape, kernel_size, padding):
    """max_pool2d_backward with padding, for images of negative numbers"""
    grad_out = tensors(*output(shape, kernel_size, padding=padding))
    check.max_pool2d_backward(grad_out, -1 - tensors(*shape).abs(), kernel_size, padding=padding)


@question("max_pool2d_backward", points=1)
@pytest.mark.parametrize(
    ("kernel_size", "stride", "padding"), [(3, 2, 1), (2, (1, 3), (1, 0)), ((3, 4), (2, 1), (0, 2))]
)
def test_max_backward_stride_and_padding(check, tensors, kernel_size, stride, padding):
    """max_pool2d_backward with stride and padding together"""
    shape, settings = (2, 2, 6, 7), {"stride": stride, "padding": padding}
    x = peaked(-1 - tensors(*shape).abs())
    check.max_pool2d_backward(tensors(*output(shape, kernel_size, **settings)), x, kernel_size, **settings)


@question(
    "max_pool2d_backward",
    points=1.5,
    hints="When two numbers of a window are equally large, they share one gradient: it neither doubles nor vanishes.",
)
@pytest.mark.parametrize(
    ("kernel_size", "settings"),
    [(2, {}), ((2, 3), {}), (3, {"stride": 1}), ((3, 2), {"stride": 2, "padding": (1, 1)}), (2, {"stride": 3})],
)
def test_max_backward_ties(check, student, tensors, kernel_size, settings):
    """max_pool2d_backward gives out each gradient exactly once, to largest numbers only, when several are equal"""
    x = (tensors(2, 2, 6, 6) > 0).float() - 2
    grad_out = tensors(*output(x.shape, kernel_size, **settings)).abs() + 0.5
    answer = student.max_pool2d_backward(grad_out, x, kernel_size, **settings)
    least, most = shares(grad_out, x, kernel_size, **settings)
    check.same(answer.sum((2, 3)), grad_out.sum((2, 3)), "giving out the gradient of every window exactly once")
    check.same(answer.clamp(least, most), answer, "giving the gradient of a window to its largest numbers only")


@question("max_pool2d_backward", points=0.5)
@pytest.mark.parametrize("kernel_size", [2, (3, 2)])
def test_max_backward_flat(check, student, tensors, kernel_size):
    """max_pool2d_backward gives out the gradient of every window once, when the whole image has one colour"""
    x = torch.full_like(tensors(1, 2, 6, 6), -2.0)
    grad_out = tensors(*output(x.shape, kernel_size)).abs() + 0.5
    answer = student.max_pool2d_backward(grad_out, x, kernel_size)
    check.same(sums(answer, kernel_size), grad_out, "giving out the gradient of every window exactly once")
    check.same(answer.clamp(min=0.0), answer, "shares of a gradient with the sign of the gradient")


@question("max_pool2d_backward", points=1)
@pytest.mark.parametrize("dtype", ["float64", "int64"])
def test_max_backward_dtypes(check, tensors, dtype):
    """max_pool2d_backward works for every type of number and leaves its inputs unchanged"""
    dtype = getattr(torch, dtype)
    x = tensors(2, 6, 5, 2).flatten().argsort().reshape(2, 6, 5, 2).to(dtype).permute(0, 3, 1, 2) - 99
    check.inputs_unchanged.max_pool2d_backward(
        tensors(2, 2, 3, 5, dtype=dtype), x, (2, 3), stride=(2, 1), padding=(0, 1)
    )


@question("max_pool2d_backward", points=0.5)
def test_max_backward_fits_the_forward_pass(check, tensors):
    """max_pool2d_backward fits the forward pass: <grad_x, x> equals <grad_out, max_pool2d(x)>"""
    x, grad_out = tensors(2, 2, 7, 6, dtype=torch.float64), tensors(2, 2, 4, 3, dtype=torch.float64)
    x = peaked(-1 - x.abs())
    grad_x = check.max_pool2d_backward(grad_out, x, (3, 2), stride=2, padding=(1, 0))
    forward = float((grad_out * reference.max_pool2d(x, (3, 2), stride=2, padding=(1, 0))).sum())
    check.same(float((grad_x * x).sum()), forward, "<grad_x, x> = <grad_out, max_pool2d(x)>")


@question("max_pool2d_backward", points=0.5)
@pytest.mark.parametrize(
    ("grad_out", "bad_grad_out", "kernel_size", "settings", "bad_settings"),
    [
        ((2, 2, 2, 3), (2, 2, 2, 2), 2, {}, {}),
        ((2, 2, 2, 3), (2, 2, 3, 2), 2, {}, {}),
        ((2, 2, 2, 2), (2, 1, 2, 2), 3, {"padding": 1}, {"padding": 1}),
        ((2, 2, 2, 2), (2, 2, 2, 3), 3, {"padding": 1}, {"padding": 2}),
    ],
)
def test_max_backward_impossible(check, tensors, grad_out, bad_grad_out, kernel_size, settings, bad_settings):
    """max_pool2d_backward answers what is possible and raises ValueError when grad_out does not fit the rest"""
    x = -1 - tensors(2, 2, 4, 6).abs()
    check.max_pool2d_backward(tensors(*grad_out), x, kernel_size, **settings)
    check.raises(ValueError).max_pool2d_backward(tensors(*bad_grad_out), x, kernel_size, **bad_settings)


# ---------------------------------------------------------------------------------------- avg_pool2d_backward


@question(
    "avg_pool2d_backward",
    points=2.5,
    after="avg_pool2d",
    forbidden=(*POOLS, *AUTOGRAD),
    hints=(
        "If one number of a window of 4 grows by 1, its mean grows by a quarter. So does the gradient come back.",
        "Every number of the window gets its part, and where windows overlap the parts add up.",
    ),
)
@pytest.mark.parametrize(("shape", "kernel_size"), [((1, 1, 4, 4), 2), ((1, 1, 6, 6), 3), ((2, 3, 4, 4), 2)])
def test_avg_backward_square(check, tensors, shape, kernel_size):
    """avg_pool2d_backward shares each gradient out among the numbers of its window, windows side by side"""
    check.avg_pool2d_backward(tensors(*output(shape, kernel_size)), tensors(*shape), kernel_size)


@question("avg_pool2d_backward", points=2)
@pytest.mark.parametrize(
    ("shape", "kernel_size"),
    [((1, 1, 4, 6), 2), ((2, 2, 6, 4), (3, 2)), ((2, 2, 6, 6), (2, 3)), ((1, 3, 5, 7), 2), ((2, 1, 8, 4), (3, 1))],
)
def test_avg_backward_rectangular(check, tensors, shape, kernel_size):
    """avg_pool2d_backward for images and windows that are not square, also when something is left over"""
    check.avg_pool2d_backward(tensors(*output(shape, kernel_size)), tensors(*shape), kernel_size)


@question("avg_pool2d_backward", points=3)
@pytest.mark.parametrize(
    ("shape", "kernel_size", "stride"),
    [((1, 1, 5, 5), 3, 1), ((2, 2, 7, 6), 3, 2), ((1, 2, 5, 8), (2, 4), 1), ((2, 1, 8, 5), (4, 3), (2, 1))],
)
def test_avg_backward_overlap(check, tensors, shape, kernel_size, stride):
    """avg_pool2d_backward adds up the gradients of windows that overlap"""
    grad_out = tensors(*output(shape, kernel_size, stride=stride))
    check.avg_pool2d_backward(grad_out, tensors(*shape), kernel_size, stride=stride)


@question("avg_pool2d_backward", points=1.5)
@pytest.mark.parametrize(
    ("shape", "kernel_size", "stride"),
    [((1, 1, 7, 8), 2, 3), ((2, 2, 9, 6), (2, 1), (3, 2)), ((1, 2, 8, 9), 2, (3, 4))],
)
def test_avg_backward_gaps(check, tensors, shape, kernel_size, stride):
    """avg_pool2d_backward with gaps between the windows"""
    grad_out = tensors(*output(shape, kernel_size, stride=stride))
    check.avg_pool2d_backward(grad_out, tensors(*shape), kernel_size, stride=stride)


@question("avg_pool2d_backward", points=2.5, hints="The padding has its part in the mean; the gradient's part is lost.")
@pytest.mark.parametrize(
    ("shape", "kernel_size", "padding"),
    [((1, 1, 4, 4), 2, 1), ((2, 2, 5, 6), 3, 1), ((1, 2, 6, 5), (3, 5), (0, 2)), ((2, 1, 5, 7), (4, 2), (2, 0))],
)
def test_avg_backward_padding(check, tensors, shape, kernel_size, padding):
    """avg_pool2d_backward with padding, which counts"""
    grad_out = tensors(*output(shape, kernel_size, padding=padding))
    check.avg_pool2d_backward(grad_out, tensors(*shape), kernel_size, padding=padding)


@question("avg_pool2d_backward", points=1)
@pytest.mark.parametrize(
    ("kernel_size", "stride", "padding"), [(3, 2, 1), (2, (1, 3), (1, 0)), ((3, 4), (2, 1), (0, 2))]
)
def test_avg_backward_stride_and_padding(check, tensors, kernel_size, stride, padding):
    """avg_pool2d_backward with stride and padding together"""
    shape, settings = (2, 2, 6, 7), {"stride": stride, "padding": padding}
    check.avg_pool2d_backward(
        tensors(*output(shape, kernel_size, **settings)), tensors(*shape), kernel_size, **settings
    )


@question("avg_pool2d_backward", points=0.5)
def test_avg_backward_views(check, tensors):
    """avg_pool2d_backward works for float64 and leaves its inputs unchanged, also when they are views"""
    kw = {"dtype": torch.float64}
    x, grad_out = tensors(2, 6, 5, 2, **kw).permute(0, 3, 1, 2), tensors(2, 2, 5, 3, **kw).transpose(2, 3)
    check.inputs_unchanged.avg_pool2d_backward(grad_out, x, (2, 3), stride=(2, 1), padding=(0, 1))


@question("avg_pool2d_backward", points=0.5)
def test_avg_backward_is_the_adjoint(check, tensors):
    """avg_pool2d_backward fits the forward pass: <grad_x, x> equals <grad_out, avg_pool2d(x)>"""
    x, grad_out = tensors(2, 2, 7, 6, dtype=torch.float64), tensors(2, 2, 4, 3, dtype=torch.float64)
    grad_x = check.avg_pool2d_backward(grad_out, x, (3, 2), stride=2, padding=(1, 0))
    forward = float((grad_out * reference.avg_pool2d(x, (3, 2), stride=2, padding=(1, 0))).sum())
    check.same(float((grad_x * x).sum()), forward, "<grad_x, x> = <grad_out, avg_pool2d(x)>")


@question("avg_pool2d_backward", points=0.5)
@pytest.mark.parametrize(
    ("grad_out", "bad_grad_out", "kernel_size", "settings", "bad_settings"),
    [
        ((2, 2, 2, 3), (2, 2, 2, 2), 2, {}, {}),
        ((2, 2, 2, 3), (2, 2, 3, 2), 2, {}, {}),
        ((2, 2, 2, 2), (2, 1, 2, 2), 3, {"padding": 1}, {"padding": 1}),
        ((2, 2, 2, 2), (2, 2, 2, 3), 3, {"padding": 1}, {"padding": 2}),
    ],
)
def test_avg_backward_impossible(check, tensors, grad_out, bad_grad_out, kernel_size, settings, bad_settings):
    """avg_pool2d_backward answers what is possible and raises ValueError when grad_out does not fit the rest"""
    x = tensors(2, 2, 4, 6)
    check.avg_pool2d_backward(tensors(*grad_out), x, kernel_size, **settings)
    check.raises(ValueError).avg_pool2d_backward(tensors(*bad_grad_out), x, kernel_size, **bad_settings)


# -------------------------------------------------------------------------------------------- receptive_field


@question(
    "receptive_field",
    points=2,
    hints=(
        "A kernel of 3 sees three numbers of the layer below: the field grows by two steps of that layer.",
        "The stride of a layer matters for the layers above it, not for itself.",
    ),
)
@pytest.mark.parametrize("layer", [(3, 1, 1), (5, 1, 1), (1, 1, 1), (2, 2, 1), (4, 3, 1)])
def test_field_of_one_layer(check, layer):
    """receptive_field of a single layer is its kernel, and the jump its stride"""
    check.receptive_field([layer])


@question("receptive_field", points=2, hints="Dilation moves the taps apart: how long is the way from first to last?")
@pytest.mark.parametrize(
    "layers", [[(3, 1, 2)], [(2, 1, 5)], [(3, 1, 1), (3, 1, 2), (3, 1, 4), (3, 1, 8)], [(3, 2, 2), (2, 1, 3)]]
)
def test_field_with_dilation(check, layers):
    """receptive_field takes the dilation of every layer into account"""
    check.receptive_field(layers)


@question("receptive_field", points=2.5, hints="The jump is the product of all strides below.")
@pytest.mark.parametrize(
    "layers",
    [
        [(3, 2, 1), (3, 1, 1)],
        [(3, 1, 1), (2, 2, 1), (3, 1, 1), (2, 2, 1)],
        [(5, 3, 1), (4, 2, 1), (3, 4, 1)],
        [(1, 2, 1), (1, 3, 1), (3, 1, 1)],
        [(7, 2, 1), (3, 2, 1), (3, 1, 1), (3, 1, 1)],
    ],
)
def test_field_with_strides(check, layers):
    """receptive_field multiplies the strides of the layers below"""
    check.receptive_field(layers)


@question("receptive_field", points=1.5)
@pytest.mark.parametrize(
    "blocks",
    [
        [[(3, 1, 1)] * n + [(2, 2, 1)] for n in (2, 2, 3, 3, 3)],
        [[(11, 4, 1), (3, 2, 1)], [(5, 1, 1), (3, 2, 1)], [(3, 1, 1)] * 3 + [(3, 2, 1)]],
        [[(3, 1, d)] * 2 for d in (1, 2, 4, 8, 16)],
    ],
    ids=["VGG-16", "AlexNet", "dilated"],
)
def test_field_of_known_networks(check, blocks):
    """receptive_field of whole networks: VGG-16, AlexNet, and a stack whose dilation doubles"""
    check.receptive_field([layer for block in blocks for layer in block])


@question("receptive_field", points=0.5)
def test_field_of_nothing(check):
    """receptive_field without layers is one pixel"""
    check.receptive_field([])
    check.receptive_field([(2, 1, 1)])


@question("receptive_field", points=0.5)
@pytest.mark.parametrize("layers", [[(2, 2, 1), (5, 1, 1)], [(3, 1, 1), (4, 3, 1), (2, 2, 2)]])
def test_field_depends_on_the_order(check, layers):
    """receptive_field depends on the order of the layers, the jump does not"""
    size, jump = check.receptive_field(layers)
    other_size, other_jump = check.receptive_field(layers[::-1])
    check.same(other_jump, jump, "the same jump in any order")
    check.same(other_size != size, True, "another size in another order")


@question("receptive_field", points=1)
@pytest.mark.parametrize(
    ("layers", "bad_layers"),
    [
        ([(1, 1, 1)], [(0, 1, 1)]),
        ([(3, 1, 1), (2, 1, 1)], [(3, 1, 1), (2, 0, 1)]),
        ([(3, 2, 1)], [(3, 2, 0)]),
        ([(3, 2, 1), (2, 1, 2)], [(3, 2, 1), (2, 1, -2)]),
    ],
)
def test_field_impossible(check, layers, bad_layers):
    """receptive_field answers what is possible and raises ValueError for numbers below 1"""
    check.receptive_field(layers)
    check.raises(ValueError).receptive_field(bad_layers)


# ------------------------------------------------------------------------------------------------------- relu


@question(
    "relu",
    points=2,
    forbidden=RELUS,
    hints=(
        "relu(x) is a number of x or 0. It is not the place of the maximum, and not a maximum over the tensor.",
        "Make something new and return it; x belongs to the caller.",
    ),
)
@pytest.mark.parametrize("shape", [(7,), (4, 5), (2, 3, 4, 5)])
def test_relu(check, tensors, shape):
    """relu takes the larger of each number and 0, in tensors of any shape"""
    check.relu(signed(tensors(*shape)))


@question("relu", points=1)
@pytest.mark.parametrize("dtype", ["float64", "int64", "int32"])
def test_relu_dtypes(check, tensors, dtype):
    """relu works for every type of number"""
    check.relu(tensors(3, 5, dtype=getattr(torch, dtype)))


@question("relu", points=1, hints="`x[x < 0] = 0` writes into the caller's tensor.")
@pytest.mark.parametrize("view", ["transposed", "sliced"])
def test_relu_leaves_its_input(check, tensors, view):
    """relu leaves its input unchanged, also when it is a view of a larger tensor"""
    check.inputs_unchanged.relu(viewed(tensors, view))


@question("relu", points=1.5, hints="Autograd follows functions of torch; it cannot follow numpy, .item() and .data.")
@pytest.mark.parametrize("shape", [(6,), (3, 4), (2, 2, 3, 2)])
def test_relu_under_autograd(check, tensors, shape):
    """relu passes gradients on under autograd: as they are where x is positive, 0 where it is negative"""
    x, grad_out = signed(tensors(*shape)), tensors(*shape)
    check.relu(x)
    check.run(described.gradient(check.later.relu(described.leaf(x)), grad_out))


@question("relu", points=0.5)
def test_relu_makes_a_maximum(check, tensors):
    """relu is all that a maximum needs: max(a, b) = a + relu(b - a)"""
    a, b = tensors(4, 5, dtype=torch.float64), tensors(4, 5, dtype=torch.float64)
    check.same(a + check.relu(b - a), torch.maximum(a, b), "max(a, b) = a + relu(b - a)")


# ---------------------------------------------------------------------------------------------------- helpers


def both(value):
    return (value, value) if isinstance(value, int) else value


def viewed(tensors, view):
    """Images (2, 2, 5, 4) that do not lie in memory as they are read."""
    return {
        "transposed": lambda: tensors(2, 5, 2, 4).transpose(1, 2),
        "sliced": lambda: tensors(2, 4, 5, 9)[:, ::2, :, 1::2],
        "expanded": lambda: tensors(1, 1, 5, 4).expand(2, 2, 5, 4),
    }[view]()


def signed(x):
    """The same numbers, every second one of them negative."""
    signs = torch.arange(x.numel(), device=x.device) % 2 * 2 - 1
    return x.abs() * signs.reshape(x.shape)


def peaked(x):
    """The same images with one number in the middle that is the largest of every window it lies in."""
    x = x.clone()
    x[..., x.shape[2] // 2, x.shape[3] // 2] = 9.0
    return x


def output(shape, kernel_size, stride=None, padding=0):
    """The shape that pooling makes of `shape`."""
    stride = kernel_size if stride is None else stride
    axes = zip(shape[2:], both(kernel_size), both(stride), both(padding), strict=True)
    return (*shape[:2], *(reference.output_size(*axis) for axis in axes))


def sums(x, kernel_size):
    """The sum of every window, side by side."""
    return reference.avg_pool2d(x, kernel_size) * math.prod(both(kernel_size))


def shares(grad_out, x, kernel_size, stride=None, padding=0):
    """The least and the most that each number of x can get of positive gradients: what it alone wins, what it ties."""
    down, right = both(kernel_size if stride is None else stride)
    (height, width), (above, before) = both(kernel_size), both(padding)
    least, most = torch.zeros_like(x), torch.zeros_like(x)
    for i in range(grad_out.shape[2]):
        for j in range(grad_out.shape[3]):
            top, left = i * down - above, j * right - before
            place = (..., slice(max(top, 0), top + height), slice(max(left, 0), left + width))
            largest = (x[place] == x[place].amax((2, 3), keepdim=True)).to(x.dtype)
            most[place] += largest * grad_out[:, :, i, j, None, None]
            alone = largest.sum((2, 3), keepdim=True) == 1
            least[place] += largest * alone * grad_out[:, :, i, j, None, None]
    return least, most
