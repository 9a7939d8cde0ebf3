"""Sets of problems to be fast at, and to be right at: one line a problem, in the files of the folder `problems`.

``conv2d n8c64h56w56_f64kh3kw3_s1x1_p1x1_d1x1_g1 out=56x56 count=3`` is a layer with its geometry as in a case
line, the extent of its output, and how often it occurs in the network. The extent says nothing new, on purpose: a
list that was copied wrongly contradicts itself. Lines in the notation of benchdnn are read too.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gradcheck.contract import Case, Layer, parse_case
from gradcheck.grammar import Params
from gradcheck.kernels import benchdnn, operations
from gradcheck.subjects.loading.reading import beginning

LARGEST = 2**24
FOLDER = Path(__file__).parent / "problems"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.txt")))
"""The sets that come with the suite."""

BATTERY = "battery"
"""The set of every layer's own geometries, in which its bugs show."""


TILES = "tiles"
"""The set of a layer in which each extent in turn is that of a tile, or one more or less; made for each layer."""

TILE_EXTENTS = (1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 127, 128, 129)
FEWER = (9, 33, 64)
"""Those of all geometries of the battery but the first."""

TOGETHER = (9, 33)
"""Extents that all axes have at once."""

MOST_NUMBERS = 2**17
"""The most numbers in the tensors of such a problem."""


class ProblemError(ValueError):
    """A line that names no problem, or one that contradicts itself. The message says where, and why."""


@dataclass(frozen=True)
class Problem:
    """A case to be fast at, and how often its network has it.

    `is_brief`: whether only its results are judged, and not how the kernel treats memory, threads and further calls.
    """

    case: Case
    count: int = 1
    is_brief: bool = False

    def __str__(self) -> str:
        return f"{self.case.layer.name} {self.geometry}"

    @property
    def geometry(self) -> str:
        """The geometry as a case line writes it."""
        return self.case.geometry

    def at_batch(self, size: int) -> "Problem":
        """Return the same problem with so many samples."""
        if "n" not in self.case.params:
            return self
        return replace(self, case=self.case.but(params={**self.case.params, "n": size}))


def read(source: str | Path) -> tuple[Problem, ...]:
    """Return the problems of a set, or of a file.

    Parameters
    ----------
    source : str or Path
        The name of a set that comes with the suite (`NAMES`, or `BATTERY`), or the path of a file of such lines.
        What stands behind a ``#`` is a comment; an option of benchdnn's is ignored.

    Returns
    -------
    tuple of Problem
        In the order of the lines.

    Raises
    ------
    ProblemError
        If there is no such set or file, or a line of it does not read, means nothing, contradicts itself, or stands
        there twice.
    """
    if source == BATTERY:
        return battery()
    path = FOLDER / f"{source}.txt" if source in NAMES else Path(source)
    try:
        text = beginning(path, LARGEST).decode()
    except (OSError, UnicodeDecodeError):
        raise ProblemError(f"there are no problems {str(source)!r}; there are {', '.join(NAMES)}") from None
    return tuple(_problems(path.name, text))


def battery() -> tuple[Problem, ...]:
    """Return the small geometries that every verification of a layer starts with, for all layers."""
    return tuple(
        Problem(layer.case(geometry)) for layer in operations.layers() for geometry in layer.cases.battery
    )


def tiles(layer: Layer) -> tuple[Problem, ...]:
    """Return the problems of a layer at the edges of tiles: each extent in turn, on each kind of its geometries.

    A parameter is an extent where the shapes depend on it. What is impossible is left out, and so is what is large.
    """
    found: dict[str, Problem] = {}
    for number, geometry in enumerate(layer.cases.battery):
        extents = FEWER if number else TILE_EXTENTS
        for params in _tiled(layer, layer.cases.grammar.read(geometry), extents):
            case = Case(layer, params)
            if case.flaw is None and _numbers_of(layer, params) <= MOST_NUMBERS:
                found.setdefault(case.geometry, Problem(case, is_brief=len(found) >= WHOLE))
    return tuple(found.values())


