"""Forward and backward at the sizes of a course's exercises: ``pytest benchmarks --benchmark-only``."""

import importlib.util
import runpy
from pathlib import Path

import numpy as np
import pytest

from gradcheck import fast, naive

PEER = Path(__file__).parents[1] / "tests" / "peers" / "torch_layers.py"
PACKAGES = {"naive": vars(naive), "fast": vars(fast)}
if importlib.util.find_spec("torch") is not None:
    PACKAGES["torch"] = runpy.run_path(str(PEER))

# Naive loops take a while: a quarter of a second each is enough to see what matters.
pytestmark = pytest.mark.benchmark(max_time=0.25, min_rounds=3)

# layer, shapes of the arguments, options: a small image batch, a hidden layer, ten classes
SIZES = {
    "affine": ([(50, 3, 32, 32), (3072, 100), (100,)], {}),
    "relu": ([(50, 8, 32, 32)], {}),
    "sigmoid": ([(50, 100)], {}),
    "conv2d": ([(4, 3, 32, 32), (8, 3, 3, 3), (8,)], {"pad": 1}),
    "conv2d strided": ([(4, 3, 31, 31), (25, 3, 3, 3), (25,)], {"stride": 2, "pad": 1}),
    "conv2d depthwise": ([(4, 8, 32, 32), (8, 1, 3, 3), (8,)], {"pad": 1, "groups": 8}),
    "conv_transpose2d": ([(4, 8, 16, 16), (8, 3, 2, 2), (3,)], {"stride": 2}),
    "max_pool2d": ([(4, 8, 32, 32)], {"kernel": 2}),
    "max_pool2d overlapping": ([(4, 8, 32, 32)], {"kernel": 3, "stride": 2}),
    "avg_pool2d": ([(4, 8, 32, 32)], {"kernel": 2}),
    "batch_norm": ([(200, 100), (100,), (100,)], {}),
    "spatial_batch_norm": ([(4, 8, 32, 32), (8,), (8,)], {}),
    "layer_norm": ([(200, 100), (100,), (100,)], {}),
    "group_norm": ([(4, 8, 32, 32), (8,), (8,)], {"groups": 4}),
    "dropout": ([(200, 100)], {"mask": np.arange(20_000).reshape(200, 100) % 2 == 0}),
    "softmax_loss": ([(200, 10), (200,)], {}),
    "svm_loss": ([(200, 10), (200,)], {}),
}


def arguments(layer, shapes):
    rng = np.random.default_rng(0)
    given = [rng.normal(size=shape) for shape in shapes]
    if layer in ("softmax_loss", "svm_loss"):
        given[1] = rng.integers(0, shapes[0][1], size=shapes[1])
    return given


@pytest.fixture(params=PACKAGES)
def package(request):
    return PACKAGES[request.param]


@pytest.mark.parametrize("name", SIZES)
def test_forward(benchmark, package, name):
    layer = name.split()[0]
    shapes, options = SIZES[name]
    benchmark.group = f"{name} forward"
    benchmark(package[f"{layer}_forward"], *arguments(layer, shapes), **options)


@pytest.mark.parametrize("name", SIZES)
def test_backward(benchmark, package, name):
    layer = name.split()[0]
    shapes, options = SIZES[name]
    out, cache = package[f"{layer}_forward"](*arguments(layer, shapes), **options)
    benchmark.group = f"{name} backward"
    benchmark(package[f"{layer}_backward"], np.ones_like(out), cache)
