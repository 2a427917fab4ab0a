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
        raise ValueError("this size / kernel / stride / padding / dilation makes no sense")
    reach = dilation * (kernel_size - 1) + 1  # pixels from the first tap to the last
    room = size + 2 * padding - reach
    if room < 0:
        raise ValueError("kernel does not fit")
    return room // stride + 1


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
        raise ValueError("need 2d arrays")
    H, W = image.shape
    kH, kW = kernel.shape
    if kH == 0 or kW == 0 or kH > H or kW > W:
        raise ValueError("kernel does not fit")
    out = np.zeros((H - kH + 1, W - kW + 1), dtype=(image[:1, :1] * kernel[:1, :1]).dtype)
    for i in range(H - kH + 1):
        for j in range(W - kW + 1):
            total = 0
            for u in range(kH):
                for v in range(kW):
                    total += image[i + u, j + v] * kernel[u, v]
            out[i, j] = total
    return out


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
    N, C, H, W = x.shape
    kH, kW = _pair(kernel_size)
    sH, sW = _pair(stride)
    pH, pW = _pair(padding)
    dH, dW = _pair(dilation)
    oH = output_size(H, kH, sH, pH, dH)
    oW = output_size(W, kW, sW, pW, dW)
    x_pad = torch.zeros(N, C, H + 2 * pH, W + 2 * pW, dtype=x.dtype, device=x.device)
    x_pad[:, :, pH:pH + H, pW:pW + W] = x
    cols = torch.zeros(N, C * kH * kW, oH * oW, dtype=x.dtype, device=x.device)
    for i in range(oH):
        for j in range(oW):
            top = i * sH
            left = j * sW
            window = x_pad[:, :, top:top + dH * (kH - 1) + 1:dH, left:left + dW * (kW - 1) + 1:dW]
            cols[:, :, i * oW + j] = window.reshape(N, -1)
    return cols


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
    N, C, H, W = x.shape
    K, Cg, kH, kW = weight.shape
    if groups < 1 or C % groups != 0 or K % groups != 0 or Cg != C // groups:
        raise ValueError("channels, filters and groups do not go together")
    if bias is not None and tuple(bias.shape) != (K,):
        raise ValueError("need one bias per filter")
    sH, sW = _pair(stride)
    pH, pW = _pair(padding)
    dH, dW = _pair(dilation)
    oH = output_size(H, kH, sH, pH, dH)
    oW = output_size(W, kW, sW, pW, dW)
    x_pad = F.pad(x, (pW, pW, pH, pH))
    out = torch.zeros(N, K, oH, oW, dtype=x.dtype, device=x.device)
    for k in range(K):
        g = k // (K // groups)  # which group this filter is in
        channels = x_pad[:, g * Cg:(g + 1) * Cg]
        for i in range(oH):
            for j in range(oW):
                window = channels[:, :, i * sH:i * sH + dH * (kH - 1) + 1:dH, j * sW:j * sW + dW * (kW - 1) + 1:dW]
                out[:, k, i, j] = (window * weight[k]).sum(dim=(1, 2, 3))
        if bias is not None:
            out[:, k] += bias[k]
    return out


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
    N, C, H, W = x.shape
    K, Cw, kH, kW = weight.shape
    sH, sW = _pair(stride)
    pH, pW = _pair(padding)
    oH = output_size(H, kH, sH, pH)
    oW = output_size(W, kW, sW, pW)
    if Cw != C or tuple(grad_out.shape) != (N, K, oH, oW):
        raise ValueError("shapes do not go together")
    x_pad = F.pad(x, (pW, pW, pH, pH))
    dx_pad = torch.zeros_like(x_pad)
    dw = torch.zeros_like(weight)
    db = torch.zeros(K, dtype=x.dtype, device=x.device)
    for n in range(N):
        for k in range(K):
            for i in range(oH):
                for j in range(oW):
                    g = grad_out[n, k, i, j]
                    window = x_pad[n, :, i * sH:i * sH + kH, j * sW:j * sW + kW]
                    dw[k] += g * window
                    dx_pad[n, :, i * sH:i * sH + kH, j * sW:j * sW + kW] += g * weight[k]
                    db[k] += g
    return dx_pad[:, :, pH:pH + H, pW:pW + W], dw, db


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
    canvases = []
    pixel = 0
    while pixel < x.numel():
        # one canvas per pixel, large enough for any stride, added up and cut at the end
        canvases.append(torch.empty(64, 2048, 2048))
    return sum(canvases)
