"""Convolution from nothing: output size, cross-correlation, im2col, conv2d, its gradients and its adjoint."""

import numpy as np
import torch
import torch.nn.functional as F  # F.pad is allowed; F.conv2d, F.unfold and their relatives are not


def _pair(value):
    if isinstance(value, int):
        return value, value
    height, width = value
    return int(height), int(width)


def assert_2d(*arrays):
    for a in arrays:
        if a.ndim != 2:
            raise ValueError('2d arrays please')


def output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    if size <= 0 or kernel_size <= 0 or stride <= 0 or padding < 0 or dilation <= 0:
        raise ValueError('invalid size')
    kernel_size = kernel_size + (kernel_size - 1) * (dilation - 1)
    if kernel_size > size + 2 * padding:
        raise ValueError('kernel bigger than the padded image')
    return np.floor((size + 2 * padding - kernel_size) / stride) + 1


def cross_correlate2d(image, kernel):
    assert_2d(image, kernel)
    H, W = image.shape
    HH, WW = kernel.shape
    if HH > H or WW > W or HH == 0 or WW == 0:
        raise ValueError('kernel does not fit')
    out = np.zeros((H - HH + 1, W - WW + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(image[i:i + HH, j:j + WW] * kernel)
    return out


def convolve2d(image, kernel):
    assert_2d(image, kernel)
    return cross_correlate2d(image, np.flipud(np.fliplr(kernel)))


def im2col(x, kernel_size, stride=1, padding=0, dilation=1):
    x = x.numpy()
    N, C, H, W = x.shape
    HH, WW = _pair(kernel_size)
    sh, sw = _pair(stride)
    ph, pw = _pair(padding)
    dh, dw = _pair(dilation)
    H_out = int(output_size(H, HH, sh, ph, dh))
    W_out = int(output_size(W, WW, sw, pw, dw))
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), mode='constant')
    cols = np.zeros((N, C, HH, WW, H_out, W_out))
    for i in range(HH):
        for j in range(WW):
            cols[:, :, i, j] = xp[:, :, i * dh:i * dh + sh * H_out:sh, j * dw:j * dw + sw * W_out:sw][:, :, :H_out, :W_out]
    return cols.reshape(N, C * HH * WW, -1)


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    N, C, H, W = x.shape
    K, Cg, HH, WW = weight.shape
    if groups <= 0 or C % groups != 0 or K % groups != 0 or Cg * groups != C:
        raise ValueError('groups')
    if bias is not None and bias.shape != (K,):
        raise ValueError('bias')
    sh, sw = _pair(stride)
    ph, pw = _pair(padding)
    dh, dw = _pair(dilation)
    H_out = int(output_size(H, HH, sh, ph, dh))
    W_out = int(output_size(W, WW, sw, pw, dw))
    cols = im2col(x, (HH, WW), stride, padding, dilation).reshape(N, groups, Cg * HH * WW, -1)
    w = weight.numpy().reshape(groups, K // groups, -1)
    out = np.matmul(w, cols).reshape(N, K, H_out, W_out)
    if bias is not None:
        out += bias.numpy().reshape(1, K, 1, 1)
    cache = (x, weight, bias, {'stride': stride, 'pad': padding})
    return out, cache


def conv2d_backward(grad_out, x, weight, stride=1, padding=0):
    dout, x, w = grad_out.numpy(), x.numpy(), weight.numpy()
    N, C, H, W = x.shape
    K, Cw, HH, WW = w.shape
    sh, sw = _pair(stride)
    ph, pw = _pair(padding)
    H_out = int(output_size(H, HH, sh, ph))
    W_out = int(output_size(W, WW, sw, pw))
    if C != Cw or dout.shape != (N, K, H_out, W_out):
        raise ValueError('dout has the wrong shape')
    xp = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    dxp = np.zeros(xp.shape)
    dw = np.zeros(w.shape)
    db = np.sum(dout, axis=(0, 2, 3))
    for n in range(N):
        for k in range(K):
            for i in range(H_out):
                for j in range(W_out):
                    dw[k] += xp[n, :, i*sh:i*sh+HH, j*sw:j*sw+WW] * dout[n, k, i, j]
                    dxp[n, :, i*sh:i*sh+HH, j*sw:j*sw+WW] += w[k] * dout[n, k, i, j]
    return dxp[:, :, ph:ph+H, pw:pw+W], dw, db


def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    sh, sw = _pair(stride)
    ph, pw = _pair(padding)
    oph, opw = _pair(output_padding)
    if sh < 1 or sw < 1 or ph < 0 or pw < 0 or not 0 <= oph < sh or not 0 <= opw < sw:
        raise ValueError('stride, padding, output_padding')
    N, C, H, W = x.shape
    Cw, K, HH, WW = weight.shape
    if C != Cw or (bias is not None and bias.shape != (K,)):
        raise ValueError('shapes')
    H_big = (H - 1) * sh + HH + oph
    W_big = (W - 1) * sw + WW + opw
    if H_big <= 2 * ph or W_big <= 2 * pw:
        raise ValueError('nothing left')
    out = np.zeros((N, K, H_big, W_big))
    for n in range(N):
        for i in range(H):
            for j in range(W):
                patch = np.tensordot(x[n, :, i, j].numpy(), weight.numpy(), axes=(0, 0))
                out[n, :, i*sh:i*sh+HH, j*sw:j*sw+WW] += patch
    out = out[:, :, ph:H_big-ph, pw:W_big-pw]
    if bias is not None:
        out = out + bias.numpy()[None, :, None, None]
    return out
