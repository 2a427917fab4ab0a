"""Groups of calls that an exercise may forbid: patterns over full names in the source and over operators at run time.

Matched by `fnmatch`, case-sensitively. What an exercise asks a student to build may not be called.
"""

CONVOLUTIONS = (
    "torch.conv*",
    "torch.*_conv*",
    "torch.nn.*conv*",
    "torch.nn.*Conv*",
    "torch.nn.*unfold",
    "torch.nn.*fold",
    "torch.nn.*Unfold",
    "torch.nn.*Fold",
    "torch.nn.functional.grad*",
    "torch.Tensor.unfold",
    "torch.Tensor.conv*",
    "torch.Tensor.Conv?d",
    "torch.ops.*conv*",
    "torch.ops.*im2col*",
    "torch.ops.*col2im*",
    "torch.ops.*unfold*",
    "torch._C._nn.*conv*",
    "torch._C._nn.im2col",
    "torch._C._nn.col2im",
    "aten::*conv*",
    "aten::im2col*",
    "aten::col2im*",
    "aten::unfold*",
    "quantized::*conv*",
)

POOLS = (
    "torch.*_pool?d*",
    "torch.nn.functional.*pool*",
    "torch.nn.*Pool*",
    "torch.nn.modules.pooling*",
    "torch.ops.*pool*",
    "torch._C._nn.*pool*",
    "aten::*pool*",
)

RELUS = (
    "torch.*relu*",
    "torch.*ReLU*",
    "torch.*threshold*",
    "torch.nn.Threshold",
    "torch.nn.modules.activation*",
    "aten::*relu*",
    "aten::threshold*",
)

ROLLS = (
    "torch.*roll*",
    "numpy.*roll*",
    "aten::roll*",
)

AUTOGRAD = (
    "torch.autograd*",
    "torch.func.*",
    "torch.enable_grad",
    "torch.Tensor.autograd",
    "torch.Tensor.vjp",
    "torch.Tensor.backward",
    "torch.Tensor.requires_grad_",
)

# A count is arithmetic: what builds a layer would count it.
LAYERS = (
    "torch.nn.*Linear*",
    "torch.nn.*Conv*",
    "torch.nn.*Norm*",
    "torch.nn.Lazy*",
    "torch.nn.modules.*",
    "torch.nn.utils.skip_init",
    "torch.Tensor.Linear",
    "torch.Tensor.Conv?d",
    "torch.Tensor.BatchNorm?d",
    "torch.utils.flop_counter*",
)
