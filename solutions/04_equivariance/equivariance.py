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
# # 4. Equivariance
#
# "If the cat moves, its feature map moves along." You build the instruments that test such sentences: a
# translation, an error that is 0 when two things commute, a table of symmetries, and two repairs, a blur
# before subsampling and the average over a group. The handout (README.md) has the pictures and a worked
# example.
#
# Fill in the functions from top to bottom. Leave the ones you have not reached as they are: they count as
# *not attempted*, and the others are still graded.

# %%
"""Equivariance: moving images, measuring what commutes with it, and making it hold."""

import torch
import torch.nn.functional as F  # F.conv2d and F.pad are allowed; torch.roll is not, in translate

# %% tags=["public"]
import torch

from convclass.exam import question
from convclass.exam.describer import described  # described.roll((0, 1)) becomes a function that rolls an image
from convclass.exam.forbidden import ROLLS

# %% [markdown]
# One helper is given, as in assignment 1. A shift or a stride may be one number for both axes or a pair for
# `(rows, columns)`.


# %%
def _pair(value):
    """Return `value` for both axes as `(rows, columns)`: 3 becomes (3, 3), and (2, 3) stays (2, 3)."""
    if isinstance(value, int):
        return value, value
    rows, columns = value
    return int(rows), int(columns)


# %% [markdown]
# ## Step 1: move an image
#
# A shift is `(down, right)`, in pixels; negative numbers move up and left. What was at row `i` is then at row
# `i + down`. With `"circular"`, what leaves the image on one side comes in on the other. With `"zero"` it is
# lost, and zeros come in.


# %%
def translate(x, shift, mode="circular"):
    """Move the last two axes of x by whole pixels.

    x: tensor (..., H, W) with at least two axes
    shift: int or (int, int): how far down and how far right; any size, negative for up and left
    mode: "circular", what leaves on one side comes in on the other; or "zero", it is lost and zeros come in

    Returns a tensor of the shape, dtype and device of x.
    Raises ValueError for another mode, and for an x with fewer than two axes.

    >>> translate(torch.tensor([[1, 2, 3], [4, 5, 6]]), (0, 1))
    tensor([[3, 1, 2],
            [6, 4, 5]])
    >>> translate(torch.tensor([[1, 2, 3], [4, 5, 6]]), (1, -1), mode="zero")
    tensor([[0, 0, 0],
            [2, 3, 0]])
    """
    ### BEGIN SOLUTION: move rows and columns, around the edge or out of the image
    if mode not in ("circular", "zero"):
        raise ValueError(f"mode must be 'circular' or 'zero', not {mode!r}")
    if x.ndim < 2:
        raise ValueError("x needs at least two axes")
    height, width = x.shape[-2:]
    down, right = _pair(shift)
    if mode == "circular":
        rows = (torch.arange(height, device=x.device) - down) % height
        columns = (torch.arange(width, device=x.device) - right) % width
        return x[..., rows, :][..., columns]
    moved = torch.zeros_like(x)
    if abs(down) < height and abs(right) < width:
        to_rows = slice(max(down, 0), height + min(down, 0))
        to_columns = slice(max(right, 0), width + min(right, 0))
        from_rows = slice(max(-down, 0), height + min(-down, 0))
        from_columns = slice(max(-right, 0), width + min(-right, 0))
        moved[..., to_rows, to_columns] = x[..., from_rows, from_columns]
    return moved
    ### END SOLUTION


# %% tags=["public"]
@question(
    "translate",
    forbidden=ROLLS,
    hints=(
        "Think of one row. Which pixel of the old row ends up at place 0? The shift is subtracted, not added.",
        "Circular: make a tensor with the old row number for every new row, modulo H, and index with it. "
        "Zero: copy one rectangle into a tensor of zeros, and think of shifts larger than the image.",
    ),
)
def test_public_translate_circular(check):
    """translate moves rows down and columns to the right, around the edge"""
    x = torch.arange(12.0).reshape(1, 1, 3, 4)
    check.translate(x, (0, 1))
    check.translate(x, (1, 0))
    check.translate(x, (-2, 3))
    check.translate(x, (4, -9))


