"""The problems that a kernel is asked: those that were named, and those that cover what it can be called with.

A fixed list loses a class of geometries where its only problem with that class has something else that the kernel has
no call for, such as uneven pads. So the set `covering` is chosen for each kernel: candidates are drawn, brought to what
its interface can express, and then the few are taken that between them have every class.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

from gradcheck.contract import Case, Layer
from gradcheck.grammar import Params
from gradcheck.kernels import operations
from gradcheck.kernels.dtypes import Dtype
from gradcheck.kernels.kernel import Kernel, KernelError
from gradcheck.kernels.problems import Problem, of_line
from gradcheck.kernels.spaces import Space, space_of
from gradcheck.layers import geometry
from gradcheck.layers.covering import chosen

COVERING = "covering"
"""The set that is chosen for each kernel."""

MOST = 100
"""Problems in it at most: all classes of geometry are there, or all but a few, and more than 9 of 10 pairs of kinds."""

SINGLE = 24
"""The bits of float32: in fewer, sums over many samples say nothing."""

WHOLE = 16
"""The first ones of it, on which all checks run; on the rest, those of the results."""

MANY = 2**16
"""A tensor of more numbers than this has places that 16 bits do not count."""

MOST_SAMPLES = 1024
"""Sums over more samples or rows than these leave integers little room."""

ENOUGH = 8
"""Of fewer numbers along the last axis, some of many means and variances are too ill-conditioned to say anything."""

Line = tuple[str, bool]
"""A problem as a line, and whether it is brief."""


@dataclass(frozen=True)
class Feature:
    """Something that an interface may lack: parameters that have it alone, and what others are like without it."""

    example: Params
    without: Callable[[Params], Params]


FEATURES = (
    Feature({"pad": ((1, 2), (1, 2))}, lambda params: {"pad": _evened(params["pad"])}),
    Feature({"pad": ((1, 1), (0, 0))}, lambda params: {"pad": (params["pad"][1],) * 2}),
    Feature({"pad": ((1, 1), (1, 1))}, lambda params: {"pad": ((0, 0), (0, 0))}),
    Feature({"stride": (1, 2)}, lambda params: {"stride": (params["stride"][1],) * 2}),
    Feature({"stride": (2, 2)}, lambda params: {"stride": (1, 1)}),
    Feature({"dilation": (1, 2)}, lambda params: {"dilation": (params["dilation"][1],) * 2}),
    Feature({"dilation": (2, 2)}, lambda params: {"dilation": (1, 1)}),
    Feature({"g": 2}, lambda params: {"g": 1}),
    Feature({"output_pad": (0, 1)}, lambda params: {"output_pad": (params["output_pad"][1],) * 2}),
    Feature({"output_pad": (1, 1)}, lambda params: {"output_pad": (0, 0)}),
)
"""Features of a convolution; the unequal forms of one come before the feature itself."""

EXAMPLE = {"n": 1, "c": 2, "h": 4, "w": 4, "f": 2, "kh": 2, "kw": 2}
"""The extents at which an interface is asked for a feature."""


@dataclass(frozen=True)
class Asked:
    """What was asked for: problems of one layer, each as a line, and whether those that cover are among them."""

    layer: str
    lines: tuple[Line, ...]
    covers: bool = False
    batch: int | None = None

    @classmethod
    def of(
        cls, problems: Sequence[Problem], layer: str, covers: bool = False, batch: int | None = None
    ) -> Self:
        """Return that these problems are asked, each once."""
        return cls(
            layer, tuple({str(each): (str(each), each.is_brief) for each in problems}.values()), covers, batch
        )

    def problems(self, kernel: Kernel, dtype: Dtype, seed: int = 0) -> list[Problem]:
        """Return the problems for a kernel, each once: the named ones first, then those that cover the rest.

        Raises KernelError where there is none.
        """
        named = [replace(of_line(line), is_brief=is_brief) for line, is_brief in self.lines]
        if not self.covers:
            return named
        found = covering(kernel, operations.of(self.layer).layer, dtype, seed, named, self.batch)
        if not named and not found:
            raise KernelError(f"{kernel.target} has no call for any problem of the set {COVERING}")
        if self.batch is None and dtype.bits >= SINGLE:
            found += crowded(kernel, operations.of(self.layer).layer, dtype, [*named, *found])
        return list({str(problem): problem for problem in (*named, *found)}.values())


def covering(
    kernel: Kernel,
    layer: Layer,
    dtype: Dtype,
    seed: int = 0,
    named: Sequence[Problem] = (),
    batch: int | None = None,
) -> list[Problem]:
    """Return problems that have every class of geometry that a kernel can be called with.

    Parameters
    ----------
    kernel : Kernel
        Whose interface says what can be expressed.
    layer : Layer
        One of those that have a space of geometries.
    dtype : Dtype
        The number format.
    seed : int
        Another seed draws other candidates.
    named : sequence of Problem
        What is asked anyway; classes that these have are not covered again.
    batch : int, optional
        The number of samples in every problem.
    """
    space = space_of(layer)
    cases = {
        each.geometry: each for each in _expressed(kernel, layer, dtype, _drawn(space, layer, seed, batch))
    }
    classes = {name: space.classes(case.params) for name, case in cases.items()}
    found = [space.classes(case.params) for case in _asked_anyway(kernel, named, dtype)]
    rows: list[str] = []
    for which in (0, 1):  # first every class, then as many pairs as there is room for
        there = frozenset[str]().union(*(each[which] for each in found))
        more = chosen(
            list(cases),
            lambda name: classes[name][which] - there,  # noqa: B023 - it is called within this turn
            lambda name: space.cost(cases[name].params),
            MOST - len(rows),
        )
        rows += more
        found += [classes[name] for name in more]
    return [Problem(cases[name], is_brief=number >= WHOLE) for number, name in enumerate(rows)]


def crowded(kernel: Kernel, layer: Layer, dtype: Dtype, problems: Sequence[Problem]) -> list[Problem]:
    """Return one of some problems with so many samples, or rows, that 16 bits do not count its numbers; or none.

    It is the one with the fewest products then, without extents of 1 if there is one; none along whose samples the
    layer works.
    """
    found: list[tuple[bool, float, Case]] = []
    least = 1 if layer.arithmetic.exact else ENOUGH
    for problem in problems:
        params, shape = problem.case.params, next(iter(problem.case.shapes.values()))
        name = "n" if "n" in params else "m"
        is_along_samples = params.get("axis", -1) % len(shape) == 0
        if name not in params or is_along_samples or 0 in shape or shape[-1] < least:
            continue
        each = math.prod(shape) // params[name]
        if each < MANY // MOST_SAMPLES:  # of a batch with one operand for all, too
            continue
        count = MANY // each + 1
        nearest = kernel.express(problem.case.but(params={**params, name: count}))
        if kernel.skips(nearest, dtype) is None and nearest.flaw is None:
            has_ones = any(1 in shape for shape in nearest.shapes.values())
            found.append((has_ones, space_of(layer).cost(nearest.params), nearest))
    return [Problem(min(found, key=lambda each: each[:2])[2], is_brief=True)] if found else []


def _drawn(space: Space, layer: Layer, seed: int, batch: int | None) -> Iterator[Case]:
    for params in space.candidates(seed):
        yield Case(layer, {**params, "n": batch} if batch and "n" in params else params)


def _asked_anyway(kernel: Kernel, named: Sequence[Problem], dtype: Dtype) -> Iterator[Case]:
    """Yield the named problems that the kernel has a call for, as it is called with them."""
    for problem in named:
        case = kernel.express(problem.case)
        if kernel.skips(case, dtype) is None:
            yield case


def _expressed(kernel: Kernel, layer: Layer, dtype: Dtype, cases: Iterator[Case]) -> Iterator[Case]:
    """Yield the nearest cases that a kernel has a call for; none for what is impossible without its features."""
    space, lacking = space_of(layer), _lacking(kernel, layer, dtype)
    for case in cases:
        params = dict(case.params)
        for feature in lacking:
            params |= feature.without(params)
        nearest = kernel.express(case.but(params=params))
        if space.suits(nearest.params) and kernel.skips(nearest, dtype) is None:
            yield nearest


def _lacking(kernel: Kernel, layer: Layer, dtype: Dtype) -> list[Feature]:
    """Return the features of a layer that a kernel has no call for."""
    plain = layer.cases.grammar.read(layer.cases.tiny)
    there = [each for each in FEATURES if set(each.example) <= set(plain)]
    if not there or len(plain.get("stride", ())) != 2:  # the features are those of a window on a plane
        return []
    cases = [Case(layer, {**plain, **EXAMPLE, **each.example}) for each in there]
    asked = zip(there, map(kernel.express, cases), strict=True)
    return [feature for feature, case in asked if kernel.skips(case, dtype) is not None]


def _evened(pads: geometry.Pads) -> geometry.Pads:
    """Return pads that are the same on both sides, the larger one."""
    top, left = map(max, pads)
    return (top, top), (left, left)