WHOLE = 16
"""The first ones of them, on which all checks run; on the rest, those of the results."""


def _tiled(layer: Layer, params: Params, extents: Sequence[int]) -> Iterator[dict[str, Any]]:
    names, shapes = dict[str, None](), _shapes(layer, params)
    for extent in extents:
        for name, value in params.items():
            for other in _with_extent(value, extent):
                changed = {**params, name: other}
                if _shapes(layer, changed) not in (None, shapes):
                    names[name] = None
                    yield changed
    for extent in TOGETHER:
        yield {**params, **{name: next(_with_extent(params[name], extent)) for name in names}}


def _with_extent(value: Any, extent: int) -> Iterator[Any]:
    """Yield a parameter with another extent, if it may be one: a number, or the last axis of several."""
    if type(value) is int and value > 0:
        yield extent
    elif type(value) is tuple and all(type(each) is int for each in value):
        yield (*value[:-1], extent)


def _shapes(layer: Layer, params: Params) -> Any:
    """Return the shapes of the inputs; None where there are none."""
    try:
        return None if layer.cases.flaw(params) else layer.shapes.inputs(params)
    except (LookupError, ValueError, ArithmeticError):
        return None


def _numbers_of(layer: Layer, params: Params) -> int:
    return sum(
        math.prod(shape) for shape in (*layer.shapes.inputs(params).values(), layer.shapes.output(params))
    )


def of_line(line: str) -> Problem:
    """Return the problem of a line, which need not say what comes out. Raises ProblemError."""
    words = line.split()
    try:
        if benchdnn.is_benchdnn(words):
            return _problem(words)
        if not any(word.startswith("out=") for word in words):
            words.append(f"out={_planes(parse_case(line, operations.layers()))}")
        return _problem([word for word in words if word != "out=None"])
    except ValueError as trouble:
        raise ProblemError(str(trouble)) from None


def _problems(name: str, text: str) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = [word for word in line.partition("#")[0].split() if not word.startswith("--")]
        if not words:
            continue
        try:
            problem = _problem(words)
            first = seen.setdefault(str(problem), number)
            if first != number:
                raise ValueError(f"{problem} stands in line {first} already: count how often")
        except ValueError as trouble:
            raise ProblemError(f"{name}:{number}: {trouble}") from None
        yield problem


def _problem(words: list[str]) -> Problem:
    if benchdnn.is_benchdnn(words):
        words = benchdnn.line_of(words[0]).split()
    stated = dict(word.split("=", 1) for word in words[2:] if word.startswith(("out=", "count=")))
    others = [word for word in words if not word.startswith(("out=", "count="))]
    problem = Problem(parse_case(" ".join(others), operations.layers()), _count(stated.get("count", "1")))
    why = _flaw(problem.case, stated.get("out"))
    if why is not None:
        raise ValueError(f"{problem}: {why}")
    return problem


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ValueError(f"count={text}: expected how often the network has it")
    return int(text)


def _flaw(case: Case, out: str | None) -> str | None:
    """Say why a line is not a valid problem: an impossible geometry, or an output that does not match."""
    layer, params = case.layer, case.params
    steps = [params[name] for name in ("stride", "dilation") if name in params]
    if any(0 in step for step in steps) or any(0 in shape for shape in layer.shapes.inputs(params).values()):
        return "an extent or a step is 0"
    if (why := layer.cases.flaw(params)) is not None:
        return why
    planes = _planes(case)
    if out != planes:
        given = "no out=" if out is None else f"out={out}"
        return f"{given}, but it gives {planes}" if planes else f"{given}, but it has no windows"
    return None


def _planes(case: Case) -> str | None:
    """Return the extent of the output of a layer with windows."""
    return "x".join(map(str, case.output_shape[2:])) if "stride" in case.params else None
