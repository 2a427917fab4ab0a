# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 2. Pooling
#
# A pooling layer makes an image smaller: of every window it keeps one number, the largest or the mean. You
# build both, the way back through both, and two small things that belong to them: how far a stack of layers
# sees, and ReLU. The handout (README.md) has the pictures and a worked example.
#
# Fill in the functions from top to bottom. Leave the ones you have not reached as they are: they count as
# *not attempted*, and the others are still graded.

# %%
"""Pooling from nothing: maximum and mean over windows, their gradients, receptive fields and ReLU."""

import torch

# %% tags=["public"]
import torch

from convclass.exam import question
from convclass.exam.forbidden import AUTOGRAD, POOLS, RELUS

# %% [markdown]
# Two helpers are given; you know both from assignment 1. Every size, stride and padding may be one number for
# both axes or a pair `(height, width)`.


# %%
def _pair(value):
    """Return `value` for both axes as `(height, width)`: 3 becomes (3, 3), and (2, 3) stays (2, 3)."""
    if isinstance(value, int):
        return value, value
    height, width = value
    return int(height), int(width)


def _output_size(size, kernel_size, stride, padding):
    """Count the windows along one axis. Raises ValueError when none fits or a number makes no sense."""
    if size < 1 or kernel_size < 1 or stride < 1 or padding < 0:
        raise ValueError("size, kernel and stride must be at least 1, and padding at least 0")
    if kernel_size > size + 2 * padding:
        raise ValueError(f"no window of {kernel_size} fits into {size} + 2 * {padding} pixels")
    return (size + 2 * padding - kernel_size) // stride + 1


# %% [markdown]
# ## Step 1: the largest number of every window
#
# Two things are different from a convolution. The channels stay apart: each is pooled on its own, so as many
# come out as went in. And the windows stand side by side unless told otherwise: when no stride is given, it is
# the size of the kernel.
#
# Padding must never win: it counts as lower than every number. Think of an image of negative numbers. A window
# that holds nothing but padding would have no maximum at all, so padding may be at most half the kernel.


# %%
def max_pool2d(x, kernel_size, stride=None, padding=0):
    """Keep the largest number of every window, channel by channel.

    x: tensor (N, C, H, W)
    kernel_size: int or (int, int), the height and width of the window
    stride: int or (int, int), from one window to the next; None means the same as kernel_size
    padding: int or (int, int), rows and columns added at each side, lower than every number

    Returns a tensor (N, C, oH, oW) with the dtype and device of x; oH and oW are what `_output_size` says.
    Raises ValueError where `_output_size` does, and when padding is more than half of kernel_size on an axis.

    >>> max_pool2d(torch.tensor([[[[1, 5, 2, 0], [3, 4, 8, 7]]]]), 2)
    tensor([[[[5, 8]]]])
    """
    ### BEGIN SOLUTION: keep the largest number of every window
    batch, channels, height, width = x.shape
    kernel_h, kernel_w = _pair(kernel_size)
    stride_h, stride_w = _pair(kernel_size if stride is None else stride)
    padding_h, padding_w = _pair(padding)
    if 2 * padding_h > kernel_h or 2 * padding_w > kernel_w:
        raise ValueError("padding must be at most half the kernel")
    out_height = _output_size(height, kernel_h, stride_h, padding_h)
    out_width = _output_size(width, kernel_w, stride_w, padding_w)

    result = x.new_zeros(batch, channels, out_height, out_width)
    for i in range(out_height):
        for j in range(out_width):
            # Padding never wins, so it can be left out: a window ends where the image ends.
            top, left = i * stride_h - padding_h, j * stride_w - padding_w
            window = x[:, :, max(top, 0) : top + kernel_h, max(left, 0) : left + kernel_w]
            result[:, :, i, j] = window.amax(dim=(2, 3))
    return result
    ### END SOLUTION


