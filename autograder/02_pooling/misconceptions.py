"""Implementations that are wrong on purpose: the mistakes that students make, each with the sentence that helps.

A student's failing answers are compared with what these would answer. The file stands on its own, because
`convclass verify` submits it as a student's code: it imports nothing of the course but the decorator.
"""

import math

import torch
from torch.nn.functional import pad

from convclass.exam import misconception

# ---------------------------------------------------------------- what all of them get right, unless told otherwise


def pair(value):
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def count_of(size, kernel, stride, padding):
    if min(size, kernel, stride) < 1 or padding < 0 or kernel > size + 2 * padding:
        raise ValueError("no window fits")
    return (size + 2 * padding - kernel) // stride + 1


def layout(x, kernel_size, stride=None, padding=0, any_padding=False):
    """Kernel, stride and padding for both axes, and how many windows there are on each."""
    kernel, padding = pair(kernel_size), pair(padding)
    stride = kernel if stride is None else pair(stride)
    counts = [count_of(*axis) for axis in zip(x.shape[2:], kernel, stride, padding, strict=True)]
    if not any_padding and any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        raise ValueError("padding of more than half the kernel")
    return kernel, stride, padding, counts


def places(kernel, stride, padding, counts):
    """Every place of the output, and the pixels of the image that its window holds."""
    for i in range(counts[0]):
        for j in range(counts[1]):
            top, left = i * stride[0] - padding[0], j * stride[1] - padding[1]
            rows = slice(max(top, 0), max(top + kernel[0], 0))
            yield i, j, (..., rows, slice(max(left, 0), max(left + kernel[1], 0)))


def largest(window):
    return window.amax((2, 3))


def mean(window):
    pixels = max(window.shape[2] * window.shape[3], 1)  # a window beyond the image is 0, since NaN equals nothing
    return (window.sum((2, 3)) / pixels).to(window.dtype)


def pooled(x, reduce, kernel, stride, padding, counts):
    """What `reduce` makes of the pixels of every window."""
    y = x.new_zeros(*x.shape[:2], *counts)
    for i, j, window in places(kernel, stride, padding, counts):
        y[:, :, i, j] = reduce(x[window])
    return y


def max_pool(x, kernel_size, stride=None, padding=0):
    return pooled(x, largest, *layout(x, kernel_size, stride, padding))


def filled(x, padding, value=0):
    """The images with a border of `value`."""
    (above, before), (height, width) = pair(padding), x.shape[2:]
    y = x.new_full((*x.shape[:2], height + 2 * above, width + 2 * before), value)
    y[:, :, above : above + height, before : before + width] = x
    return y


def lowest(x):
    return -math.inf if x.is_floating_point() else torch.iinfo(x.dtype).min


