"""Implementations that are wrong on purpose: the mistakes that students make, each with the sentence that helps.

A student's failing answers are compared with what these would answer. The file stands on its own, because
`convclass verify` submits it as a student's code: it imports nothing of the course but the decorator.
"""

import torch
from torch.nn.functional import conv2d, pad

from convclass.exam import misconception

# ---------------------------------------------------------------- what all of them get right, unless told otherwise


def pair(value):
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def check_image(x, mode="circular"):
    if mode not in ("circular", "zero") or x.ndim < 2:
        raise ValueError("an image and a known mode are needed")


def moved(x, shift, mode="circular"):
    check_image(x, mode)
    (down, right), (height, width) = pair(shift), x.shape[-2:]
    if mode == "zero":
        return pad(x, (right, -right, down, -down)) if abs(down) < height and abs(right) < width else 0 * x
    for axis, by in ((-2, down % height), (-1, right % width)):
        kept = x.shape[axis] - by
        x = torch.cat([x.narrow(axis, kept, by), x.narrow(axis, 0, kept)], axis)
    return x


def size(x):
    return float(x.double().square().sum()) ** 0.5


def distance(actual, expected):
    if actual.shape != expected.shape:
        raise ValueError("the shapes differ")
    return size(actual.double() - expected.double())


def quotient(difference, whole):
    if difference == 0:
        return 0.0
    return difference / whole if whole else float("inf")


def relative(actual, expected):
    return quotient(distance(actual, expected), size(expected))


def divided(difference, whole):
    """As tensors divide: nan and infinity instead of an error."""
    return float(torch.tensor(difference, dtype=torch.float64) / whole)


def tolerance(x):
    return torch.finfo(x.dtype).eps ** 0.5 if x.dtype.is_floating_point else 0.0


def allowed(x, tol):
    if tol is None:
        return tolerance(x)
    if tol < 0:
        raise ValueError("a tolerance is not negative")
    return tol


# --------------------------------------------------------------------------------------------------- translate


@misconception(
    "translate",
    "rows and columns swapped",
    "Your shift moves the wrong axis: the first number moves rows, down; the second moves columns, to the right.",
)
def translate_swapped(x, shift, mode="circular"):
    down, right = pair(shift)
    return moved(x, (right, down), mode)


@misconception(
    "translate",
    "wrong direction",
    "A positive shift moves the image down and to the right, so pixel i comes from pixel i minus the shift.",
)
def translate_backwards(x, shift, mode="circular"):
    down, right = pair(shift)
    return moved(x, (-down, -right), mode)


@misconception(
    "translate",
    "zero mode goes around the edge",
    'With mode="zero", what leaves the image is lost. Yours comes in again on the other side.',
)
def translate_always_circular(x, shift, mode="circular"):
    check_image(x, mode)
    return moved(x, shift)


@misconception(
    "translate",
    "circular mode cuts off",
    'With mode="circular" nothing is lost: what leaves on one side comes in on the other. Yours fills in zeros.',
)
def translate_always_zero(x, shift, mode="circular"):
    check_image(x, mode)
    return moved(x, shift, "zero")


@misconception("translate", "rows not moved", "Only your columns move. A shift has two numbers, one for each axis.")
def translate_columns_only(x, shift, mode="circular"):
    return moved(x, (0, pair(shift)[1]), mode)


@misconception("translate", "columns not moved", "Only your rows move. A shift has two numbers, one for each axis.")
def translate_rows_only(x, shift, mode="circular"):
    return moved(x, (pair(shift)[0], 0), mode)


@misconception(
    "translate",
    "an int moves one axis only",
    "A single number is the shift of both axes, as everywhere in this course. Yours moves one of them.",
)
def translate_int_one_axis(x, shift, mode="circular"):
    return moved(x, (0, shift) if isinstance(shift, int) else shift, mode)


@misconception(
    "translate",
    "moved once around at most",
    "A slice that begins outside the image is the whole image or nothing. Take the shift modulo the size first.",
)
def translate_without_modulo(x, shift, mode="circular"):
    if mode != "circular":
        return moved(x, shift, mode)
    check_image(x)
    down, right = pair(shift)
    x = torch.cat([x[..., -down:, :], x[..., :-down, :]], -2) if down else x
    return torch.cat([x[..., -right:], x[..., :-right]], -1) if right else x


@misconception(
    "translate",
    "shifts beyond the image",
    "With zeros a shift may be as large as the image, or larger: then nothing of it is left.",
)
def translate_refusing_beyond(x, shift, mode="circular"):
    if mode == "zero" and any(abs(by) >= n for by, n in zip(pair(shift), x.shape[-2:], strict=True)):
        raise RuntimeError("the slices have different sizes")
    return moved(x, shift, mode)


@misconception(
    "translate",
    "dtype lost in zero mode",
    "torch.zeros makes float32, whatever x is. torch.zeros_like(x) has x's own dtype and device.",
)
def translate_float32(x, shift, mode="circular"):
    y = moved(x, shift, mode)
    return y.float() if mode == "zero" else y


@misconception(
    "translate",
    "the image itself is overwritten",
    "You write into x, which belongs to whoever called you. Write into a new tensor.",
)
def translate_in_place(x, shift, mode="circular"):
    return x.copy_(moved(x.clone(), shift, mode))


@misconception(
    "translate",
    "any mode accepted",
    "There are two modes. For anything else raise ValueError, or a typing error goes unnoticed.",
)
def translate_any_mode(x, shift, mode="circular"):
    return moved(x, shift, "circular" if mode == "circular" else "zero")


