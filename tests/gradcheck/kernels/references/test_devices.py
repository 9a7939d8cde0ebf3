"""Where tensors are made: what needs no device is tested here, and the rest where there is a CUDA device."""

import importlib.util

import pytest

from gradcheck.kernels.kernel import KernelError
from gradcheck.kernels.references.inside.devices import device_of
from reference_pairs import PAIRS

EXTRA = 'needs PyTorch: pip install -e ".[peers]"'

SOFTMAX, LINEAR = PAIRS["softmax"], PAIRS["linear_gelu"]

WRONG = {
    "reads on another stream": (
        "with torch.cuda.stream(torch.cuda.default_stream()):\n    y = torch.softmax(x, 1)\nreturn y.clone()"
    ),
    "writes on another stream": (
        "out, other = torch.full_like(x, 0.5), torch.cuda.Stream()\n"
        "other.wait_stream(torch.cuda.current_stream())\n"
        "with torch.cuda.stream(other):\n    torch.cuda._sleep(10**9)\n"
        "    out.copy_(torch.softmax(x.detach(), 1))\nreturn out"
    ),
    "leaves memory unwritten": "out = torch.empty_like(x)\nout[:, :-1] = torch.softmax(x, 1)[:, :-1]\nreturn out",
    "bfloat16 inside": "torch.softmax(x.bfloat16(), 1).to(x.dtype)",
}
"""Kernels for softmax that are wrong on a device."""


@pytest.fixture(scope="module")
def cuda():
    """Skip where there is no CUDA device."""
    torch = pytest.importorskip("torch", reason=EXTRA)
    if not torch.cuda.is_available():
        pytest.skip("there is no CUDA device here")


def test_processor__leaves_tensors_where_they_are_and_fills_memory_with_nan():
    torch = pytest.importorskip("torch", reason=EXTRA)
    device, tensor = device_of("cpu"), torch.ones(3)
    assert device.moved(tensor) is tensor
    device.poison([2**16] * 4)
    with device.stream(0), device.stream(1):
        device.synchronise()


def test_cuda_device__is_refused_where_there_is_none():
    torch = pytest.importorskip("torch", reason=EXTRA)
    if torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(KernelError, match="no CUDA device"):
        device_of("cuda")


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("pair", [SOFTMAX, LINEAR], ids=["softmax", "linear_gelu"])
def test_cuda__right_kernel_passes(pair, apart, cuda, against):
    report, code = against(pair.reference(), pair.kernel(pair.right[0]), "--device", "cuda", apart=apart)
    assert (report["verdict"], code) == ("pass", 0), report


@pytest.mark.parametrize("name", WRONG)
def test_cuda__wrong_kernel_is_caught(name, cuda, against):
    report, code = against(SOFTMAX.reference(), SOFTMAX.kernel(WRONG[name]), "--device", "cuda")
    assert (report["verdict"], code) == ("fail", 1), report


def test_cuda_memory__is_filled_with_nan_for_the_next_of_its_size(cuda):
    import torch

    device = device_of("cuda")
    for number in (0, 1):
        with device.stream(number):
            device.poison([4 * 1000])
            assert bool(torch.empty(1000, device="cuda").isnan().all())


TRITON = """
import torch
import triton
import triton.language as tl


@triton.jit
def softmax(x, out, n, BLOCK: tl.constexpr):
    row, columns = tl.program_id(0), tl.arange(0, BLOCK)
    values = tl.load(x + row * n + columns, mask=columns < n, other=-float("inf"))
    values = tl.exp(values - tl.max(values, 0))
    tl.store(out + row * n + columns, values / tl.sum(values, 0), mask=columns < n{more})


class ModelNew(torch.nn.Module):
    def forward(self, x):
        x = x.contiguous()
        out = torch.empty_like(x)
        softmax[(x.shape[0],)](x, out, x.shape[1], BLOCK=triton.next_power_of_2(x.shape[1]))
        return out
"""


@pytest.mark.parametrize(("more", "verdict"), [("", "pass"), (" - 1", "fail")])
def test_triton__runs_where_it_is_installed(more, verdict, against, monkeypatch):
    torch = pytest.importorskip("torch", reason=EXTRA)
    if importlib.util.find_spec("triton") is None:
        pytest.skip("triton is not installed, and no extra installs it: it is for Linux with a GPU")
    options = ("--device", "cuda") if torch.cuda.is_available() else ()
    if not options:
        monkeypatch.setenv("TRITON_INTERPRET", "1")
    report, _ = against(SOFTMAX.reference(), TRITON.format(more=more), *options, apart=True)
    assert report["verdict"] == verdict
