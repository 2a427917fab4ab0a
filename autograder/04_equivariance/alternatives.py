"""Right implementations in other ways than the solution's: every one of them has to earn full marks.

Like the misconceptions, the file stands on its own: `convclass verify` submits it as a student's code.
"""

import itertools
import math

import numpy as np
import torch
from torch.nn.functional import avg_pool2d, conv2d, pad, unfold

from convclass.exam import alternative

# ------------------------------------------------------------------------- what is not the point of any of them


def pair(value):
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def check_image(x, mode):
    if mode not in ("circular", "zero"):
        raise ValueError("there are two modes")
    if x.dim() < 2:
        raise ValueError("rows and columns are needed")


def beside(x, shift):
    """x moved around the edge, made of the two parts into which the shift cuts each axis."""
    for axis, by in zip((-2, -1), pair(shift), strict=True):
        cut = x.shape[axis] - by % x.shape[axis]
        head, tail = x.tensor_split([cut], axis)
        x = torch.cat([tail, head], axis)
    return x


# --------------------------------------------------------------------------------------------------- translate


@alternative("translate", "the two parts of each axis, and padding with negative numbers")
def translate_parts(x, shift, mode="circular"):
    check_image(x, mode)
    if mode == "circular":
        return beside(x, shift)
    (down, right), (height, width) = pair(shift), x.shape[-2:]
    if abs(down) >= height or abs(right) >= width:
        return torch.zeros_like(x)
    return pad(x, (right, -right, down, -down))


@alternative("translate", "pixel by pixel")
def translate_loops(x, shift, mode="circular"):
    check_image(x, mode)
    (down, right), (height, width) = pair(shift), x.shape[-2:]
    y = torch.zeros_like(x)
    for i, j in itertools.product(range(height), range(width)):
        inside = 0 <= i - down < height and 0 <= j - right < width
        if mode == "circular" or inside:
            y[..., i, j] = x[..., (i - down) % height, (j - right) % width]
    return y


def moving_matrix(size, by, mode, like):
    matrix = torch.zeros(size, size, dtype=like.dtype, device=like.device)
    for old in range(size):
        new = old + by
        if mode == "circular" or 0 <= new < size:
            matrix[new % size, old] = 1
    return matrix


@alternative("translate", "a matrix of zeros and ones on each side")
def translate_matrices(x, shift, mode="circular"):
    check_image(x, mode)
    (down, right), (height, width) = pair(shift), x.shape[-2:]
    return moving_matrix(height, down, mode, x) @ x @ moving_matrix(width, right, mode, x).T


@alternative("translate", "a window of a larger canvas")
def translate_canvas(x, shift, mode="circular"):
    check_image(x, mode)
    (down, right), (height, width) = pair(shift), x.shape[-2:]
    if mode == "circular":
        down, right = down % height, right % width
        tiled = torch.cat([torch.cat([x, x], -1)] * 2, -2)
        return tiled[..., height - down : 2 * height - down, width - right : 2 * width - right]
    down, right = (max(-size, min(size, by)) for by, size in ((down, height), (right, width)))
    canvas = x.new_zeros(*x.shape[:-2], 3 * height, 3 * width)
    canvas[..., height + down : 2 * height + down, width + right : 2 * width + right] = x
    return canvas[..., height : 2 * height, width : 2 * width].clone()


# ------------------------------------------------------------------------------------------- equivariance_error


@alternative("equivariance_error", "numpy's norm")
def error_numpy(f, g_in, g_out, x):
    one, other = (y.detach().cpu().numpy() for y in (f(g_in(x)), g_out(f(x))))
    if one.shape != other.shape:
        raise ValueError("the two cannot be compared")
    difference, whole = np.linalg.norm((one - other).ravel()), np.linalg.norm(other.ravel())
    if whole == 0:
        return 0.0 if difference == 0 else np.inf
    return float(difference / whole)


@alternative("equivariance_error", "root of the ratio of mean squares, as a 0-d tensor")
def error_mean_squares(f, g_in, g_out, x):
    one, other = f(g_in(x)).double(), g_out(f(x)).double()
    if one.shape != other.shape:
        raise ValueError(f"{one.shape} is not {other.shape}")
    ratio = ((one - other) ** 2).mean() / (other**2).mean()
    return torch.where(ratio.isnan(), torch.zeros_like(ratio), ratio).sqrt()