@misconception("translate", "not moved at all", "You return the image as it was. Move its rows and its columns.")
def translate_nothing(x, shift, mode="circular"):
    return x


# ------------------------------------------------------------------------------------------- equivariance_error


@misconception(
    "equivariance_error",
    "g before f only",
    "You compare f(g(x)) with f(x). That asks for invariance; here the output has to be moved too, by g_out.",
)
def error_before_only(f, g_in, g_out, x):
    return relative(f(g_in(x)), f(x))


@misconception(
    "equivariance_error",
    "f after g_in left out",
    "You compare g_out(f(x)) with f(x), so f never sees a moved image.",
)
def error_after_only(f, g_in, g_out, x):
    return relative(f(x), g_out(f(x)))


@misconception(
    "equivariance_error",
    "g_in on both sides",
    "The output is moved by g_out. Behind a stride it moves by fewer pixels than the image.",
)
def error_g_in_twice(f, g_in, g_out, x):
    return relative(f(g_in(x)), g_in(f(x)))


@misconception(
    "equivariance_error",
    "g_out on both sides",
    "The image is moved by g_in. Yours is moved by what belongs to the output.",
)
def error_g_out_twice(f, g_in, g_out, x):
    return relative(f(g_out(x)), g_out(f(x)))


@misconception(
    "equivariance_error",
    "not relative",
    "The norm of the difference has to be divided. Yours grows when all numbers of f grow.",
)
def error_absolute(f, g_in, g_out, x):
    return distance(f(g_in(x)), g_out(f(x)))


@misconception(
    "equivariance_error",
    "divided by the other side",
    "Divide by the norm of g_out(f(x)), not by that of f(g_in(x)): the two are not equally large.",
)
def error_other_side(f, g_in, g_out, x):
    moved_first, moved_last = f(g_in(x)), g_out(f(x))
    return quotient(distance(moved_first, moved_last), size(moved_first))


@misconception(
    "equivariance_error",
    "divided by the norm of the image",
    "Divide by the norm of the output that you compare with. x is the input, and may be any size beside it.",
)
def error_by_input(f, g_in, g_out, x):
    return quotient(distance(f(g_in(x)), g_out(f(x))), size(x))


@misconception(
    "equivariance_error",
    "0/0 is nan",
    "When both norms are 0 the two sides agree, and the error is 0. Look before you divide.",
)
def error_nan(f, g_in, g_out, x):
    moved_first, moved_last = f(g_in(x)), g_out(f(x))
    return divided(distance(moved_first, moved_last), size(moved_last))


@misconception(
    "equivariance_error",
    "everything over 0 is 0",
    "Only 0/0 is 0. If f(g_in(x)) is something where g_out(f(x)) is nothing, the error is infinite.",
)
def error_zero_denominator(f, g_in, g_out, x):
    moved_first, moved_last = f(g_in(x)), g_out(f(x))
    return relative(moved_first, moved_last) if size(moved_last) else 0.0 * distance(moved_first, moved_last)


@misconception(
    "equivariance_error",
    "small number in the denominator",
    "A small number below the line turns an infinite error into a large one. Treat 0 as a case of its own.",
)
def error_with_epsilon(f, g_in, g_out, x):
    moved_first, moved_last = f(g_in(x)), g_out(f(x))
    return distance(moved_first, moved_last) / (size(moved_last) + 1e-8)


@misconception(
    "equivariance_error",
    "root forgotten",
    "The norm is the root of the sum of squares. Without the root your error is the square of the right one.",
)
def error_squared(f, g_in, g_out, x):
    return relative(f(g_in(x)), g_out(f(x))) ** 2


@misconception(
    "equivariance_error",
    "largest difference instead of the norm",
    "The norm takes all numbers together. Yours looks at the largest one only.",
)
def error_of_maximum(f, g_in, g_out, x):
    moved_first, moved_last = f(g_in(x)), g_out(f(x))
    distance(moved_first, moved_last)
    return quotient(float((moved_first - moved_last).abs().max()), float(moved_last.abs().max()))


@misconception(
    "equivariance_error",
    "differences cancel",
    "You add differences with their signs, so that they cancel. Square them first.",
)
def error_cancelling(f, g_in, g_out, x):
    moved_first, moved_last = f(g_in(x)).double(), g_out(f(x)).double()
    distance(moved_first, moved_last)
    return quotient(abs(float((moved_first - moved_last).sum())), size(moved_last))


@misconception(
    "equivariance_error",
    "mean over the images",
    "One norm goes over the whole batch. The mean of the errors of its images is another number.",
)
def error_per_image(f, g_in, g_out, x):
    moved_first, moved_last = f(g_in(x)), g_out(f(x))
    distance(moved_first, moved_last)
    return sum(relative(a, b) for a, b in zip(moved_first, moved_last, strict=True)) / len(moved_first)


@misconception(
    "equivariance_error",
    "different shapes compared",
    "Subtracting spreads the smaller tensor over the larger. Compare the shapes first, and raise ValueError.",
)
def error_broadcast(f, g_in, g_out, x):
    moved_first, moved_last = f(g_in(x)), g_out(f(x))
    return quotient(size(moved_first.double() - moved_last.double()), size(moved_last))


@misconception(
    "equivariance_error",
    "0 whatever happens",
    "Your error is always 0. A convolution that pads with zeros, for one, is not equivariant.",
)
def error_constant(f, g_in, g_out, x):
    return 0.0


