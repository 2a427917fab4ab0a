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
# # 1. Convolution
#
# You build the convolution layer from nothing: first the size of its output, then one filter on one grey
# image, then the whole layer, then its gradients. The handout (README.md) has the pictures and a worked
# example.
#
# Fill in the functions from top to bottom. Leave the ones you have not reached as they are: they count as
# *not attempted*, and the others are still graded.

# %%
"""Convolution from nothing: output size, cross-correlation, im2col, conv2d, its gradients and its adjoint."""

import numpy as np
import torch
import torch.nn.functional as F  # F.pad is allowed; F.conv2d, F.unfold and their relatives are not

# %% tags=["public"]
import numpy as np
import torch

from convclass.exam import question
from convclass.exam.forbidden import AUTOGRAD, CONVOLUTIONS

# %% [markdown]
# One helper is given. Every size, stride, padding and dilation may be one number for both axes or a pair
# `(height, width)`. Call `_pair` first, and you never have to think about it again.


# %%
def _pair(value):
    """Return `value` for both axes as `(height, width)`: 3 becomes (3, 3), and (2, 3) stays (2, 3)."""
    if isinstance(value, int):
        return value, value
    height, width = value
    return int(height), int(width)


# %% [markdown]
# ## Step 1: how large is the output?
#
# Think of one axis, a row of `size` pixels. Padding adds `padding` zeros at *both* ends. A kernel with
# `kernel_size` taps, `dilation` pixels apart, covers `dilation * (kernel_size - 1) + 1` pixels. The first
# window starts at the left end, and every next one starts `stride` pixels further, as long as it still
# fits. Count the windows.


# %%
def output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    """Count the places where a kernel fits along one axis.

    size: number of pixels along the axis, at least 1
    kernel_size: number of taps of the kernel, at least 1
    stride: step from one window to the next in pixels, at least 1
    padding: zeros added at each of the two ends, at least 0
    dilation: distance from one tap to the next in pixels, at least 1

    Returns an int. A window that would stick out does not count.
    Raises ValueError when a number is smaller than its least value above, or when no window fits.

    >>> output_size(7, 3, stride=2)
    3
    >>> output_size(8, 3, stride=2)
    3
    """
    ### BEGIN SOLUTION: count the windows with the floor rule
    if size < 1 or kernel_size < 1 or stride < 1 or padding < 0 or dilation < 1:
        raise ValueError("size, kernel_size, stride and dilation must be at least 1, padding at least 0")
    free = size + 2 * padding - (dilation * (kernel_size - 1) + 1)
    if free < 0:
        raise ValueError(f"a kernel of {kernel_size} taps does not fit into {size} pixels")
    return free // stride + 1
    ### END SOLUTION


# %% tags=["public"]
@question(
    "output_size",
    hints=(
        "How many pixels are left over when the first window is in place? How many steps of `stride` do they allow?",
        "Subtract what the first window covers from what there is to cover, padding included. "
        "How many whole steps of `stride` are in the rest? If it is negative, no window fits.",
    ),
)
def test_public_output_size_counts_windows(check):
    """output_size counts the windows without and with padding"""
    check.output_size(5, 3)
    check.output_size(28, 5, padding=2)


@question("output_size")
def test_public_output_size_rounds_down(check):
    """output_size does not count a last window that would stick out"""
    check.output_size(224, 7, stride=2, padding=3)
    check.output_size(10, 3, stride=2, dilation=3)


@question("output_size")
def test_public_output_size_refuses(check):
    """output_size raises ValueError for a kernel that does not fit and for a row without pixels"""
    check.raises(ValueError).output_size(2, 5)
    check.raises(ValueError).output_size(0, 3, padding=2)


# %% [markdown]
# ## Step 2: one filter on one grey image
#
# Lay the kernel on the image, multiply every tap with the pixel under it, and add the products up. That is
# *one* number of the output. Then move the kernel on. In deep learning this is called a convolution; its
# exact name is **cross-correlation**. This one is in numpy, with loops if you like, and without padding.


