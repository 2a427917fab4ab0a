"""The right answers: each function of the course, written as its textbook definition, on any device."""

from convclass.reference.conv import (
    conv2d,
    conv2d_backward,
    conv_transpose2d,
    convolve2d,
    cross_correlate2d,
    im2col,
)
from convclass.reference.counting import (
    conv2d_macs,
    conv2d_params,
    count_parameters,
    linear_macs,
    linear_params,
    locally_connected2d_params,
    mlp_params,
)
from convclass.reference.equivariance import (
    blur_pool2d,
    commuting_shifts,
    equivariance_error,
    invariance_error,
    is_equivariant,
    lift_p4,
    shift_consistency,
    symmetrize,
    symmetry_table,
    translate,
)
from convclass.reference.geometry import output_size
from convclass.reference.models import CNN, MLP, mlp_from_conv, permute_pixels
from convclass.reference.networks import activation_count, network_params
from convclass.reference.pooling import (
    avg_pool2d,
    avg_pool2d_backward,
    global_avg_pool2d,
    max_pool2d,
    max_pool2d_backward,
    receptive_field,
    relu,
)
from convclass.reference.sharing import conv2d_matrix, locally_connected2d, sharing_report
from convclass.reference.training import accuracy, compare, shift_robustness, train

__all__ = [
    "CNN",
    "MLP",
    "accuracy",
    "activation_count",
    "avg_pool2d",
    "avg_pool2d_backward",
    "blur_pool2d",
    "commuting_shifts",
    "compare",
    "conv2d",
    "conv2d_backward",
    "conv2d_macs",
    "conv2d_matrix",
    "conv2d_params",
    "conv_transpose2d",
    "convolve2d",
    "count_parameters",
    "cross_correlate2d",
    "equivariance_error",
    "global_avg_pool2d",
    "im2col",
    "invariance_error",
    "is_equivariant",
    "lift_p4",
    "linear_macs",
    "linear_params",
    "locally_connected2d",
    "locally_connected2d_params",
    "max_pool2d",
    "max_pool2d_backward",
    "mlp_from_conv",
    "mlp_params",
    "network_params",
    "output_size",
    "permute_pixels",
    "receptive_field",
    "relu",
    "sharing_report",
    "shift_consistency",
    "shift_robustness",
    "symmetrize",
    "symmetry_table",
    "train",
    "translate",
]