# --------------------------------------------------------------------------------------------- invariance_error


@misconception(
    "invariance_error",
    "equivariance instead",
    "You move the output as well. Invariance asks whether f(g(x)) is f(x), as it stands.",
)
def invariance_equivariance(f, g, x):
    return relative(f(g(x)), g(f(x)))


@misconception(
    "invariance_error",
    "g after f only",
    "You move the output and compare it with itself. g belongs to the image, before f sees it.",
)
def invariance_after(f, g, x):
    return relative(g(f(x)), f(x))


@misconception(
    "invariance_error",
    "f left out",
    "You compare g(x) with x, which says how much the image changes. Both have to go through f.",
)
def invariance_without_f(f, g, x):
    return relative(g(x), x)


@misconception(
    "invariance_error",
    "not relative",
    "The norm of the difference has to be divided by the norm of f(x).",
)
def invariance_absolute(f, g, x):
    return distance(f(g(x)), f(x))


@misconception(
    "invariance_error",
    "divided by the other side",
    "Divide by the norm of f(x), not by that of f(g(x)): the two are not equally large.",
)
def invariance_other_side(f, g, x):
    return relative(f(x), f(g(x)))


@misconception(
    "invariance_error",
    "0/0 is nan",
    "When both norms are 0 the two agree, and the error is 0. Look before you divide.",
)
def invariance_nan(f, g, x):
    return divided(distance(f(g(x)), f(x)), size(f(x)))


@misconception(
    "invariance_error",
    "0 whatever happens",
    "Your error is always 0. A convolution, for one, is not invariant: its output moves along.",
)
def invariance_constant(f, g, x):
    return 0.0


# ----------------------------------------------------------------------------------------------- is_equivariant


@misconception(
    "is_equivariant",
    "one tolerance for every dtype",
    "A tolerance made for float32 is blind for float64, which has 9 more digits. Ask torch.finfo(x.dtype).",
)
def is_float32(f, g_in, g_out, x, tol=None):
    return relative(f(g_in(x)), g_out(f(x))) <= (1e-4 if tol is None else allowed(x, tol))


@misconception(
    "is_equivariant",
    "no room for rounding",
    "Two ways to compute the same number differ in the last digits. Without a tolerance, nothing is equivariant.",
)
def is_exact(f, g_in, g_out, x, tol=None):
    return relative(f(g_in(x)), g_out(f(x))) <= (0 if tol is None else allowed(x, tol))


@misconception(
    "is_equivariant",
    "machine epsilon without the root",
    "eps is the error of one rounding step. A layer adds up many of them: take the square root, as the task says.",
)
def is_epsilon(f, g_in, g_out, x, tol=None):
    if tol is None and x.dtype.is_floating_point:
        tol = torch.finfo(x.dtype).eps
    return relative(f(g_in(x)), g_out(f(x))) <= allowed(x, tol)


@misconception(
    "is_equivariant", "given tolerance ignored", "When tol is given, it is the tolerance, whatever the dtype."
)
def is_own_tolerance(f, g_in, g_out, x, tol=None):
    allowed(x, tol)
    return relative(f(g_in(x)), g_out(f(x))) <= tolerance(x)


@misconception(
    "is_equivariant",
    "tol=0 taken for no tol",
    "`tol or ...` and `if not tol` take 0 for None. Ask `tol is None`.",
)
def is_zero_none(f, g_in, g_out, x, tol=None):
    return relative(f(g_in(x)), g_out(f(x))) <= (allowed(x, tol) or tolerance(x))


@misconception(
    "is_equivariant",
    "an error equal to the tolerance refused",
    "An error of exactly tol is allowed: with a tolerance of 0, an error of 0 is fine.",
)
def is_strictly_below(f, g_in, g_out, x, tol=None):
    return relative(f(g_in(x)), g_out(f(x))) < allowed(x, tol)


@misconception(
    "is_equivariant",
    "absolute error compared",
    "The tolerance is for the relative error. Yours depends on how large the numbers of f are.",
)
def is_absolute(f, g_in, g_out, x, tol=None):
    return distance(f(g_in(x)), g_out(f(x))) <= allowed(x, tol)


@misconception(
    "is_equivariant",
    "yes and no swapped",
    "A small error means that f is equivariant. Yours says True when the error is large.",
)
def is_not(f, g_in, g_out, x, tol=None):
    return relative(f(g_in(x)), g_out(f(x))) > allowed(x, tol)


@misconception(
    "is_equivariant",
    "g_in on both sides",
    "The output is moved by g_out. Behind a stride that is another shift than the image's.",
)
def is_g_in_twice(f, g_in, g_out, x, tol=None):
    actual, expected = f(g_in(x)), g_in(f(x))
    return relative(actual, expected) <= allowed(x, tol)


@misconception(
    "is_equivariant",
    "invariance instead",
    "You compare f(g(x)) with f(x). The output has to be moved too.",
)
def is_invariant(f, g_in, g_out, x, tol=None):
    return relative(f(g_in(x)), f(x)) <= allowed(x, tol)


@misconception(
    "is_equivariant",
    "torch.finfo asked about whole numbers",
    "torch.finfo knows floating-point numbers only. Ask x.dtype.is_floating_point first; else the tolerance is 0.",
)
def is_finfo(f, g_in, g_out, x, tol=None):
    return relative(f(g_in(x)), g_out(f(x))) <= (torch.finfo(x.dtype).eps ** 0.5 if tol is None else allowed(x, tol))


