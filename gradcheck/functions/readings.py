"""What the results of a forward are: outputs or cache; and what backward is called with.

``(out, cache)``, ``(h, c)``, ``(out, mean, rstd)`` and ``((h, c), cache)`` look alike. Backward's signature separates
most of them. Where it allows several readings, the names of its parameters order them, and the first that backward
accepts is taken: it runs, and returns gradients of the right shapes, in proportion to the cotangents.
"""

import inspect
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gradcheck.contract import Function
from gradcheck.functions.outputs import is_inexact
from gradcheck.functions.trees import children, values_of

__tracebackhide__ = True

CACHES = frozenset(
    {"cache", "caches", "cached", "ctx", "context", "saved", "memory", "residuals", "res", "aux"}
)
"""What a cache is called, as a parameter of backward or as a key of a result."""

COTANGENT = re.compile(
    r"d[a-z]{1,2}\d*|d\d+|d?out|dout\w*|d_\w+|d(mean|var|std|rstd|loss)|grads?|grad_\w+|\w+_(grad|bar)|gs?"
)
"""Names of parameters that are likely to be cotangents; some others are, too."""

Outputs = int | Sequence[int | str]
"""How a caller says which results are outputs: how many, from the first, or which."""

Token = tuple[str, Any]
"""An argument of backward: the cotangents, the cache as one object, one of the results, or an input."""

DOUT: Token = ("dout", 0)

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Reading:
    """Which results are outputs, and what backward is called with.

    `chosen` are the places of the outputs among the results; None if the result as a whole is the output.
    `is_spread`: each output's cotangent is an argument; otherwise they come in one, in the structure of the outputs.
    """

    chosen: tuple[int, ...] | None = None
    is_spread: bool = False
    tokens: tuple[Token, ...] = ()

    def split(self, returned: Any) -> tuple[Any, list[Any], Any]:
        """Return the outputs, the other results, and these as the one object that a cache is."""
        inner = children(returned)
        if self.chosen is None or inner is None:
            return returned, [], None
        rest = [value for place, (_, value) in enumerate(inner) if place not in self.chosen]
        if len(self.chosen) == len(inner) > 1:
            return returned, [], None
        outs = [inner[place][1] for place in self.chosen]
        keys = _keys(returned)
        if keys is None:
            return (outs[0] if len(outs) == 1 else tuple(outs)), rest, _one(rest)
        named = dict(zip(keys, (value for _, value in inner), strict=True))
        cache = {key: value for place, (key, value) in enumerate(named.items()) if place not in self.chosen}
        out = {key: named[key] for place, key in enumerate(named) if place in self.chosen}
        return (
            (outs[0] if len(outs) == 1 else out),
            rest,
            (rest[0] if len(rest) == 1 else cache),
        )

    def single(self, returned: Any) -> Any:
        """Return the only output, where the result is it or a tuple that begins with it or holds it; None elsewhere.

        A short cut of `split` for derivatives, which call a function some hundred times.
        """
        if self.chosen is None:
            return returned
        is_pair = type(returned) is tuple and len(self.chosen) == 1 < len(returned)
        return returned[self.chosen[0]] if is_pair else None

    def arguments(self, cotangents: Any, rest: list[Any], cache: Any, inputs: Mapping[str, Any]) -> list[Any]:
        """Return what backward is called with."""
        found: list[Any] = []
        for kind, which in self.tokens:
            if kind == "dout":
                inner = children(cotangents) if self.is_spread else None
                found += [value for _, value in inner] if inner is not None else [cotangents]
            elif kind == "input":
                found.append(inputs[which])
            else:
                found.append(cache if kind == "cache" else rest[which])
        return found

    @property
    def inputs(self) -> list[str]:
        """The inputs that backward is called with."""
        return [which for kind, which in self.tokens if kind == "input"]

    def words(self, returned: Any) -> str:
        """Return how results and arguments are understood, as text."""
        outs, rest, _ = self.split(returned)
        inner, count = children(outs), len(children(returned) or [None])
        names = ["dout"] if inner is None else [f"dout{step}" for step, _ in inner]
        douts = ", ".join(names)
        shown = [douts if self.is_spread or inner is None else f"({douts})"]
        for kind, which in self.tokens:
            if kind != "dout":
                place = count - len(rest) + which if kind == "rest" else 0
                shown.append(which if kind == "input" else kind if kind == "cache" else f"result {place}")
        what = f"{count - len(rest)} of {count} results" if rest else "all results"
        return f"{what} are outputs; backward({', '.join(shown)})"