@question("translate")
def test_public_translate_zero(check):
    """translate fills in zeros when asked to"""
    x = torch.arange(1.0, 13.0).reshape(1, 1, 3, 4)
    check.translate(x, (1, 2), mode="zero")
    check.translate(x, (-1, 0), mode="zero")
    check.translate(x, (0, 4), mode="zero")


@question("translate")
def test_public_translate_refuses(check):
    """translate raises ValueError for a mode that it does not know"""
    check.raises(ValueError).translate(torch.ones(2, 2), (0, 1), mode="mirror")


# %% [markdown]
# ## Step 2: how far from equivariant?
#
# `f` and `g` are functions of a tensor: call them. `f` is **equivariant** to `g` when it does not matter
# which comes first: `f(g(x))` is the same as `g(f(x))`. What `g` does to the image and what it does to the
# output need not be the same: behind a stride of 2, two pixels of the image are one pixel of the output.
# So there are two of them, `g_in` and `g_out`.
#
# The size of a tensor is measured by its norm: the root of the sum of all squares.


# %%
def equivariance_error(f, g_in, g_out, x):
    """Measure how far f is from turning g_in into g_out.

    f, g_in, g_out: functions from a tensor to a tensor
    x: tensor, an input of f and of g_in

    Returns a float, norm(f(g_in(x)) - g_out(f(x))) / norm(g_out(f(x))), where norm is the root of the sum of
    all squares. The error is 0.0 where both norms are 0, and infinity where only the second is.
    Raises ValueError when f(g_in(x)) and g_out(f(x)) differ in shape.

    >>> def mirror(x): return x.flip(-1)
    >>> equivariance_error(lambda x: x[..., :1], mirror, mirror, torch.tensor([[3.0, 4.0]]))
    0.3333333333333333
    """
    ### BEGIN SOLUTION: compare f after g_in with g_out after f
    moved_first, moved_last = f(g_in(x)), g_out(f(x))
    if moved_first.shape != moved_last.shape:
        raise ValueError(f"shapes {tuple(moved_first.shape)} and {tuple(moved_last.shape)} cannot be compared")
    difference = (moved_first.double() - moved_last.double()).norm().item()
    size = moved_last.double().norm().item()
    if difference == 0:
        return 0.0
    return difference / size if size > 0 else float("inf")
    ### END SOLUTION


# %% tags=["public"]
IMAGE = torch.tensor([[[[1.0, 0.0, 2.0, 1.0], [0.0, 3.0, 1.0, 0.0], [2.0, 1.0, 0.0, 4.0], [0.0, 2.0, 5.0, 1.0]]]])
KERNEL = torch.tensor([[[[1.0, 2.0, 0.0], [0.0, -1.0, 1.0], [3.0, 0.0, 1.0]]]])
ONE_RIGHT = described.roll((0, 1))


@question(
    "equivariance_error",
    hints=(
        "Two tensors have to be compared. In the first, x is moved before f sees it; in the second, afterwards.",
        "Divide the norm of their difference by the norm of the second. Look at 0 before you divide.",
    ),
)
def test_public_equivariance_error_of_convolutions(check):
    """equivariance_error is 0 for a circular convolution, and not for one that pads with zeros"""
    check.equivariance_error(described.conv2d(KERNEL, padding=1, padding_mode="circular"), ONE_RIGHT, ONE_RIGHT, IMAGE)
    check.equivariance_error(described.conv2d(KERNEL, padding=1), ONE_RIGHT, ONE_RIGHT, IMAGE)


@question("equivariance_error")
def test_public_equivariance_error_two_sides(check):
    """equivariance_error moves the image with g_in and the output with g_out"""
    every_second = described.subsampled((2, 2))
    check.equivariance_error(every_second, described.roll((0, 2)), ONE_RIGHT, IMAGE)
    check.equivariance_error(every_second, ONE_RIGHT, described.identity(), IMAGE)


