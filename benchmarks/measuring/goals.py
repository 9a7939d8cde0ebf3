"""What is aimed at, and what the rows of a book come to."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from measuring.book import Book, Row
from measuring.contenders import DATA_GRADIENT

PROBE = 512
"""The side of the matrix product that is timed with every dense convolution: small enough to be quick."""

NO_PRODUCTS = ("pool2d", "norm", "relu", "sigmoid", "tanh", "loss", "dropout")
"""Parts of the names of the layers that multiply no matrices."""

Score = Callable[[Row], float | None]


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A bound on what the scores of some rows come to. `is_least` where more is better."""

    what: str
    bound: float
    score: Score
    wanted: Callable[[Row], bool] = lambda row: True
    summed: Callable[[Iterable[float]], float] = lambda scores: mean(scores)
    is_least: bool = False

    @property
    def aim(self) -> str:
        """The bound in words."""
        return f"{'at least' if self.is_least else 'at most'} {self.bound:,g}"

    def value(self, book: Book, threads: int) -> float | None:
        """Return what the rows of so many threads come to; None where there are none."""
        found = scores(book, threads, self.score, self.wanted)
        return self.summed(found) if found else None

    def is_met(self, value: float) -> bool:
        """Return whether a value is good enough."""
        return value >= self.bound if self.is_least else value <= self.bound


def scores(book: Book, threads: int, score: Score, wanted: Callable[[Row], bool]) -> list[float]:
    """Return the scores of the rows of so many threads."""
    rows = [row for row in book.rows if row.threads == threads and wanted(row)]
    return [found for row in rows if (found := score(row)) is not None]


def mean(values: Iterable[float]) -> float:
    """Return the geometric mean."""
    logs = [math.log(value) for value in values]
    return math.exp(math.fsum(logs) / len(logs))


def against(other: str) -> Score:
    """Return the score that is the time of `fast` as a multiple of another's."""
    return lambda row: row.ratio(other)


def times_faster(other: str) -> Score:
    """Return the score that is how many times `fast` is faster."""
    return lambda row: None if other not in row.times else row.times[other].best / row.times["fast"].best


def of_matmul(row: Row, name: str = "fast") -> float | None:
    """Return the rate of an implementation as a share of that of the product that was timed with it."""
    if not {"matmul", name} <= row.times.keys() or row.operations is None:
        return None
    return row.operations / row.times[name].best / (2 * PROBE**3 / row.times["matmul"].best)


def mebibytes(row: Row) -> float | None:
    """Return the memory besides arguments and results."""
    return None if row.extra is None else row.extra / 2**20


def _rows(kind: str, dtype: str, part: str) -> Callable[[Row], bool]:
    return lambda row: (row.kind, row.dtype, row.part) == (kind, dtype, part)


def _is_no_product(part: str) -> Callable[[Row], bool]:
    return lambda row: row.part == part and any(name in row.problem.split()[0] for name in NO_PRODUCTS)


def _is_wide_3x3(dtype: str) -> Callable[[Row], bool]:
    def wanted(row: Row) -> bool:
        if (row.kind, row.dtype, row.part) != ("dense", dtype, "forward"):
            return False
        params = row.case.params
        return (params["kh"], params["kw"]) == (3, 3) and params["c"] >= 64

    return wanted


def _convolutions() -> Iterator[Goal]:
    for dtype, bounds, worst in (("float64", (0.5, 0.65), 1.0), ("float32", (1.2, 1.3), 2.5)):
        for part, bound in zip(("forward", "backward"), bounds, strict=True):
            what, wanted = f"dense {part}, {dtype}: time against PyTorch", _rows("dense", dtype, part)
            yield Goal(what=f"{what}, mean", bound=bound, score=against("torch"), wanted=wanted)
            yield Goal(what=f"{what}, worst", bound=worst, score=against("torch"), wanted=wanted, summed=max)
    for dtype, bound in (("float64", 1.0), ("float32", 3.0)):
        for part in ("forward", "backward"):
            what, wanted = (
                f"depthwise {part}, {dtype}: time against PyTorch, mean",
                _rows("grouped", dtype, part),
            )
            yield Goal(what=what, bound=bound, score=against("torch"), wanted=wanted)
    for dtype in ("float64", "float32"):
        what, wanted = (
            f"3x3, 64 channels or more, {dtype}: share of the matmul rate, mean",
            _is_wide_3x3(dtype),
        )
        yield Goal(what=what, bound=0.8, score=of_matmul, wanted=wanted, is_least=True)


def _others() -> Iterator[Goal]:
    for other, bound in (("textbook", 3), ("naive", 1000)):
        what = f"times faster than {'the ' * (other == 'textbook')}{other}, mean"
        yield Goal(what=what, bound=bound, score=times_faster(other), is_least=True)
    for what, is_layer in (("convolutions", False), ("the other layers", True)):
        yield Goal(
            what=f"{what}: MiB besides arguments and results, most",
            bound=64,
            score=mebibytes,
            wanted=lambda row, is_layer=is_layer: (row.kind == "layer") == is_layer,
            summed=max,
        )
    for part in ("forward", "backward"):
        what = f"pooling, norms, activations, losses, dropout {part}: time against PyTorch, mean"
        yield Goal(what=what, bound=1.5, score=against("torch"), wanted=_is_no_product(part))
    what = "conv_transpose2d: time against conv2d's gradient by x, worst"
    yield Goal(what=what, bound=1.3, score=against(DATA_GRADIENT), summed=max)


GOALS = (*_convolutions(), *_others())


def _spreads() -> Iterator[tuple[str, Score, Callable[[Row], bool]]]:
    for kind, name in (("dense", "dense"), ("grouped", "depthwise")):
        for dtype in ("float64", "float32"):
            for part in ("forward", "backward"):
                what, wanted = f"{name} {part}, {dtype}", _rows(kind, dtype, part)
                yield f"{what}: time against PyTorch", against("torch"), wanted
                if kind == "dense":
                    yield f"{what}: share of the matmul rate", of_matmul, wanted
                    yield f"{what}: PyTorch's share of it", partial(of_matmul, name="torch"), wanted
        yield f"{name}: times faster than the textbook", times_faster("textbook"), partial(_is_of, kind)
    yield "times faster than naive", times_faster("naive"), partial(_is_of, "dense")


def _is_of(kind: str, row: Row) -> bool:
    return row.kind == kind


SPREADS = tuple(_spreads())
"""What is shown as least, mean and most over the rows: what it is, the score, and the rows."""
