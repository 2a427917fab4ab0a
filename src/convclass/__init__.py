"""ConvClass: an auto-graded course on convolutional against fully connected networks."""

__version__ = "0.1.0"