@question("equivariance_error")
def test_public_equivariance_error_of_nothing(check):
    """equivariance_error is 0 where both sides are nothing but zeros"""
    check.equivariance_error(described.relu(), ONE_RIGHT, ONE_RIGHT, -IMAGE)


# %% [markdown]
# ## Step 3: how far from invariant?
#
# `f` is **invariant** to `g` when it does not notice `g` at all: `f(g(x))` is the same as `f(x)`.


# %%
def invariance_error(f, g, x):
    """Measure how much f notices of g.

    f, g: functions from a tensor to a tensor
    x: tensor, an input of f and of g

    Returns a float, norm(f(g(x)) - f(x)) / norm(f(x)); as in `equivariance_error` it is 0.0 where both norms
    are 0, and infinity where only the second is.
    Raises ValueError when f(g(x)) and f(x) differ in shape.

    >>> def mirror(x): return x.flip(-1)
    >>> invariance_error(lambda x: x.sum(-1), mirror, torch.tensor([[3.0, 4.0]]))
    0.0
    """
    ### BEGIN SOLUTION: compare f after g with f
    return equivariance_error(f, g, lambda y: y, x)
    ### END SOLUTION


# %% tags=["public"]
@question(
    "invariance_error",
    after="equivariance_error",
    hints=(
        "g is used once, on the image. Nothing is done to the output.",
        "If f gives a moved map for a moved image, f is equivariant, and its invariance error is large.",
    ),
)
def test_public_invariance_error_of_pooling(check):
    """invariance_error is 0 for the mean of all pixels, and not for the maxima of 2 × 2 windows"""
    check.invariance_error(described.global_avg_pool2d(), ONE_RIGHT, IMAGE)
    check.invariance_error(described.max_pool2d(2), ONE_RIGHT, IMAGE)


@question("invariance_error")
def test_public_invariance_error_of_a_convolution(check):
    """invariance_error of a convolution is not small: its output moves along"""
    check.invariance_error(described.conv2d(KERNEL, padding=1, padding_mode="circular"), ONE_RIGHT, IMAGE)


# %% [markdown]
# ## Step 4: yes or no?
#
# Computers round. An error of 1e-16 means *yes*, an error of 0.1 means *no*, and where the line is depends on
# how many digits the numbers have: `torch.finfo(x.dtype).eps` is the relative size of one rounding error.


# %%
def is_equivariant(f, g_in, g_out, x, tol=None):
    """Decide whether f turns g_in into g_out.

    f, g_in, g_out, x: as in `equivariance_error`
    tol: the largest error that still counts as none, at least 0. None means the square root of
        torch.finfo(x.dtype).eps, and 0 when x holds whole numbers

    Returns a bool: whether the equivariance error is at most tol.
    Raises ValueError for a negative tol, and where `equivariance_error` does.

    >>> is_equivariant(torch.relu, torch.t, torch.t, torch.tensor([[1.0, -2.0], [3.0, 4.0]]))
    True
    """
    ### BEGIN SOLUTION: compare the error with the tolerance
    if tol is None:
        tol = torch.finfo(x.dtype).eps ** 0.5 if x.dtype.is_floating_point else 0.0
    if tol < 0:
        raise ValueError("tol must not be negative")
    return equivariance_error(f, g_in, g_out, x) <= tol
    ### END SOLUTION


# %% tags=["public"]
@question(
    "is_equivariant",
    after="equivariance_error",
    hints=(
        "You have the error already. What is left is to find the tolerance and to compare.",
        "torch.finfo knows no whole numbers: ask x.dtype.is_floating_point first. An error that equals tol is fine.",
    ),
)
def test_public_is_equivariant(check):
    """is_equivariant says yes to a circular convolution and no to one that pads with zeros"""
    check.is_equivariant(described.conv2d(KERNEL, padding=1, padding_mode="circular"), ONE_RIGHT, ONE_RIGHT, IMAGE)
    check.is_equivariant(described.conv2d(KERNEL, padding=1), ONE_RIGHT, ONE_RIGHT, IMAGE)


