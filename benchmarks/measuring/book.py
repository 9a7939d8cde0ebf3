"""What is to be measured, and what has been: the file lets an interrupted run go on where it stopped."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from gradcheck.contract import PARTS, Case, parse_case
from gradcheck.kernels import problems
from gradcheck.kernels.problems import Problem
from gradcheck.layers import LAYERS
from gradcheck.timing.machine import Machine, machine
from gradcheck.timing.times import Quartiles

CONVOLUTIONS = ("resnet50", "vgg16", "mobilenet_v1", "mobilenet_v2", "course")
DTYPES = ("float64", "float32")


@dataclass(frozen=True)
class Job:
    """One problem in one dtype on so many threads, with the sets that have it."""

    problem: Problem
    sets: tuple[str, ...]
    threads: int

    @property
    def kind(self) -> str:
        """Which goal it counts for."""
        if self.problem.case.layer.name != "conv2d":
            return "layer"
        return "dense" if self.problem.case.params["g"] == 1 else "grouped"

    @property
    def parts(self) -> dict[str, str]:
        """The parts to measure, each with the key of its row."""
        dtype = self.problem.case.dtype
        return {part: key(str(self.problem), part, dtype, self.threads) for part in PARTS}


def jobs(threads: Sequence[int]) -> Iterator[Job]:
    """Yield all jobs: those that share dtype and threads together."""
    distinct = _distinct()
    for dtype in DTYPES:
        for count in threads:
            for problem, sets in distinct:
                yield Job(replace(problem, case=problem.case.but(dtype=dtype)), sets, count)


def _distinct() -> list[tuple[Problem, tuple[str, ...]]]:
    """Return every problem once, with the names of the sets that have it."""
    found: dict[str, tuple[Problem, tuple[str, ...]]] = {}
    for name in (*CONVOLUTIONS, "layers"):
        for problem in problems.read(name):
            first, sets = found.get(str(problem), (problem, ()))
            found[str(problem)] = first, (*sets, name)
    return list(found.values())


SCHEMA = "gradcheck-performance/1"


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """10**9 operations a second in `matmul`; 10**9 bytes a second read or written by a copy."""

    dtype: str
    threads: int
    matmul: float
    copy: float

    def roofline(self, operations: float | None, traffic: float) -> tuple[float, str]:
        """Return the seconds below which nothing of the sort ends on this machine, and what limits it."""
        compute = (operations or 0) / self.matmul / 1e9
        memory = traffic / self.copy / 1e9
        return max((compute, "matmul"), (memory, "memory"))


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes besides arguments and results, by the number of samples."""

    problem: str
    part: str
    extra: dict[int, int]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One part of one problem: the times of all implementations, in one run.

    `kind` is dense, grouped or layer; `sets` are the networks that have the problem. `operations` counts
    multiplications and additions, `traffic` the bytes of arguments and results; `extra` are the bytes that `fast` takes
    besides them.
    """

    problem: str
    sets: tuple[str, ...]
    kind: str
    part: str
    dtype: str
    threads: int
    operations: int | None
    traffic: int
    times: dict[str, Quartiles]
    extra: int | None = None

    @property
    def key(self) -> str:
        """The row's identity."""
        return key(self.problem, self.part, self.dtype, self.threads)

    @property
    def case(self) -> Case:
        """The problem as a case."""
        return parse_case(self.problem, LAYERS)

    def same_but_threads(self, other: "Row") -> bool:
        """Return whether another row is of the same part of the same problem in the same dtype."""
        return (self.problem, self.part, self.dtype) == (other.problem, other.part, other.dtype)

    def ratio(self, other: str) -> float | None:
        """Return the time of `fast` as a multiple of another's."""
        if other not in self.times:
            return None
        return self.times["fast"].best / self.times[other].best


def key(problem: str, part: str, dtype: str, threads: int) -> str:
    """Return the identity of a row; ``--only`` is looked for in it."""
    return f"{problem} {dtype} {part} threads={threads}"


class Book(msgspec.Struct, kw_only=True):
    """All rows, the machine they were measured on, and its rates."""

    schema: str = SCHEMA
    machine: Machine
    rates: list[Rates] = []
    rows: list[Row] = []
    growth: list[Growth] = []

    def rate(self, dtype: str, threads: int) -> Rates | None:
        """Return the machine's rates, if they are there."""
        return next((rate for rate in self.rates if (rate.dtype, rate.threads) == (dtype, threads)), None)

    @property
    def threads(self) -> list[int]:
        """The numbers of threads that there are rows for."""
        return sorted({row.threads for row in self.rows})

    @property
    def keys(self) -> set[str]:
        """The keys of the rows that are there."""
        return {row.key for row in self.rows}


def opened(path: Path | None) -> Book:
    """Return what a file has, or an empty book.

    Raises
    ------
    ValueError
        If the file was measured on another machine, or with other versions.
    """
    if path is None or not path.exists():
        return Book(machine=machine())
    book = read(path)
    if book.machine != machine():
        raise ValueError(f"{path} is of another machine ({book.machine}); remove it, or name another file")
    return book


def read(path: Path) -> Book:
    """Return what a file has, whatever machine it is of."""
    return msgspec.json.decode(path.read_bytes(), type=Book)


def saved(book: msgspec.Struct, path: Path | None) -> None:
    """Write a book into its file, whole or not at all."""
    if path is not None:
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(book), indent=1) + b"\n")
        unfinished.replace(path)
