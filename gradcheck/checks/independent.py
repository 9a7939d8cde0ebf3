"""The check `independent`: each sample's result depends on that sample only."""

from collections.abc import Iterator
from functools import partial

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
    names = ("out",) if part == "forward" else _asked(trial.subject, trial.case)
    every = list[Arrays]()
    for i in range(trial.params["n"]):
        together, alone = _of(trial, part, i)
        every.append({name: values.copy() for name, values in alone.items() if name not in together})
        for name in names:
            bound = trial.output_bound if name == "out" else trial.gradient_bound(name, trial.dout)
            found = compare.difference(name, together[name], alone[name], bound)
            if found is not None:
                tensor = name if name == "out" else f"d{name}"
                yield wrong_entry(
                    trial, tensor, found, f"sample {i} of the batch differs from the sample alone"
                )
                return
    yield from _once(trial, every)


def _once(trial: Trial, every: list[Arrays]) -> Iterator[Finding]:
    """Judge the other gradients of the samples alone, too: the whole batch has their sum."""

    def again(name: str) -> Array:
        alone = (_of(trial, "backward", i)[1][name].copy() for i in range(trial.params["n"]))
        return np.asarray(sum(alone))

    for name in every[0]:
        bound = trial.params["n"] * trial.gradient_bound(name, trial.dout)
        total = np.asarray(sum(each[name] for each in every))
        found = compare.once(name, total, trial.grads[name], bound, partial(again, name))
        if found is not None:
            yield wrong_entry(
                trial, f"d{name}", found, "an equal call gives another gradient of a sample alone"
            )


def batched(case: Case) -> tuple[str, ...]:
    """Return the inputs that have entries of their own for each sample, of two or more: their shapes say so."""
    alone = case.but(params={**case.params, "n": 1}).shapes
    return tuple(name for name, shape in case.shapes.items() if alone[name] != shape)


def _asked(subject: Subject, case: Case) -> tuple[str, ...]:
    """Return the inputs of a sample that backward gives gradients for."""
    wanted = subject.interface.wanted(case)
    return tuple(name for name in batched(case) if name in wanted)


def _of(trial: Trial, part: str, i: int) -> tuple[Arrays, Arrays]:
    """Return the results for sample `i` within the batch and alone."""
    one, own = slice(i, i + 1), batched(trial.case)
    tensors = {name: v[one].copy() if name in own else v.copy() for name, v in trial.tensors.items()}
    alone = Trial(trial.subject, trial.case.but(params={**trial.params, "n": 1}))
    call = alone.call(**tensors)
    if part == "forward":
        return {"out": _sample(trial, trial.out(), i)}, {"out": alone.out(call)}
    gradients = alone.gradients(call, _sample(trial, trial.dout, i))
    return {name: trial.grads[name][one] for name in own if name in trial.grads}, gradients


def _sample(trial: Trial, out: Array, i: int) -> Array:
    """Return sample `i` of an output, or of each of several."""
    return np.take(out, [i], axis=int(trial.layer.shapes.is_stacked))


def _applies(subject: Subject, part: str) -> str | None:
    if not subject.layer.shapes.per_sample:
        return "the samples of this layer see each other"
    tiny = subject.layer.case(subject.layer.cases.tiny)
    if part == "backward" and not _asked(subject, tiny.but(params={**tiny.params, "n": 2})):
        return "backward gives no gradient of a sample"
    return "each call draws its own mask" if subject.interface.draws_mask else None


def _batches(case: Case) -> Iterator[Case]:
    yield from (plain for plain in ordinary(case) if plain.params["n"] > 1)


INDEPENDENT = Check(
    name="independent", judge=independent, by_value=True, derive=_batches, cases=2, applies=_applies
)
