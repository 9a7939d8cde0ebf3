"""The families of arrays that a kernel may work on; the first that suits a function is taken."""

from gradcheck.kernels.frameworks.array_api import ARRAY_API
from gradcheck.kernels.frameworks.framework import Framework
from gradcheck.kernels.frameworks.jax import JAX
from gradcheck.kernels.frameworks.numpy import AUTOGRAD, NUMBA, NUMPY
from gradcheck.kernels.frameworks.torch import TORCH

__all__ = ["BY_NAME", "FRAMEWORKS", "NUMPY", "Framework"]

FRAMEWORKS: tuple[Framework, ...] = (TORCH, JAX, NUMBA, AUTOGRAD, ARRAY_API, NUMPY)

BY_NAME = {framework.name: framework for framework in FRAMEWORKS}
