"""The sizes on which a kernel is judged: small ones that the reference accepts, and each of them varied around tiles.

A model is first tried on PyTorch's device ``meta``, which has shapes and no numbers: so an input of gigabytes is never
made. Integers of one value are changed together; each is then tried alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gradcheck.kernels.problems import ProblemError
from gradcheck.kernels.references import exchange
from gradcheck.kernels.references.exchange import is_tensor, torch
from gradcheck.kernels.references.oracle import function_of, quiet, seeded
from gradcheck.kernels.references.source import Site, Source
from gradcheck.kernels.references.work import MUCH, counted

SMALL = (6, 8, 10, 5, 7, 9, 12, 4, 11, 14, 16, 24, 32, 48, 64, 96, 128)
"""What an integer is reduced to: the first of these that the reference accepts, a different one for each."""

EXTENTS = (1, 2, 3, 7, 8, 9, 31, 32, 33, 64, 65, 63, 127, 128, 129, 16, 17, 15)
"""What each size is set to in turn, the most telling first."""

ALONE = 4
"""An integer up to here that changes no input's shape is an option, such as a stride, and stays."""

MOST = 60
"""The most problems."""

LARGEST = 2**20
"""The most numbers of all inputs and parameters of one problem."""

Sizes = dict[str, int]


@dataclass
class Chooser:
    """Finds sizes of a reference, all but those that are `kept`.

    `tries` runs it at some sizes in earnest, and says whether it accepts them.
    """

    source: Source
    name: str
    tries: Callable[[Sizes], bool]
    kept: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    _base: Sizes = field(default_factory=dict)
    _varied: list[tuple[str, ...]] = field(default_factory=list)
    _work: int = 0

    def chosen(self) -> list[Sizes]:
        """Return the sizes to judge at: a small base, each size varied, the reference's own where they are small."""
        sites = {site.name: site for site in self.source.sites}
        own = {name: site.value for name, site in sites.items()}
        shapes = self._shapes(own, runs=True) or self._shapes(own)
        base = self._reduced(own, shapes is not None)
        if base is None:
            self.notes.append("no other sizes were judged: the reference accepts none")
            return [{}]
        units = self._units(base, sites)
        self._base, self._varied = base, units
        found = [base]
        each = max(3, min(len(EXTENTS), MOST // max(1, len(units))))
        for extent in EXTENTS[:each]:
            found += [base | dict.fromkeys(unit, extent) for unit in units]
        if shapes is not None and _count(shapes) <= LARGEST:
            found.append(own)
        else:
            self.notes.append("the reference's own sizes were not judged: they are large")
        unique = {tuple(sorted(sizes.items())): sizes for sizes in found}
        return list(unique.values())

    def thinner(self, sizes: Sizes) -> Iterator[Sizes]:
        """Yield sizes with one of the others at 1, then with more of them, for where the reference takes long."""
        while found := [
            sizes | dict.fromkeys(unit, 1)
            for unit in self._varied
            if all(1 < sizes[name] == self._base[name] for name in unit)
        ]:
            yield from found
            sizes = min(found, key=self._numbers)

    def is_large(self, sizes: Sizes) -> bool:
        """Return whether there are so many numbers, or products of them, that a call would take long."""
        return self._numbers(sizes) > 4 * LARGEST or self._work > 4 * MUCH

    def _numbers(self, sizes: Sizes) -> int:
        """Return how many numbers all inputs, parameters and results have; 0 where PyTorch cannot say so."""
        return _count(self._shapes(sizes, runs=True) or self._shapes(sizes) or [])

    def base(self) -> Sizes | None:
        """Return the small sizes that all others are variations of, or None."""
        own = {site.name: site.value for site in self.source.sites}
        return self._reduced(own, self._shapes(own) is not None)

    def _reduced(self, own: Sizes, has_meta: bool) -> Sizes | None:
        """Return small sizes that the reference accepts, or None."""
        if has_meta:
            base = self._greedily(own, lambda sizes: self._shapes(sizes, runs=True) is not None)
            if self.tries(base):
                return base
        distinct = {value: next(_candidates(value, {}), value) for value in own.values()}
        for value in sorted(distinct):
            taken = {str(other): small for other, small in distinct.items() if other != value}
            distinct[value] = next(_candidates(value, taken), value)
        for divisor in (0, 2, 4, 8, 16, 32, 64, 128, 256):
            base = {
                name: value
                if value <= ALONE or name in self.kept
                else distinct.get(value, 6)
                if not divisor
                else max(value // divisor, 2)
                for name, value in own.items()
            }
            if max(base.values(), default=1) <= 2 * SMALL[-1] and self.tries(base):
                return self._greedily(base, self.tries, least=16)
        return own if not own or (_product(own) <= LARGEST and self.tries(own)) else None

    def _greedily(self, own: Sizes, accepts: Callable[[Sizes], bool], least: int = ALONE) -> Sizes:
        """Return sizes, each value reduced as far as is accepted, together or alone, the largest first."""
        sizes = dict(own)
        for value in sorted(set(own.values()), reverse=True):
            names = [name for name in own if own[name] == value and name not in self.kept]
            if value <= least or not names:
                continue
            for unit in (names, *([name] for name in names if len(names) > 1)):
                if any(sizes[name] != value for name in unit):
                    continue
                for small in _candidates(value, sizes):
                    if accepts(sizes | dict.fromkeys(unit, small)):
                        sizes |= dict.fromkeys(unit, small)
                        break
        return sizes

    def _units(self, base: Sizes, sites: Mapping[str, Site]) -> list[tuple[str, ...]]:
        """Return the names that are varied, those together that have to be."""
        found, plain = list[tuple[str, ...]](), self._input_shapes(base)
        for value in sorted({site.value for site in sites.values()}, reverse=True):
            names = tuple(
                name for name, site in sites.items() if site.value == value and name not in self.kept
            )
            alone = [name for name in names if self._can_be(base, (name,), value, plain)]
            found += [(name,) for name in alone]
            rest = tuple(name for name in names if name not in alone)
            if len(names) > 1 and rest and self._can_be(base, names, value, plain):
                found.append(names)
        return found

    def _can_be(self, base: Sizes, unit: tuple[str, ...], value: int, plain: Any) -> bool:
        """Return whether a size can be varied, and is one: an option of a small value is left alone."""
        for change in (1, -1, base[unit[0]], 3):
            sizes = base | {name: base[name] + change for name in unit}
            if min(sizes.values()) < 1:
                continue
            if self.tries(sizes):
                return value > ALONE or self._input_shapes(sizes) != plain
        return False

    def _input_shapes(self, sizes: Sizes) -> list[tuple[int, ...]] | None:
        try:
            with quiet(), seeded(0):
                return _shapes_of(self.source.module(sizes).get_inputs())
        except Exception:  # noqa: BLE001 - the reference's own code, at sizes that it may not accept
            return None

    def _shapes(self, sizes: Sizes, *, runs: bool = False) -> list[tuple[int, ...]] | None:
        """Return the shapes of all inputs and parameters at some sizes; None where PyTorch cannot say so.

        With `runs`, the reference is called, the shapes of its outputs are among them, and its work is kept.
        """
        self._work = 0
        try:
            torch()
        except ImportError:
            return None
        try:
            with quiet(), seeded(0), torch().device("meta"):
                module = self.source.module(sizes)
                function, arguments = function_of(self.source, module, self.name)
                made = function(*arguments) if isinstance(function, type) else function
                returned = module.get_inputs()
                values = list(returned) if isinstance(returned, tuple | list) else [returned]
                leaves: list[Any] = []
                exchange.as_text(values, leaves)
                if not all(is_tensor(leaf) and leaf.is_meta for leaf in leaves):
                    return None
                outputs: list[Any] = []
                if runs:
                    found, self._work = counted(lambda: made(*values), is_torch=True)
                    exchange.as_text(found, outputs)
                state = made.state_dict().values() if hasattr(made, "state_dict") else ()
                return _shapes_of([*leaves, *state, *outputs])
        except Exception:  # noqa: BLE001 - as above
            return None


def _candidates(value: int, sizes: Sizes) -> Iterator[int]:
    """Yield what a value may be reduced to: first what no other size is."""
    used = set(sizes.values())
    smaller = [small for small in SMALL if small < value and (small - value) % 2 == 0]  # halves stay halves
    yield from (small for small in smaller if small not in used)
    yield from (small for small in smaller if small in used)
    yield from (value // by for by in (64, 32, 16, 8, 4, 2) if value // by > 2)


def _shapes_of(values: Any) -> list[tuple[int, ...]]:
    leaves: list[Any] = []
    exchange.as_text(list(values) if isinstance(values, tuple | list) else [values], leaves)
    return [tuple(leaf.shape) for leaf in leaves]


def _count(shapes: Sequence[tuple[int, ...]]) -> int:
    return sum(_product(dict(enumerate(shape))) for shape in shapes)


def _product(sizes: Mapping[Any, int]) -> int:
    found = 1
    for value in sizes.values():
        found *= value
    return found


def line_of(source: Source, sizes: Sizes) -> str:
    """Return a problem as one line."""
    own = {site.name: site.value for site in source.sites}
    if not sizes or sizes == own:
        return f"{source.name} own"
    return " ".join([source.name, *(f"{name}={value}" for name, value in sizes.items())])


def of_line(source: Source, line: str) -> Sizes:
    """Return the sizes of a line. Raises ProblemError."""
    name, *words = line.split()
    known = {site.name for site in source.sites}
    if name != source.name:
        raise ProblemError(f"the problem {line!r} is not one of {source.name}")
    if words == ["own"]:
        return {}
    sizes = {}
    for word in words:
        key, _, value = word.rpartition("=")
        if key not in known or not value.isdecimal() or not 0 < int(value) < 2**31:
            raise ProblemError(f"the problem {line!r} does not read: {word!r}")
        sizes[key] = int(value)
    return sizes
