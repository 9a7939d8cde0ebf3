"""The cases of a verification: the layer's fixed battery first, then those of many others that add most to it."""

import math
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from itertools import chain, islice
from typing import NamedTuple
from weakref import ReferenceType, ref

from gradcheck.contract import Case, Layer, Subject
from gradcheck.evidence import kept
from gradcheck.layers.covering import few
from gradcheck.layers.drawn import is_small, random_cases
from gradcheck.layers.rows import stored
from gradcheck.layers.space import Pairs, classes_of, cost_of, is_rich, pairs_of

POOL = 600
"""Random cases of which the set is chosen. With more, cheaper cases are found, and it takes longer."""

LEAST = 16
"""Random cases at least: a layer with few parameters has all their classes after a few."""

PAIR_POOL = 3000
"""As many for pairs of classes, of which most are rare."""

MOST_TIMES = 30
"""How many times as large as usual the nearest case may be that an interface can express: it may square an extent."""


VAST = 65_536
"""So many numbers, and one more, are asked by ``--thorough``: an index of 16 bits ends there."""

TIMES = 7
"""How many times as many samples, units or filters there are, where a case of more than 10,000 numbers is enlarged."""

LARGE_TENSORS: tuple[tuple[Callable[[Case], tuple[int, ...]], tuple[str, ...]], ...] = (
    (lambda case: case.main, ("n",)),
    (lambda case: case.output_shape, ("n",)),
    (lambda case: case.shapes.get("w", ()), ("f", "m")),
)
"""The shape of a tensor, and the parameters of which one makes it larger."""


class Questions(list[Case]):
    """The cases of a verification, of which the first `fixed` are asked of all code, however slow it is.

    The last `vast` ones are of very many numbers, for code that has the time and the memory. `possible` has the pairs
    of classes of all cases that they were chosen from.
    """

    fixed: int = 0
    vast: int = 0
    possible: Pairs | None = None


def cases_for(subject: Subject, count: int | None, seed: int, *, thorough: bool = False) -> Questions:
    """Return the cases of a verification, each as the nearest one that the interface can express.

    Parameters
    ----------
    subject : Subject
        Whose layer it is, and whose interface.
    count : int, optional
        How many cases to draw in addition to the layer's battery. By default as many as have every class of every
        parameter that the interface can express (`gradcheck.layers.space`).
    seed : int
        Another seed gives another such set.
    thorough : bool
        Whether the cases have every pair of classes too, if no count is given.
    """
    if not kept.is_keeping():
        return _cases_for(subject, count, seed, thorough=thorough)
    questions = kept.once(
        lambda: _key(subject, count, seed, thorough=thorough),
        lambda: _cases_for(subject, count, seed, thorough=thorough),
    )
    again = Questions(questions)
    again.fixed, again.vast, again.possible = questions.fixed, questions.vast, questions.possible
    return again


def _key(subject: Subject, count: int | None, seed: int, *, thorough: bool) -> Hashable:
    """Return what the cases depend on: the layer, and what the interface makes of each one that is drawn."""
    layer, interface = subject.layer, subject.interface
    drawn = _drawn(layer, count, seed, thorough=thorough)
    battery = (layer.cases.grammar.read(geometry) for geometry in layer.cases.battery)
    params = chain(battery, (case.params for case in drawn))
    changed = [
        f"{number} {sorted(found.items())}"
        for number, each in enumerate(params)
        if (found := interface.express(each)) != each
    ]
    asked = "\n".join(changed), interface.single, interface.draws_mask
    return *_draws(layer, count, seed, thorough=thorough), *asked


def _draws(layer: Layer, count: int | None, seed: int, *, thorough: bool) -> tuple[Hashable, ...]:
    return "cases", layer.name, layer.ours.fast, count, seed, thorough


def _drawn(layer: Layer, count: int | None, seed: int, *, thorough: bool) -> list[Case]:
    """Return the cases to choose from, drawn once for all submissions of a grading."""
    pool = _pool(count, thorough=thorough)
    return kept.once(
        lambda: ("drawn", *_draws(layer, pool, seed, thorough=thorough)),
        lambda: list(_candidates(layer, pool, seed, thorough=thorough)),
    )


def _cases_for(subject: Subject, count: int | None, seed: int, *, thorough: bool) -> Questions:
    if count == 0:
        questions = Questions(_battery(subject, seed).values())
        questions.fixed = len(questions)
        return questions
    choice = _recent.get(subject, _pool(count, thorough=thorough), seed, thorough=thorough)
    # What somebody chose is asked whole; of the default set, slow code is spared all but the battery.
    is_chosen = thorough or count is not None
    if count is None:
        count = max(len(choice.rows), LEAST)
    chosen_already = set(map(id, choice.rows))
    others = (case for case in choice.drawn if id(case) not in chosen_already)
    questions = Questions([*choice.fixed, *islice(chain(choice.rows, others), count)])
    questions.fixed = len(questions) if is_chosen else len(choice.fixed)
    questions.possible = choice.possible
    if thorough and count == max(len(choice.rows), LEAST):
        vast = _vast(subject, choice.rows)
        questions.vast = len(vast)
        questions.extend(vast)
    return questions


