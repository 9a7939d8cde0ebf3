"""A wrong forward leaves its backward right: next to each known mistake of a forward, the right backward passes.

And a wrong backward next to a wrong forward passes only where it is the derivative of that forward.
"""

import runpy
import types
from pathlib import Path

import pytest

from gradcheck import Plan, verify
from gradcheck.calling.quiet import quiet
from gradcheck.checks import CHECKS
from gradcheck.contract import Pair
from gradcheck.judging.matrix import subject_of
from gradcheck.judging.part import judge_subject
from gradcheck.layers.cases import cases_for
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.mutant import StaleMutant, apply_afresh, apply_all

ALTERNATIVES = Path(__file__).parents[1] / "alternatives"
FORWARDS = [mutant for mutant in MUTANTS if mutant.part == "forward"]

PAIRED = ("batch_norm", "layer_norm", "sigmoid", "softmax_loss")
"""Layers whose caches hold more than inputs: there a wrong cache might make up for a wrong backward."""


def halves(layer, pair):
    """Judge a pair of functions on the battery."""
    subject = subject_of(layer, pair)
    with quiet(0):
        return judge_subject(subject, cases_for(subject, 0, 0), CHECKS)


def spoiled(source, name, edit):
    """Return a layer of an alternative implementation with an edit of `tests/alternatives`."""
    module = types.ModuleType("spoiled")
    was, now = edit
    assert was in source
    exec(compile(source.replace(was, now), f"<{name}>", "exec"), vars(module))
    return Pair.of(module, name.split(".")[0])


@pytest.mark.parametrize("mutant", FORWARDS, ids=str)
@pytest.mark.sample(every=59)
def test_right_backward__passes_next_to_a_wrong_forward(mutant):
    _, backward = halves(mutant.layer, apply_afresh(mutant))
    assert backward.verdict == "pass", backward.findings


TOPICS = ("activations", "curves", "dropout", "linear_loss", "loss", "norm", "sample_norm", "targets")
EDITS = {topic: runpy.run_path(str(ALTERNATIVES / f"{topic}_edits.py"))["EDITS"] for topic in TOPICS}


@pytest.mark.parametrize(
    ("topic", "name"), [(topic, name) for topic in TOPICS for name in EDITS[topic] if ".forward." in name]
)
@pytest.mark.sample("topic")
def test_right_backward__passes_next_to_a_wrong_forward_with_another_cache(topic, name):
    source = (ALTERNATIVES / f"{topic}.py").read_text()
    _, backward = halves(name.split(".")[0], spoiled(source, name, EDITS[topic][name]))
    assert backward.verdict == "pass", backward.findings


RIGHT_WITH_A_RIGHT_CACHE = {
    "multiplied-by-std": "a right forward might keep the reciprocal of the deviation, and this would be right with it",
    "shift-missing": "the edit is in what forward keeps, and the backward that reads it is right",
}
"""Mistakes of backward that nobody can tell from a wrong cache while forward is wrong; docs/soundness.md says so."""


def pairs(layer):
    """Yield wrong forwards, each with three wrong backwards, by turns: each backward meets some forward."""
    ours = [mutant for mutant in MUTANTS if mutant.layer == layer]
    backwards = [mutant for mutant in ours if mutant.part == "backward"]
    forwards = [mutant for mutant in ours if mutant.part == "forward"]
    for place, forward in enumerate(forwards):
        for at in sorted({(3 * place + turn) % len(backwards) for turn in range(3)}):
            yield forward, backwards[at]


@pytest.mark.parametrize(
    ("forward", "backward"), [pair for layer in PAIRED for pair in pairs(layer)], ids=str
)
@pytest.mark.sample("forward.layer")
def test_wrong_backward__passes_next_to_a_wrong_forward_only_as_its_derivative(forward, backward):
    try:
        pair = apply_all(forward, backward)
    except StaleMutant:  # both edit the same line
        return
    _, part = halves(forward.layer, pair)
    is_open = backward.name in RIGHT_WITH_A_RIGHT_CACHE and any(
        finding.message.startswith("right with a right cache") for finding in part.findings
    )
    assert part.verdict != "pass" or part.own_forward or is_open


WRONG_CACHE = """
import numpy as np

def tanh_forward(x):
    out = np.tanh(2 * x)
    return out, {"kept": (out,)}

def tanh_backward(dout, cache):
    return dout * (1 - cache["kept"][0] ** 2)
"""


@pytest.mark.slow
@pytest.mark.parametrize("isolation", ["strongest", "process"])
@pytest.mark.sample(isolation=("strongest",))
def test_cache_in_a_worker__is_put_right_like_one_in_this_process(tmp_path, isolation):
    (tmp_path / "layer.py").write_text(WRONG_CACHE)
    parts = verify([str(tmp_path / "layer.py")], Plan(cases=1, isolation=isolation)).parts()
    assert {part.part: part.verdict for part in parts} == {"forward": "fail", "backward": "pass"}