@misconception(
    "is_equivariant",
    "negative tolerance accepted",
    "No error is below 0, so a negative tolerance is a mistake of the caller: raise ValueError.",
)
def is_negative(f, g_in, g_out, x, tol=None):
    return relative(f(g_in(x)), g_out(f(x))) <= (tolerance(x) if tol is None else tol)


@misconception(
    "is_equivariant",
    "yes whatever happens",
    "You always say True. Compare the error with the tolerance.",
)
def is_always(f, g_in, g_out, x, tol=None):
    return True


# ----------------------------------------------------------------------------------------------- symmetry_table


def down(x):
    return moved(x, (1, 0))


def across(x):
    return moved(x, (0, 1))


def quarter(x):
    return torch.rot90(x, 1, (-2, -1))


def mirror(x):
    return x.flip(-1)


MAPS = {"translation": (down, across), "rot90": (quarter,), "horizontal flip": (mirror,)}


def check_square(x):
    if x.ndim != 4 or x.shape[2] != x.shape[3]:
        raise ValueError("the images are not square")


def agree(actual, expected, x):
    return actual.shape == expected.shape and relative(actual, expected) <= tolerance(x)


def ignores(f, g, x):
    return agree(f(g(x)), f(x), x)


def follows(f, g, x):
    y = f(x)
    return y.ndim == 4 and agree(f(g(x)), g(y), x)


def kind(f, maps, x, enough=all):
    if enough(ignores(f, g, x) for g in maps):
        return "invariant"
    return "equivariant" if enough(follows(f, g, x) for g in maps) else "neither"


def table(f, x, **others):
    check_square(x)
    return {name: kind(f, others.get(name.split()[-1], maps), x) for name, maps in MAPS.items()}


@misconception(
    "symmetry_table",
    "equivariant before invariant",
    "Some outputs are both, such as a map of one pixel. Ask for invariance first: it says more.",
)
def table_equivariant_first(f, x):
    check_square(x)

    def first_follows(maps):
        return "equivariant" if all(follows(f, g, x) for g in maps) else kind(f, maps, x)

    return {name: first_follows(maps) for name, maps in MAPS.items()}


@misconception(
    "symmetry_table",
    "invariant and equivariant swapped",
    "Invariant: f(g(x)) is f(x). Equivariant: f(g(x)) is g(f(x)). You have the two words the other way round.",
)
def table_swapped(f, x):
    words = {"invariant": "equivariant", "equivariant": "invariant", "neither": "neither"}
    return {name: words[found] for name, found in table(f, x).items()}


@misconception(
    "symmetry_table",
    "moved by rows only",
    "A translation goes both ways. A layer may follow a shift by a row and not one by a column.",
)
def table_rows_only(f, x):
    return table(f, x, translation=(down,))


@misconception(
    "symmetry_table",
    "moved by columns only",
    "A translation goes both ways. A layer may follow a shift by a column and not one by a row.",
)
def table_columns_only(f, x):
    return table(f, x, translation=(across,))


@misconception(
    "symmetry_table",
    "moved by several pixels",
    "Shifts by one pixel make up all others. By larger steps you miss what a stride or a pool does.",
)
def table_several_pixels(f, x):
    return table(f, x, translation=(lambda x: moved(x, (3, 0)), lambda x: moved(x, (0, 3))))


@misconception(
    "symmetry_table",
    "one direction is enough",
    "Both shifts have to hold, by a row and by a column. For you one of them is enough.",
)
def table_any(f, x):
    return table(f, x) | {"translation": kind(f, (down, across), x, any)}


@misconception(
    "symmetry_table",
    "translation fills in zeros",
    "What leaves the image has to come in again. With zeros even a circular convolution would fail.",
)
def table_zero(f, x):
    return table(f, x, translation=(lambda x: moved(x, (1, 0), "zero"), lambda x: moved(x, (0, 1), "zero")))


@misconception(
    "symmetry_table",
    "half a turn instead of a quarter",
    "rot90 turns by 90 degrees. Half a turn is forgiven more often.",
)
def table_half_turn(f, x):
    return table(f, x, rot90=(lambda x: x.flip(-2, -1),))


@misconception(
    "symmetry_table",
    "flipped upside down",
    "A horizontal flip swaps left and right: it reverses the last axis. Yours reverses the rows.",
)
def table_upside_down(f, x):
    return table(f, x, flip=(lambda x: x.flip(-2),))


@misconception(
    "symmetry_table",
    "different shapes are an error",
    "When f(g(x)) and g(f(x)) differ in shape, f does not follow g. That is an entry of the table, not an error.",
)
def table_refusing_shapes(f, x):
    check_square(x)
    y = f(x)
    for maps in MAPS.values():
        for g in maps:
            if y.ndim == 4:
                relative(f(g(x)), g(y))
    return table(f, x)


@misconception(
    "symmetry_table",
    "images that are not square accepted",
    "A quarter turn changes the shape of such an image, so the table cannot be made: raise ValueError.",
)
def table_any_shape(f, x):
    return {name: kind(f, maps, x) for name, maps in MAPS.items()}


# --------------------------------------------------------------------------------------------- commuting_shifts


def check_stride(stride, max_shift):
    if stride < 1 or max_shift < 0:
        raise ValueError("a stride is at least 1, the largest shift at least 0")


