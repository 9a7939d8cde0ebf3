"""What has been measured so far, in a file: a run that was interrupted goes on where it stopped."""

from pathlib import Path

import msgspec

from gradcheck.contract import Case, parse_case
from gradcheck.layers import LAYERS
from gradcheck.timing.machine import Machine, machine
from gradcheck.timing.times import Quartiles
from measuring.growth import Growth
from measuring.rates import Rates

SCHEMA = "gradcheck-performance/1"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One part of one problem: the times of all who took part, in one run.

    `kind` is dense, grouped or layer; `sets` are the networks that have the problem. `operations` counts
    multiplications and additions, `traffic` the bytes of arguments and results; `extra` are the bytes that `fast` takes
    beside them.
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
        """What tells the row from others."""
        return key(self.problem, self.part, self.dtype, self.threads)

    @property
    def case(self) -> Case:
        """The problem as a case."""
        return parse_case(self.problem, LAYERS)

    def same_but_threads(self, other: "Row") -> bool:
        """Tell whether another row is of the same part of the same problem in the same dtype."""
        return (self.problem, self.part, self.dtype) == (other.problem, other.part, other.dtype)

    def ratio(self, other: str) -> float | None:
        """Return the time of `fast` as a multiple of another's."""
        if other not in self.times:
            return None
        return self.times["fast"].best / self.times[other].best


def key(problem: str, part: str, dtype: str, threads: int) -> str:
    """Return what tells a row from others; ``--only`` is looked for in it."""
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
        beside = path.with_suffix(".part")
        beside.write_bytes(msgspec.json.format(msgspec.json.encode(book), indent=1) + b"\n")
        beside.replace(path)
