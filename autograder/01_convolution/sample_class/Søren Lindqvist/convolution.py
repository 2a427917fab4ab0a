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


def windows(x, kernel, stride=1, padding=0, dilation=1):
    """All windows as a view (N, C, kH, kW, oH, oW): no copy, only other strides."""
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = map(_pair, (kernel, stride, padding, dilation))
    n, c, h, w = x.shape
    oh = output_size(h, kh, sh, ph, dh)
    ow = output_size(w, kw, sw, pw, dw)
    x = F.pad(x, (pw, pw, ph, ph)).contiguous()
    a, b, r, s = x.stride()
    return torch.as_strided(x, (n, c, kh, kw, oh, ow), (a, b, r * dh, s * dw, r * sh, s * sw))


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
    span = dilation * (kernel_size - 1) + 1
    valid = size >= 1 and kernel_size >= 1 and stride >= 1 and padding >= 0 and dilation >= 1
    if not valid or span > size + 2 * padding:
        raise ValueError(f"no window: {size=}, {kernel_size=}, {stride=}, {padding=}, {dilation=}")
    return len(range(0, size + 2 * padding - span + 1, stride))


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
    if image.ndim != 2 or kernel.ndim != 2 or 0 in kernel.shape:
        raise ValueError("image and kernel must be matrices")
    if kernel.shape[0] > image.shape[0] or kernel.shape[1] > image.shape[1]:
        raise ValueError("kernel larger than image")
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijuv,uv->ij", windows, kernel)


def convolve2d(image, kernel):
    """Convolve `image` with `kernel` where it fits: a cross-correlation with the kernel flipped on both axes.

    image: numpy array (H, W)
    kernel: numpy array (kH, kW)

    Returns a numpy array (H - kH + 1, W - kW + 1) of the dtype that image * kernel has.
    Raises ValueError when the kernel does not fit into the image, or when either is not two-dimensional.

    >>> convolve2d(np.array([[1, 2, 3], [4, 5, 6]]), np.array([[1, 0], [0, -1]]))
    array([[4, 4]])
    """
    if kernel.ndim != 2:
        raise ValueError("kernel must be a matrix")
    return cross_correlate2d(image, kernel[::-1, ::-1])


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
    return windows(x, kernel_size, stride, padding, dilation).flatten(1, 3).flatten(2)


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
    C, K = x.shape[1], weight.shape[0]
    if groups < 1 or C % groups or K % groups or weight.shape[1] * groups != C:
        raise ValueError(f"{groups} groups, {C} channels and a weight {tuple(weight.shape)} do not match")
    if bias is not None and bias.shape != (K,):
        raise ValueError("bias must have one entry per filter")
    w = windows(x, weight.shape[2:], stride, padding, dilation)
    w = w.unflatten(1, (groups, C // groups))
    f = weight.unflatten(0, (groups, K // groups))
    y = torch.einsum("ngcuvij,gkcuv->ngkij", w, f).flatten(1, 2)
    return y if bias is None else y + bias[:, None, None]


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
    w = windows(x, weight.shape[2:], stride, padding)
    if weight.shape[1] != x.shape[1] or grad_out.shape != (len(x), len(weight), *w.shape[-2:]):
        raise ValueError("grad_out does not have the shape of the output")
    grad_weight = torch.einsum("nkij,ncuvij->kcuv", grad_out, w)
    shares = torch.einsum("nkij,kcuv->ncuvij", grad_out, weight)
    (sh, sw), (ph, pw) = _pair(stride), _pair(padding)
    h, wd = x.shape[2:]
    grad_x = x.new_zeros(*x.shape[:2], h + 2 * ph, wd + 2 * pw)
    for u in range(weight.shape[2]):
        for v in range(weight.shape[3]):
            rows = slice(u, u + sh * (w.shape[-2] - 1) + 1, sh)
            cols = slice(v, v + sw * (w.shape[-1] - 1) + 1, sw)
            grad_x[:, :, rows, cols] += shares[:, :, u, v]
    return grad_x[:, :, ph:ph + h, pw:pw + wd], grad_weight, grad_out.sum((0, 2, 3))


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
    if min(sh, sw) < 1 or min(ph, pw, eh, ew) < 0 or eh >= sh or ew >= sw:
        raise ValueError("stride, padding or output_padding out of range")
    if x.shape[1] != weight.shape[0] or (bias is not None and bias.shape != (weight.shape[1],)):
        raise ValueError("weight or bias does not match x")
    n, _, h, w = x.shape
    _, k, kh, kw = weight.shape
    H, W = (h - 1) * sh + kh + eh, (w - 1) * sw + kw + ew
    if H - 2 * ph < 1 or W - 2 * pw < 1:
        raise ValueError("the padding eats the whole output")
    paint = torch.einsum("ncij,ckuv->nkuvij", x, weight)
    canvas = x.new_zeros(n, k, H, W)
    for u in range(kh):
        for v in range(kw):
            canvas[:, :, u:u + sh * (h - 1) + 1:sh, v:v + sw * (w - 1) + 1:sw] += paint[:, :, u, v]
    y = canvas[:, :, ph:H - ph, pw:W - pw]
    return y if bias is None else y + bias[:, None, None]