@misconception(
    "commuting_shifts",
    "stride forgotten",
    "You list every shift. Behind a stride of 2, a shift by 1 shows pixels that were not kept before.",
)
def shifts_all(stride, max_shift):
    check_stride(stride, max_shift)
    return list(range(-max_shift, max_shift + 1))


@misconception(
    "commuting_shifts",
    "divisors instead of multiples",
    "The shift has to be a whole number of strides, not the stride a whole number of shifts.",
)
def shifts_divisors(stride, max_shift):
    check_stride(stride, max_shift)
    return [s for s in range(-max_shift, max_shift + 1) if s == 0 or stride % s == 0]


@misconception("commuting_shifts", "one direction only", "Images also move up and left: list the negative shifts too.")
def shifts_positive(stride, max_shift):
    check_stride(stride, max_shift)
    return list(range(0, max_shift + 1, stride))


@misconception("commuting_shifts", "no shift left out", "A shift by 0 changes nothing, so it commutes with everything.")
def shifts_without_zero(stride, max_shift):
    check_stride(stride, max_shift)
    return [s for s in range(-max_shift, max_shift + 1) if s % stride == 0 and s]


@misconception(
    "commuting_shifts",
    "largest shift left out",
    "range stops before its end. The largest shift belongs to the list.",
)
def shifts_without_last(stride, max_shift):
    check_stride(stride, max_shift)
    return [s for s in range(-max_shift, max_shift) if s % stride == 0] if max_shift else [0]


@misconception(
    "commuting_shifts",
    "counted from -max_shift",
    "Steps of the stride from -max_shift on need not meet 0. Count from 0 in both directions.",
)
def shifts_from_end(stride, max_shift):
    check_stride(stride, max_shift)
    return list(range(-max_shift, max_shift + 1, stride)) if max_shift else [0]