WHOLE = Reading()
"""The result as a whole is the output."""


def _one(rest: list[Any]) -> Any:
    return rest[0] if len(rest) == 1 else tuple(rest)


def _keys(returned: Any) -> list[str] | None:
    """Return the names of results; None for a plain tuple or list."""
    if type(returned) is tuple:
        return None
    if isinstance(returned, Mapping):
        return [str(key) for key in returned]
    inner = children(returned) or []
    names = [step.removeprefix(".") for step, _ in inner if step.startswith(".")]
    return names if inner and len(names) == len(inner) else None


def chosen_by(outputs: Outputs, returned: Any) -> tuple[int, ...] | None:
    """Return the places of the results that a caller calls outputs. Raises ValueError."""
    inner = children(returned)
    keys = _keys(returned) or []
    count = 1 if inner is None else len(inner)
    if isinstance(outputs, int):
        if not 1 <= outputs <= count:
            raise ValueError(
                f"check_gradients: outputs={outputs}; forward returns {count} results, expected 1 to {count}"
            )
        return None if inner is None else tuple(range(outputs))
    places = []
    for each in [outputs] if isinstance(outputs, str) else outputs:
        place = each if isinstance(each, int) else keys.index(each) if each in keys else -1
        if not 0 <= place < count:
            known = f"names {keys}" if keys else f"{count} results, numbered from 0"
            raise ValueError(f"check_gradients: outputs has {each!r}; forward returns {known}")
        places.append(place)
    if not places:
        raise ValueError("check_gradients: outputs is empty; expected at least one result that is an output")
    return None if inner is None else tuple(sorted(places))


def results_read(outputs: Outputs | None, returned: Any) -> Reading:
    """Return which results of a function are outputs where no backward is called: all of them, or those chosen."""
    return Reading(None if outputs is None else chosen_by(outputs, returned))


def _choices(returned: Any, outputs: Outputs | None) -> list[tuple[int, ...] | None]:
    """Return which results may be the outputs, the likeliest first."""
    if outputs is not None:
        return [chosen_by(outputs, returned)]
    inner, keys = children(returned), _keys(returned)
    if inner is None:
        return [None]
    if keys is not None:
        kept = tuple(place for place, key in enumerate(keys) if key.lower() not in CACHES)
        return [kept or tuple(range(len(keys)))]
    counts = dict.fromkeys([1, *range(len(inner) - 1, 1, -1), len(inner)])
    return [
        tuple(range(count))
        for count in counts
        if all(any(map(is_inexact, values_of(value))) for _, value in inner[1:count])
    ]