@question("is_equivariant")
def test_public_is_equivariant_dtypes(check):
    """is_equivariant takes its tolerance from the dtype, unless it is given one"""
    almost = described.scaled(1 + 1e-6 * torch.arange(4.0, dtype=torch.float64))
    check.is_equivariant(almost, ONE_RIGHT, ONE_RIGHT, IMAGE.double())
    check.is_equivariant(almost, ONE_RIGHT, ONE_RIGHT, IMAGE.double(), tol=1e-3)
    check.is_equivariant(described.relu(), ONE_RIGHT, ONE_RIGHT, IMAGE.long())


# %% [markdown]
# ## Step 5: a table of symmetries
#
# Three changes of an image, and for each of them: does `f` ignore it, follow it, or neither?


# %%
def symmetry_table(f, x):
    """Find out which of three symmetries f has, on the images x.

    f: function from images (N, C, H, H) to a tensor
    x: tensor (N, C, H, H)

    Returns a dict with the keys "translation", "rot90" and "horizontal flip". Each value is
        "invariant"    if f(g(x)) is f(x), up to rounding as in `is_equivariant`
        "equivariant"  if not, but f(x) is a tensor (N, K, h, w) and f(g(x)) is g(f(x)), up to rounding
        "neither"      otherwise, also when the two cannot be compared because they differ in shape
    g is torch.rot90 of the last two axes by one quarter turn for "rot90", and the reversal of the last axis
    for "horizontal flip". "translation" stands for two changes, circular shifts by one row and by one
    column: it has to hold for both.
    Raises ValueError when x is not of the shape (N, C, H, H): a quarter turn would change it.

    >>> symmetry_table(torch.relu, torch.ones(1, 1, 4, 4).tril())
    {'translation': 'equivariant', 'rot90': 'equivariant', 'horizontal flip': 'equivariant'}
    """
    ### BEGIN SOLUTION: try every change, and look for invariance first
    if x.ndim != 4 or x.shape[2] != x.shape[3]:
        raise ValueError(f"x must be of shape (N, C, H, H), not {tuple(x.shape)}")
    changes = {
        "translation": [lambda x: translate(x, (1, 0)), lambda x: translate(x, (0, 1))],
        "rot90": [lambda x: torch.rot90(x, 1, (-2, -1))],
        "horizontal flip": [lambda x: x.flip(-1)],
    }
    y = f(x)

    def same_shapes(g_in, g_out):
        return f(g_in(x)).shape == g_out(y).shape

    def ignores(g):
        return same_shapes(g, lambda y: y) and is_equivariant(f, g, lambda y: y, x)

    def follows(g):
        return y.ndim == 4 and same_shapes(g, g) and is_equivariant(f, g, g, x)

    table = {}
    for name, maps in changes.items():
        if all(ignores(g) for g in maps):
            table[name] = "invariant"
        elif all(follows(g) for g in maps):
            table[name] = "equivariant"
        else:
            table[name] = "neither"
    return table
    ### END SOLUTION


# %% tags=["public"]
@question(
    "symmetry_table",
    after=("translate", "equivariance_error", "is_equivariant"),
    hints=(
        "Write down the changes as a dict from a name to a list of functions, then loop over it.",
        "Ask for invariance first. Your errors refuse tensors of different shapes: here that means neither. "
        "Scores (N, classes) have two axes that are not rows and columns: they can only be invariant.",
    ),
)
def test_public_symmetry_table_of_layers(check):
    """symmetry_table tells a convolution, a pooling layer and a mean of all pixels apart"""
    check.symmetry_table(described.conv2d(KERNEL, padding=1, padding_mode="circular"), IMAGE)
    check.symmetry_table(described.max_pool2d(2), IMAGE)
    check.symmetry_table(described.global_avg_pool2d(), IMAGE)


@question("symmetry_table")
def test_public_symmetry_table_refuses(check):
    """symmetry_table raises ValueError for images that are not square"""
    check.raises(ValueError).symmetry_table(described.relu(), IMAGE[..., :3])


# %% [markdown]
# ## Step 6: which shifts does a stride allow?
#
# A layer with stride `s` looks at every `s`-th place only. Think of one axis. By how many pixels may the
# image move, so that the output moves by a whole number of places and is otherwise the same?