def _vast(subject: Subject, rows: list[Case]) -> list[Case]:
    """Return a case with more than `VAST` numbers for each tensor: the cheapest row that has so many when enlarged."""
    found = dict[tuple[str, str], Case]()
    for shape_of, names in LARGE_TENSORS:
        for case in sorted(rows, key=cost_of):
            name = next((each for each in names if isinstance(case.params.get(each), int)), None)
            if name is None or not is_rich(case):
                continue
            more = case.but(
                params={**case.params, name: TIMES * case.params[name]}, fill="plain", dtype="float64"
            )
            if more.flaw is None and math.prod(shape_of(more)) > VAST:
                _add(found, subject, more)
                break
    return list(found.values())


def _pool(count: int | None, *, thorough: bool) -> int | None:
    """Return the count that the cases to choose from depend on: None for all small ones, which share them."""
    return None if not thorough and (count or 0) <= LEAST else count


def _battery(subject: Subject, seed: int) -> dict[tuple[str, str], Case]:
    found = dict[tuple[str, str], Case]()
    for geometry in subject.layer.cases.battery:
        _add(found, subject, subject.layer.case(geometry, seed=seed))
    return found


class Chosen(NamedTuple):
    """The battery, the cases drawn after it, and those of them that have every class between them."""

    fixed: list[Case]
    drawn: list[Case]
    rows: list[Case]
    possible: Pairs


def _choice(subject: Subject, pool: int | None, seed: int, *, thorough: bool) -> Chosen:
    found = _battery(subject, seed)
    fixed = list(found.values())
    for case in _drawn(subject.layer, pool, seed, thorough=thorough):
        _add(found, subject, case)
    drawn = list(found.values())[len(fixed) :]
    classes = {id(case): classes_of(case) for case in found.values()}
    rows = _covering(fixed, drawn, lambda case: classes[id(case)])
    if thorough:
        rows += _covering([*fixed, *rows], drawn, pairs_of)
    return Chosen(fixed, drawn, rows, Pairs(classes.values()))


class Recent:
    """The last choices. Judging, naming and drawing a mistake ask for the cases of one subject several times."""

    MOST = 16

    def __init__(self) -> None:
        self._choices: deque[tuple[ReferenceType[Subject], Hashable, Chosen]] = deque(maxlen=self.MOST)

    def get(self, subject: Subject, pool: int | None, seed: int, *, thorough: bool) -> Chosen:
        """Return the choice for a subject, made now or earlier."""
        key = pool, seed, thorough
        for one, known, choice in self._choices:
            if one() is subject and known == key:
                return choice
        choice = _choice(subject, pool, seed, thorough=thorough)
        self._choices.append((ref(subject), key, choice))
        return choice


_recent = Recent()


def _candidates(layer: Layer, count: int | None, seed: int, *, thorough: bool) -> Iterator[Case]:
    """Yield the cases to choose from: the layer's rows for seed 0, random ones for another, and for many of them."""
    kept = list(stored(layer)) if seed == 0 and not thorough and (count or 0) <= LEAST else []
    if kept:
        yield from kept
        return
    wanted = (PAIR_POOL if thorough else POOL) if count is None else max(POOL, 2 * count)
    yield from islice(random_cases(layer, seed), wanted)


def _covering(known: list[Case], drawn: list[Case], classes: Callable[[Case], frozenset[str]]) -> list[Case]:
    """Return the drawn cases that add the classes that the known ones do not have."""
    before: frozenset[str] = frozenset().union(*map(classes, known))
    return few(drawn, lambda case: classes(case) - before, cost_of)


def _add(found: dict[tuple[str, str], Case], subject: Subject, case: Case) -> None:
    """Add the nearest case that the interface can express, unless its geometry is already there."""
    dtype = "float32" if subject.interface.single else case.dtype
    # Where x is zero, the output does not show which entries a mask of the subject's own keeps.
    hides = subject.interface.draws_mask and case.fill in ("zeros", "repeated")
    fill = "plain" if hides else case.fill
    params = subject.interface.express(case.params)
    changed = {} if params == case.params else {"params": params}
    nearest = case.but(dtype=dtype, fill=fill, **changed)
    if nearest.flaw is None and (not changed or is_small(nearest, MOST_TIMES)):
        found.setdefault((nearest.geometry, nearest.fill), nearest)
