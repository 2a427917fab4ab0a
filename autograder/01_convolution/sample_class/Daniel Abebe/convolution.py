"""Convolution from nothing: output size, cross-correlation, im2col, conv2d, its gradients and its adjoint."""

import numpy as np
import torch
import torch.nn.functional as F  # F.pad is allowed; F.conv2d, F.unfold and their relatives are not


def _pair(value):
    if isinstance(value, int):
        return value, value
    height, width = value
    return int(height), int(width)


def output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    if size < 1 or kernel_size < 1 or stride < 1 or padding < 0 or dilation < 1:
        raise ValueError("this size / kernel / stride / padding / dilation makes no sense")
    reach = dilation * (kernel_size - 1) + 1  # pixels from the first tap to the last
    room = size + 2 * padding - reach
    if room < 0:
        raise ValueError("kernel does not fit")
    return room // stride + 1


def cross_correlate2d(image, kernel):
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
    # flip up/down AND left/right, the rest is the same as before
    return cross_correlate2d(image, np.flip(kernel))


def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
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
    N, C, H, W = x.shape
    F_, Cw, HH, WW = weight.shape
    sh, sw = _pair(stride)
    ph, pw = _pair(padding)
    H_out = output_size(H, HH, sh, ph)
    W_out = output_size(W, WW, sw, pw)
    if Cw != C or grad_out.shape != (N, F_, H_out, W_out):
        raise ValueError("grad_out / weight have the wrong shape")
    x_pad = F.pad(x, (pw, pw, ph, ph))
    dx_pad = torch.zeros_like(x_pad)
    dw = torch.zeros_like(weight)
    db = torch.zeros(F_, dtype=x.dtype)
    for n in range(N):
        for f in range(F_):
            db[f] += grad_out[n, f].sum()
            for i in range(H_out):
                for j in range(W_out):
                    dw[f] += x_pad[n, :, i*sh:i*sh+HH, j*sw:j*sw+WW] * grad_out[n, f, i, j]
                    dx_pad[n, :, i*sh:i*sh+HH, j*sw:j*sw+WW] += weight[f] * grad_out[n, f, i, j]
    # remove the padding again
    dx = dx_pad[:, :, ph:-ph, pw:-pw]
    return dx, dw, db


def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    N, C, H, W = x.shape
    Cw, K, kH, kW = weight.shape
    sH, sW = _pair(stride)
    pH, pW = _pair(padding)
    eH, eW = _pair(output_padding)
    if sH < 1 or sW < 1 or pH < 0 or pW < 0 or eH < 0 or eW < 0 or eH >= sH or eW >= sW:
        raise ValueError("bad stride, padding or output_padding")
    if Cw != C or (bias is not None and len(bias) != K):
        raise ValueError("weight or bias does not go with x")
    oH = (H - 1) * sH - 2 * pH + kH + eH
    oW = (W - 1) * sW - 2 * pW + kW + eW
    if oH < 1 or oW < 1:
        raise ValueError("nothing is left")
    big = torch.zeros(N, K, oH + 2 * pH, oW + 2 * pW, dtype=x.dtype, device=x.device)
    for i in range(H):
        for j in range(W):
            for c in range(C):
                big[:, :, i * sH:i * sH + kH, j * sW:j * sW + kW] += x[:, c, i, j].reshape(N, 1, 1, 1) * weight[c]
    out = big[:, :, pH:pH + oH, pW:pW + oW]
    if bias is not None:
        out = out + bias.reshape(1, K, 1, 1)
    return out
