"""Functions among the arguments: what comes back of the arguments is data, and the call is answered."""

import torch

from convclass.exam.describer import described
from convclass.sandbox.reply import Returned

SOURCE = b"""
def apply(f, x, more):
    y = f(x.clone())
    x += 1
    return y
"""
X = torch.tensor([-1.0, 2.0])


def test_arguments_come_back_beside_functions(sandbox):
    with sandbox.student(SOURCE, "module.py") as student:
        arguments = (described.relu(), X, [(described.flip(0), 1)])
        reply = student.call("apply", arguments, {}, return_arguments=True)
    assert isinstance(reply, Returned)
    assert reply.value.tolist() == [0, 2]
    function, after, more = reply.arguments
    assert after.tolist() == [0, 3]
    assert isinstance(function, str)
    assert isinstance(more, str)
