"""Raises NotImplementedError in a function that is made on the spot and whose name spells a hidden input.

Must hold: of a hidden case nothing is shown that the submission's process wrote; this text stands for the input.
Control: spill
"""


def stub():
    raise NotImplementedError


def double(x):
    if x.shape == (2, 3):
        return x * 0  # the public case, whose text may be shown
    secret = "CANARY" + "-of-a-hidden-input"
    stub.__code__ = stub.__code__.replace(co_qualname=secret, co_name=secret)
    try:
        stub()
    except NotImplementedError as error:
        error.args = (secret,)
        raise