# %%
def commuting_shifts(stride, max_shift):
    """List the shifts of the image that only shift the output of a layer with this stride.

    stride: int, at least 1
    max_shift: int, at least 0: the largest shift to list, in both directions

    Returns a list of ints from -max_shift to max_shift, in increasing order; 0 is one of them.
    Raises ValueError when a number is smaller than its least value above.

    >>> commuting_shifts(3, 7)
    [-6, -3, 0, 3, 6]
    """
    ### BEGIN SOLUTION: list the shifts that only shift the output
    if stride < 1 or max_shift < 0:
        raise ValueError("stride must be at least 1 and max_shift at least 0")
    return [shift for shift in range(-max_shift, max_shift + 1) if shift % stride == 0]
    ### END SOLUTION


# %% tags=["public"]
@question(
    "commuting_shifts",
    hints=(
        "Take a row of 8 pixels and stride 2: which pixels are kept? Move the row by 1 and look again.",
        "After a shift by a whole number of strides the same pixels are kept, only at other places.",
    ),
)
def test_public_commuting_shifts(check):
    """commuting_shifts lists shifts in both directions"""
    check.commuting_shifts(1, 2)
    check.commuting_shifts(2, 4)
    check.commuting_shifts(3, 7)


@question("commuting_shifts")
def test_public_commuting_shifts_refuses(check):
    """commuting_shifts raises ValueError for a stride of 0"""
    check.raises(ValueError).commuting_shifts(0, 3)


# %% [markdown]
# ## Step 7: does the answer stay the same?
#
# A classifier turns images `(N, C, H, W)` into scores `(N, classes)`; its answer is the class with the
# highest score. How often is the answer for a shifted image the same as for the image itself? Whether the
# answer is *right* plays no part.


# %%
def shift_consistency(classifier, x, max_shift):
    """Measure how often the answer of a classifier survives a small shift.

    classifier: function from images (N, C, H, W) to scores (N, classes)
    x: tensor (N, C, H, W)
    max_shift: int, at least 1: images are shifted by at most so many pixels on each axis

    Returns a float from 0 to 1. Every image is compared with itself after each circular shift (down, right)
    with both numbers from -max_shift to max_shift, but not (0, 0): 8 shifts for max_shift 1. Of all these
    comparisons, it is the share in which the class with the highest score is the same.
    Raises ValueError when max_shift is smaller than 1.

    >>> shift_consistency(lambda x: x.mean((2, 3)), torch.ones(5, 3, 4, 4), 2)
    1.0
    """
    ### BEGIN SOLUTION: count the answers that stay the same
    if max_shift < 1:
        raise ValueError("max_shift must be at least 1")
    answer = classifier(x).argmax(dim=1)
    same, total = 0, 0
    for down in range(-max_shift, max_shift + 1):
        for right in range(-max_shift, max_shift + 1):
            if (down, right) != (0, 0):
                moved = classifier(translate(x, (down, right))).argmax(dim=1)
                same += int((moved == answer).sum())
                total += len(x)
    return same / total
    ### END SOLUTION


# %% tags=["public"]
PIXELS = torch.eye(16).reshape(16, 1, 4, 4)[[0, 5, 6, 15]]  # four images with one bright pixel each
LEFT_OR_RIGHT = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]).repeat(1, 4)


@question(
    "shift_consistency",
    after="translate",
    hints=(
        "Two loops over the shifts, and your translate inside. Leave the shift by nothing out.",
        "Compare the highest-scoring class of each image, argmax over the axis of the classes, and count.",
    ),
)
def test_public_shift_consistency(check):
    """shift_consistency tells how often a bright pixel stays in its half of the image"""
    classifier = described.sequence([described.flatten(), described.linear(LEFT_OR_RIGHT)])
    check.shift_consistency(classifier, PIXELS, 1)
    check.shift_consistency(classifier, PIXELS[1:3], 2)


@question("shift_consistency")
def test_public_shift_consistency_of_a_mean(check):
    """shift_consistency is 1 for a classifier that looks at the mean of all pixels"""
    scores = described.linear(torch.tensor([[1.0], [-1.0]]))
    check.shift_consistency(described.sequence([described.global_avg_pool2d(), scores]), PIXELS, 1)


