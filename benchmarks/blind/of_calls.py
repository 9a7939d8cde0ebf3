"""Predicates about a call as a whole: dtypes, memory layouts, and what came before."""

from collections.abc import Iterator

from blind.holding import Holds, above, at_least, both, floats_of, is_float, not_short
from blind.lists import COUNTS
from blind.predicate import Predicate
from gradcheck.contract import Layer


def dtypes(layer: Layer) -> Iterator[Predicate]:
    def is_(kind: str) -> Holds:
        return lambda asked: asked.tensors["x"].dtype == kind

    for kind in ("float64", "float32", "float16"):
        yield Predicate("dtype", kind, is_(kind))
    for size in (10, 50, 100, 1000):
        yield Predicate(
            "dtype",
            f"float32 and x.size > {size}",
            both(is_("float32"), lambda a, k=size: a.values["x"].size > k),
        )
    yield Predicate("dtype", "float32 and n > 1", both(is_("float32"), at_least("n", 2)))
    yield Predicate("dtype", "float32 and an |x| > 100", both(is_("float32"), above("x", 100)))
    yield Predicate("dtype", "float32 and x is not short decimals", both(is_("float32"), not_short("x")))
    for other in ("mask", "y"):
        if other in layer.shapes.inputs(layer.case(layer.cases.tiny).params) and not is_float(layer, other):
            for kind in ("int64", "int32", "int16", "int8", "uint8", "bool", "float64", "float32"):
                yield Predicate(
                    "dtype",
                    f"{other} is {kind}",
                    lambda a, o=other, k=kind: o in a.tensors and a.tensors[o].dtype == k,
                )


def layouts(layer: Layer) -> Iterator[Predicate]:
    for name in floats_of(layer):
        yield Predicate(
            "memory layout",
            f"{name} is not C-contiguous",
            lambda a, n=name: n in a.tensors and not a.tensors[n].flags.c_contiguous,
        )
        yield Predicate(
            "memory layout",
            f"{name} is read-only",
            lambda a, n=name: n in a.tensors and not a.tensors[n].flags.writeable,
        )
        yield Predicate(
            "memory layout",
            f"{name} has a negative stride",
            lambda a, n=name: n in a.tensors and any(step < 0 for step in a.tensors[n].strides),
        )
    if not layer.shapes.is_loss:
        yield Predicate(
            "memory layout", "dout is not C-contiguous", lambda a: not a.dout.flags.c_contiguous, "dout"
        )
        yield Predicate("memory layout", "dout is read-only", lambda a: not a.dout.flags.writeable, "dout")


def order_of_calls(layer: Layer) -> Iterator[Predicate]:
    family = "calls"
    for k in COUNTS:
        yield Predicate(family, f"call {k}", lambda a, k=k: a.history.number == k, "either")
    for k in (2, 3, 5, 10):
        yield Predicate(family, f"every {k}th call", lambda a, k=k: a.history.number % k == 0, "either")
    for k in (5, 20, 50):
        yield Predicate(family, f"from call {k} on", lambda a, k=k: a.history.number >= k, "either")
    yield Predicate(family, "the shapes came before", lambda a: a.history.shapes_before)
    yield Predicate(family, "the shapes came in the last forward", lambda a: a.history.shapes_of_the_last)
    yield Predicate(
        family,
        "the last forward had other shapes",
        lambda a: a.history.number > 1 and not a.history.shapes_of_the_last,
    )
    yield Predicate(family, "the same numbers as the last forward", lambda a: a.history.numbers_of_the_last)
    if layer.ours.options(layer.case(layer.cases.tiny).params):
        yield Predicate(
            family, "the shapes came before, with other options", lambda a: a.history.other_options_before
        )
    yield Predicate(family, "a second backward on the cache", lambda a: a.history.uses > 1, "dout")
    yield Predicate(
        family, "another forward came between forward and backward", lambda a: a.history.since > 0, "dout"
    )
