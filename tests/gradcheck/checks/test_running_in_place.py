"""Running statistics: in the cache, or updated in place in the arrays that were passed in, as PyTorch does."""

import numpy as np
import pytest

from gradcheck import naive
from gradcheck.judging.plan import Plan
from gradcheck.judging.run import verify_functions


def batch_norm(update, cached=lambda cache: None):
    """Return a batch norm. `update` gets the arrays passed in, and the updated ones; `cached` returns more cache."""

    def forward(x, gamma, beta, running_mean=None, running_var=None, *, training=True, **options):
        out, cache = naive.batch_norm_forward(
            x, gamma, beta, running_mean, running_var, training=training, **options
        )
        if training:
            update((running_mean, running_var), (cache.running_mean, cache.running_var))
        return out, (cached(cache), cache._replace(running_mean=None, running_var=None))

    return forward, lambda dout, cache: naive.batch_norm_backward(dout, cache[-1])


def in_place(passed, updated):
    for array, values in zip(passed, updated, strict=True):
        array[...] = values


def nothing(passed, updated):
    pass


def only_the_mean(passed, updated):
    passed[0][...] = updated[0]


def too_little(passed, updated):
    for array, values in zip(passed, updated, strict=True):
        array[...] = array + (values - array) / 2


def test_update_in_place__is_a_note(judged, failed, notes):
    forward = judged("batch_norm", *batch_norm(in_place))["forward"]
    assert failed(forward) == []
    assert ("unchanged", "running_mean is updated in place") in notes(forward)


def stepping(x, gamma, beta, running_mean=None, running_var=None, *, training=True, momentum=0.1, **options):
    """Update by ``old + momentum (batch - old)``, which rounds as the larger of the two does."""
    out, cache = naive.batch_norm_forward(
        x, gamma, beta, running_mean, running_var, training=training, momentum=1.0, **options
    )
    if training:
        mean = running_mean + momentum * (cache.running_mean - running_mean)
        var = running_var + momentum * (cache.running_var - running_var)
        cache = cache._replace(running_mean=mean, running_var=var)
    return out, cache


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.sample(1)
def test_update_by_a_step__is_right(seed):
    functions = {"batch_norm_forward": stepping, "batch_norm_backward": naive.batch_norm_backward}
    (target,) = verify_functions(functions, Plan(cases=200, seed=seed, dialect="pair")).targets
    assert [(part.verdict, part.findings) for part in target.parts] == [("pass", ()), ("pass", ())]


@pytest.mark.parametrize("update", [nothing, only_the_mean, too_little])
def test_update_that_is_missing_or_wrong__is_a_fault(judged, failed, update):
    assert "output" in failed(judged("batch_norm", *batch_norm(update))["forward"])


@pytest.mark.parametrize(
    "cached",
    [
        lambda cache: [cache.running_mean, cache.running_var],
        lambda cache: (cache.running_var, cache.running_mean),
    ],
    ids=["list", "tuple"],
)
def test_update_in_a_cache_without_names__is_found(judged, failed, cached):
    assert failed(judged("batch_norm", *batch_norm(nothing, cached))["forward"]) == []


def test_update_in_a_dict__is_found_and_judged(judged, failed):
    def forward(factor):
        def run(x, gamma, beta, running_mean=None, running_var=None, **options):
            out, cache = naive.batch_norm_forward(x, gamma, beta, running_mean, running_var, **options)
            return out, {
                "cache": cache,
                "running_mean": cache.running_mean * factor,
                "running_var": cache.running_var * 1,
            }

        return run

    def backward(dout, cache):
        return naive.batch_norm_backward(dout, cache["cache"])

    assert failed(judged("batch_norm", forward(1), backward)["forward"]) == []
    assert "output" in failed(judged("batch_norm", forward(2), backward)["forward"])


def test_change_of_another_argument_or_in_evaluation__is_a_fault(judged, failed):
    forward, backward = batch_norm(in_place)

    def gamma_too(x, gamma, *others, **options):
        found = forward(x, gamma, *others, **options)
        gamma *= 2
        return found

    def always(x, gamma, beta, running_mean, running_var, *, training, **options):
        found = forward(x, gamma, beta, running_mean, running_var, training=training, **options)
        running_mean *= 1 if training else np.float32(0.5)
        return found

    assert "unchanged" in failed(judged("batch_norm", gamma_too, backward)["forward"])
    assert "unchanged" in failed(judged("batch_norm", always, backward)["forward"])
