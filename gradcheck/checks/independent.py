"""The check `independent`: each sample's result depends on that sample only."""

from collections.abc import Iterator

import numpy as np

from gradcheck.checks.check import Check, ordinary
from gradcheck.contract import Array, Arrays, Case, Subject
from gradcheck.evidence import compare
from gradcheck.evidence.findings import wrong_entry
from gradcheck.evidence.trial import Trial
from gradcheck.report import Finding


def independent(trial: Trial, part: str) -> Iterator[Finding]:
    """The samples of a batch do not affect each other.

    A sample alone must give the same result as within the batch. Common mistakes: only sample 0 is computed, a return
    stands inside the loop over the samples, a mean is taken over the wrong axis.
    """
    for i in range(trial.params["n"]):
        together, alone = _of(trial, part, i)
        name = "out" if part == "forward" else "x"
        bound = trial.output_bound if part == "forward" else trial.gradient_bound("x", trial.dout)
        found = compare.difference(name, together[name], alone[name], bound)
        if found is not None:
            tensor = name if part == "forward" else "dx"
            yield wrong_entry(trial, tensor, found, f"sample {i} of the batch differs from the sample alone")
            return


def _of(trial: Trial, part: str, i: int) -> tuple[Arrays, Arrays]:
    """Return the results for sample `i` within the batch and alone."""
    alone = Trial(trial.subject, trial.case.but(params={**trial.params, "n": 1}))
    shapes = alone.case.shapes
    tensors = {
        name: v.copy() if shapes[name] == v.shape else v[i : i + 1].copy()
        for name, v in trial.tensors.items()
    }
    call = alone.call(**tensors)
    if part == "forward":
        return {"out": _sample(trial, trial.out(), i)}, {"out": alone.out(call)}
    dout = _sample(trial, trial.dout, i)
    return {"x": trial.grads["x"][i : i + 1]}, {"x": alone.gradients(call, dout)["x"]}


def _sample(trial: Trial, out: Array, i: int) -> Array:
    """Return sample `i` of an output, or of each of several."""
    return np.take(out, [i], axis=int(trial.layer.shapes.is_stacked))


def _applies(subject: Subject, part: str) -> str | None:
    if part == "backward" and not subject.interface.gives("x"):
        return "backward gives no gradient of x"
    if subject.interface.draws_mask:
        return "each call draws its own mask"
    return None if subject.layer.shapes.per_sample else "the samples of this layer see each other"


def _batches(case: Case) -> Iterator[Case]:
    yield from (plain for plain in ordinary(case) if plain.params["n"] > 1)


INDEPENDENT = Check(
    name="independent", judge=independent, by_value=True, derive=_batches, cases=2, applies=_applies
)
