"""What a question's key is, and the brute-force arithmetic that the oracles share; nothing of it is ours."""

import re
from itertools import product

import torch
from torch.nn import functional as F


def key(question):
    """The right answer, in a form that can be compared."""
    match question.kind:
        case "single_choice":
            (right,) = (option.text for option in question.options if option.right)
            return right
        case "multiple_choice":
            return {option.text for option in question.options if option.right}
        case "true_false" | "numeric":
            return question.answer
        case "matching":
            return {pair.left: pair.right for pair in question.pairs}
        case "ordering":
            return list(question.items)
        case "cloze":
            return {gap.name: _gap(gap) for gap in question.gaps}
        case "spot_the_error":
            return question.wrong_line
    raise AssertionError(f"no oracle can judge {question.kind}")


def _gap(gap):
    if gap.number is not None:
        return gap.number
    (right,) = (option.text for option in gap.options if option.right)
    return right


def agrees(question, expected):
    """Whether the key is the expected answer; numbers may differ by rounding, within the question's own tolerance."""
    actual = key(question)
    if question.kind == "numeric":
        return abs(actual - expected) <= max(1e-9, 0.5 * question.tolerance + 1e-9)
    if question.kind == "cloze":
        tolerances = {gap.name: max(1e-9, 0.5 * gap.tolerance) for gap in question.gaps}
        return actual.keys() == expected.keys() and all(
            abs(actual[n] - e) <= tolerances[n] if isinstance(actual[n], float) else actual[n] == e
            for n, e in expected.items()
        )
    return actual == expected


def places(size, kernel, stride=1, padding=0, dilation=1):
    """How many windows fit, counted one by one."""
    starts = range(-padding, size + padding, stride)
    return sum(start + dilation * (kernel - 1) < size + padding for start in starts)


def correlation(image, kernel):
    """Cross-correlation by four loops."""
    rows, columns = len(image) - len(kernel) + 1, len(image[0]) - len(kernel[0]) + 1
    taps = list(product(range(len(kernel)), range(len(kernel[0]))))
    return [[sum(image[i + u][j + v] * kernel[u][v] for u, v in taps) for j in range(columns)] for i in range(rows)]


def tensor(rows):
    return torch.tensor(rows, dtype=torch.float64)[None, None]


def dense_twin(weight, x):
    """The matrix of a convolution: what torch makes of each pixel alone."""
    pixels = torch.eye(x.numel(), dtype=weight.dtype).reshape(x.numel(), *x.shape[1:])
    return F.conv2d(pixels, weight).flatten(1).T


def grouped(number):
    """The digits of a number in groups of three."""
    digits, parts = str(number), []
    while digits:
        digits, part = digits[:-3], digits[-3:]
        parts.insert(0, part)
    return "\u00a0".join(parts)


def code(value):
    return f"`{value}`"


def whole(values):
    """Numbers of a tensor as rows of Python integers, in code."""
    return code(values.round().long().tolist())


def parameters(*modules):
    return sum(p.numel() for module in modules for p in module.parameters())


def repaired(question):
    """The lines of a question with the correction in place of the wrong one."""
    lines = list(question.lines)
    wrong = lines[question.wrong_line]
    lines[question.wrong_line] = wrong[: len(wrong) - len(wrong.lstrip())] + question.correction
    return lines


def wrong_line(question, run, right, **names):
    """The line that is wrong, after proof: as shown some result is wrong or fails, and corrected all are right.

    `run(namespace)` gives results of what the lines define, `right` what they should be; `names` are what the lines
    use without defining it.
    """
    assert _results(repaired(question), run, names) == right, question.correction
    assert _results(question.lines, run, names) != right, question.lines[question.wrong_line]
    return question.wrong_line


def _results(lines, run, names):
    namespace = dict(names)
    exec("\n".join(lines), namespace)
    try:
        return run(namespace)
    except Exception as error:  # what is wrong may fail as well
        return repr(error)


def shown_code(question):
    """The program in a prompt."""
    (program,) = re.findall(r"```python\n(.*?)\n```", question.prompt, re.DOTALL)
    return program
