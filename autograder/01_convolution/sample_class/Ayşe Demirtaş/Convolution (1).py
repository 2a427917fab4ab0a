"""Convolution from nothing: output size, cross-correlation, im2col, conv2d, its gradients and its adjoint."""

import numpy as np
import torch
import torch.nn.functional as F  # F.pad is allowed; F.conv2d, F.unfold and their relatives are not


def _pair(value):
    """Return `value` for both axes as `(height, width)`: 3 becomes (3, 3), and (2, 3) stays (2, 3)."""
    if isinstance(value, int):
        return value, value
    height, width = value
    return int(height), int(width)


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
    if size < 1 or kernel_size < 1 or stride < 1 or padding < 0 or dilation < 1:
        raise ValueError("impossible setting")
    padded = size + 2 * padding
    extent = (kernel_size - 1) * dilation
    starts = [s for s in range(0, padded, stride) if s + extent < padded]
    if not starts:
        raise ValueError("kernel does not fit")
    return len(starts)


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
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError("not a matrix")
    oh = output_size(image.shape[0], kernel.shape[0])
    ow = output_size(image.shape[1], kernel.shape[1])
    M = np.zeros((oh, ow) + image.shape, dtype=np.result_type(image, kernel))
    for i in range(oh):
        for j in range(ow):
            M[i, j, i:i + kernel.shape[0], j:j + kernel.shape[1]] = kernel
    return (M.reshape(oh * ow, -1) @ image.reshape(-1)).reshape(oh, ow)


def convolve2d(image, kernel):
    """Convolve `image` with `kernel` where it fits: a cross-correlation with the kernel flipped on both axes.

    image: numpy array (H, W)
    kernel: numpy array (kH, kW)

    Returns a numpy array (H - kH + 1, W - kW + 1) of the dtype that image * kernel has.
    Raises ValueError when the kernel does not fit into the image, or when either is not two-dimensional.

    >>> convolve2d(np.array([[1, 2, 3], [4, 5, 6]]), np.array([[1, 0], [0, -1]]))
    array([[4, 4]])
    """
    # flip up/down AND left/right, the rest is the same as before
    return cross_correlate2d(image, np.flip(kernel))


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
    kh, kw = _pair(kernel_size)
    sh, sw = _pair(stride)
    ph, pw = _pair(padding)
    dh, dw = _pair(dilation)
    n, c, h, w = x.shape
    oh = output_size(h, kh, sh, ph, dh)
    ow = output_size(w, kw, sw, pw, dw)
    xp = F.pad(x, (pw, pw, ph, ph))
    rows = torch.arange(kh)[:, None] * dh + torch.arange(oh)[None, :] * sh   # (kh, oh)
    cols = torch.arange(kw)[:, None] * dw + torch.arange(ow)[None, :] * sw   # (kw, ow)
    patches = xp[:, :, rows[:, None, :, None], cols[None, :, None, :]]       # (n, c, kh, kw, oh, ow)
    return patches.reshape(n, c * kh * kw, oh * ow)


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
    n, c, h, w = x.shape
    k, cg, kh, kw = weight.shape
    if groups < 1 or c % groups or k % groups or c // groups != cg:
        raise ValueError("groups does not divide the channels or the filters")
    if bias is not None and bias.shape != (k,):
        raise ValueError("bias has the wrong shape")
    (sh, sw), (ph, pw), (dh, dw) = _pair(stride), _pair(padding), _pair(dilation)
    oh = output_size(h, kh, sh, ph, dh)
    ow = output_size(w, kw, sw, pw, dw)
    cols = im2col(x, (kh, kw), stride, padding, dilation)
    outs = []
    for g in range(groups):
        c_block = cols[:, g * cg * kh * kw:(g + 1) * cg * kh * kw]
        w_block = weight[g * (k // groups):(g + 1) * (k // groups)].reshape(k // groups, -1)
        outs.append(w_block @ c_block)
    out = torch.cat(outs, dim=1)
    if bias is not None:
        out = out + bias[:, None]
    return out.reshape(n, k, oh, ow)


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
    n, c, h, w = x.shape
    k, cw, kh, kw = weight.shape
    (sh, sw), (ph, pw) = _pair(stride), _pair(padding)
    oh, ow = output_size(h, kh, sh, ph), output_size(w, kw, sw, pw)
    if cw != c or grad_out.shape != (n, k, oh, ow):
        raise ValueError("grad_out does not have the shape of the output")
    g = grad_out.reshape(n, k, oh * ow)
    cols = im2col(x, (kh, kw), stride, padding)
    grad_weight = (g @ cols.transpose(1, 2)).sum(0).reshape(weight.shape)
    grad_cols = (weight.reshape(k, -1).T @ g).reshape(n, c, kh, kw, oh, ow)
    # col2im: every entry of the columns goes back to the pixel it was copied from
    place = torch.arange((h + 2 * ph) * (w + 2 * pw)).reshape(h + 2 * ph, w + 2 * pw)
    rows = torch.arange(kh)[:, None] + torch.arange(oh)[None, :] * sh
    columns = torch.arange(kw)[:, None] + torch.arange(ow)[None, :] * sw
    place = place[rows[:, None, :, None], columns[None, :, None, :]].reshape(-1)
    flat = x.new_zeros(n, c, (h + 2 * ph) * (w + 2 * pw))
    flat.index_add_(2, place, grad_cols.reshape(n, c, -1))
    grad_x = flat.reshape(n, c, h + 2 * ph, w + 2 * pw)[:, :, ph:ph + h, pw:pw + w]
    return grad_x, grad_weight, g.sum((0, 2))


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
    (sh, sw), (ph, pw), (eh, ew) = _pair(stride), _pair(padding), _pair(output_padding)
    n, c, h, w = x.shape
    cw, k, kh, kw = weight.shape
    if sh < 1 or sw < 1 or min(ph, pw, eh, ew) < 0 or eh >= sh or ew >= sw or cw != c:
        raise ValueError("cannot do that")
    if bias is not None and bias.shape != (k,):
        raise ValueError("bias has the wrong shape")
    oh = (h - 1) * sh - 2 * ph + kh + eh
    ow = (w - 1) * sw - 2 * pw + kw + ew
    if oh < 1 or ow < 1:
        raise ValueError("no output left")
    # grad_x of the convolution (oh, ow) -> (h, w) is what we want; the shape of x says where it ends
    nothing = x.new_zeros(n, k, oh, ow)
    out, _, _ = conv2d_backward(x, nothing, weight, stride, padding)
    return out if bias is None else out + bias[:, None, None]
