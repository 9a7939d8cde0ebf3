"""PyTorch in a worker, where it is allowed: at every level, within the limits, on one thread, from one seed."""

import numpy as np
import pytest

from gradcheck import Plan, verify
from gradcheck.isolation.levels import MEGABYTE, Level, Limits, available
from gradcheck.isolation.opening import in_worker

pytest.importorskip("torch", reason='PyTorch is an extra: pip install -e ".[peers]"')

WORKERS = [level for level in available() if level is not Level.PROCESS]
TORCH = Limits(packages=("torch",), memory=1024 * MEGABYTE)
LAYERS = """
import torch
import torch.nn.functional as F

def tensor(array, **how):
    return torch.tensor(array.copy(), **how)  # a copy: no tensor has negative strides

def relu_forward(x):
    return torch.relu(tensor(x)).numpy(), x

def relu_backward(dout, cache):
    x = tensor(cache, requires_grad=True)
    torch.relu(x).backward(tensor(dout))
    return x.grad.numpy()

def affine_forward(x, w, b):
    leaves = [tensor(each, requires_grad=True) for each in (x, w, b)]
    out = F.linear(leaves[0].flatten(1), leaves[1].T, leaves[2])
    return out.detach().numpy(), (out, leaves)

def affine_backward(dout, cache):
    out, leaves = cache
    return tuple(each.numpy() for each in torch.autograd.grad(out, leaves, tensor(dout), retain_graph=True))

def threads():
    return torch.get_num_threads()

def drawn():
    return torch.rand(3).numpy()
"""


@pytest.fixture
def path(tmp_path):
    (tmp_path / "layers.py").write_text(LAYERS)
    return str(tmp_path / "layers.py")


@pytest.mark.parametrize("level", WORKERS)
def test_layers_that_use_torch__pass_in_a_worker_that_allows_it(path, level):
    (target,) = verify([path], Plan(cases=1, isolation=level, limits=TORCH)).targets
    assert {part.function: part.verdict for part in target.parts} == dict.fromkeys(
        ("affine_forward", "affine_backward", "relu_forward", "relu_backward"), "pass"
    )


def test_torch_in_a_worker__has_one_thread_and_repeats_what_it_draws(path):
    with in_worker(path, Level.RLIMITS, TORCH) as loaded:
        here = loaded.namespaces[0].members
        assert here["threads"]() == 1
        loaded.seed(7)
        first = here["drawn"]()
        loaded.seed(7)
        assert np.array_equal(here["drawn"](), first)


def test_torch_that_is_not_allowed__is_missing(path):
    (target,) = verify([path], Plan(cases=0, isolation=Level.RLIMITS)).targets
    (message,) = {
        finding.message.partition("MissingModule: ")[2].partition(" (")[0]
        for part in target.parts
        for finding in part.findings
        if part.function == "relu_forward"
    }
    assert message == "torch is needed here, and submissions may not import it: allow it with --allow torch"
    assert target.error is None or "run this again with --allow torch" in target.error


ON_TENSORS = """
import torch

def scaled_dot_product_attention(q, k, v, mask=None):
    return torch.softmax(q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5, -1) @ v
"""


def test_function_on_tensors_without_torch__is_missing_and_says_what_to_do(tmp_path):
    (tmp_path / "layers.py").write_text(ON_TENSORS)  # transpose raises before torch is looked up
    (target,) = verify([str(tmp_path / "layers.py")], Plan(cases=0, isolation=Level.RLIMITS)).targets
    assert not [part.function for part in target.parts if part.verdict.is_wrong]
    assert "the file imports torch, which is kept from it: run this again with --allow torch" in target.notes