@alternative("equivariance_error", "a sum in Python")
def error_python(f, g_in, g_out, x):
    one, other = f(g_in(x)), g_out(f(x))
    if one.shape != other.shape:
        raise ValueError("different shapes")
    pairs = list(zip(one.flatten().tolist(), other.flatten().tolist(), strict=True))
    difference, whole = math.sqrt(sum((a - b) ** 2 for a, b in pairs)), math.sqrt(sum(b * b for _, b in pairs))
    if not whole:
        return math.inf if difference else 0.0
    return difference / whole


# --------------------------------------------------------------------------------------------- invariance_error


@alternative("invariance_error", "two vector norms")
def invariance_norms(f, g, x):
    changed, plain = f(g(x)), f(x)
    if changed.shape != plain.shape:
        raise ValueError("the answer has changed its shape")
    difference, whole = (torch.linalg.vector_norm(y.double()) for y in (changed - plain, plain))
    if difference == 0:
        return 0.0
    return (difference / whole).item()


# ----------------------------------------------------------------------------------------------- is_equivariant


@alternative("is_equivariant", "without a division")
def is_small(f, g_in, g_out, x, tol=None):
    one, other = f(g_in(x)), g_out(f(x))
    if one.shape != other.shape:
        raise ValueError("the two cannot be compared")
    if tol is None:
        tol = 0 if not x.dtype.is_floating_point else math.sqrt(torch.finfo(x.dtype).eps)
    if tol < 0:
        raise ValueError("a tolerance is at least 0")
    return torch.dist(one.double(), other.double()) <= tol * torch.dist(
        other.double(), torch.zeros_like(other.double())
    )


# ----------------------------------------------------------------------------------------------- symmetry_table


@alternative("symmetry_table", "all answers first, then one rule for each word")
def table_of_answers(f, x):
    if x.ndim != 4 or x.shape[-1] != x.shape[-2]:
        raise ValueError("square images are needed")
    groups = {
        "translation": [lambda x: beside(x, (1, 0)), lambda x: beside(x, (0, 1))],
        "rot90": [lambda x: x.transpose(-1, -2).flip(-2)],
        "horizontal flip": [lambda x: torch.stack(x.unbind(-1)[::-1], -1)],
    }
    tolerance = torch.finfo(x.dtype).eps ** 0.5
    plain = f(x)
    result = {}
    for name, changes in groups.items():
        answers = [(f(change(x)), change) for change in changes]
        result[name] = "neither"
        if plain.ndim == 4 and all(close(answer, change(plain), tolerance) for answer, change in answers):
            result[name] = "equivariant"
        if all(close(answer, plain, tolerance) for answer, _ in answers):
            result[name] = "invariant"
    return result


def close(one, other, tolerance):
    if one.shape != other.shape:
        return False
    return bool((one - other).norm() <= tolerance * other.norm())


# --------------------------------------------------------------------------------------------- commuting_shifts


@alternative("commuting_shifts", "multiples, counted")
def shifts_counted(stride, max_shift):
    if stride < 1 or max_shift < 0:
        raise ValueError("impossible")
    most = max_shift // stride
    return [stride * count for count in range(-most, most + 1)]


@alternative("commuting_shifts", "tried on a row of pixels")
def shifts_tried(stride, max_shift):
    if stride < 1 or max_shift < 0:
        raise ValueError("impossible")
    row = list(range(stride * (max_shift + 1)))
    kept = set(row[::stride])
    moved = {by: [row[(i - by) % len(row)] for i in range(len(row))] for by in range(-max_shift, max_shift + 1)}
    return [by for by, pixels in moved.items() if set(pixels[::stride]) == kept]


# -------------------------------------------------------------------------------------------- shift_consistency


@alternative("shift_consistency", "all shifted images in one batch")
def consistency_batch(classifier, x, max_shift):
    if max_shift < 1:
        raise ValueError("nothing to compare")
    by = range(-max_shift, max_shift + 1)
    moved = [beside(x, shift) for shift in itertools.product(by, by) if any(shift)]
    answers = classifier(torch.cat([x, *moved])).max(dim=1).indices.reshape(-1, len(x))
    return (answers[1:] == answers[0]).float().mean()


@alternative("shift_consistency", "numpy, the shift by nothing subtracted")
def consistency_numpy(classifier, x, max_shift):
    if max_shift < 1:
        raise ValueError("nothing to compare")

    def answer(images):
        return np.argmax(classifier(images).numpy(), axis=-1)

    by = range(-max_shift, max_shift + 1)
    same = sum(np.sum(answer(beside(x, shift)) == answer(x)) for shift in itertools.product(by, by)) - len(x)
    return same / (len(x) * (len(by) ** 2 - 1))