# %%
def cross_correlate2d(image, kernel):
    """Slide `kernel` over `image` and take the sum of products at every place where it fits.

    image: numpy array (H, W)
    kernel: numpy array (kH, kW)

    Returns a numpy array (H - kH + 1, W - kW + 1) of the dtype that image * kernel has. Its entry [i, j]
    belongs to the window whose upper left corner is image[i, j].
    Raises ValueError when the kernel does not fit into the image, or when either is not two-dimensional.

    >>> cross_correlate2d(np.array([[1, 2, 3], [4, 5, 6]]), np.array([[1, 0], [0, -1]]))
    array([[-4, -4]])
    """
    ### BEGIN SOLUTION: take the sum of products in every window
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError("image and kernel must be two-dimensional")
    kernel_height, kernel_width = kernel.shape
    height = image.shape[0] - kernel_height + 1
    width = image.shape[1] - kernel_width + 1
    if height < 1 or width < 1 or kernel.size == 0:
        raise ValueError(f"a kernel {kernel.shape} does not fit into an image {image.shape}")
    result = np.zeros((height, width), dtype=np.result_type(image, kernel))
    for i in range(height):
        for j in range(width):
            window = image[i : i + kernel_height, j : j + kernel_width]
            result[i, j] = (window * kernel).sum()
    return result
    ### END SOLUTION


# %% tags=["public"]
@question(
    "cross_correlate2d",
    forbidden=CONVOLUTIONS,
    hints=(
        "Write two loops over the places of the output. Inside them, cut the window out with a slice.",
        "The window of output [i, j] begins at image[i, j] and has the shape of the kernel. "
        "Its product with the kernel, entry by entry, is not the answer yet: add the entries up.",
    ),
)
def test_public_cross_correlate2d_by_hand(check):
    """cross_correlate2d finds the worked example of the handout"""
    image = np.array(
        [
            [1.0, 2.0, 0.0, 1.0, 3.0],
            [0.0, 1.0, 2.0, 3.0, 1.0],
            [2.0, 0.0, 1.0, 1.0, 0.0],
            [1.0, 3.0, 2.0, 0.0, 2.0],
            [0.0, 1.0, 1.0, 2.0, 1.0],
        ]
    )
    kernel = np.array([[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 1.0, 0.0]])
    check.cross_correlate2d(image, kernel)


@question("cross_correlate2d")
def test_public_cross_correlate2d_rectangular(check):
    """cross_correlate2d works when neither image nor kernel is square"""
    check.cross_correlate2d(np.arange(21.0).reshape(7, 3), np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 0.0]]))


@question("cross_correlate2d")
def test_public_cross_correlate2d_refuses(check):
    """cross_correlate2d raises ValueError when the kernel is larger than the image"""
    check.raises(ValueError).cross_correlate2d(np.ones((2, 6)), np.ones((3, 2)))


# %% [markdown]
# ## Step 3: the convolution of signal processing
#
# A convolution in the sense of mathematics flips the kernel first, upside down *and* left to right. For a
# layer that learns its kernel the flip makes no difference. For everyone who compares results with
# `scipy.signal` it does.


# %%
def convolve2d(image, kernel):
    """Convolve `image` with `kernel` where it fits: a cross-correlation with the kernel flipped on both axes.

    image: numpy array (H, W)
    kernel: numpy array (kH, kW)

    Returns a numpy array (H - kH + 1, W - kW + 1) of the dtype that image * kernel has.
    Raises ValueError when the kernel does not fit into the image, or when either is not two-dimensional.

    >>> convolve2d(np.array([[1, 2, 3], [4, 5, 6]]), np.array([[1, 0], [0, -1]]))
    array([[4, 4]])
    """
    ### BEGIN SOLUTION: flip the kernel on both axes, then cross-correlate
    if kernel.ndim != 2:
        raise ValueError("the kernel must be two-dimensional")
    return cross_correlate2d(image, kernel[::-1, ::-1])
    ### END SOLUTION


# %% tags=["public"]
@question(
    "convolve2d",
    after="cross_correlate2d",
    forbidden=CONVOLUTIONS,
    hints=(
        "You have already written almost all of it. What has to happen to the kernel before you slide it?",
        "A slice with the step -1 reverses an axis. "
        "Reverse both: flipping one axis, or transposing, is something else.",
    ),
)
def test_public_convolve2d_flips_both_axes(check):
    """convolve2d flips the kernel on both axes"""
    check.convolve2d(np.arange(16.0).reshape(4, 4), np.array([[1.0, 2.0], [3.0, 4.0]]))


@question("convolve2d")
def test_public_convolve2d_rectangular(check):
    """convolve2d works when neither image nor kernel is square"""
    check.convolve2d(np.arange(15.0).reshape(3, 5), np.array([[1.0, 0.0, 2.0], [0.0, -1.0, 0.0]]))