@misconception(
    "commuting_shifts",
    "shifts of the output",
    "You list by how much the output moves. Asked for is by how many pixels the image moves.",
)
def shifts_of_output(stride, max_shift):
    check_stride(stride, max_shift)
    return list(range(-(max_shift // stride), max_shift // stride + 1))


@misconception(
    "commuting_shifts",
    "max_shift counted in strides",
    "max_shift is a number of pixels. Your list goes on to max_shift strides.",
)
def shifts_in_strides(stride, max_shift):
    check_stride(stride, max_shift)
    return [s * stride for s in range(-max_shift, max_shift + 1)]


@misconception(
    "commuting_shifts",
    "negative max_shift accepted",
    "A largest shift below 0 is impossible: raise ValueError instead of an empty list.",
)
def shifts_negative(stride, max_shift):
    check_stride(stride, 0)
    return [s for s in range(-max_shift, max_shift + 1) if s % stride == 0]


# -------------------------------------------------------------------------------------------- shift_consistency


def around(max_shift, middle=False):
    if max_shift < 1:
        raise ValueError("there is no shift to try")
    by = range(-max_shift, max_shift + 1)
    return [(down, right) for down in by for right in by if middle or (down, right) != (0, 0)]


def same_class(classifier, x, shifts, mode="circular"):
    """(shifts, images): whether the class of the highest score is the same."""
    top = classifier(x).argmax(1)
    return torch.stack([classifier(moved(x, shift, mode)).argmax(1) == top for shift in shifts])


def share(same):
    return float(same.double().mean())


@misconception(
    "shift_consistency",
    "the shift by nothing counted",
    "An image always agrees with itself, which makes your share too large. Leave the shift (0, 0) out.",
)
def consistency_with_middle(classifier, x, max_shift):
    return share(same_class(classifier, x, around(max_shift, middle=True)))


@misconception(
    "shift_consistency",
    "shifts down and right only",
    "Shifts go from -max_shift to max_shift. Yours never go up or left.",
)
def consistency_positive(classifier, x, max_shift):
    return share(same_class(classifier, x, [s for s in around(max_shift) if min(s) >= 0]))


@misconception(
    "shift_consistency",
    "no diagonal shifts",
    "Both axes move at once too: with max_shift 1 there are 8 shifts, not 4.",
)
def consistency_without_diagonals(classifier, x, max_shift):
    return share(same_class(classifier, x, [s for s in around(max_shift) if 0 in s]))


@misconception(
    "shift_consistency",
    "diagonal shifts only",
    "The two axes move by different numbers too. Use two loops, one for each axis.",
)
def consistency_diagonal(classifier, x, max_shift):
    return share(same_class(classifier, x, [s for s in around(max_shift) if s[0] == s[1]]))


@misconception(
    "shift_consistency",
    "largest shifts only",
    "All shifts up to max_shift count, also the smaller ones.",
)
def consistency_largest(classifier, x, max_shift):
    return share(same_class(classifier, x, [s for s in around(max_shift) if max(map(abs, s)) == max_shift]))


@misconception(
    "shift_consistency",
    "shifted with zeros",
    "The shifts are circular. With zeros, what stands at the edge is lost, and the answer changes for that reason.",
)
def consistency_zero(classifier, x, max_shift):
    return share(same_class(classifier, x, around(max_shift), "zero"))


@misconception(
    "shift_consistency",
    "an image counts only if no shift changes it",
    "Count every comparison by itself. Yours drops an image as soon as one of its shifts changes the answer.",
)
def consistency_all(classifier, x, max_shift):
    return share(same_class(classifier, x, around(max_shift)).all(0))


@misconception(
    "shift_consistency",
    "scores compared instead of answers",
    "The scores may change as long as the highest one belongs to the same class.",
)
def consistency_of_scores(classifier, x, max_shift):
    scores = classifier(x)
    same = [torch.isclose(classifier(moved(x, s)), scores).all(1) for s in around(max_shift)]
    return share(torch.stack(same))


@misconception(
    "shift_consistency",
    "highest image instead of highest class",
    "argmax over axis 0 looks for the image with the highest score. The classes are on axis 1.",
)
def consistency_wrong_axis(classifier, x, max_shift):
    top = classifier(x).argmax(0)
    return share(torch.stack([classifier(moved(x, shift)).argmax(0) == top for shift in around(max_shift)]))


@misconception(
    "shift_consistency",
    "compared with the right class",
    "No labels are needed: the image number is not its class. Compare with the answer for the image itself.",
)
def consistency_with_labels(classifier, x, max_shift):
    labels = torch.arange(len(x), device=x.device)
    same = [classifier(moved(x, shift)).argmax(1) == labels for shift in around(max_shift)]
    return share(torch.stack(same))


@misconception(
    "shift_consistency",
    "share of changes",
    "You count the answers that change. Asked for is the share of those that stay.",
)
def consistency_of_changes(classifier, x, max_shift):
    return 1 - share(same_class(classifier, x, around(max_shift)))


@misconception("shift_consistency", "in per cent", "A share is a number from 0 to 1. Yours is 100 times as large.")
def consistency_per_cent(classifier, x, max_shift):
    return 100 * share(same_class(classifier, x, around(max_shift)))


@misconception(
    "shift_consistency",
    "a count instead of a share",
    "Divide by the number of comparisons: images times shifts.",
)
def consistency_count(classifier, x, max_shift):
    return float(same_class(classifier, x, around(max_shift)).sum())


@misconception(
    "shift_consistency",
    "divided by the images only",
    "Every image is compared once for each shift. Divide by images times shifts.",
)
def consistency_per_image(classifier, x, max_shift):
    return float(same_class(classifier, x, around(max_shift)).sum()) / len(x)


@misconception(
    "shift_consistency",
    "1 whatever happens",
    "You always answer 1. Shift the images and compare the classes.",
)
def consistency_constant(classifier, x, max_shift):
    return 1.0


# -------------------------------------------------------------------------------------------------- blur_pool2d

BINOMIAL = ((1.0, 2.0, 1.0), (2.0, 4.0, 2.0), (1.0, 2.0, 1.0))


def check_blur(x, stride):
    if min(pair(stride)) < 1 or x.ndim != 4 or min(x.shape[2:]) < 2:
        raise ValueError("images of at least 2 x 2 pixels and strides of at least 1 are needed")


def blurred(x, weights=BINOMIAL, whole=16, mode="reflect"):
    """(N, C, H, W) -> (N, C, H, W), every channel for itself."""
    around_it = pad(x, (1, 1, 1, 1), mode=mode)
    height, width = x.shape[2:]
    taps = [(u, v, weights[u][v]) for u in range(3) for v in range(3)]
    return sum(w * around_it[:, :, u : u + height, v : v + width] for u, v, w in taps) / whole


def every(x, stride, first=0):
    rows, columns = pair(stride)
    return x[:, :, first::rows, first::columns]


@misconception(
    "blur_pool2d",
    "not divided by 16",
    "The nine weights add up to 16, so your images become 16 times as bright. Divide by their sum.",
)
def blur_sum(x, stride=2):
    check_blur(x, stride)
    return every(blurred(x, whole=1), stride)


@misconception(
    "blur_pool2d",
    "divided by 9",
    "There are nine weights, but they add up to 16: divide by their sum.",
)
def blur_by_nine(x, stride=2):
    check_blur(x, stride)
    return every(blurred(x, whole=9), stride)


@misconception(
    "blur_pool2d",
    "plain mean instead of the binomial window",
    "The weights are not all the same: the middle counts 4, its neighbours 2, the corners 1.",
)
def blur_box(x, stride=2):
    check_blur(x, stride)
    return every(blurred(x, ((1, 1, 1),) * 3, 9), stride)


@misconception(
    "blur_pool2d",
    "blurred after subsampling",
    "First blur at every place, then keep every second one. What was thrown away before cannot be blurred in.",
)
def blur_late(x, stride=2):
    check_blur(x, stride)
    kept = every(x, stride)
    mode = "reflect" if min(kept.shape[2:]) > 1 else "replicate"
    return blurred(kept, mode=mode)


@misconception(
    "blur_pool2d",
    "padded with zeros",
    'Zeros make the edge dark. Continue the image by its mirror image: F.pad(..., mode="reflect").',
)
def blur_zero(x, stride=2):
    check_blur(x, stride)
    return every(blurred(x, mode="constant"), stride)


@misconception(
    "blur_pool2d",
    "edge repeated",
    'Beside the first pixel stands the second one, as in a mirror: mode="reflect", not "replicate".',
)
def blur_replicate(x, stride=2):
    check_blur(x, stride)
    return every(blurred(x, mode="replicate"), stride)


@misconception(
    "blur_pool2d",
    "continued around the edge",
    'Beside the first pixel stands the second one, not the last: mode="reflect", not "circular".',
)
def blur_circular(x, stride=2):
    check_blur(x, stride)
    return every(blurred(x, mode="circular"), stride)


@misconception(
    "blur_pool2d",
    "not padded",
    "Your output is too small: the window also stands on the pixels at the edge. Pad by one at each side.",
)
def blur_unpadded(x, stride=2):
    check_blur(x, stride)
    return every(blurred(x)[:, :, 1:-1, 1:-1], stride)


@misconception("blur_pool2d", "not subsampled", "After the blur, keep every stride-th row and column only.")
def blur_only(x, stride=2):
    check_blur(x, stride)
    return blurred(x)


@misconception(
    "blur_pool2d", "not blurred", "You keep every second pixel. Blur first: that is the point of this layer."
)
def blur_nothing(x, stride=2):
    check_blur(x, stride)
    return every(x, stride)


@misconception(
    "blur_pool2d", "stride always 2", "The stride is an argument; 2 is only what it is when nothing is said."
)
def blur_two(x, stride=2):
    check_blur(x, stride)
    return every(blurred(x), 2)


@misconception(
    "blur_pool2d",
    "one stride for both axes",
    "A pair of strides has one number for the rows and one for the columns. You use the first for both.",
)
def blur_one_stride(x, stride=2):
    check_blur(x, stride)
    return every(blurred(x), pair(stride)[0])


@misconception(
    "blur_pool2d",
    "rows not blurred",
    "You blur along one axis. The window has three rows, too.",
)
def blur_one_axis(x, stride=2):
    check_blur(x, stride)
    return every(blurred(x, ((0, 0, 0), (1, 2, 1), (0, 0, 0)), 4), stride)


@misconception(
    "blur_pool2d",
    "begins with the second pixel",
    "The first row and the first column are kept. Yours begins one later.",
)
def blur_second(x, stride=2):
    check_blur(x, stride)
    return every(blurred(x), stride, first=1)


@misconception(
    "blur_pool2d",
    "channels mixed",
    "Every channel is blurred for itself: with F.conv2d that takes groups=C. Yours adds all channels up.",
)
def blur_mixed(x, stride=2):
    check_blur(x, stride)
    return every(blurred(x).sum(1, keepdim=True).expand_as(x), stride)


@misconception(
    "blur_pool2d",
    "stride of 0 accepted",
    "A stride below 1 is impossible: raise ValueError.",
)
def blur_any_stride(x, stride=2):
    check_blur(x, 1)
    return every(blurred(x), tuple(max(step, 1) for step in pair(stride)))


# --------------------------------------------------------------------------------------------------- symmetrize


def check_group(group):
    if not group:
        raise ValueError("a group is never empty")


@misconception("symmetrize", "sum instead of mean", "Divide by the number of pairs: a mean is asked for.")
def symmetrize_sum(f, group):
    check_group(group)
    return lambda x: sum(back(f(g(x))) for g, back in group)


@misconception(
    "symmetrize",
    "not transformed back",
    "Every output has to be changed back by g_inverse before it is added; else differently turned outputs mix.",
)
def symmetrize_forward(f, group):
    check_group(group)
    return lambda x: sum(f(g(x)) for g, _ in group) / len(group)


@misconception(
    "symmetrize",
    "image not transformed",
    "f has to see every changed image: f(g(x)). Yours sees x each time.",
)
def symmetrize_backward(f, group):
    check_group(group)
    return lambda x: sum(back(f(x)) for _, back in group) / len(group)


@misconception(
    "symmetrize",
    "g after f",
    "g changes the image before f sees it. Yours changes the output there and back, so that nothing happens.",
)
def symmetrize_after(f, group):
    check_group(group)
    return lambda x: sum(back(g(f(x))) for g, back in group) / len(group)


@misconception(
    "symmetrize",
    "changed back before f sees it",
    "f has to see the changed image. You change it there and back, and then apply f.",
)
def symmetrize_before(f, group):
    check_group(group)
    return lambda x: sum(f(back(g(x))) for g, back in group) / len(group)


@misconception(
    "symmetrize",
    "g and g_inverse swapped",
    "The first of a pair belongs to the image, the second to the output. Over a whole group nobody notices.",
)
def symmetrize_swapped(f, group):
    check_group(group)
    return lambda x: sum(g(f(back(x))) for g, back in group) / len(group)


@misconception("symmetrize", "first pair only", "A `return` inside the loop ends it after the first pair.")
def symmetrize_first(f, group):
    check_group(group)
    g, back = group[0]
    return lambda x: back(f(g(x)))


@misconception("symmetrize", "last pair only", "Add the outputs up; each one replaces the one before in yours.")
def symmetrize_last(f, group):
    check_group(group)
    g, back = group[-1]
    return lambda x: back(f(g(x)))


@misconception("symmetrize", "maximum instead of mean", "The mean over the group is asked for. You take the maximum.")
def symmetrize_maximum(f, group):
    check_group(group)
    return lambda x: torch.stack([back(f(g(x))) for g, back in group]).amax(0)


@misconception("symmetrize", "always divided by 4", "Not every group has four members. Divide by the number of pairs.")
def symmetrize_by_four(f, group):
    check_group(group)
    return lambda x: sum(back(f(g(x))) for g, back in group) / 4


@misconception(
    "symmetrize",
    "x itself added",
    "The identity is one of the pairs already. Yours adds f(x) once more.",
)
def symmetrize_extra(f, group):
    check_group(group)
    return lambda x: (f(x) + sum(back(f(g(x))) for g, back in group)) / (len(group) + 1)


@misconception(
    "symmetrize",
    "first answer kept",
    "Your function answers every image as it answered the first. Keep nothing from one call to the next.",
)
def symmetrize_kept(f, group):
    check_group(group)
    kept = []

    def averaged(x):
        if not kept:
            kept.append(sum(back(f(g(x))) for g, back in group) / len(group))
        return kept[0]

    return averaged


@misconception("symmetrize", "f unchanged", "You return f as it is. What you return has to average over the group.")
def symmetrize_nothing(f, group):
    check_group(group)
    return f


# ------------------------------------------------------------------------------------------------------ lift_p4


def check_kernel(x, weight):
    if weight.shape[2] != weight.shape[3] or weight.shape[2] % 2 == 0 or weight.shape[1] != x.shape[1]:
        raise ValueError("square kernels of odd size for the image's channels are needed")


def correlated(x, weight):
    return conv2d(x, weight, padding=weight.shape[2] // 2)


def lifted(x, kernels, axis=2):
    return torch.stack([correlated(x, kernel) for kernel in kernels], axis)


@misconception(
    "lift_p4",
    "image turned instead of the kernel",
    "Turn the weight. When the image is turned, so is the answer, and it does not even have the right shape.",
)
def lift_image(x, weight):
    check_kernel(x, weight)
    return torch.stack([correlated(torch.rot90(x, r, (2, 3)), weight) for r in range(4)], 2)


@misconception(
    "lift_p4",
    "turned with the clock",
    "The kernels turn against the clock, as torch.rot90 does. Yours come in the opposite order.",
)
def lift_clockwise(x, weight):
    check_kernel(x, weight)
    return lifted(x, [torch.rot90(weight, -r, (2, 3)) for r in range(4)])


@misconception(
    "lift_p4",
    "the same kernel four times",
    "All four maps are the same. Each needs the kernel in another position, turned by r quarter turns.",
)
def lift_unturned(x, weight):
    check_kernel(x, weight)
    return lifted(x, [weight] * 4)


@misconception(
    "lift_p4",
    "one turn used again",
    "Three of your maps use the kernel turned by one quarter. Turn further each time: by 0, 1, 2 and 3 quarters.",
)
def lift_one_turn(x, weight):
    check_kernel(x, weight)
    return lifted(x, [torch.rot90(weight, min(r, 1), (2, 3)) for r in range(4)])


@misconception(
    "lift_p4",
    "turned by half turns",
    "A quarter turn is 90 degrees. Your kernel is turned by 180 each time, so that two and two maps are the same.",
)
def lift_half_turns(x, weight):
    check_kernel(x, weight)
    return lifted(x, [torch.rot90(weight, 2 * r, (2, 3)) for r in range(4)])


@misconception(
    "lift_p4",
    "begins with the turned kernel",
    "The first map belongs to the kernel as it is, turned by 0. Yours begins with one turn.",
)
def lift_one_later(x, weight):
    check_kernel(x, weight)
    return lifted(x, [torch.rot90(weight, r, (2, 3)) for r in range(1, 5)])


@misconception(
    "lift_p4",
    "flipped instead of turned",
    "Mirror images are not turns. Use torch.rot90 on the two axes of the kernel.",
)
def lift_flipped(x, weight):
    check_kernel(x, weight)
    return lifted(x, [weight, weight.flip(2), weight.flip(3), weight.flip(2, 3)])


@misconception(
    "lift_p4",
    "transposed instead of turned",
    "Swapping rows and columns is a mirror image about the diagonal, not a turn.",
)
def lift_transposed(x, weight):
    check_kernel(x, weight)
    turned = weight.transpose(2, 3)
    return lifted(x, [weight, turned, weight.flip(2, 3), turned.flip(2, 3)])


@misconception(
    "lift_p4",
    "kernel flipped",
    "The layer cross-correlates, as conv2d does. Yours turns the kernel by half a turn first.",
)
def lift_convolution(x, weight):
    check_kernel(x, weight)
    return lifted(x, [torch.rot90(weight, r + 2, (2, 3)) for r in range(4)])


@misconception(
    "lift_p4",
    "turned over the wrong axes",
    "torch.rot90 turns the first two axes unless you name others. The kernel's rows and columns are axes 2 and 3.",
)
def lift_wrong_axes(x, weight):
    check_kernel(x, weight)
    return lifted(x, [torch.rot90(weight, r, (0, 1)) for r in range(4)])


@misconception(
    "lift_p4",
    "new axis before the filters",
    "The axis of the four turns comes after that of the filters: (N, K, 4, H, W).",
)
def lift_other_axis(x, weight):
    check_kernel(x, weight)
    return lifted(x, [torch.rot90(weight, r, (2, 3)) for r in range(4)], 1)


@misconception(
    "lift_p4",
    "maps turned too",
    "You turn each map back after correlating. The maps stay as they are: the kernel alone is turned.",
)
def lift_turned_maps(x, weight):
    check_kernel(x, weight)
    maps = [correlated(x, torch.rot90(weight, r, (2, 3))) for r in range(4)]
    return torch.stack([torch.rot90(y, -r, (2, 3)) for r, y in enumerate(maps)], 2)


@misconception(
    "lift_p4",
    "not padded",
    "The maps have the size of the image: pad with (k - 1) / 2 zeros at each side.",
)
def lift_unpadded(x, weight):
    check_kernel(x, weight)
    return torch.stack([conv2d(x, torch.rot90(weight, r, (2, 3))) for r in range(4)], 2)


@misconception(
    "lift_p4",
    "even kernels accepted",
    "A kernel of even size has no middle, and the maps get another size than the image: raise ValueError.",
)
def lift_even(x, weight):
    return lifted(x, [torch.rot90(weight, r, (2, 3)) for r in range(4)])
