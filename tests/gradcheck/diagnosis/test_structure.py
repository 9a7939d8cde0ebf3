"""Where no mistake of the catalogue fits, a sentence says what the result has in common with the right one."""

import numpy as np
import pytest

from gradcheck import fast
from gradcheck.calling.quiet import quiet
from gradcheck.contract import Pair
from gradcheck.diagnosis.matching import Stage, scenes
from gradcheck.diagnosis.parts import PARTS
from gradcheck.diagnosis.structure import explanation
from gradcheck.evidence.trial import Trial
from gradcheck.judging.matrix import subject_of
from gradcheck.layers import LAYERS
from gradcheck.layers.cases import cases_for


def told(layer, tensor, change, part="backward"):
    """Return the explanation of a tensor that `change` makes of the right one, the arguments and the cache."""
    right = getattr(fast, f"{layer}_forward"), getattr(fast, f"{layer}_backward")
    names = next(each for each in LAYERS if each.name == layer).shapes.differentiable

    def forward(*args, **options):
        out, cache = right[0](*args, **options)
        return (change(out, options) if part == "forward" else out), (cache, options)

    def backward(dout, kept):
        cache, _ = kept
        returned = right[1](dout, cache)
        values = list(returned) if isinstance(returned, tuple) else [returned]
        place = names.index(tensor.removeprefix("d")) if part == "backward" else 0
        if part == "backward" and values[place] is not None:
            values[place] = change(values[place], cache, dout)
        return tuple(values) if isinstance(returned, tuple) else values[0]

    subject = subject_of(layer, Pair(forward, backward))
    with quiet(0):
        found = [case for case in cases_for(subject, 0, 0) if case.params.get("n", 1)]
        # What `change` does to a row whose label is ignored would be another mistake.
        cases = [case for case in found if case.params.get("ignored", "none") == "none"]
        stage = Stage(layer, part, scenes(subject, part, cases))
        return {explanation(stage, g) for g in stage.groups() if g.tensor == tensor and g.wrong}


@pytest.mark.parametrize(
    ("layer", "tensor", "change", "sentence"),
    [
        ("layer_norm", "dx", lambda dx, cache, dout: dx / cache.gamma, "dx lacks the factor gamma"),
        ("affine", "dw", lambda dw, cache, dout: dw * len(dout), "dw is too large by the factor N"),
        (
            "affine",
            "db",
            lambda db, cache, dout: db / len(dout),
            "db is the mean of dout, but must be the sum",
        ),
        ("affine", "dx", lambda dx, cache, dout: -dx, "dx has the wrong sign"),
        ("mse_loss", "dx", lambda dx, cache, dout: dx * 2, "dx is twice as large as it should be"),
        ("kl_div_loss", "dx", lambda dx, cache, dout: dx * len(dx), "dx is too large by the factor N"),
        ("softplus", "dx", lambda dx, cache, dout: dx * dout, "dx has the factor dout once too often"),
    ],
)
def test_factor__is_named(layer, tensor, change, sentence):
    assert told(layer, tensor, change) == {sentence}


def test_missing_term__is_named():
    def without(dx, cache, dout):
        hot = np.eye(dx.shape[1])[cache.y]
        return dx + hot * dout / len(dx)

    assert told("softmax_loss", "dx", without) == {"dx lacks the term -onehot(y) / N"}


def test_term_with_a_wrong_factor__is_named():
    def halved(dx, cache, dout):
        hot = np.eye(dx.shape[1])[cache.y]
        return dx + 0.3 * hot * dout / len(dx)

    assert told("softmax_loss", "dx", halved) == {"dx: the factor of the term -onehot(y) / N is wrong"}


def test_sum_over_another_axis__is_named():
    def across(db, cache, dout):
        return dout.sum(axis=1)

    assert told("affine", "db", across) == {"db sums dout over axis 1, but must sum over axis 0"}


def test_unrelated_result__has_no_explanation():
    assert told("affine", "dx", lambda dx, cache, dout: np.sin(dx) + 0.1) == {None}


@pytest.mark.parametrize("layer", PARTS)
@pytest.mark.sample(every=4)
def test_parts__add_up_to_what_is_right(layer):
    pair = Pair(getattr(fast, f"{layer}_forward"), getattr(fast, f"{layer}_backward"))
    subject = subject_of(layer, pair)
    with quiet(0):
        for case in cases_for(subject, 4, 0):
            if not case.params.get("n", 1):
                continue
            trial = Trial(subject, case)
            out, cache = trial.reference.here
            gradients = trial.reference.gradients(trial.dout)
            known = {"out": out, **{f"d{name}": values for name, values in gradients.items()}}
            for name, parts in PARTS[layer](trial).of.items():
                right = known.get(name, getattr(cache, name, None))
                if right is not None:
                    np.testing.assert_allclose(sum(part.value for part in parts), right, rtol=1e-9, atol=1e-9)