# %% [markdown]
# ## Step 8: blur before you subsample
#
# A stride throws pixels away, and which ones depends on where the image is. Blurring first makes neighbours
# more alike, so that it matters less which of them is kept. The blur is a 3 × 3 window with the weights
#
#     1 2 1
#     2 4 2   divided by 16
#     1 2 1
#
# and at the edge the image is continued by its mirror image: the pixel outside the first row is the one of
# the second row. Then every `stride`-th row and column is kept, from the first one on.


# %%
def blur_pool2d(x, stride=2):
    """Blur every channel with the binomial 3 × 3 window, then keep every stride-th row and column.

    x: tensor (N, C, H, W) of floating-point numbers, H and W at least 2
    stride: int or (int, int), for height and width, at least 1

    Returns a tensor (N, C, (H - 1) // stride + 1, (W - 1) // stride + 1) with the dtype and device of x. The
    image is continued by reflection (F.pad calls it "reflect"), one pixel at each side.
    Raises ValueError for a stride below 1, and when x has another number of axes, or H or W is 1.

    >>> blur_pool2d(torch.tensor([[[[0.0, 0.0, 16.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]]]))
    tensor([[[[0., 4.],
              [0., 0.]]]])
    """
    ### BEGIN SOLUTION: continue the image, blur it, then subsample it
    stride_h, stride_w = _pair(stride)
    if stride_h < 1 or stride_w < 1:
        raise ValueError("stride must be at least 1")
    if x.ndim != 4 or x.shape[2] < 2 or x.shape[3] < 2:
        raise ValueError(f"x must be of shape (N, C, H, W) with H and W at least 2, not {tuple(x.shape)}")
    weights = torch.tensor([1.0, 2.0, 1.0], dtype=x.dtype, device=x.device)
    window = torch.outer(weights, weights) / 16
    channels = x.shape[1]
    kernel = window.expand(channels, 1, 3, 3)  # one filter per channel, which sees that channel only
    padded = F.pad(x, (1, 1, 1, 1), mode="reflect")
    return F.conv2d(padded, kernel, stride=(stride_h, stride_w), groups=channels)
    ### END SOLUTION


# %% tags=["public"]
@question(
    "blur_pool2d",
    hints=(
        "Check yourself with a constant image: blurring must not change it, not even at the edge.",
        "You may use F.conv2d: with groups=C each channel has its own filter. Or add up nine shifted slices.",
    ),
)
def test_public_blur_pool2d(check):
    """blur_pool2d blurs a bright pixel over its neighbours, then keeps every second row and column"""
    spot = torch.zeros(1, 1, 6, 6)
    spot[0, 0, 2, 3] = 16.0
    check.blur_pool2d(spot)
    check.blur_pool2d(spot, stride=1)


@question("blur_pool2d")
def test_public_blur_pool2d_edges_and_channels(check):
    """blur_pool2d reflects at the edge, keeps channels apart, and takes two strides"""
    check.blur_pool2d(torch.arange(40.0).reshape(1, 2, 4, 5))
    check.blur_pool2d(torch.arange(15.0).reshape(1, 1, 3, 5), stride=(1, 3))


# %% [markdown]
# ## Step 9: make anything equivariant
#
# Take any `f` and a group of changes. Change the image, apply `f`, undo the change, and take the mean over
# the whole group. Your function returns a **function**: nothing is computed before it is called.


# %%
def symmetrize(f, group):
    """Make f equivariant to a group, by averaging over it.

    f: function from a tensor to a tensor
    group: list or tuple of pairs (g, g_inverse) of functions from a tensor to a tensor; the identity is one
        of them. g is applied to the input of f, g_inverse to the output

    Returns a function of x: the mean of g_inverse(f(g(x))) over all pairs.
    Raises ValueError when the group is empty.

    >>> turns = [(lambda x: x, lambda x: x), (lambda x: x.flip(-1), lambda x: x.flip(-1))]
    >>> symmetrize(lambda x: x * torch.tensor([1.0, 3.0]), turns)(torch.tensor([5.0, 7.0]))
    tensor([10., 14.])
    """
    ### BEGIN SOLUTION: return a function that takes the mean over the group
    if len(group) == 0:
        raise ValueError("a group has at least one member, the identity")

    def averaged(x):
        return sum(g_inverse(f(g(x))) for g, g_inverse in group) / len(group)

    return averaged
    ### END SOLUTION