# %% tags=["public"]
@question(
    "max_pool2d",
    forbidden=POOLS,
    hints=(
        "Loop over the places (i, j) of the output. In which row and column of the image does window (i, j) begin?",
        "`amax` takes the maximum over several axes at once, so that one loop body does all images and channels.",
        "For padding, either surround the image with the lowest number its dtype has (-inf only exists for "
        "floats), or cut every window off where the image ends.",
    ),
)
def test_public_max_pool2d_side_by_side(check):
    """max_pool2d takes windows side by side when no stride is given"""
    check.max_pool2d(torch.tensor([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 8.0, 7.0]]]]), 2)
    check.max_pool2d(torch.arange(36.0).reshape(1, 1, 6, 6).cos(), 3)


@question("max_pool2d")
def test_public_max_pool2d_rectangular(check):
    """max_pool2d works when neither the images nor the windows are square, and when something is left over"""
    check.max_pool2d(torch.arange(70.0).reshape(1, 2, 5, 7).sin(), (2, 3))


@question("max_pool2d")
def test_public_max_pool2d_stride_and_padding(check):
    """max_pool2d honours stride and padding, different ones for height and width"""
    x = torch.arange(42.0).reshape(1, 1, 6, 7).cos()
    check.max_pool2d(x, 3, stride=(1, 2))
    check.max_pool2d(x, (2, 3), stride=2, padding=(1, 0))


@question("max_pool2d")
def test_public_max_pool2d_negative(check):
    """max_pool2d never takes the padding, also when all numbers are negative or whole"""
    check.max_pool2d(-torch.arange(1.0, 21.0).reshape(1, 1, 4, 5), 2, padding=1)
    check.max_pool2d(-torch.arange(1, 21).reshape(1, 1, 4, 5), 3, padding=1)


@question("max_pool2d")
def test_public_max_pool2d_refuses(check):
    """max_pool2d raises ValueError when the padding is more than half the kernel"""
    check.raises(ValueError).max_pool2d(torch.ones(1, 1, 5, 5), 3, padding=2)


# %% [markdown]
# ## Step 2: the mean of every window
#
# The same windows, but now their mean, and the padding is zeros. What is the mean divided by at the border,
# where part of the window is padding? Both answers are in use: `count_include_pad=True` always divides by the
# size of the window, `False` only by the number of real pixels in it.


# %%
def avg_pool2d(x, kernel_size, stride=None, padding=0, count_include_pad=True):
    """Take the mean of every window, channel by channel.

    x: tensor (N, C, H, W)
    kernel_size: int or (int, int), the height and width of the window
    stride: int or (int, int), from one window to the next; None means the same as kernel_size
    padding: int or (int, int), rows and columns of zeros added at each side
    count_include_pad: whether the padding in a window counts when the sum is divided

    Returns a tensor (N, C, oH, oW) with the dtype and device of x. The means of whole numbers lose what stands
    behind the point: 2.75 becomes 2, and -2.75 becomes -2.
    Raises ValueError where `max_pool2d` does.

    >>> avg_pool2d(torch.tensor([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 8.0, 7.0]]]]), 2)
    tensor([[[[3.2500, 4.2500]]]])
    """
    ### BEGIN SOLUTION: take the mean of every window
    batch, channels, height, width = x.shape
    kernel_h, kernel_w = _pair(kernel_size)
    stride_h, stride_w = _pair(kernel_size if stride is None else stride)
    padding_h, padding_w = _pair(padding)
    if 2 * padding_h > kernel_h or 2 * padding_w > kernel_w:
        raise ValueError("padding must be at most half the kernel")
    out_height = _output_size(height, kernel_h, stride_h, padding_h)
    out_width = _output_size(width, kernel_w, stride_w, padding_w)

    result = x.new_zeros(batch, channels, out_height, out_width)
    for i in range(out_height):
        for j in range(out_width):
            top, left = i * stride_h - padding_h, j * stride_w - padding_w
            window = x[:, :, max(top, 0) : top + kernel_h, max(left, 0) : left + kernel_w]
            real_pixels = window.shape[2] * window.shape[3]
            count = kernel_h * kernel_w if count_include_pad else real_pixels
            result[:, :, i, j] = window.sum(dim=(2, 3)) / count
    return result
    ### END SOLUTION