class Reader:
    """The ways to read the results of a forward that a backward allows.

    Parameters
    ----------
    backward : callable
        Its signature and the names of its parameters decide.
    returned : object
        The result of a forward.
    inputs, floats : sequence of str
        The names of all inputs, and of those that are floating arrays.
    """

    def __init__(
        self, backward: Function, returned: Any, inputs: Sequence[str], floats: Sequence[str]
    ) -> None:
        self.returned, self.inputs, self.floats = returned, list(inputs), list(floats)
        self.signature = _signature_of(backward)  # without one it may accept anything
        self._known: dict[int, bool] = {}
        parameters = [] if self.signature is None else self.signature.parameters.values()
        self.names = [each.name for each in parameters if each.kind in POSITIONAL]

    def readings(self, outputs: Outputs | None) -> list[Reading]:
        """Return the readings that the signature allows, the likeliest first; `outputs` is what the caller says."""
        if children(self.returned) is None:
            whole = Reading(None, False, (DOUT, *(("input", name) for name in self.inputs)))
            if outputs is None and self._binds(whole):
                return [whole]
        found = list(dict.fromkeys(self._candidates(outputs)))
        takes = [reading for reading in found if self._binds(reading)]
        # Arguments that no signature accepts are an error of the call itself, which says so best.
        return sorted(takes or found[:1], key=self._conflicts)

    def is_doubtful(self, reading: Reading, others: Iterable[Reading]) -> bool:
        """Return whether an argument that a reading takes for the cache may be the cotangent of an output."""
        return any(
            other.is_spread and self._count(other) > self._count(reading) and not self._conflicts(other)[0]
            for other in others
        )

    def _count(self, reading: Reading) -> int:
        """Return how many arguments the cotangents are."""
        inner = children(reading.split(self.returned)[0]) if reading.is_spread else None
        return 1 if inner is None else len(inner)

    def _binds(self, reading: Reading) -> bool:
        return self._takes(self._count(reading) + len(reading.tokens) - 1)

    def _takes(self, count: int) -> bool:
        """Return whether backward accepts so many arguments."""
        if count not in self._known:
            self._known[count] = self.signature is None or _binds(self.signature, count)
        return self._known[count]

    def _candidates(self, outputs: Outputs | None) -> Iterator[Reading]:
        everything: list[Token] = [("input", name) for name in self.inputs]
        floating: list[Token] = [("input", name) for name in self.floats]
        one: list[Token] = [("cache", 0)]
        for chosen in _choices(self.returned, outputs):
            outs, rest, _ = Reading(chosen).split(self.returned)
            each: list[Token] = [("rest", place) for place in range(len(rest))]
            with_cache = [one, each, everything + one, one + everything, everything + each, each + everything]
            for is_spread in (True, False) if children(outs) is not None else (False,):
                named = self._by_name(Reading(chosen, is_spread), len(rest))
                tails = [*with_cache, named] if rest else [everything, floating, named]
                for tail in [*tails, everything, floating, []]:
                    if tail is not None:
                        yield Reading(chosen, is_spread, (DOUT, *tail))

    def _by_name(self, reading: Reading, rest: int) -> list[Token] | None:
        """Return backward's arguments where its parameters have the names of inputs, and the others are the cache."""
        names = self.names[self._count(reading) :]
        others = [name for name in names if name not in self.inputs]
        if len(others) == len(names) or len(others) not in (0, 1, rest) or (others and not rest):
            return None
        place = itertools.count()
        as_one = len(others) == 1
        return [
            ("input", name) if name in self.inputs else ("cache", 0) if as_one else ("rest", next(place))
            for name in names
        ]

    def _conflicts(self, reading: Reading) -> tuple[int, int]:
        """Return how many parameters have a name that contradicts their argument, and how many an unlikely name."""
        head = self._count(reading)
        kinds = [DOUT] * head + list(reading.tokens[1:])
        hard = soft = 0
        # A cache may be called as an input is, since it may be one; not where inputs are passed as well.
        is_mixed = len({kind == "input" for kind, _ in kinds[head:]}) > 1
        for place, (name, (kind, which)) in enumerate(zip(self.names, kinds, strict=False)):
            looks = COTANGENT.fullmatch(name) is not None
            if kind == "dout":
                hard += name in self.inputs or name.lower() in CACHES
                soft += place > 0 and not looks
            elif kind == "input":
                hard += (name in self.inputs and name != which) or name.lower() in CACHES
                soft += name != which and (is_mixed or looks)
            else:
                soft += looks or (is_mixed and name in self.inputs)
        return hard, soft


def _binds(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return False
    return True


def _signature_of(function: Function) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None
