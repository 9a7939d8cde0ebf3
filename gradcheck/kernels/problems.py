"""Sets of problems to be fast at, and to be right at: one line a problem, in the files of the folder `problems`.

``conv2d n8c64h56w56_f64kh3kw3_s1x1_p1x1_d1x1_g1 out=56x56 count=3`` is a layer with its geometry as in a case
line, the extent of its output, and how often it occurs in the network. The extent says nothing new, on purpose: a
list that was copied wrongly contradicts itself. Lines in the notation of benchdnn are read too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gradcheck.contract import Case, parse_case
from gradcheck.kernels import benchdnn, operations
from gradcheck.subjects.loading.reading import beginning

LARGEST = 2**24
FOLDER = Path(__file__).parent / "problems"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.txt")))
"""The sets that come with the suite."""

BATTERY = "battery"
"""The set of every layer's own geometries, in which its bugs show."""


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