# %% tags=["public"]
MIRROR = (described.flip(-1), described.flip(-1))
NOTHING = (described.identity(), described.identity())
TURNS = [(described.rot90(turns), described.rot90(-turns)) for turns in range(4)]


@question(
    "symmetrize",
    hints=(
        "Define a function inside your function, and return it without calling it.",
        "For each pair: first g, then f, then g_inverse. A mean is a sum divided by the number of pairs.",
    ),
)
def test_public_symmetrize_mirror(check):
    """symmetrize averages over an image and its mirror image"""
    columns = described.scaled(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    check.run(described.call(check.later.symmetrize(columns, [NOTHING, MIRROR]), [IMAGE]))


@question("symmetrize")
def test_public_symmetrize_quarter_turns(check):
    """symmetrize makes a convolution equivariant to quarter turns"""
    convolution = described.conv2d(KERNEL, padding=1)
    check.run(described.call(check.later.symmetrize(convolution, TURNS), [IMAGE]))


# %% [markdown]
# ## Step 10: a layer that is equivariant by design
#
# This one is a stretch. A convolution slides its kernel over the image; a **p4 convolution** also turns it.
# Its first layer, the lifting layer, answers with four maps for each filter, one for each quarter turn of
# the kernel, against the clock as `torch.rot90` turns. When the image is turned, the maps are turned, and
# each moves on to the next place.


# %%
def lift_p4(x, weight):
    """Correlate images with four turned copies of every filter: the first layer of a p4 network.

    x: tensor (N, C, H, W)
    weight: tensor (K, C, k, k), where k is odd

    Returns a tensor (N, K, 4, H, W) with the dtype and device of x. Its entry [:, :, r] is the
    cross-correlation of x with the filters turned by r quarter turns against the clock, where x is padded
    with (k - 1) / 2 zeros at each side.
    Raises ValueError when the kernels are not square, k is even, or x and weight differ in C.

    >>> lift_p4(torch.ones(1, 1, 1, 1), torch.arange(9.0).reshape(1, 1, 3, 3)).flatten()
    tensor([4., 4., 4., 4.])
    """
    ### BEGIN SOLUTION: cross-correlate with all four turned copies of the filters
    filters, channels, height, width = weight.shape
    if height != width or height % 2 == 0:
        raise ValueError(f"kernels must be square and odd, not {height} x {width}")
    if channels != x.shape[1]:
        raise ValueError(f"the weight is for {channels} channels, x has {x.shape[1]}")
    maps = [F.conv2d(x, torch.rot90(weight, turns, (2, 3)), padding=height // 2) for turns in range(4)]
    return torch.stack(maps, dim=2)
    ### END SOLUTION


# %% tags=["public"]
@question(
    "lift_p4",
    hints=(
        "Turn the weight, not the image: torch.rot90 with the two axes of the kernel. F.conv2d is allowed.",
        "torch.stack puts the four results beside each other on a new axis. Which one has to be the new axis?",
    ),
)
def test_public_lift_p4_spot(check):
    """lift_p4 answers to a bright pixel with the four turned kernels"""
    spot = torch.zeros(1, 1, 3, 3)
    spot[0, 0, 1, 1] = 1.0
    check.lift_p4(spot, torch.arange(1.0, 10.0).reshape(1, 1, 3, 3))


@question("lift_p4")
def test_public_lift_p4_shapes(check):
    """lift_p4 takes several channels and filters, and images that are not square"""
    check.lift_p4(torch.arange(24.0).reshape(1, 2, 3, 4), torch.arange(54.0).reshape(3, 2, 3, 3) - 27)
