"""What a result has in common with the right one, where no known mistake fits: "dx lacks the factor gamma".

A result is a sum of parts, and each part may be a sum over axes: dx of a batch norm is dxhat / std, less the path
through the mean, less the path through the variance; dgamma is the sum of dout * xhat over the samples. `PARTS` has the
parts of each layer's tensors, and the factors that may be there by mistake. A sentence is believed only if it
holds in every scene in which the tensor is wrong, and no other sentence does.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from gradcheck.contract import Array
from gradcheck.diagnosis.matching import Group, Scene, Stage
from gradcheck.diagnosis.parts import PARTS, Part, Parts
from gradcheck.diagnosis.results import Results, agree

LARGE = 1000
"""Entries of a mask that show with which probability they were kept."""

FEWEST = 2
"""Scenes in which a sentence must hold: in a single one too much does."""


def explanation(stage: Stage, group: Group) -> str | None:
    """Return the one sentence about a tensor that holds wherever it is wrong; None if there is none, or several."""
    explain = PARTS.get(stage.layer)
    wrong = [stage.scenes[i] for i in group.wrong]
    if group.tensor is None or explain is None or len(wrong) < FEWEST:
        return None
    found: dict[str, None] | None = None
    for scene in wrong:
        with np.errstate(all="ignore"):
            parts = explain(scene.trial)
        if group.tensor not in parts.of or group.tensor not in scene.given.arrays:
            return None
        here = dict.fromkeys(_sentences(stage.part, group.tensor, scene, parts))
        found = here if found is None else {text: None for text in found if text in here}
        if not found:
            return None
    certain = [
        text for text in found or () if text not in _of_wrong_factors(parts.of[group.tensor], group.tensor)
    ]
    if certain or not found:
        return certain[0] if len(certain) == 1 else None
    return next(iter(found)) if len(found) == 1 else None


def _of_wrong_factors(parts: tuple[Part, ...], tensor: str) -> dict[str, tuple[Part, ...]]:
    """Return the sentences that some of the parts have a wrong factor, whatever it is."""
    return {
        f"{tensor}: the factor of the term{'s' * (len(chosen) > 1)} {_names(chosen)} is wrong": chosen
        for chosen in _subsets(parts)
        if len(chosen) < len(parts)
    }


def _names(parts: tuple[Part, ...]) -> str:
    return " and ".join(part.name for part in parts)


def _sentences(part: str, tensor: str, scene: Scene, parts: Parts) -> Iterator[str]:
    """Yield every sentence that turns the right tensor into the one that was given."""
    given = scene.given.arrays[tensor]
    yield from (text for name, text, holds in parts.tests if name == tensor and holds(given))
    for text, made in _changes(tensor, parts.of[tensor], parts.factors):
        with np.errstate(all="ignore"):
            values = np.asarray(made())
        is_right = values.shape != given.shape or _same(
            part, tensor, scene, values, scene.right.arrays[tensor]
        )
        if not is_right and _same(part, tensor, scene, values, given):
            yield text
    for text, chosen in _of_wrong_factors(parts.of[tensor], tensor).items():
        # The one number by which the chosen parts explain what is left, if there is one.
        some = _sum([part.value for part in chosen])
        rest = (
            given - (_sum([part.value for part in parts.of[tensor]]) - some)
            if given.shape == some.shape
            else None
        )
        if rest is not None and some.any() and np.isfinite(rest).all():
            factor = float((rest * some).sum() / (some * some).sum())
            if _same(part, tensor, scene, given - rest + factor * some, given):
                yield text


def _same(part: str, tensor: str, scene: Scene, one: Array, other: Array) -> bool:
    return agree(scene.trial, part, tensor, Results({tensor: one}), Results({tensor: other}))


def _changes(
    tensor: str, parts: tuple[Part, ...], factors: Mapping[str, Array | float]
) -> Iterator[tuple[str, Callable[[], Array]]]:
    """Yield what may have happened to a sum of parts, as a sentence and the result that it leads to."""
    if len(parts) == 1 and parts[0].axes:
        yield from _other_sums(tensor, parts[0])
    for part in parts:
        others = [other.value for other in parts if other is not part]
        for text, value in part.variants:
            yield (
                f"{tensor}: {text}" if not others else f"{tensor}: in the term {part.name} {text}",
                lambda others=others, value=value: _sum([*others, value]),  # type: ignore[misc]
            )
    for chosen in _subsets(parts):
        rest = [part for part in parts if part not in chosen]
        for text, change in _factors(tensor, chosen, not rest, factors):
            if not all(_takes(part, change) for part in chosen):
                continue
            yield (
                text,
                lambda chosen=chosen, rest=rest, change=change: _sum(  # type: ignore[misc]
                    [part.value for part in rest] + [_scaled(part, change) for part in chosen]
                ),
            )


def _count(part: Part) -> int:
    """Return how many entries a part sums into one."""
    return math.prod(part.entries.shape[axis] for axis in part.axes)


def _subsets(parts: tuple[Part, ...]) -> Iterator[tuple[Part, ...]]:
    """Yield all parts together first, then each by itself, then what lies between."""
    yield parts
    for count in range(1, len(parts)):
        yield from combinations(parts, count)


def _sum(values: Sequence[Array]) -> Array:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return np.asarray(total)


def _takes(part: Part, factor: Array | float) -> bool:
    """Return whether a factor has a number for each entry: a running statistic has one for each channel only."""
    given = np.shape(factor)
    return len(given) <= part.entries.ndim and all(
        one in (1, of) for one, of in zip(given[::-1], part.entries.shape[::-1], strict=False)
    )


def _scaled(part: Part, factor: Array | float) -> Array:
    """Return a part whose entries have a factor: inside its sum if it is not one number."""
    return np.asarray(np.asarray(part.entries * factor).sum(axis=part.axes))


def _factors(
    tensor: str, chosen: tuple[Part, ...], is_whole: bool, factors: Mapping[str, Array | float]
) -> Iterator[tuple[str, Array | float]]:
    """Yield what the chosen parts may be multiplied by, with the sentence that says so."""
    names = _names(chosen)
    what = (
        tensor if is_whole else f"{tensor}: {'each of the terms' if len(chosen) > 1 else 'the term'} {names}"
    )
    if not is_whole:
        several = "s" * (len(chosen) > 1)
        yield f"{tensor} lacks the term{several} {names}", 0.0
    yield f"{what} has the wrong sign", -1.0
    yield f"{what} is twice as large as it should be", 2.0
    yield f"{what} is half as large as it should be", 0.5
    for name, factor in factors.items():
        is_number = np.ndim(factor) == 0
        more = f"is too large by the factor {name}" if is_number else f"has the factor {name} once too often"
        less = f"is too small by the factor {name}" if is_number else f"lacks the factor {name}"
        yield f"{what} {more}", factor
        # Divided by the number of its entries, a sum is a mean, which has a sentence of its own.
        if not (is_number and len(chosen) == 1 and factor == _count(chosen[0])):
            yield f"{what} {less}", 1 / np.asarray(factor)
    for (one, first), (other, second) in combinations(factors.items(), 2):
        yield f"{what} has the factor {one} where {other} belongs", first / np.asarray(second)
        yield f"{what} has the factor {other} where {one} belongs", second / np.asarray(first)


def _other_sums(tensor: str, part: Part) -> Iterator[tuple[str, Callable[[], Array]]]:
    """Yield a sum over other axes, a mean, or a sum over some of the samples only."""
    entries, axes = part.entries, part.axes
    yield f"{tensor} is the mean of {part.name}, but must be the sum", lambda: part.value / _count(part)
    first = axes[0]
    yield f"{tensor} is taken from the first sample alone", lambda: _one(entries, axes, first, 0)
    yield f"{tensor} is taken from the last sample alone", lambda: _one(entries, axes, first, -1)
    if axes[1:]:
        inner = "axis " + str(axes[1]) if len(axes) == 2 else f"the axes {axes[1:]}"
        text = f"{tensor} sums the first entry along {inner} alone"
        yield text, lambda: np.asarray(_firsts(entries, axes[1:]).sum(axis=axes))
    every = range(entries.ndim)
    for number in range(entries.ndim + 1):
        for other in combinations(every, number):
            if other != axes:
                over = f"axis {other[0]}" if len(other) == 1 else f"the axes {other}" if other else "no axis"
                right = f"axis {axes[0]}" if len(axes) == 1 else f"the axes {axes}"
                yield (
                    f"{tensor} sums {part.name} over {over}, but must sum over {right}",
                    lambda other=other: np.asarray(entries.sum(axis=other)),  # type: ignore[misc]
                )


def _one(entries: Array, axes: tuple[int, ...], first: int, index: int) -> Array:
    """Return a sum over axes, of one entry along the first of them."""
    return np.asarray(np.take(entries, [index], first).sum(axis=axes))


def _firsts(entries: Array, axes: tuple[int, ...]) -> Array:
    for axis in axes:
        entries = np.take(entries, [0], axis)
    return entries


def mask_drawn(scene: Scene) -> str | None:
    """Return how the mask of a dropout was drawn, if that shows: too few numbers, or from normal ones."""
    out = scene.given.arrays.get("out")
    if out is None or out.size < LARGE:
        return None
    kept = (out != 0).reshape(len(out), -1)
    if min(kept.shape) > 1 and 0 < kept.sum() < kept.size:
        if (kept == kept[:, :1]).all():
            return "the mask has one number for each sample, but needs one for each entry"
        if (kept == kept[:1]).all():
            return "the mask is the same for all samples, but needs a number for each entry"
    share, p = float((out != 0).mean()), scene.trial.params["keep_prob"]
    below = {value: 0.5 * (1 + math.erf(value / math.sqrt(2))) for value in (p, 1 - p)}
    shares = [*below.values(), *(1 - value for value in below.values())]
    if min(abs(share - value) for value in shares) > 4 / math.sqrt(out.size):
        return None
    return "the mask is drawn from normal numbers (randn), but needs uniform ones between 0 and 1 (rand)"