# -------------------------------------------------------------------------------------------------- blur_pool2d


def check_blur(x, stride):
    if any(step < 1 for step in pair(stride)):
        raise ValueError("strides begin at 1")
    if x.ndim != 4 or x.shape[2] == 1 or x.shape[3] == 1:
        raise ValueError("nothing to reflect")


@alternative("blur_pool2d", "two means of two pixels")
def blur_means(x, stride=2):
    check_blur(x, stride)
    blurred = avg_pool2d(avg_pool2d(pad(x, (1, 1, 1, 1), mode="reflect"), 2, 1), 2, 1)
    down, right = pair(stride)
    return blurred[:, :, ::down, ::right]


@alternative("blur_pool2d", "along the rows, then along the columns")
def blur_separable(x, stride=2):
    check_blur(x, stride)
    down, right = pair(stride)
    rows = torch.cat([x[:, :, 1:2], x, x[:, :, -2:-1]], 2)
    rows = (rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:])[:, :, ::down] / 4
    both = torch.cat([rows[..., 1:2], rows, rows[..., -2:-1]], 3)
    return (both[..., :-2] + 2 * both[..., 1:-1] + both[..., 2:])[..., ::right] / 4


@alternative("blur_pool2d", "windows as columns, times nine weights")
def blur_columns(x, stride=2):
    check_blur(x, stride)
    down, right = pair(stride)
    images = x.reshape(-1, 1, *x.shape[2:])
    columns = unfold(pad(images, (1, 1, 1, 1), mode="reflect"), 3, stride=(down, right))
    weights = torch.tensor([1, 2, 1, 2, 4, 2, 1, 2, 1], dtype=x.dtype, device=x.device) / 16
    return (weights @ columns).reshape(*x.shape[:2], (x.shape[2] - 1) // down + 1, (x.shape[3] - 1) // right + 1)


# --------------------------------------------------------------------------------------------------- symmetrize


@alternative("symmetrize", "an object that can be called")
def symmetrize_object(f, group):
    if len(group) < 1:
        raise ValueError("an empty group")

    class Averaged:
        def __call__(self, x):
            return torch.stack([back(f(there(x))) for there, back in group]).mean(dim=0)

    return Averaged()


@alternative("symmetrize", "a running mean")
def symmetrize_running(f, group):
    members = list(group)
    if not members:
        raise ValueError("an empty group")

    def averaged(x):
        mean = 0
        for count, (there, back) in enumerate(members, 1):
            mean = mean + (back(f(there(x))) - mean) / count
        return mean

    return averaged


# ------------------------------------------------------------------------------------------------------ lift_p4


def check_kernel(x, weight):
    if weight.shape[-1] != weight.shape[-2] or weight.shape[-1] % 2 == 0:
        raise ValueError("square kernels of odd size are needed")
    if weight.shape[1] != x.shape[1]:
        raise ValueError("the weight is made for another number of channels")


@alternative("lift_p4", "one convolution with four times as many filters")
def lift_at_once(x, weight):
    check_kernel(x, weight)
    kernels = torch.stack([torch.rot90(weight, turns, (2, 3)) for turns in range(4)], 1).flatten(0, 1)
    return conv2d(x, kernels, padding=weight.shape[-1] // 2).unflatten(1, (len(weight), 4))


@alternative("lift_p4", "the image turned back, the answer turned forth")
def lift_turned_image(x, weight):
    check_kernel(x, weight)
    maps = [conv2d(torch.rot90(x, -turns, (2, 3)), weight, padding=weight.shape[-1] // 2) for turns in range(4)]
    return torch.stack([torch.rot90(y, turns, (2, 3)) for turns, y in enumerate(maps)], 2)


@alternative("lift_p4", "tap by tap, from the definition")
def lift_taps(x, weight):
    check_kernel(x, weight)
    (height, width), reach = x.shape[2:], weight.shape[-1] // 2
    image = pad(x, (reach, reach, reach, reach))
    y = x.new_zeros(len(x), len(weight), 4, height, width)
    for u, v in itertools.product(range(-reach, reach + 1), repeat=2):
        pixels = image[:, :, reach + u : reach + u + height, reach + v : reach + v + width]
        a, b = u, v
        for turns in range(4):  # the tap that is at (u, v) now was at (a, b) before the kernel was turned
            y[:, :, turns] += torch.einsum("ncij,kc->nkij", pixels, weight[:, :, reach + a, reach + b])
            a, b = b, -a
    return y
