"""The families of arrays that a kernel may work on; the first that suits a function is taken."""

from gradcheck.kernels.frameworks.framework import Framework
from gradcheck.kernels.frameworks.numpy import NUMPY

__all__ = ["BY_NAME", "FRAMEWORKS", "Framework"]

FRAMEWORKS: tuple[Framework, ...] = (NUMPY,)

BY_NAME = {framework.name: framework for framework in FRAMEWORKS}
