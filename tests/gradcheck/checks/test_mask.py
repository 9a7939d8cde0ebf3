"""Dropout that draws its own mask: backward needs the mask that forward drew."""

import numpy as np

from gradcheck.judging.plan import Plan
from gradcheck.judging.run import verify_functions


def parts_of(backward, forward=None):
    """Return the reports on a dropout in the naming of cs231n."""

    def dropout_forward(x, dropout_param):
        p, mode = dropout_param["p"], dropout_param["mode"]
        if "seed" in dropout_param:
            np.random.seed(dropout_param["seed"])
        mask = (np.random.rand(*x.shape) < p) / p
        return (x * mask if mode == "train" else x).astype(x.dtype, copy=True), (dropout_param, mask)

    functions = {"dropout_forward": forward or dropout_forward, "dropout_backward": backward}
    (target,) = verify_functions(functions, Plan(cases=4, dialect="cs231n")).targets
    return {part.part: part for part in target.parts}


def kept(dout, cache):
    param, mask = cache
    return dout * mask if param["mode"] == "train" else dout.copy()


def drawn_again(dout, cache):
    param, _ = cache
    if param["mode"] != "train":
        return dout.copy()
    if "seed" in param:
        np.random.seed(param["seed"])
    return dout * (np.random.rand(*dout.shape) < param["p"]) / param["p"]


def test_mask_that_is_kept__is_right(failed):
    parts = parts_of(kept)
    assert failed(parts["forward"]) == failed(parts["backward"]) == []


def test_mask_that_repeats_a_block__is_a_fault_of_forward(failed):
    def forward(x, dropout_param):
        p, mode = dropout_param["p"], dropout_param["mode"]
        if "seed" in dropout_param:
            np.random.seed(dropout_param["seed"])
        block = np.random.rand(min(x.size, 4096)) < p
        mask = np.resize(block, x.shape) / p
        return (x * mask if mode == "train" else x.copy()), (dropout_param, mask)

    parts = parts_of(kept, forward)
    assert failed(parts["forward"]) == ["mask"]
    assert any("repeats itself after 4096 entries" in each.message for each in parts["forward"].findings)


def test_mask_that_is_drawn_again__is_a_fault_of_backward(failed):
    parts = parts_of(drawn_again)
    assert failed(parts["forward"]) == []
    assert failed(parts["backward"]) == ["mask"]


def test_forward_that_needs_its_seed__is_not_judged_without_one(failed):
    def forward(x, dropout_param):
        np.random.seed(dropout_param["seed"])
        p = dropout_param["p"]
        mask = (np.random.rand(*x.shape) < p) / p
        return (x * mask if dropout_param["mode"] == "train" else x.copy()), (dropout_param, mask)

    parts = parts_of(kept, forward)
    assert failed(parts["forward"]) == failed(parts["backward"]) == []
    assert parts["forward"].verdict == parts["backward"].verdict == "pass"


def from_output(x, dropout_param):
    p = dropout_param["p"]
    np.random.seed(dropout_param.get("seed"))
    out = x * (np.random.rand(*x.shape) < p) / p if dropout_param["mode"] == "train" else x.copy()
    return out.astype(x.dtype), (dropout_param, (out != 0) / p)


def test_mask_that_is_read_off_the_output__is_wrong_where_x_is_zero(failed):
    parts = parts_of(kept, from_output)
    assert failed(parts["forward"]) == []
    assert failed(parts["backward"]) == ["mask"]


def test_seed_of_zero__is_a_seed(failed):
    def forward(x, dropout_param):
        p = dropout_param["p"]
        if dropout_param.get("seed"):
            np.random.seed(dropout_param["seed"])
        mask = (np.random.rand(*x.shape) < p) / p
        return (x * mask if dropout_param["mode"] == "train" else x.copy()), (dropout_param, mask)

    assert failed(parts_of(kept, forward)["forward"]) == ["repeatable", "reentrant", "layout"]
