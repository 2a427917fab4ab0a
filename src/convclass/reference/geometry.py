"""The arithmetic of sliding windows: how many fit, and which requests are impossible."""

from __future__ import annotations

from operator import index

IntPair = int | tuple[int, int]


def output_size(size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """How many windows fit along one axis: floor((size + 2·padding - span) / stride) + 1.

    The span of a window is dilation·(kernel_size - 1) + 1 (Dumoulin & Visin 2016, relationship 15). Raises
    ValueError when no window fits, or for a size, kernel, stride or dilation below 1 or a negative padding.
    """
    at_least(1, size=size, kernel_size=kernel_size, stride=stride, dilation=dilation)
    at_least(0, padding=padding)
    span = dilation * (kernel_size - 1) + 1
    padded = size + 2 * padding
    if span > padded:
        raise ValueError(f"the kernel does not fit: it spans {span} pixels and the image with its padding has {padded}")
    return (padded - span) // stride + 1


def transposed_output_size(
    size: int, kernel_size: int, stride: int = 1, padding: int = 0, output_padding: int = 0
) -> int:
    """The size a transposed convolution makes: (size - 1)·stride - 2·padding + kernel_size + output_padding.

    Of the sizes that a convolution would turn into `size`, `output_padding` picks one, so it must be smaller
    than the stride (Dumoulin & Visin 2016, relationship 14). Raises ValueError when nothing would be left.
    """
    at_least(1, size=size, kernel_size=kernel_size, stride=stride)
    at_least(0, padding=padding, output_padding=output_padding)
    if output_padding >= stride:
        raise ValueError(f"output_padding must be smaller than the stride: {output_padding} >= {stride}")
    made = (size - 1) * stride - 2 * padding + kernel_size + output_padding
    if made < 1:
        raise ValueError(f"the padding leaves nothing of the output: its size would be {made}")
    return made


def pair(value: IntPair, name: str) -> tuple[int, int]:
    """`value` for the vertical and the horizontal axis: an int stands for both.

    Raises ValueError unless it is an int or two ints.
    """
    both = (value, value) if not isinstance(value, tuple | list) else tuple(value)
    try:
        vertical, horizontal = (index(one) for one in both)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be an int or a pair of ints, not {value!r}") from None
    return vertical, horizontal


def at_least(minimum: int, **values: int) -> None:
    """Raise ValueError, naming it, for the first of `values` that is below `minimum`."""
    for name, value in values.items():
        if value < minimum:
            raise ValueError(f"{name} must be at least {minimum}, not {value}")
