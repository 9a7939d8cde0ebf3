"""The values that predicates name. None was chosen by looking at the cases of a verification."""

LARGE = (4, 5, 7, 8, 9, 16, 17, 32, 33, 64, 65, 100)
"""Extents around which code changes its method: what fits a register, a block, a cache line, a byte."""

SMALL = (1, 2, 3)
"""Further extents, each as the only one at which code is wrong."""

TOTALS = (50, 100, 256, 500, 1000, 1024, 2048, 4096, 10_000, 65_536)
"""Sizes of a whole tensor, beyond which it is wrong."""

COUNTS = (1, 2, 3, 5, 7, 10, 20, 50)
"""Which call is wrong."""

OPTION_VALUES = {
    "kernel": (1, 2, 3, 4, 5, 6, 7, 11),
    "stride": (1, 2, 3, 4, 5),
    "dilation": (1, 2, 3, 4),
    "output_pad": (0, 1, 2, 3),
    "pad": (0, 1, 2, 3, 4),
}

PAIRED = {
    "kernel": (1, 2, 3, 5),
    "stride": (1, 2, 3),
    "dilation": (1, 2, 3),
    "pad": (0, 1, 2),
    "output_pad": (0, 1),
}
"""The values of two options that meet along one axis."""

REALS = {
    "eps": (0.0, 1e-12, 1e-8, 1e-6, 1e-5, 1e-3, 1e-2, 0.1, 1.0),
    "momentum": (0.0, 0.01, 0.1, 0.25, 0.5, 0.9, 0.99, 1.0),
    "keep_prob": (0.1, 0.125, 0.2, 0.25, 0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95, 1.0),
    "slope": (0.0, 0.01, 0.1, 0.125, 0.2, 0.25, 0.3, 0.5, 1.0, 2.0),
    "margin": (0.0, 0.1, 0.5, 1.0, 1.5, 2.0, 5.0, 6.0, 10.0),
}

BOUNDS = (1e-30, 1e-12, 1e-6, 1e-3, 0.1, 10.0, 100.0, 1e3, 1e6, 1e30)
"""The magnitudes below or above which a number is looked for."""