# %% tags=["public"]
@question(
    "avg_pool2d",
    forbidden=POOLS,
    hints=(
        "Only the last step differs from max_pool2d: the sum of the window, divided by a count.",
        "How many pixels of the image itself are in a window at the corner? "
        "Without padding in the count, that is what its sum is divided by.",
    ),
)
def test_public_avg_pool2d_side_by_side(check):
    """avg_pool2d takes windows side by side when no stride is given"""
    check.avg_pool2d(torch.tensor([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 8.0, 7.0]]]]), 2)
    check.avg_pool2d(torch.arange(70.0).reshape(1, 2, 5, 7).sin(), (2, 3))


@question("avg_pool2d")
def test_public_avg_pool2d_stride_and_padding(check):
    """avg_pool2d honours stride and padding, different ones for height and width"""
    x = torch.arange(1.0, 43.0).reshape(1, 1, 6, 7).cos()
    check.avg_pool2d(x, 3, stride=(1, 2))
    check.avg_pool2d(x, (2, 3), stride=2, padding=(1, 0))


@question("avg_pool2d")
def test_public_avg_pool2d_counts(check):
    """avg_pool2d leaves the padding out of the count when it is told to"""
    x = torch.arange(1.0, 21.0).reshape(1, 1, 4, 5)
    check.avg_pool2d(x, 2, padding=1)
    check.avg_pool2d(x, 2, padding=1, count_include_pad=False)


@question("avg_pool2d")
def test_public_avg_pool2d_whole_numbers(check):
    """avg_pool2d cuts the means of whole numbers off behind the point"""
    check.avg_pool2d(torch.tensor([[[[1, 5, -2, 0], [3, 2, -8, -1]]]]), 2)


# %% [markdown]
# ## Step 3: one number for every channel
#
# A window as large as the image leaves one number for each channel. This is how a network gets rid of the size
# of the image before its last layer, and of most parameters of that layer.


# %%
def global_avg_pool2d(x):
    """Take the mean of every channel over all of its pixels.

    x: tensor (N, C, H, W)

    Returns a tensor (N, C) with the dtype and device of x. The means of whole numbers are cut off as those of
    `avg_pool2d` are.
    Raises ValueError when x does not have four axes, or when its images have no pixels.

    >>> global_avg_pool2d(torch.tensor([[[[1.0, 2.0], [3.0, 6.0]], [[0.0, 0.0], [0.0, 2.0]]]]))
    tensor([[3.0000, 0.5000]])
    """
    ### BEGIN SOLUTION: take the mean of every channel
    if x.ndim != 4:
        raise ValueError(f"x must have the axes (N, C, H, W), not {x.ndim} axes")
    pixels = x.shape[2] * x.shape[3]
    if pixels == 0:
        raise ValueError("an image without pixels has no mean")
    return (x.sum(dim=(2, 3)) / pixels).to(x.dtype)
    ### END SOLUTION


# %% tags=["public"]
@question(
    "global_avg_pool2d",
    forbidden=POOLS,
    hints="Four axes go in and two come out. Which two does the mean have to take away?",
)
def test_public_global_avg_pool2d_by_hand(check):
    """global_avg_pool2d gives one mean for each channel"""
    check.global_avg_pool2d(torch.tensor([[[[1.0, 2.0], [3.0, 6.0]], [[0.0, 0.0], [0.0, 2.0]]]]))


@question("global_avg_pool2d")
def test_public_global_avg_pool2d_rectangular(check):
    """global_avg_pool2d works for several images that are not square, and for a single one"""
    check.global_avg_pool2d(torch.arange(90.0).reshape(2, 3, 3, 5).sin())
    check.global_avg_pool2d(torch.arange(8.0).reshape(1, 1, 2, 4))


# %% [markdown]
# ## Step 4: the way back through the maximum
#
# You are given `grad_out`, the gradient of the loss with respect to every output. An output is a copy of the
# largest number in its window. If that number grows a little, so does the output; if another one grows a little,
# nothing happens. So all of the gradient goes to the winner, and nothing to the others. A pixel that wins in
# several windows collects from all of them: **add up**.
#
# What if several numbers of a window are equally large? Then choose one of them, or share the gradient out among
# them. Any way is right, as long as all of it arrives, once.


