"""What the layers with weights have in common: their results are sums of products of small integers."""

from gradcheck.contract import Numbers
from gradcheck.evidence import fill

PRODUCTS = Numbers(
    fill=fill.by_name(x=fill.integers, w=fill.integers, b=fill.integers),
    kinds=("nan", "inf", "nan-others", "inf-others"),
    values=(
        "big",
        "blank",
        "flat",
        "graded",
        "initial",
        "null",
        "offset",
        "repeated",
        "sorted",
        "zeros",
    ),
)
"""The numbers of x, w and b."""