# %% [markdown]
# ## Step 4: all windows as columns
#
# Now torch, batches and channels. `im2col` copies every window into one column of a matrix. A filter,
# flattened into a row, then meets all its windows in a single product, and this is how many libraries
# compute a convolution.
#
# A loop over the *taps* of the kernel is enough, there is no need to loop over the windows: tap `[i, j]` of
# all windows at once is a slice of the padded image with the step `stride`.


# %%
def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    """Copy every window of a batch of images into a column.

    x: tensor (N, C, H, W)
    kernel_size, stride, padding, dilation: int or (int, int), for height and width

    Returns a tensor (N, C * kH * kW, L) with the dtype and device of x. L is the number of windows, counted
    row by row. A column holds channel 0 of its window row by row, then channel 1, and so on. Padding is
    zeros.
    Raises ValueError where `output_size` does.

    >>> im2col(torch.arange(6).reshape(1, 1, 2, 3), kernel_size=2)
    tensor([[[0, 1],
             [1, 2],
             [3, 4],
             [4, 5]]])
    """
    ### BEGIN SOLUTION: copy every window into a column
    batch, channels, height, width = x.shape
    kernel_height, kernel_width = _pair(kernel_size)
    stride_h, stride_w = _pair(stride)
    padding_h, padding_w = _pair(padding)
    dilation_h, dilation_w = _pair(dilation)
    out_height = output_size(height, kernel_height, stride_h, padding_h, dilation_h)
    out_width = output_size(width, kernel_width, stride_w, padding_w, dilation_w)

    padded = F.pad(x, (padding_w, padding_w, padding_h, padding_h))
    columns = x.new_zeros(batch, channels, kernel_height, kernel_width, out_height, out_width)
    for i in range(kernel_height):
        for j in range(kernel_width):
            top, left = i * dilation_h, j * dilation_w
            rows = slice(top, top + stride_h * (out_height - 1) + 1, stride_h)
            cols = slice(left, left + stride_w * (out_width - 1) + 1, stride_w)
            columns[:, :, i, j] = padded[:, :, rows, cols]
    return columns.reshape(batch, channels * kernel_height * kernel_width, out_height * out_width)
    ### END SOLUTION


# %% tags=["public"]
@question(
    "im2col",
    after="output_size",
    forbidden=CONVOLUTIONS,
    hints=(
        "Make a tensor (N, C, kH, kW, oH, oW), fill it tap by tap, and reshape it at the end.",
        "Without dilation, tap [i, j] of the first window is pixel [i, j] of the padded image. "
        "From there it takes steps of the stride, oH rows down and oW columns across: one slice.",
    ),
)
def test_public_im2col_order(check):
    """im2col orders columns by window and rows by channel, then tap"""
    check.im2col(torch.arange(48.0).reshape(2, 2, 3, 4), (2, 3))


@question("im2col")
def test_public_im2col_stride_and_padding(check):
    """im2col honours stride and padding, different ones for height and width"""
    check.im2col(torch.arange(1.0, 21.0).reshape(1, 1, 4, 5), (2, 3), stride=(2, 1), padding=(0, 1))


@question("im2col")
def test_public_im2col_dilation(check):
    """im2col spreads the taps by the dilation"""
    check.im2col(torch.arange(35.0).reshape(1, 1, 5, 7), (2, 3), dilation=(3, 2))


# %% [markdown]
# ## Step 5: the layer
#
# A convolution layer has `K` filters. Each filter looks at all channels: it multiplies its whole window,
# adds up over the window *and* over the channels, and adds its bias once. With `groups` the channels and
# the filters are dealt out to that many groups in order, and a filter sees the channels of its own group
# only.


