"""Predicates about options: one value, two along an axis, choices in words, two unlike properties in one call."""

import math
from collections.abc import Iterator
from itertools import combinations, product

from blind.asked import ENDS, SIDES, Asked
from blind.holding import Holds, at_least, both, equals, has_option, names_in
from blind.lists import OPTION_VALUES, PAIRED, REALS
from blind.predicate import Predicate
from gradcheck.contract import Layer


def options(layer: Layer) -> Iterator[Predicate]:
    for option, values in OPTION_VALUES.items():
        if not has_option(layer, option):
            continue
        word = option.replace("_", " ")
        places = [end for ends in ENDS for end in ends] if option == "pad" else SIDES
        for place, value in product(places, values):
            name = f"{word} {place}"
            yield Predicate(f"one {word}", f"{name} == {value}", equals(name, value))
        for place in places:
            name = f"{word} {place}"
            yield Predicate(f"one {word}", f"{name} >= {values[-1]}", at_least(name, values[-1]))


def _first_end(option: str, axis: int) -> str:
    """Return the name of an option's value along an axis; of a pad, that before the first entry."""
    return f"pad {ENDS[axis][0]}" if option == "pad" else f"{option.replace('_', ' ')} {SIDES[axis]}"


def two_options(layer: Layer) -> Iterator[Predicate]:
    there = [option for option in PAIRED if has_option(layer, option)]
    for first, second in combinations(there, 2):
        for axis, a, b in product((0, 1), PAIRED[first], PAIRED[second]):
            one, two = _first_end(first, axis), _first_end(second, axis)
            holds = both(equals(one, a), equals(two, b))
            yield Predicate("two options of one axis", f"{one} == {a} and {two} == {b}", holds)


def reals(layer: Layer) -> Iterator[Predicate]:
    for name, values in REALS.items():
        if name not in names_in(layer):
            continue
        for value in values:
            yield Predicate(
                f"one {name}", f"{name} == {value:g}", lambda a, n=name, v=value: a.options[n] == v
            )
        for value in values[1::2]:
            yield Predicate(f"one {name}", f"{name} < {value:g}", lambda a, n=name, v=value: a.options[n] < v)
            yield Predicate(f"one {name}", f"{name} > {value:g}", lambda a, n=name, v=value: a.options[n] > v)
        yield Predicate(
            f"one {name}", f"1 / {name} is not an integer", lambda a, n=name: not _inverse(a.options[n])
        )


def _inverse(value: float) -> bool:
    """Return whether a number is one over an integer."""
    return value != 0 and math.isclose(1 / value, round(1 / value), rel_tol=1e-9)


def of_words(layer: Layer) -> dict[str, Holds]:
    """Return the choices that a layer lets one make in words, and when each is made."""
    names, found = names_in(layer), {}
    if "bias" in names:
        found |= {f"bias {kind}": lambda a, k=kind: a.bias == k for kind in ("none", "shared", "position")}
    if "mode" in names:
        found |= {
            "training": lambda a: a.options["training"],
            "evaluation": lambda a: not a.options["training"],
        }
    if "rounding" in names:
        found |= {
            "ceil mode": lambda a: a.options["ceil_mode"],
            "floor mode": lambda a: not a.options["ceil_mode"],
        }
    if "divisor" in names:
        found |= {
            "divisor with padding": lambda a: a.options["count_include_pad"],
            "divisor without padding": lambda a: not a.options["count_include_pad"],
        }
    if "variance" in names:
        found |= {"unbiased": lambda a: a.options["unbiased"], "biased": lambda a: not a.options["unbiased"]}
    return found


def choices(layer: Layer) -> Iterator[Predicate]:
    yield from (Predicate("choices", name, holds) for name, holds in of_words(layer).items())
    if "pad" in names_in(layer) and "rounding" in names_in(layer):
        yield Predicate("choices", "ceil mode adds a window", _partial)


def _partial(asked: Asked) -> bool:
    """Return whether the last window of an axis is partial, and counted."""
    if not asked.options["ceil_mode"]:
        return False
    return any(
        (asked.sizes[f"output {side}"] - 1) * asked.options["stride"][axis] + asked.window(axis)
        > asked.sizes["hw"[axis]] + sum(asked.options["pad"][axis])
        for axis, side in enumerate(SIDES)
    )


def two_properties(layer: Layer) -> Iterator[Predicate]:
    """Yield two unlike properties that meet in one call."""
    chosen: dict[str, Holds] = {f"n >= {k}": at_least("n", k) for k in (2, 4)} | {"n == 1": equals("n", 1)}
    if "stride" in names_in(layer):
        chosen |= {
            "a stride above 1": lambda a: max(a.options["stride"]) > 1,
            "padding": lambda a: max(map(sum, a.options["pad"])) > 0,
        }
    if "dilation" in names_in(layer):
        chosen["dilation"] = lambda a: max(a.options["dilation"]) > 1
    if "g" in names_in(layer):
        chosen["several groups"] = at_least("groups", 2)
    if "c" in names_in(layer):
        chosen |= {"c >= 4": at_least("c", 4), "c == 1": equals("c", 1)}
    chosen |= of_words(layer)
    for name in [each for each in REALS if each in names_in(layer)]:
        values = REALS[name]
        middle = values[len(values) // 2]
        chosen |= {
            f"{name} <= {middle:g}": lambda a, n=name, m=middle: a.options[n] <= m,
            f"{name} > {middle:g}": lambda a, n=name, m=middle: a.options[n] > m,
        }
    if "dims" in names_in(layer):
        chosen |= {
            "features >= 8": at_least("features", 8),
            "x of more than two axes": at_least("rank of x", 3),
        }
    for (first, one), (second, two) in combinations(chosen.items(), 2):
        if first.split()[0] != second.split()[0]:
            yield Predicate("two properties", f"{first} and {second}", both(one, two))