# %%
def max_pool2d_backward(grad_out, x, kernel_size, stride=None, padding=0):
    """Compute the gradient of max_pool2d from the gradient of its output, without autograd.

    grad_out: tensor (N, C, oH, oW), the gradient with respect to max_pool2d(x, kernel_size, stride, padding)
    x: tensor (N, C, H, W) with the dtype of grad_out
    kernel_size, stride, padding: as for `max_pool2d`

    Returns a tensor (N, C, H, W) with the dtype and device of x: the gradient with respect to x. Among equally
    large numbers of a window, the gradient may go to any, or be shared out.
    Raises ValueError where `max_pool2d` does, and when grad_out does not have the shape of the output.

    >>> x = torch.tensor([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 8.0, 7.0]]]])
    >>> max_pool2d_backward(torch.tensor([[[[10.0, 20.0]]]]), x, 2)
    tensor([[[[ 0., 10.,  0.,  0.],
              [ 0.,  0., 20.,  0.]]]])
    """
    ### BEGIN SOLUTION: send each output's gradient to the pixel it came from
    batch, channels, height, width = x.shape
    kernel_h, kernel_w = _pair(kernel_size)
    stride_h, stride_w = _pair(kernel_size if stride is None else stride)
    padding_h, padding_w = _pair(padding)
    if 2 * padding_h > kernel_h or 2 * padding_w > kernel_w:
        raise ValueError("padding must be at most half the kernel")
    out_height = _output_size(height, kernel_h, stride_h, padding_h)
    out_width = _output_size(width, kernel_w, stride_w, padding_w)
    if grad_out.shape != (batch, channels, out_height, out_width):
        raise ValueError(f"grad_out must have the shape of the output, not {tuple(grad_out.shape)}")

    grad_x = torch.zeros_like(x)
    for i in range(out_height):
        for j in range(out_width):
            top, left = i * stride_h - padding_h, j * stride_w - padding_w
            rows = slice(max(top, 0), top + kernel_h)
            cols = slice(max(left, 0), left + kernel_w)
            window = x[:, :, rows, cols].flatten(2)
            winner = window.argmax(dim=2, keepdim=True)
            share = torch.zeros_like(window).scatter(2, winner, grad_out[:, :, i, j].unsqueeze(2))
            grad_x[:, :, rows, cols] += share.reshape(grad_x[:, :, rows, cols].shape)
    return grad_x
    ### END SOLUTION


# %% tags=["public"]
@question(
    "max_pool2d_backward",
    after="max_pool2d",
    forbidden=POOLS + AUTOGRAD,
    hints=(
        "Go through the windows again. Where in its window does the largest number stand? There the gradient goes.",
        "Flatten the window, take the argmax, and turn it back into a row and a column. Comparing the window with "
        "its maximum works too, but what happens when two numbers are equally large?",
    ),
)
def test_public_max_pool2d_backward_by_hand(check):
    """max_pool2d_backward sends the gradient to the largest number of each window"""
    x = torch.tensor([[[[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 8.0, 7.0]]]])
    check.max_pool2d_backward(torch.tensor([[[[10.0, 20.0]]]]), x, 2)


@question("max_pool2d_backward")
def test_public_max_pool2d_backward_overlap(check):
    """max_pool2d_backward adds up where a number is the largest of several windows"""
    x = torch.arange(30.0).reshape(1, 1, 5, 6).cos()
    check.max_pool2d_backward(torch.arange(1.0, 13.0).reshape(1, 1, 3, 4), x, 3, stride=1)


@question("max_pool2d_backward")
def test_public_max_pool2d_backward_stride_and_padding(check):
    """max_pool2d_backward honours stride and padding, also when all numbers are negative"""
    x = torch.arange(60.0).reshape(1, 2, 5, 6).sin() - 2
    check.max_pool2d_backward(torch.arange(1.0, 25.0).reshape(1, 2, 3, 4), x, (3, 2), stride=2, padding=(1, 1))