def avg_pool(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    kernel, stride, padding, counts = layout(x, kernel_size, stride, padding)
    if not count_include_pad:
        return pooled(x, mean, kernel, stride, padding, counts)
    return pooled(filled(x, padding), mean, kernel, stride, (0, 0), counts)


def at_maximum(window, g):
    """The gradient of one place, put where the largest number of its window stands."""
    flat = window.flatten(2)
    share = torch.zeros_like(flat).scatter(2, flat.argmax(2, keepdim=True), g[..., None])
    return share.reshape(window.shape)


def evenly(window, g, count):
    return (g / count)[..., None, None].expand(window.shape).to(window.dtype)


def spread(grad_out, x, share, kernel, stride, padding, counts, overwrite=False):
    """Add what `share` makes of each window and its gradient to the gradient of x."""
    grad_x = torch.zeros_like(x)
    for i, j, window in places(kernel, stride, padding, counts):
        part = share(x[window], grad_out[:, :, i, j])
        grad_x[window] = part if overwrite else grad_x[window] + part
    return grad_x


def fitting(grad_out, x, kernel_size, stride=None, padding=0):
    """The layout, after a look at the shape of grad_out."""
    found = layout(x, kernel_size, stride, padding)
    if grad_out.shape != (*x.shape[:2], *found[3]):
        raise ValueError("grad_out has not the shape of the output")
    return found


def max_back(grad_out, x, kernel_size, stride=None, padding=0):
    return spread(grad_out, x, at_maximum, *fitting(grad_out, x, kernel_size, stride, padding))


def avg_back(grad_out, x, kernel_size, stride=None, padding=0, overwrite=False):
    found = fitting(grad_out, x, kernel_size, stride, padding)
    count = found[0][0] * found[0][1]
    return spread(grad_out, x, lambda window, g: evenly(window, g, count), *found, overwrite=overwrite)


# ------------------------------------------------------------------------------------------------- max_pool2d


@misconception(
    "max_pool2d",
    "padded with 0",
    "In a window of negative numbers a 0 from the padding wins. The padding must be lower than every number.",
)
def max_padded_with_zero(x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, counts = layout(x, kernel_size, stride, padding)
    return pooled(filled(x, padding), largest, kernel, stride, (0, 0), counts)


@misconception(
    "max_pool2d",
    "stride of 1 when none is given",
    "Without a stride the windows stand side by side: the step is as long as the window, not one pixel.",
)
def max_by_one(x, kernel_size, stride=None, padding=0):
    return max_pool(x, kernel_size, 1 if stride is None else stride, padding)


@misconception(
    "max_pool2d",
    "stride ignored",
    "Your windows always stand side by side. A stride that is given says how far apart they begin.",
)
def max_without_stride(x, kernel_size, stride=None, padding=0):
    layout(x, kernel_size, stride, padding)
    return max_pool(x, kernel_size, None, padding)


@misconception(
    "max_pool2d",
    "output size rounded up",
    "A window that would stick out at the end does not count. What does not fill a window is left out.",
)
def max_rounded_up(x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, counts = layout(x, kernel_size, stride, padding)
    return pooled(x, largest, kernel, stride, padding, rounded_up(x, kernel, stride, padding))


def rounded_up(x, kernel, stride, padding):
    axes = zip(x.shape[2:], kernel, stride, padding, strict=True)
    return [math.ceil((n + 2 * p - k) / s) + 1 for n, k, s, p in axes]


@misconception(
    "max_pool2d",
    "height and width of the window swapped",
    "A window of (2, 3) is 2 pixels high and 3 wide. Yours is the other way round.",
)
def max_swapped_kernel(x, kernel_size, stride=None, padding=0):
    layout(x, kernel_size, stride, padding)
    stride = kernel_size if stride is None else stride
    return max_pool(x, pair(kernel_size)[::-1], pair(stride)[::-1], pair(padding)[::-1])


@misconception(
    "max_pool2d",
    "output height and width swapped",
    "Your output is as wide as it should be high. The third axis counts rows, the fourth columns.",
)
def max_transposed(x, kernel_size, stride=None, padding=0):
    return max_pool(x, kernel_size, stride, padding).transpose(2, 3).contiguous()


@misconception(
    "max_pool2d",
    "stride not in the window's start",
    "Your output has the right size, but its windows are one pixel apart: window i begins at row i times the stride.",
)
def max_crawling(x, kernel_size, stride=None, padding=0):
    kernel, _, padding, counts = layout(x, kernel_size, stride, padding)
    return pooled(x, largest, kernel, (1, 1), padding, counts)


@misconception(
    "max_pool2d",
    "one stride for both axes",
    "You take the step of the rows for the columns too. A stride of (1, 3) is 1 down and 3 across.",
)
def max_one_stride(x, kernel_size, stride=None, padding=0):
    layout(x, kernel_size, stride, padding)
    down = pair(kernel_size if stride is None else stride)[0]
    return max_pool(x, kernel_size, (down, down), padding)


@misconception(
    "max_pool2d",
    "window taken to be square",
    "You use the height of the window for its width too. A window of (2, 3) has two different sizes.",
)
def max_square_window(x, kernel_size, stride=None, padding=0):
    layout(x, kernel_size, stride, padding)
    stride = kernel_size if stride is None else stride
    height = pair(kernel_size)[0]
    return max_pool(x, (height, height), stride, padding)


@misconception(
    "max_pool2d",
    "padding ignored",
    "With padding, the first window begins outside of the image. Your result is the same for every padding.",
)
def max_unpadded(x, kernel_size, stride=None, padding=0):
    layout(x, kernel_size, stride, padding)
    return max_pool(x, kernel_size, stride, 0)


@misconception(
    "max_pool2d",
    "padding at the top and left only",
    "Padding goes on all four sides. Your images get larger on two of them only.",
)
def max_padded_once(x, kernel_size, stride=None, padding=0):
    layout(x, kernel_size, stride, padding)
    down, right = pair(padding)
    canvas = filled(x, padding, lowest(x))[:, :, : x.shape[2] + down, : x.shape[3] + right]
    return max_pool(canvas, kernel_size, stride, 0)


@misconception(
    "max_pool2d",
    "mean instead of maximum",
    "This is average pooling: you take the mean of each window. Here only its largest number counts.",
)
def max_averaged(x, kernel_size, stride=None, padding=0):
    layout(x, kernel_size, stride, padding)
    return avg_pool(x, kernel_size, stride, padding)


@misconception(
    "max_pool2d",
    "place of the maximum instead of the maximum",
    "You return where in its window the largest number stands. What is asked for is the number itself: max, not "
    "argmax.",
)
def max_argmax(x, kernel_size, stride=None, padding=0):
    return pooled(x, lambda window: window.flatten(2).argmax(2).to(x.dtype), *layout(x, kernel_size, stride, padding))


@misconception(
    "max_pool2d",
    "largest without regard to the sign",
    "You take the number that is farthest from 0. A large negative number is small: -7 is less than 1.",
)
def max_absolute(x, kernel_size, stride=None, padding=0):
    return max_pool(x.abs(), kernel_size, stride, padding)


@misconception(
    "max_pool2d",
    "maximum over the channels too",
    "Pooling keeps the channels apart: as many come out as went in, each with maxima of its own.",
)
def max_over_channels(x, kernel_size, stride=None, padding=0):
    return max_pool(x, kernel_size, stride, padding).amax(1, keepdim=True)


@misconception(
    "max_pool2d",
    "padding of more than half the kernel accepted",
    "With more padding than half the kernel, a window could hold nothing but padding. Raise ValueError.",
)
def max_any_padding(x, kernel_size, stride=None, padding=0):
    found = layout(x, kernel_size, stride, padding, any_padding=True)
    return pooled(filled(x, padding, lowest(x)), largest, *found[:2], (0, 0), found[3])


@misconception(
    "max_pool2d",
    "stride of 0 taken for none",
    "`stride or kernel_size` replaces a 0 too. Only None means that no stride is given; a stride of 0 is an error.",
)
def max_stride_or_kernel(x, kernel_size, stride=None, padding=0):
    return max_pool(x, kernel_size, stride or kernel_size, padding)


@misconception(
    "max_pool2d",
    "impossible requests answered",
    "Some requests have no answer: a window that does not fit, a stride of 0, negative padding. Raise ValueError.",
)
def max_of_the_impossible(x, kernel_size, stride=None, padding=0):
    kernel, padding = pair(kernel_size), pair(padding)
    stride = kernel if stride is None else pair(stride)
    axes = zip(x.shape[2:], kernel, stride, padding, strict=True)
    counts = [max((n + 2 * p - k) // max(s, 1) + 1, 0) for n, k, s, p in axes]
    if min(kernel) < 1 or min(padding) < 0:
        return x.new_zeros(*x.shape[:2], *counts)
    return pooled(filled(x, padding, lowest(x)), largest, kernel, stride, (0, 0), counts)


# ------------------------------------------------------------------------------------------------- avg_pool2d


@misconception(
    "avg_pool2d",
    "padding never counted",
    "Your sums at the border are divided by the pixels of the image alone. That is right for count_include_pad=False; "
    "the default counts the padding too.",
)
def avg_never_counting(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return avg_pool(x, kernel_size, stride, padding, False)


@misconception(
    "avg_pool2d",
    "count_include_pad ignored",
    "Your sums are always divided by the size of the window. With count_include_pad=False only the pixels of the image "
    "in the window count.",
)
def avg_always_counting(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return avg_pool(x, kernel_size, stride, padding, True)


@misconception(
    "avg_pool2d",
    "count_include_pad the wrong way round",
    "With count_include_pad=True the padding in a window counts, with False it does not. You have it the other way "
    "round.",
)
def avg_counting_inverted(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return avg_pool(x, kernel_size, stride, padding, not count_include_pad)


@misconception(
    "avg_pool2d",
    "sum instead of mean",
    "You add up the window and stop there. A mean is the sum divided by how many numbers it is of.",
)
def avg_summed(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return pooled(x, lambda window: window.sum((2, 3)), *layout(x, kernel_size, stride, padding))


@misconception(
    "avg_pool2d",
    "maximum instead of mean",
    "This is max pooling. Average pooling treats all numbers of a window alike.",
)
def avg_maximum(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return max_pool(x, kernel_size, stride, padding)


def divided_by(count):
    """Average pooling that divides every sum by `count` of the kernel, the stride and the output."""

    def pool(x, kernel_size, stride=None, padding=0, count_include_pad=True):
        found = layout(x, kernel_size, stride, padding)
        return pooled(x, lambda window: window.sum((2, 3)) / count(found[0], found[1], found[3]), *found)

    return pool


@misconception(
    "avg_pool2d",
    "divided by the height of the window squared",
    "A window of 2 by 3 holds 6 numbers. You divide by its height times its height.",
)
def avg_by_height_squared(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return divided_by(lambda kernel, stride, counts: kernel[0] ** 2)(x, kernel_size, stride, padding)


@misconception(
    "avg_pool2d",
    "divided by one side of the window",
    "A window of 3 by 3 holds 9 numbers, and you divide by 3. Count the numbers that you added up.",
)
def avg_by_one_side(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return divided_by(lambda kernel, stride, counts: kernel[0])(x, kernel_size, stride, padding)


@misconception(
    "avg_pool2d",
    "divided by the stride",
    "You divide by the area of one step. How many numbers a window holds depends on the kernel, not on the stride.",
)
def avg_by_stride(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return divided_by(lambda kernel, stride, counts: stride[0] * stride[1])(x, kernel_size, stride, padding)


@misconception(
    "avg_pool2d",
    "divided by the size of the output",
    "You divide by the number of windows. Each mean is over the numbers of one window.",
)
def avg_by_output(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return divided_by(lambda kernel, stride, counts: counts[0] * counts[1])(x, kernel_size, stride, padding)


@misconception(
    "avg_pool2d",
    "averaged over the channels too",
    "Pooling keeps the channels apart: as many come out as went in, each with means of its own.",
)
def avg_over_channels(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return avg_pool(x, kernel_size, stride, padding, count_include_pad).double().mean(1, keepdim=True).to(x.dtype)


@misconception(
    "avg_pool2d",
    "stride of 1 when none is given",
    "Without a stride the windows stand side by side: the step is as long as the window, not one pixel.",
)
def avg_by_one(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    return avg_pool(x, kernel_size, 1 if stride is None else stride, padding, count_include_pad)


@misconception(
    "avg_pool2d",
    "stride ignored",
    "Your windows always stand side by side. A stride that is given says how far apart they begin.",
)
def avg_without_stride(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    layout(x, kernel_size, stride, padding)
    return avg_pool(x, kernel_size, None, padding, count_include_pad)


@misconception(
    "avg_pool2d",
    "output size rounded up",
    "A window that would stick out at the end does not count. What does not fill a window is left out.",
)
def avg_rounded_up(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    kernel, stride, padding, counts = layout(x, kernel_size, stride, padding)
    counts = rounded_up(x, kernel, stride, padding)
    if not count_include_pad:
        return pooled(x, mean, kernel, stride, padding, counts)
    return pooled(filled(x, padding), mean, kernel, stride, (0, 0), counts)


@misconception(
    "avg_pool2d",
    "height and width of the window swapped",
    "A window of (2, 3) is 2 pixels high and 3 wide. Yours is the other way round.",
)
def avg_swapped_kernel(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    layout(x, kernel_size, stride, padding)
    stride = kernel_size if stride is None else stride
    return avg_pool(x, pair(kernel_size)[::-1], pair(stride)[::-1], pair(padding)[::-1], count_include_pad)


@misconception(
    "avg_pool2d",
    "stride not in the window's start",
    "Your output has the right size, but its windows are one pixel apart: window i begins at row i times the stride.",
)
def avg_crawling(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    kernel, _, padding, counts = layout(x, kernel_size, stride, padding)
    if not count_include_pad:
        return pooled(x, mean, kernel, (1, 1), padding, counts)
    return pooled(filled(x, padding), mean, kernel, (1, 1), (0, 0), counts)


@misconception(
    "avg_pool2d",
    "padding ignored",
    "With padding, the first window begins outside of the image. Your result is the same for every padding.",
)
def avg_unpadded(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    layout(x, kernel_size, stride, padding)
    return avg_pool(x, kernel_size, stride, 0, count_include_pad)


@misconception(
    "avg_pool2d",
    "means of whole numbers rounded down",
    "-2.75 cut off behind the point is -2; rounded down it is -3. Python's // and floor round down.",
)
def avg_floored(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    means = avg_pool(x.double(), kernel_size, stride, padding, count_include_pad)
    return means.to(x.dtype) if x.is_floating_point() else means.floor().to(x.dtype)


@misconception(
    "avg_pool2d",
    "means of whole numbers rounded",
    "Means of whole numbers are cut off behind the point: 2.75 becomes 2. You round them to the nearest.",
)
def avg_rounded(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    means = avg_pool(x.double(), kernel_size, stride, padding, count_include_pad)
    return means.to(x.dtype) if x.is_floating_point() else means.round().to(x.dtype)


@misconception(
    "avg_pool2d",
    "padding of more than half the kernel accepted",
    "With more padding than half the kernel, a window could hold nothing but padding. Raise ValueError.",
)
def avg_any_padding(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    kernel, stride, padding, counts = layout(x, kernel_size, stride, padding, any_padding=True)
    if not count_include_pad:
        return pooled(x, mean, kernel, stride, padding, counts)
    return pooled(filled(x, padding), mean, kernel, stride, (0, 0), counts)


# ------------------------------------------------------------------------------------------ global_avg_pool2d


def images(x):
    if x.ndim != 4 or not x.numel():
        raise ValueError("expected images")
    return x.double()


@misconception(
    "global_avg_pool2d",
    "mean over the channels too",
    "You get one number for each image. Every channel of it has a mean of its own.",
)
def global_all(x):
    return images(x).mean((1, 2, 3)).to(x.dtype)


@misconception(
    "global_avg_pool2d",
    "axes of length 1 kept",
    "The values are right, but height and width are still there, with length 1. The answer has two axes.",
)
def global_kept(x):
    return images(x).mean((2, 3), keepdim=True).to(x.dtype)


@misconception(
    "global_avg_pool2d",
    "every axis of length 1 taken away",
    "`squeeze()` takes away every axis of length 1, also that of a single image or channel. Say which axes you mean.",
)
def global_squeezed(x):
    return images(x).mean((2, 3), keepdim=True).squeeze().to(x.dtype)


@misconception(
    "global_avg_pool2d",
    "mean over the wrong axis: channels",
    "You took the mean over the channels, pixel by pixel. The pixels are to be averaged, and the channels to stay.",
)
def global_channels(x):
    return images(x).mean(1).to(x.dtype)


@misconception(
    "global_avg_pool2d",
    "mean over the wrong axes: images",
    "You average over the batch. Each image has means of its own, whatever else is in its batch.",
)
def global_batch(x):
    return images(x).mean((0, 2, 3)).to(x.dtype)


@misconception(
    "global_avg_pool2d",
    "mean over rows or columns only",
    "One axis too many is left: the mean goes over the height and the width.",
)
def global_one_axis(x):
    return images(x).mean(3).to(x.dtype)


@misconception(
    "global_avg_pool2d",
    "sum instead of mean",
    "You add up the pixels and stop there. A mean is the sum divided by how many numbers it is of.",
)
def global_summed(x):
    return images(x).sum((2, 3)).to(x.dtype)


@misconception(
    "global_avg_pool2d",
    "maximum instead of mean",
    "You take the largest number of each channel. That is pooling too, but not average pooling.",
)
def global_maximum(x):
    return images(x).amax((2, 3)).to(x.dtype)


@misconception(
    "global_avg_pool2d",
    "divided by the height squared",
    "An image of 3 by 5 has 15 pixels. You divide by its height times its height.",
)
def global_by_height_squared(x):
    return (images(x).sum((2, 3)) / x.shape[2] ** 2).to(x.dtype)


@misconception(
    "global_avg_pool2d",
    "divided by the number of all numbers",
    "You divide by the number of all numbers in the tensor. Each mean is over the pixels of one channel of one image.",
)
def global_by_everything(x):
    return (images(x).sum((2, 3)) / x.numel()).to(x.dtype)


# ---------------------------------------------------------------------------------------- max_pool2d_backward


@misconception(
    "max_pool2d_backward",
    "every tied maximum gets the whole gradient",
    "When two numbers of a window are equally large, you send the gradient to both, so it doubles. Choose one, or "
    "share it out.",
)
def max_back_to_all(grad_out, x, kernel_size, stride=None, padding=0):
    def share(window, g):
        return (window == window.amax((2, 3), keepdim=True)) * g[..., None, None]

    return spread(grad_out, x, share, *fitting(grad_out, x, kernel_size, stride, padding))


@misconception(
    "max_pool2d_backward",
    "no gradient at ties",
    "When two numbers of a window are equally large, you send the gradient to none, so it is lost. Choose one, or "
    "share it out.",
)
def max_back_to_none(grad_out, x, kernel_size, stride=None, padding=0):
    def share(window, g):
        wins = window == window.amax((2, 3), keepdim=True)
        return wins * (wins.sum((2, 3), keepdim=True) == 1) * g[..., None, None]

    return spread(grad_out, x, share, *fitting(grad_out, x, kernel_size, stride, padding))


@misconception(
    "max_pool2d_backward",
    "overlapping windows overwrite each other",
    "Where windows overlap, the later one erases what the earlier one left. A number that wins in several windows "
    "collects from all of them.",
)
def max_back_overwritten(grad_out, x, kernel_size, stride=None, padding=0):
    found = fitting(grad_out, x, kernel_size, stride, padding)
    return spread(grad_out, x, at_maximum, *found, overwrite=True)


@misconception(
    "max_pool2d_backward",
    "a maximum of several windows counted once",
    "You write the gradient to the place of the maximum with =. If a number is the largest of several windows, only "
    "the last of their gradients stays. Add them up.",
)
def max_back_assigned(grad_out, x, kernel_size, stride=None, padding=0):
    found = fitting(grad_out, x, kernel_size, stride, padding)
    grad_x = torch.zeros_like(x)
    for i, j, window in places(*found):
        g = grad_out[:, :, i, j]
        won = at_maximum(x[window], torch.ones_like(g)) != 0
        grad_x[window] = torch.where(won, g[..., None, None].to(x.dtype), grad_x[window])
    return grad_x


@misconception(
    "max_pool2d_backward",
    "gradient shared out over the window",
    "That is the way back through the mean. Through a maximum the whole gradient goes to the largest number, and "
    "nothing to the others.",
)
def max_back_evenly(grad_out, x, kernel_size, stride=None, padding=0):
    return avg_back(grad_out, x, kernel_size, stride, padding)


@misconception(
    "max_pool2d_backward",
    "whole gradient to every number of the window",
    "Only the largest number of a window changes the output. The others get nothing.",
)
def max_back_everywhere(grad_out, x, kernel_size, stride=None, padding=0):
    found = fitting(grad_out, x, kernel_size, stride, padding)
    return spread(grad_out, x, lambda window, g: evenly(window, g, 1), *found)


@misconception(
    "max_pool2d_backward",
    "grad_out left out",
    "You mark the largest numbers with 1. That is the derivative of one window; it still has to be multiplied with "
    "that window's grad_out.",
)
def max_back_marks(grad_out, x, kernel_size, stride=None, padding=0):
    return max_back(torch.ones_like(grad_out), x, kernel_size, stride, padding)


@misconception(
    "max_pool2d_backward",
    "gradient multiplied with the maximum",
    "The output is a copy of the largest number, so its gradient comes back as it is. You multiply it with the number "
    "itself.",
)
def max_back_times_value(grad_out, x, kernel_size, stride=None, padding=0):
    return max_back(grad_out, x, kernel_size, stride, padding) * x


@misconception(
    "max_pool2d_backward",
    "smallest number instead of the largest",
    "You send the gradient to the smallest number of each window.",
)
def max_back_smallest(grad_out, x, kernel_size, stride=None, padding=0):
    return max_back(grad_out, -x, kernel_size, stride, padding)


@misconception(
    "max_pool2d_backward",
    "padded with 0",
    "In a window of negative numbers a 0 from the padding wins and takes the gradient with it. The padding must be "
    "lower than every number.",
)
def max_back_padded_with_zero(grad_out, x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, counts = fitting(grad_out, x, kernel_size, stride, padding)
    canvas = spread(grad_out, filled(x, padding), at_maximum, kernel, stride, (0, 0), counts)
    return cropped(canvas, padding, x)


def cropped(canvas, padding, x):
    (above, before), (height, width) = padding, x.shape[2:]
    return canvas[:, :, above : above + height, before : before + width].contiguous()


@misconception(
    "max_pool2d_backward",
    "padding not cut off",
    "Your gradient is as large as the padded image. The gradient of x has the shape of x.",
)
def max_back_uncut(grad_out, x, kernel_size, stride=None, padding=0):
    return filled(max_back(grad_out, x, kernel_size, stride, padding), padding)


@misconception(
    "max_pool2d_backward",
    "padding cut off with [pad:-pad]",
    "When the padding is 0, [0:-0] is [0:0], which is empty. Cut with pad : pad + H.",
)
def max_back_empty(grad_out, x, kernel_size, stride=None, padding=0):
    down, right = pair(padding)
    whole = filled(max_back(grad_out, x, kernel_size, stride, padding), padding)
    return whole[:, :, down:-down, right:-right]


@misconception(
    "max_pool2d_backward",
    "stride of 1 when none is given",
    "Without a stride the windows stand side by side: the step is as long as the window, not one pixel. So grad_out "
    "has fewer numbers than you expect.",
)
def max_back_by_one(grad_out, x, kernel_size, stride=None, padding=0):
    return max_back(grad_out, x, kernel_size, 1 if stride is None else stride, padding)


@misconception(
    "max_pool2d_backward",
    "stride not in the window's start",
    "Your windows are one pixel apart, whatever the stride: window i begins at row i times the stride.",
)
def max_back_crawling(grad_out, x, kernel_size, stride=None, padding=0):
    kernel, _, padding, counts = fitting(grad_out, x, kernel_size, stride, padding)
    return spread(grad_out, x, at_maximum, kernel, (1, 1), padding, counts)


@misconception(
    "max_pool2d_backward",
    "padding ignored",
    "With padding, the first window begins outside of the image. You look at other windows than max_pool2d does.",
)
def max_back_unpadded(grad_out, x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, counts = fitting(grad_out, x, kernel_size, stride, padding)
    if padding == (0, 0):
        return spread(grad_out, x, at_maximum, kernel, stride, padding, counts)
    counts = layout(x, kernel, stride, 0)[3]
    return spread(grad_out, x, at_maximum, kernel, stride, (0, 0), counts)


@misconception(
    "max_pool2d_backward",
    "grad_out of the wrong shape accepted",
    "grad_out belongs to the output of max_pool2d. When it has another shape, something is wrong: raise ValueError.",
)
def max_back_any_shape(grad_out, x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, _ = layout(x, kernel_size, stride, padding, any_padding=True)
    canvas = filled(x, [p + k for p, k in zip(padding, kernel, strict=True)], lowest(x))
    grown = spread(
        grad_out.expand(*x.shape[:2], *grad_out.shape[2:]), canvas, at_maximum, kernel, stride,
        tuple(-k for k in kernel), grad_out.shape[2:],
    )  # fmt: skip
    return cropped(grown, [p + k for p, k in zip(padding, kernel, strict=True)], x)


# ---------------------------------------------------------------------------------------- avg_pool2d_backward


def averaged_back(count, **how):
    """The gradient of the mean, divided by `count` of the kernel, the window's pixels, and the output."""

    def back(grad_out, x, kernel_size, stride=None, padding=0):
        found = fitting(grad_out, x, kernel_size, stride, padding)
        return spread(
            grad_out, x, lambda window, g: evenly(window, g, count(found[0], window.shape[2:], found[3])), *found, **how
        )

    return back


@misconception(
    "avg_pool2d_backward",
    "gradient not divided",
    "You give the whole gradient to every number of the window. Each has only its part in the mean.",
)
def avg_back_whole(grad_out, x, kernel_size, stride=None, padding=0):
    return averaged_back(lambda kernel, window, counts: 1)(grad_out, x, kernel_size, stride, padding)


@misconception(
    "avg_pool2d_backward",
    "overlapping windows overwrite each other",
    "Where windows overlap, the later one erases what the earlier one left. A number in several windows collects its "
    "part from all of them.",
)
def avg_back_overwritten(grad_out, x, kernel_size, stride=None, padding=0):
    return avg_back(grad_out, x, kernel_size, stride, padding, overwrite=True)


@misconception(
    "avg_pool2d_backward",
    "padding not counted",
    "At the border you divide by the pixels of the image alone. Here the padding counts: every window is as large as "
    "the others.",
)
def avg_back_uncounted(grad_out, x, kernel_size, stride=None, padding=0):
    return averaged_back(lambda kernel, window, counts: window[0] * window[1])(
        grad_out, x, kernel_size, stride, padding
    )


@misconception(
    "avg_pool2d_backward",
    "divided by the height of the window squared",
    "A window of 2 by 3 holds 6 numbers. You divide by its height times its height.",
)
def avg_back_by_height_squared(grad_out, x, kernel_size, stride=None, padding=0):
    return averaged_back(lambda kernel, window, counts: kernel[0] ** 2)(grad_out, x, kernel_size, stride, padding)


@misconception(
    "avg_pool2d_backward",
    "divided by the size of the output",
    "You divide by the number of windows. Each gradient is shared out among the numbers of its own window.",
)
def avg_back_by_output(grad_out, x, kernel_size, stride=None, padding=0):
    return averaged_back(lambda kernel, window, counts: counts[0] * counts[1])(
        grad_out, x, kernel_size, stride, padding
    )


@misconception(
    "avg_pool2d_backward",
    "gradient to the largest number only",
    "That is the way back through a maximum. In a mean every number of the window has a part.",
)
def avg_back_to_maximum(grad_out, x, kernel_size, stride=None, padding=0):
    return max_back(grad_out, x, kernel_size, stride, padding)


@misconception(
    "avg_pool2d_backward",
    "grad_out averaged over the windows",
    "Every window has its own gradient to share out. You use the same one for all of them.",
)
def avg_back_constant(grad_out, x, kernel_size, stride=None, padding=0):
    return avg_back(grad_out.mean((2, 3), keepdim=True).expand_as(grad_out), x, kernel_size, stride, padding)


@misconception(
    "avg_pool2d_backward",
    "padding not cut off",
    "Your gradient is as large as the padded image. The gradient of x has the shape of x.",
)
def avg_back_uncut(grad_out, x, kernel_size, stride=None, padding=0):
    return filled(avg_back(grad_out, x, kernel_size, stride, padding), padding)


@misconception(
    "avg_pool2d_backward",
    "padding cut off with [pad:-pad]",
    "When the padding is 0, [0:-0] is [0:0], which is empty. Cut with pad : pad + H.",
)
def avg_back_empty(grad_out, x, kernel_size, stride=None, padding=0):
    down, right = pair(padding)
    whole = filled(avg_back(grad_out, x, kernel_size, stride, padding), padding)
    return whole[:, :, down:-down, right:-right]


@misconception(
    "avg_pool2d_backward",
    "stride of 1 when none is given",
    "Without a stride the windows stand side by side: the step is as long as the window, not one pixel. So grad_out "
    "has fewer numbers than you expect.",
)
def avg_back_by_one(grad_out, x, kernel_size, stride=None, padding=0):
    return avg_back(grad_out, x, kernel_size, 1 if stride is None else stride, padding)


@misconception(
    "avg_pool2d_backward",
    "stride not in the window's start",
    "Your windows are one pixel apart, whatever the stride: window i begins at row i times the stride.",
)
def avg_back_crawling(grad_out, x, kernel_size, stride=None, padding=0):
    kernel, _, padding, counts = fitting(grad_out, x, kernel_size, stride, padding)
    count = kernel[0] * kernel[1]
    return spread(grad_out, x, lambda window, g: evenly(window, g, count), kernel, (1, 1), padding, counts)


@misconception(
    "avg_pool2d_backward",
    "gradient enlarged without regard to the stride",
    "You repeat every gradient over a block as large as the window. That is right only while the windows stand side "
    "by side and fill the image.",
)
def avg_back_repeated(grad_out, x, kernel_size, stride=None, padding=0):
    kernel = fitting(grad_out, x, kernel_size, stride, padding)[0]
    blocks = grad_out.repeat_interleave(kernel[0], 2).repeat_interleave(kernel[1], 3) / (kernel[0] * kernel[1])
    height, width = x.shape[2:]
    blocks = blocks[:, :, :height, :width]
    return pad(blocks, (0, width - blocks.shape[3], 0, height - blocks.shape[2]))


@misconception(
    "avg_pool2d_backward",
    "grad_out of the wrong shape accepted",
    "grad_out belongs to the output of avg_pool2d. When it has another shape, something is wrong: raise ValueError.",
)
def avg_back_any_shape(grad_out, x, kernel_size, stride=None, padding=0):
    kernel, stride, padding, _ = layout(x, kernel_size, stride, padding, any_padding=True)
    margins = [p + k for p, k in zip(padding, kernel, strict=True)]
    grown = spread(
        grad_out.expand(*x.shape[:2], *grad_out.shape[2:]), filled(x, margins),
        lambda window, g: evenly(window, g, kernel[0] * kernel[1]), kernel, stride,
        tuple(-k for k in kernel), grad_out.shape[2:],
    )  # fmt: skip
    return cropped(grown, margins, x)


# -------------------------------------------------------------------------------------------- receptive_field


def possible(layers):
    if any(number < 1 for layer in layers for number in layer):
        raise ValueError("numbers begin at 1")
    return layers


def grown(layers, step, next_jump=lambda jump, stride: jump * stride):
    """Size and jump after `layers`, where a layer adds step(kernel, stride, dilation, jump)."""
    size = jump = 1
    for kernel, stride, dilation in possible(layers):
        size += step(kernel, stride, dilation, jump)
        jump = next_jump(jump, stride)
    return size, jump


@misconception(
    "receptive_field",
    "dilation ignored",
    "Dilation moves the taps of a kernel apart, so it sees farther. Your result is the same for every dilation.",
)
def field_undilated(layers):
    return grown(layers, lambda kernel, stride, dilation, jump: (kernel - 1) * jump)


@misconception(
    "receptive_field",
    "dilation multiplied with the kernel",
    "A kernel of three taps has two gaps, and dilation stretches the gaps. Draw three taps with dilation 2 and count "
    "the pixels from the first to the last.",
)
def field_stretched(layers):
    return grown(layers, lambda kernel, stride, dilation, jump: (kernel * dilation - 1) * jump)


@misconception(
    "receptive_field",
    "jump left out of the size",
    "Above a stride of 2, one step of a kernel is two pixels of the image. You count every step as one.",
)
def field_without_jump(layers):
    return grown(layers, lambda kernel, stride, dilation, jump: (kernel - 1) * dilation)


@misconception(
    "receptive_field",
    "jump not multiplied",
    "Two strides of 2 make a jump of 4. Yours is the stride of the last layer alone.",
)
def field_last_stride(layers):
    return grown(layers, lambda k, s, d, jump: (k - 1) * d * jump, lambda jump, stride: stride)


@misconception(
    "receptive_field",
    "strides added up",
    "Two strides of 3 make a jump of 9, not of 6: every step of the upper layer is 3 steps of the lower one.",
)
def field_added_strides(layers):
    return grown(layers, lambda k, s, d, jump: (k - 1) * d * jump, lambda jump, stride: jump + stride - 1)


@misconception(
    "receptive_field",
    "stride counted before its own layer",
    "The taps of a layer step over the numbers below it. Its own stride makes the steps longer only for the layers "
    "above.",
)
def field_stride_too_early(layers):
    return grown(layers, lambda kernel, stride, dilation, jump: (kernel - 1) * dilation * jump * stride)


@misconception(
    "receptive_field",
    "size counted in strides of the layer itself",
    "You multiply what a kernel adds with that layer's own stride. What counts are the strides of all layers below.",
)
def field_own_stride(layers):
    return grown(layers, lambda kernel, stride, dilation, jump: (kernel - 1) * dilation * stride)


@misconception(
    "receptive_field",
    "kernels added up",
    "Two layers with kernels of 3 see 5 pixels, not 6 or 7: a kernel of k adds k - 1 steps to what one number below "
    "sees.",
)
def field_added_kernels(layers):
    return grown(layers, lambda kernel, stride, dilation, jump: kernel * dilation * jump)


@misconception(
    "receptive_field",
    "counted from 0",
    "Without any layer a number is one pixel and sees one pixel. Your size begins with 0.",
)
def field_from_zero(layers):
    size, jump = grown(layers, lambda kernel, stride, dilation, jump: (kernel - 1) * dilation * jump)
    return size - 1, jump


@misconception(
    "receptive_field",
    "layers taken from the last to the first",
    "The list begins at the image. With this rule go through it in the same order: a stride counts for the layers "
    "above it.",
)
def field_reversed(layers):
    return grown(layers[::-1], lambda kernel, stride, dilation, jump: (kernel - 1) * dilation * jump)


@misconception(
    "receptive_field",
    "size and jump swapped",
    "You return (jump, size). The size comes first.",
)
def field_swapped(layers):
    return grown(layers, lambda kernel, stride, dilation, jump: (kernel - 1) * dilation * jump)[::-1]


@misconception(
    "receptive_field",
    "impossible layers accepted",
    "There are no kernels of 0 and no strides or dilations of 0 or less. Check every layer and raise ValueError.",
)
def field_of_anything(layers):
    size = jump = 1
    for kernel, stride, dilation in layers:
        size += (kernel - 1) * dilation * jump
        jump *= stride
    return size, jump


# ------------------------------------------------------------------------------------------------------- relu


@misconception(
    "relu",
    "changed in place",
    "You write the zeros into x itself. The caller's tensor must stay as it is: make a new one, and return that.",
)
def relu_in_place(x):
    x[x < 0] = 0
    return x


@misconception(
    "relu",
    "argmax instead of max",
    "Your answer holds only 0 and 1: it says whether x or 0 is larger, as argmax does. ReLU is the larger number "
    "itself: max(x, 0).",
)
def relu_argmax(x):
    return torch.stack((torch.zeros_like(x), x)).argmax(0)


@misconception(
    "relu",
    "argmax of x and 0, in this order",
    "Your answer is 1 where x is not positive: argmax says which of the two is larger, x (0) or 0 (1). ReLU is the "
    "larger number itself: max(x, 0).",
)
def relu_other_argmax(x):
    return torch.stack((x, torch.zeros_like(x))).argmax(0)


@misconception(
    "relu",
    "maximum along an axis",
    "torch.max(x, 0) looks for the largest number along axis 0. Compare every number with the number 0 instead.",
)
def relu_along_axis(x):
    return torch.max(x, 0).values


@misconception(
    "relu",
    "absolute value",
    "You turn negative numbers into positive ones. ReLU replaces them by 0.",
)
def relu_absolute(x):
    return x.abs()


@misconception(
    "relu",
    "negative half kept",
    "You take the smaller of x and 0. ReLU keeps the positive numbers.",
)
def relu_minimum(x):
    return x.clamp(max=0)


@misconception(
    "relu",
    "negative numbers made small",
    "This is a leaky ReLU: negative numbers leave a trace. ReLU replaces them by 0.",
)
def relu_leaky(x):
    return torch.where(x > 0, x, (0.01 * x).to(x.dtype))


@misconception(
    "relu",
    "cut off from autograd",
    "The numbers are right, but autograd loses the way back, so a network with this ReLU does not learn. Use functions "
    "of torch on the tensor itself: no numpy, .data, .detach() or .item().",
)
def relu_detached(x):
    return x.detach().clamp(min=0)


@misconception(
    "relu",
    "gradient let through everywhere",
    "The numbers are right, but the gradient also passes where x is negative. There the output does not change with x, "
    "so the derivative is 0.",
)
def relu_straight_through(x):
    return x + (x.clamp(min=0) - x).detach()
