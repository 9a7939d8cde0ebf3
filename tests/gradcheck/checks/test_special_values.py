"""NaN and infinity: what is right by convention, and what loses them."""

import numpy as np
import pytest

from gradcheck import naive
from gradcheck.calling.quiet import quiet
from gradcheck.checks.special import SPREADS, special
from gradcheck.contract import Pair, parse_case
from gradcheck.evidence.trial import Trial
from gradcheck.judging.matrix import subject_of
from gradcheck.layers import BY_NAME


def dropping(write):
    """Return a dropout whose training is the given function of x, the mask as bool, and the probability."""

    def forward(x, *, keep_prob, training=True, mask=None, rng=None):
        out, cache = naive.dropout_forward(x, keep_prob=keep_prob, training=training, mask=mask)
        return (write(x, mask != 0, x.dtype.type(keep_prob)) if training else out), cache

    return forward


@pytest.mark.parametrize(
    "write",
    [
        lambda x, kept, p: np.where(kept, x / p, x.dtype.type(0)),
        lambda x, kept, p: np.divide(x, p, out=np.zeros_like(x), where=kept),
        lambda x, kept, p: x * kept / p,
    ],
    ids=["where", "ufunc", "product"],
)
def test_dropped_nan__may_be_nan_or_zero(judged, failed, write):
    assert failed(judged("dropout", dropping(write))["forward"]) == []


@pytest.mark.parametrize(
    "write",
    [
        lambda x, kept, p: np.where(kept & (x == x), x / p, x.dtype.type(0)),
        lambda x, kept, p: np.where(kept & np.isfinite(x), x / p, x.dtype.type(0)),
        lambda x, kept, p: np.where(kept, x / p, np.where(np.isfinite(x), 0, 7).astype(x.dtype)),
        lambda x, kept, p: np.where(np.isinf(x), np.nan, x * kept / p).astype(x.dtype),
    ],
    ids=["kept NaN lost", "kept infinity lost", "dropped NaN is 7", "kept infinity is NaN"],
)
@pytest.mark.sample(every=2)
def test_dropout__must_not_lose_kept_values_nor_invent_dropped_ones(judged, failed, write):
    assert failed(judged("dropout", dropping(write))["forward"]) == ["special"]


def averaging(sums):
    """Return an average pooling by a function of x and of 0-1 matrices that sum rows and columns."""

    def forward(x, **options):
        ones = naive.avg_pool2d_forward(np.ones_like(x), **options)
        out, cache = naive.avg_pool2d_forward(np.where(np.isfinite(x), x, 0), **options)
        assert ones[0].shape == out.shape
        return sums(x, out), cache

    return forward


def all_or_nothing(x, out):
    """A product of matrices: each NaN spreads over its whole plane."""
    return out + 0 * x.sum(axis=(2, 3), keepdims=True)


def test_nan_that_spreads__is_a_note(judged, failed, notes):
    forward = judged("avg_pool2d", averaging(all_or_nothing))["forward"]
    assert failed(forward) == []
    assert ("special", SPREADS) in notes(forward)


def test_nan_that_is_lost__is_a_fault(judged, failed, notes):
    forward = judged("avg_pool2d", averaging(lambda x, out: out))["forward"]
    assert failed(forward) == ["special"]
    assert notes(forward) == set()


def test_finite_output_next_to_nan__must_be_right(judged, failed):
    def shifted(x, w, b=None, **options):
        out, cache = naive.conv2d_forward(x, w, b, **options)
        return out + np.isnan(x).any(), cache

    assert failed(judged("conv2d", shifted)["forward"]) == ["special"]


def test_saturated_output__must_not_be_nan(judged, failed):
    def overflowing(x):
        with np.errstate(all="ignore"):
            out = np.exp(x) / (1 + np.exp(x))
        return out, naive.sigmoid_forward(x)[1]

    assert "special" in failed(judged("sigmoid", overflowing)["forward"])


def hiding(layer):
    """Return a backward whose gradients have zeros in the place of NaN and infinity."""
    right = getattr(naive, f"{layer}_backward")

    def backward(dout, cache):
        found = right(dout, cache)
        several = found if isinstance(found, tuple) else (found,)
        clean = tuple(None if each is None else np.nan_to_num(each, posinf=0, neginf=0) for each in several)
        return clean if isinstance(found, tuple) else clean[0]

    return backward


@pytest.mark.parametrize(
    "layer",
    [
        "affine",
        "relu",
        "sigmoid",
        "conv2d",
        "max_pool2d",
        "batch_norm",
        "layer_norm",
        "softmax_loss",
        "mse_loss",
    ],
)
@pytest.mark.sample(every=5)
def test_backward_that_hides_nan__is_a_fault(judged, failed, layer):
    parts = judged(layer, backward=hiding(layer))
    assert failed(parts["backward"]) == ["special"]
    assert failed(parts["forward"]) == []


@pytest.mark.parametrize(
    "write",
    [
        lambda dout, x: np.where(x > 0, dout, dout.dtype.type(0)),
        lambda dout, x: dout * (x > 0),
        lambda dout, x: np.where(x <= 0, dout.dtype.type(0), dout),
    ],
    ids=["where", "product", "NaN passes"],
)
def test_masked_nan_in_dout__may_be_nan_or_zero(judged, failed, write):
    assert failed(judged("relu", backward=lambda dout, cache: write(dout, cache.x))["backward"]) == []


def test_nan_of_x_that_backward_alone_loses__is_a_fault(judged, failed):
    def backward(dout, cache):
        return naive.affine_backward(dout, cache._replace(x=np.nan_to_num(cache.x, posinf=0)))

    assert failed(judged("affine", backward=backward)["backward"]) == ["special"]


@pytest.mark.parametrize("name", ["naive", "fast"])
@pytest.mark.parametrize(
    "line",
    [
        "layer_norm n24d4_e1e-05 float64 fill=inf-others seed=900240",
        "group_norm n1027c3h3w2_g3_e0.01 float64 fill=inf-others seed=900096",
    ],
)
@pytest.mark.sample("name")
def test_infinite_gamma__may_meet_a_zero_or_its_rounding(name, line):
    layer = BY_NAME[line.partition(" ")[0]]
    subject = subject_of(layer.name, getattr(layer.ours, name))
    with quiet(0):
        for part in ("forward", "backward"):
            found = list(special(Trial(subject, parse_case(line, [layer])), part))
            assert not any(finding.verdict.is_wrong for finding in found)


@pytest.mark.parametrize("wrong", [False, True])
def test_sign_of_an_infinite_gamma__is_open_only_where_x_is_its_mean_within_rounding(wrong):
    """Of 9,243 groups some have x at their mean but for rounding, whose sign no implementation owes."""
    pair = BY_NAME["group_norm"].ours.naive

    def forward(x, gamma, beta, **options):
        out, cache = pair.forward(x, gamma, beta, **options)
        return np.abs(out) if wrong and np.isinf(gamma).any() else out, cache

    subject = subject_of("group_norm", Pair(forward, pair.backward))
    case = parse_case("group_norm n1027c3h3w2_g3_e0.01 float64 fill=inf-others seed=900096", [subject.layer])
    with quiet(0):
        found = list(special(Trial(subject, case), "forward"))
    assert any(finding.verdict.is_wrong for finding in found) is wrong