@question("max_pool2d_backward")
def test_public_max_pool2d_backward_ties(check, student):
    """max_pool2d_backward gives out the whole gradient, once, when all numbers of a window are equal"""
    answer = student.max_pool2d_backward(torch.tensor([[[[10.0, 20.0]]]]), torch.ones(1, 1, 2, 4), 2)
    windows = torch.stack([answer[:, :, :, :2].sum(), answer[:, :, :, 2:].sum()])
    check.same(windows, torch.tensor([10.0, 20.0]), "giving out the gradient of each window once")


# %% [markdown]
# ## Step 5: the way back through the mean
#
# Every number of a window has the same part in the mean: one divided by the count. So each gets that part of the
# gradient. This is for `count_include_pad=True`: padding counts, and its part of the gradient is lost.


# %%
def avg_pool2d_backward(grad_out, x, kernel_size, stride=None, padding=0):
    """Compute the gradient of avg_pool2d from the gradient of its output, without autograd.

    grad_out: tensor (N, C, oH, oW), the gradient with respect to avg_pool2d(x, kernel_size, stride, padding)
    x: tensor (N, C, H, W) with the dtype of grad_out, which is a floating point one
    kernel_size, stride, padding: as for `avg_pool2d`

    Returns a tensor (N, C, H, W) with the dtype and device of x: the gradient with respect to x.
    Raises ValueError where `avg_pool2d` does, and when grad_out does not have the shape of the output.

    >>> avg_pool2d_backward(torch.tensor([[[[4.0, 8.0]]]]), torch.zeros(1, 1, 2, 4), 2)
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    """
    ### BEGIN SOLUTION: share each output's gradient out among the pixels of its window
    batch, channels, height, width = x.shape
    kernel_h, kernel_w = _pair(kernel_size)
    stride_h, stride_w = _pair(kernel_size if stride is None else stride)
    padding_h, padding_w = _pair(padding)
    if 2 * padding_h > kernel_h or 2 * padding_w > kernel_w:
        raise ValueError("padding must be at most half the kernel")
    out_height = _output_size(height, kernel_h, stride_h, padding_h)
    out_width = _output_size(width, kernel_w, stride_w, padding_w)
    if grad_out.shape != (batch, channels, out_height, out_width):
        raise ValueError(f"grad_out must have the shape of the output, not {tuple(grad_out.shape)}")

    grad_x = torch.zeros_like(x)
    for i in range(out_height):
        for j in range(out_width):
            top, left = i * stride_h - padding_h, j * stride_w - padding_w
            share = grad_out[:, :, i : i + 1, j : j + 1] / (kernel_h * kernel_w)
            grad_x[:, :, max(top, 0) : top + kernel_h, max(left, 0) : left + kernel_w] += share
    return grad_x
    ### END SOLUTION


# %% tags=["public"]
@question(
    "avg_pool2d_backward",
    after="avg_pool2d",
    forbidden=POOLS + AUTOGRAD,
    hints="What does one pixel add to the mean of its window? That part of the gradient comes back to it, "
    "from every window it lies in.",
)
def test_public_avg_pool2d_backward_by_hand(check):
    """avg_pool2d_backward shares the gradient out among the numbers of each window"""
    check.avg_pool2d_backward(torch.tensor([[[[4.0, 8.0]]]]), torch.zeros(1, 1, 2, 4), 2)


@question("avg_pool2d_backward")
def test_public_avg_pool2d_backward_overlap(check):
    """avg_pool2d_backward adds up where windows overlap"""
    x = torch.arange(30.0).reshape(1, 1, 5, 6)
    check.avg_pool2d_backward(torch.arange(1.0, 13.0).reshape(1, 1, 3, 4), x, 3, stride=1)


@question("avg_pool2d_backward")
def test_public_avg_pool2d_backward_stride_and_padding(check):
    """avg_pool2d_backward honours stride and padding, different ones for height and width"""
    x = torch.arange(60.0).reshape(1, 2, 5, 6)
    check.avg_pool2d_backward(torch.arange(1.0, 19.0).reshape(1, 2, 3, 3), x, (3, 2), stride=2, padding=(1, 0))


