"""A little library of arrays, which nothing but DLPack connects to others."""

import numpy as np

__version__ = "1.0"


class Array:
    """An array."""

    def __init__(self, values):
        self.values = values

    def __dlpack__(self, **options):
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()


def from_dlpack(array):
    return Array(np.from_dlpack(array))


asarray = from_dlpack