# %%
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Apply a convolution layer to a batch of images (cross-correlation, as in deep learning libraries).

    x: tensor (N, C, H, W)
    weight: tensor (K, C / groups, kH, kW), one filter per output channel
    bias: tensor (K,), or None
    stride, padding, dilation: int or (int, int), for height and width
    groups: int; the first K / groups filters see the first C / groups channels, and so on

    Returns a tensor (N, K, oH, oW) with the dtype and device of x; oH and oW are what `output_size` says.
    Raises ValueError where `output_size` does, when groups does not divide C and K, and when the shapes of
    weight or bias do not go with x and groups.

    >>> x = torch.arange(9.0).reshape(1, 1, 3, 3)
    >>> conv2d(x, torch.ones(1, 1, 2, 2), torch.tensor([100.0]))
    tensor([[[[108., 112.],
              [120., 124.]]]])
    """
    ### BEGIN SOLUTION: multiply the columns of im2col with every filter, and add the bias
    batch, channels, height, width = x.shape
    filters, group_channels, kernel_height, kernel_width = weight.shape
    if groups < 1 or channels % groups or filters % groups:
        raise ValueError(f"groups={groups} does not divide {channels} channels and {filters} filters")
    if group_channels * groups != channels:
        raise ValueError(f"{groups} groups of {group_channels} channels do not go with {channels} channels")
    if bias is not None and bias.shape != (filters,):
        raise ValueError(f"{filters} filters need a bias of shape ({filters},), not {tuple(bias.shape)}")
    stride_h, stride_w = _pair(stride)
    padding_h, padding_w = _pair(padding)
    dilation_h, dilation_w = _pair(dilation)
    out_height = output_size(height, kernel_height, stride_h, padding_h, dilation_h)
    out_width = output_size(width, kernel_width, stride_w, padding_w, dilation_w)

    columns = im2col(x, (kernel_height, kernel_width), stride, padding, dilation)
    taps = group_channels * kernel_height * kernel_width
    columns = columns.reshape(batch, groups, taps, out_height * out_width)
    result = x.new_zeros(batch, filters, out_height * out_width)
    for k in range(filters):
        group = k // (filters // groups)
        result[:, k] = (columns[:, group] * weight[k].reshape(taps, 1)).sum(dim=1, dtype=x.dtype)
    if bias is not None:
        result = result + bias.reshape(filters, 1)
    return result.reshape(batch, filters, out_height, out_width)
    ### END SOLUTION


# %% tags=["public"]
@question(
    "conv2d",
    after="output_size",
    forbidden=CONVOLUTIONS,
    hints=(
        "Flatten each filter into a row of C * kH * kW weights. `im2col` gives you the columns they have to meet.",
        "Without groups one matrix product gives (N, K, L). With which shape is the bias added to each of its K rows? "
        "With groups, cut channels and filters into as many parts, and do the same to each.",
    ),
)
def test_public_conv2d_by_hand(check):
    """conv2d adds up over the window and the channels, and adds the bias once"""
    x = torch.arange(1.0, 19.0).reshape(1, 2, 3, 3)
    weight = torch.tensor([[[[1.0, 0.0], [0.0, -1.0]], [[0.0, 2.0], [1.0, 0.0]]]])
    check.conv2d(x, weight, torch.tensor([10.0]))


@question("conv2d")
def test_public_conv2d_rectangular(check):
    """conv2d works when neither the images nor the kernels are square"""
    x = torch.arange(60.0).reshape(2, 1, 5, 6)
    weight = torch.arange(-6.0, 6.0).reshape(2, 1, 2, 3)
    check.conv2d(x, weight, torch.tensor([1.0, -1.0]))


@question("conv2d")
def test_public_conv2d_stride_and_padding(check):
    """conv2d honours stride and padding, different ones for height and width"""
    x = torch.arange(1.0, 43.0).reshape(1, 1, 6, 7)
    weight = torch.arange(1.0, 7.0).reshape(1, 1, 3, 2)
    check.conv2d(x, weight, stride=(2, 3), padding=(1, 0))


@question("conv2d")
def test_public_conv2d_dilation_and_groups(check):
    """conv2d honours dilation and groups"""
    x = torch.arange(80.0).reshape(1, 4, 4, 5)
    check.conv2d(x, torch.arange(1.0, 17.0).reshape(1, 4, 2, 2), dilation=(2, 3))
    check.conv2d(x, torch.arange(1.0, 33.0).reshape(4, 2, 2, 2), groups=2)


@question("conv2d")
def test_public_conv2d_refuses(check):
    """conv2d raises ValueError when groups does not divide the filters"""
    check.raises(ValueError).conv2d(torch.ones(1, 4, 4, 4), torch.ones(3, 2, 2, 2), groups=2)


# %% [markdown]
# ## Step 6: the gradients
#
# Training needs the way back. You are given `grad_out`, the gradient of the loss with respect to every
# output, and look for the gradients with respect to image, weights and bias. One rule is enough: the output
# at one place is a sum of products `weight * pixel`, so each weight receives `grad_out * pixel` and each
# pixel receives `grad_out * weight`. A weight is used in every window and a pixel in several, so **add
# up**.


# %%
def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    """Compute the gradients of a convolution layer from the gradient of its output, without autograd.

    grad_out: tensor (N, K, oH, oW), the gradient with respect to conv2d(x, weight, bias, stride, padding)
    x: tensor (N, C, H, W)
    weight: tensor (K, C, kH, kW)
    stride, padding: int or (int, int), for height and width

    Returns (grad_x, grad_weight, grad_bias) with the shapes of x, of weight and (K,), and the dtype and
    device of x.
    Raises ValueError where `output_size` does, and when grad_out does not have the shape of the output.

    >>> x, weight = torch.arange(4.0).reshape(1, 1, 2, 2), torch.full((1, 1, 1, 2), 3.0)
    >>> grad_x, grad_weight, grad_bias = conv2d_backward(torch.ones(1, 1, 2, 1), x, weight)
    >>> grad_weight
    tensor([[[[2., 4.]]]])
    >>> grad_bias
    tensor([2.])
    """
    ### BEGIN SOLUTION: send each output's gradient back to its pixels and weights
    batch, channels, height, width = x.shape
    filters, weight_channels, kernel_height, kernel_width = weight.shape
    stride_h, stride_w = _pair(stride)
    padding_h, padding_w = _pair(padding)
    out_height = output_size(height, kernel_height, stride_h, padding_h)
    out_width = output_size(width, kernel_width, stride_w, padding_w)
    if weight_channels != channels or grad_out.shape != (batch, filters, out_height, out_width):
        raise ValueError("grad_out must have the shape of conv2d(x, weight), and weight the channels of x")

    padded = F.pad(x, (padding_w, padding_w, padding_h, padding_h))
    grad_padded = torch.zeros_like(padded)
    grad_weight = torch.zeros_like(weight)
    for i in range(kernel_height):
        for j in range(kernel_width):
            rows = slice(i, i + stride_h * (out_height - 1) + 1, stride_h)
            cols = slice(j, j + stride_w * (out_width - 1) + 1, stride_w)
            pixels = padded[:, :, rows, cols]
            for k in range(filters):
                gradient = grad_out[:, k : k + 1]
                grad_weight[k, :, i, j] = (gradient * pixels).sum(dim=(0, 2, 3), dtype=x.dtype)
                grad_padded[:, :, rows, cols] += gradient * weight[k, :, i, j].reshape(channels, 1, 1)
    grad_x = grad_padded[:, :, padding_h : padding_h + height, padding_w : padding_w + width]
    grad_bias = grad_out.sum(dim=(0, 2, 3), dtype=x.dtype)
    return grad_x, grad_weight, grad_bias
    ### END SOLUTION


# %% tags=["public"]
@question(
    "conv2d_backward",
    after="conv2d",
    forbidden=CONVOLUTIONS + AUTOGRAD,
    hints=(
        "Loop over the taps as in im2col. Tap [i, j] meets the same slice of the padded image on the way back.",
        "Collect grad_x in a tensor of the padded size with +=, and cut the padding off at the end. "
        "Cut with padding : padding + H, because a slice [0:-0] is empty.",
    ),
)
def test_public_conv2d_backward_by_hand(check):
    """conv2d_backward adds up the gradients of all windows"""
    x = torch.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    weight = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    check.conv2d_backward(torch.tensor([[[[1.0, -1.0], [2.0, 3.0]]]]), x, weight)


@question("conv2d_backward")
def test_public_conv2d_backward_channels_and_batch(check):
    """conv2d_backward handles several images, channels and filters that are not square"""
    x = torch.arange(48.0).reshape(2, 2, 3, 4)
    weight = torch.arange(-6.0, 6.0).reshape(3, 2, 1, 2)
    check.conv2d_backward(torch.arange(54.0).reshape(2, 3, 3, 3), x, weight)


@question("conv2d_backward")
def test_public_conv2d_backward_stride_and_padding(check):
    """conv2d_backward honours stride and padding, different ones for height and width"""
    x = torch.arange(1.0, 31.0).reshape(1, 1, 5, 6)
    weight = torch.arange(1.0, 7.0).reshape(1, 1, 2, 3)
    check.conv2d_backward(torch.arange(1.0, 7.0).reshape(1, 1, 3, 2), x, weight, stride=(2, 3), padding=(1, 0))


# %% [markdown]
# ## Step 7, for the curious: the transposed convolution
#
# A convolution layer is a matrix that takes an image to a smaller one. The transpose of that matrix goes
# the other way, and is used to make images larger. Every input pixel *paints* the kernel, scaled by its
# value, into the output; where painted kernels overlap they add up. You have met it already: it is how
# `grad_x` comes about.


# %%
def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    """Apply the transpose (the adjoint) of a convolution to a batch of images.

    x: tensor (N, C, H, W)
    weight: tensor (C, K, kH, kW), the weight of the convolution it is the transpose of: K channels come out
    bias: tensor (K,), or None
    stride: int or (int, int), the step from one painted kernel to the next
    padding: int or (int, int), what is cut off at each side of the output
    output_padding: int or (int, int), rows and columns added at the bottom and the right; smaller than stride

    Returns a tensor (N, K, oH, oW) with the dtype and device of x, where
    oH = (H - 1) * stride - 2 * padding + kH + output_padding, and oW likewise.
    Raises ValueError when stride is below 1, padding or output_padding negative, output_padding not smaller
    than stride, nothing is left of the output, or the shapes of weight or bias do not go with x.

    >>> conv_transpose2d(torch.tensor([[[[1.0, 2.0]]]]), torch.ones(1, 1, 1, 2))
    tensor([[[[1., 3., 2.]]]])
    """
    ### BEGIN SOLUTION: paint every pixel's scaled kernel into the output
    batch, channels, height, width = x.shape
    weight_channels, filters, kernel_height, kernel_width = weight.shape
    stride_h, stride_w = _pair(stride)
    padding_h, padding_w = _pair(padding)
    extra_h, extra_w = _pair(output_padding)
    if stride_h < 1 or stride_w < 1 or min(padding_h, padding_w, extra_h, extra_w) < 0:
        raise ValueError("stride must be at least 1, padding and output_padding at least 0")
    if extra_h >= stride_h or extra_w >= stride_w:
        raise ValueError("output_padding must be smaller than stride")
    if weight_channels != channels or (bias is not None and bias.shape != (filters,)):
        raise ValueError("weight needs as many channels as x, and bias one number per output channel")
    painted_height = (height - 1) * stride_h + kernel_height + extra_h
    painted_width = (width - 1) * stride_w + kernel_width + extra_w
    out_height, out_width = painted_height - 2 * padding_h, painted_width - 2 * padding_w
    if height < 1 or width < 1 or out_height < 1 or out_width < 1:
        raise ValueError("nothing is left of the output")

    painted = x.new_zeros(batch, filters, painted_height, painted_width)
    for i in range(kernel_height):
        for j in range(kernel_width):
            rows = slice(i, i + stride_h * (height - 1) + 1, stride_h)
            cols = slice(j, j + stride_w * (width - 1) + 1, stride_w)
            for c in range(channels):
                painted[:, :, rows, cols] += x[:, c : c + 1] * weight[c, :, i, j].reshape(filters, 1, 1)
    result = painted[:, :, padding_h : padding_h + out_height, padding_w : padding_w + out_width]
    if bias is not None:
        result = result + bias.reshape(filters, 1, 1)
    return result
    ### END SOLUTION


# %% tags=["public"]
@question(
    "conv_transpose2d",
    after="conv2d",
    forbidden=CONVOLUTIONS,
    hints=(
        "Start with an output of zeros, without padding. "
        "Where does pixel [0, 0] of the input paint its kernel? And its right-hand neighbour?",
        "Take tap [i, j] of all painted kernels at once: it lands on pixel [i, j] of the output and then on "
        "every stride-th pixel from there. Add to what is there already, and cut `padding` off at the end.",
    ),
)
def test_public_conv_transpose2d_paints(check):
    """conv_transpose2d paints overlapping kernels and adds the bias once"""
    x = torch.arange(1.0, 7.0).reshape(1, 1, 2, 3)
    weight = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    check.conv_transpose2d(x, weight, torch.tensor([10.0]))


@question("conv_transpose2d")
def test_public_conv_transpose2d_stride_and_padding(check):
    """conv_transpose2d honours stride, padding and output_padding, different ones for height and width"""
    x = torch.arange(1.0, 13.0).reshape(1, 2, 2, 3)
    weight = torch.arange(1.0, 37.0).reshape(2, 3, 2, 3)
    check.conv_transpose2d(x, weight, stride=(3, 2), padding=(1, 0), output_padding=(2, 1))