# %% [markdown]
# ## Step 6: how far a stack of layers sees
#
# One number of a deep layer depends on a patch of the image, its **receptive field**. Count it along one axis.
# You need two numbers, both in pixels of the image: the `size` of the patch, and the `jump`, by how many pixels
# the patch moves when you go to the next number. At the image itself both are 1.
#
# A layer whose kernel has `kernel` taps looks at that many numbers of the layer below. How many gaps are between
# its first tap and its last, and how long is each gap in pixels of the image? Only then does its stride make the
# jump larger, for the layers above it.


# %%
def receptive_field(layers):
    """Find how many pixels of the image a number sees after a stack of layers, along one axis.

    layers: list of (kernel, stride, dilation), from the image upwards; convolutions and pooling alike

    Returns (size, jump), two ints: the size of the receptive field in pixels of the image, and by how many
    pixels the fields of two neighbouring numbers are apart. Without layers it is (1, 1).
    Raises ValueError when a kernel, a stride or a dilation is below 1.

    >>> receptive_field([(3, 1, 1), (3, 1, 1)])
    (5, 1)
    >>> receptive_field([(3, 1, 1), (2, 2, 1), (3, 1, 1)])
    (8, 2)
    """
    ### BEGIN SOLUTION: let size and jump grow from layer to layer
    size, jump = 1, 1
    for kernel, stride, dilation in layers:
        if kernel < 1 or stride < 1 or dilation < 1:
            raise ValueError("kernel, stride and dilation must be at least 1")
        size += (kernel - 1) * dilation * jump
        jump *= stride
    return size, jump
    ### END SOLUTION


# %% tags=["public"]
@question(
    "receptive_field",
    hints=(
        "Draw a row of pixels and two layers with kernels of 3 above it. How many pixels does one number at the top "
        "see? What does every further layer add?",
        "With a stride below it, one step in a layer is several pixels of the image: that is the jump.",
    ),
)
def test_public_receptive_field_grows(check):
    """receptive_field grows with every layer, and jumps grow with every stride"""
    check.receptive_field([(3, 1, 1), (3, 1, 1)])
    check.receptive_field([(3, 1, 1), (2, 2, 1), (3, 1, 1)])
    check.receptive_field([(5, 2, 1), (3, 3, 1), (4, 1, 1)])


@question("receptive_field")
def test_public_receptive_field_dilation(check):
    """receptive_field takes dilation into account"""
    check.receptive_field([(3, 1, 1), (3, 1, 2), (3, 1, 4)])
    check.receptive_field([(3, 2, 3), (2, 2, 2)])


@question("receptive_field")
def test_public_receptive_field_refuses(check):
    """receptive_field raises ValueError for a kernel of 0"""
    check.raises(ValueError).receptive_field([(0, 1, 1)])


# %% [markdown]
# ## Step 7: ReLU
#
# Between the layers of a network stands a function that bends: the larger of `x` and 0, for every number on its
# own. Write it with torch's functions for whole tensors, so that autograd can follow it: a network that uses your
# `relu` has to be trainable. And leave `x` as it is: other layers may need it.


# %%
def relu(x):
    """Replace every negative number by 0 and keep the others.

    x: tensor of any shape

    Returns a new tensor with the shape, dtype and device of x. Under autograd its derivative is 1 where x is
    positive and 0 where x is negative.

    >>> relu(torch.tensor([-2.0, 0.0, 3.0]))
    tensor([0., 0., 3.])
    """
    ### BEGIN SOLUTION: take the larger of x and 0
    return torch.maximum(x, torch.zeros_like(x))
    ### END SOLUTION


# %% tags=["public"]
@question(
    "relu",
    forbidden=RELUS,
    hints=(
        "The formula is max(x, 0). Look for a function of torch that takes the larger of two tensors, "
        "number by number.",
        "Autograd can only follow functions of torch, on tensors. And what you write into x, the caller finds there.",
    ),
)
def test_public_relu_values(check):
    """relu keeps positive numbers and replaces negative ones by 0"""
    check.relu(torch.tensor([-2.0, 0.0, 3.0]))
    check.relu(torch.arange(-6.0, 6.0).reshape(3, 4) / 2)


@question("relu")
def test_public_relu_leaves_x_alone(check):
    """relu works for whole numbers and leaves its input as it is"""
    check.inputs_unchanged.relu(torch.arange(-3, 5).reshape(2, 2, 2))
