"""Where no part of the right result explains a wrong one, a sentence says what was read or done instead."""

import numpy as np
import pytest

from gradcheck import fast
from gradcheck.calling.quiet import quiet
from gradcheck.contract import Pair
from gradcheck.diagnosis.matching import Stage, scenes
from gradcheck.diagnosis.readings import WAYS, Place, made_of, reading
from gradcheck.judging.matrix import subject_of
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import cases_for


def told(layer, part, tensor, forward=None, backward=None):
    """Return what is read into a tensor of a pair, of which one function is replaced by another."""
    right = Pair(getattr(fast, f"{layer}_forward"), getattr(fast, f"{layer}_backward"))
    subject = subject_of(layer, Pair(forward or right.forward, backward or right.backward))
    with quiet(0):
        # Those of the battery, on plain numbers: of zeros and constants many readings are equal.
        cases = [case for case in cases_for(subject, 0, 0) if case.params.get("n", 1)]
        stage = Stage(layer, part, scenes(subject, part, cases))
        return {reading(stage, group) for group in stage.groups() if group.tensor == tensor and group.wrong}


def upstream(layer, change):
    """Return a backward that reads something else than dout."""
    return lambda dout, cache: getattr(fast, f"{layer}_backward")(change(dout, cache), cache)


@pytest.mark.parametrize(
    ("layer", "tensor", "change", "sentence"),
    [
        (
            "affine",
            "dw",
            lambda dout, cache: np.sign(dout),
            "dw is computed from the sign of dout, not from dout",
        ),
        (
            "conv2d",
            "dx",
            lambda dout, cache: dout - dout.mean(axis=0),
            "dx is computed from dout less its mean over the batch, not from dout",
        ),
        ("relu", "dx", lambda dout, cache: np.ones_like(dout), "dx does not depend on dout"),
        ("sigmoid", "dx", lambda dout, cache: np.abs(dout), "dx is computed from |dout|, not from dout"),
    ],
)
def test_other_upstream__is_named(layer, tensor, change, sentence):
    assert told(layer, "backward", tensor, backward=upstream(layer, change)) == {sentence}


def statistics(centre, spread):
    """Return a layer norm's forward with other statistics."""

    def forward(x, gamma, beta, eps):
        _, cache = fast.layer_norm_forward(x, gamma, beta, eps=eps)
        rows = x.reshape(len(x), -1)
        made = (rows - centre(rows)) / spread(rows, eps)
        return (gamma.ravel() * made + beta.ravel()).reshape(x.shape), cache

    return forward


def mean(rows):
    return rows.mean(axis=1, keepdims=True)


def std(rows, eps):
    return np.sqrt(rows.var(axis=1, keepdims=True) + eps)


@pytest.mark.parametrize(
    ("centre", "spread", "sentence"),
    [
        (
            lambda rows: np.median(rows, axis=1, keepdims=True),
            std,
            "x is centred on its median, not on its mean; its spread is right",
        ),
        (
            mean,
            lambda rows, eps: np.sqrt(rows.var(axis=1, keepdims=True)) + eps,
            "x is divided by its standard deviation plus eps, not by its standard deviation",
        ),
        (mean, lambda rows, eps: std(rows, 1e-5), "out is computed with eps = 1e-05, whatever eps is given"),
        (
            mean,
            lambda rows, eps: np.abs(rows - mean(rows)).max(axis=1, keepdims=True) + eps,
            "x is divided by its largest deviation, not by its standard deviation",
        ),
    ],
)
def test_other_statistics__are_named(centre, spread, sentence):
    assert told("layer_norm", "forward", "out", forward=statistics(centre, spread)) == {sentence}


def test_padding_and_filters_of_a_convolution__are_named():
    def padded(x, w, b=None, pad=0, **options):
        _, cache = fast.conv2d_forward(x, w, b, pad=pad, **options)
        more = np.pad(x, ((0, 0), (0, 0), *pad), constant_values=1)
        return fast.conv2d_forward(more, w, b, **options)[0], cache

    def one_filter(x, w, b=None, groups=1, **options):
        _, cache = fast.conv2d_forward(x, w, b, groups=groups, **options)
        return fast.conv2d_forward(x, np.tile(w[:1], (len(w), 1, 1, 1)), b, groups=groups, **options)[
            0
        ], cache

    assert told("conv2d", "forward", "out", padded) == {"the padding holds ones, not zeros"}
    expected = "out is computed from the first filter of w for every filter"
    assert told("conv2d", "forward", "out", one_filter) == {expected}


def test_size_of_an_output__is_explained():
    def forward(x, w, b=None, **options):
        out, cache = fast.conv2d_forward(x, w, b, **options)
        (kh, _), (sh, _), (dh, _) = w.shape[2:], options["stride"], options["dilation"]
        rows = (x.shape[2] + sum(options["pad"][0]) - dh * (kh - 1) - 1) // sh
        return out[:, :, :rows], cache

    expected = "out has the wrong number of rows: + 1 is missing"
    assert told("conv2d", "forward", "out", forward) == {expected}


def test_product_for_a_sum__is_named():
    def forward(x, w, b=None):
        out, cache = fast.affine_forward(x, w, b)
        return out if b is None else (out - b) * b, cache

    assert told("affine", "forward", "out", forward=forward) == {"b is multiplied where it must be added"}


def test_samples_mixed_by_a_reshape__are_named():
    def forward(x, w, b=None):
        _, cache = fast.affine_forward(x, w, b)
        mixed = x.reshape(-1, len(x)).T.reshape(x.shape)
        return fast.affine_forward(mixed, w, b)[0], cache

    expected = "out is computed from x reshaped so that its samples are mixed, not from x"
    assert told("affine", "forward", "out", forward=forward) == {expected}


def test_term_that_does_not_belong_there__is_named():
    def backward(dout, cache):
        dx, dw, *db = fast.affine_backward(dout, cache)
        return dx, dw + 0.25 * cache.w, *db

    expected = "a multiple of w is added to dw, and does not belong there"
    assert told("affine", "backward", "dw", backward=backward) == {expected}


def test_numbers_that_nothing_explains__get_no_sentence():
    rng = np.random.default_rng(0)

    def backward(dout, cache):
        dx, *others = fast.affine_backward(dout, cache)
        return dx + rng.normal(size=dx.shape), *others

    assert told("affine", "backward", "dx", backward=backward) == {None}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
@pytest.mark.sample(every=3)
def test_way__tells_the_right_result_from_what_it_would_be(way):
    """What a way makes of a right result is another one in some scene, or it would accuse what is right."""
    changes = set()
    with quiet(0):
        for layer, part, tensor in (
            ("layer_norm", "backward", "dgamma"),
            ("layer_norm", "forward", "out"),
            ("conv2d", "forward", "out"),
        ):
            subject = subject_of(layer, BY_NAME[layer].ours.fast)
            for scene in scenes(subject, part, cases_for(subject, 3, 0)):
                place = Place(part, tensor, scene)
                results = {text: made_of(made) for text, made in way(place)}
                changes |= {
                    text
                    for text, values in results.items()
                    if values is not None and not place.same(values, place.right)
                }
    assert changes
