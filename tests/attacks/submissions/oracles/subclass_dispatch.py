"""A subclass of Tensor whose handler runs the forbidden function when an allowed one is called.

Must hold: a forbidden call earns nothing.
Control: score
"""
import torch


class Other(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        with torch._C.DisableTorchFunctionSubclass():
            a, b = (t.as_subclass(torch.Tensor).double() for t in args[:2])
            return torch.nn.functional.__dict__["conv" + str(2) + "d"](a, b)


def conv(x, weight):
    return torch.matmul(x.as_subclass(Other), weight).to(x.dtype)
