"""What is aimed at, and what the rows of a book come to beside it."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from measuring.book import Book, Row
from measuring.layers import DATA_GRADIENT
from measuring.rates import PROBE

BESIDE = ("pool2d", "norm", "relu", "sigmoid", "tanh", "loss", "dropout")
"""What the layers are called that are no products."""

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
        rows = [row for row in book.rows if row.threads == threads and self.wanted(row)]
        scores = [score for row in rows if (score := self.score(row)) is not None]
        return self.summed(scores) if scores else None

    def is_met(self, value: float) -> bool:
        """Tell whether a value is good enough."""
        return value >= self.bound if self.is_least else value <= self.bound


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


def of_matmul(row: Row) -> float | None:
    """Return the rate of `fast` as a share of that of the product that was timed beside it."""
    if "matmul" not in row.times or row.operations is None:
        return None
    return row.operations / row.times["fast"].best / (2 * PROBE**3 / row.times["matmul"].best)


def mebibytes(row: Row) -> float | None:
    """Return the memory beside arguments and results."""
    return None if row.extra is None else row.extra / 2**20


def _rows(kind: str, dtype: str, part: str) -> Callable[[Row], bool]:
    return lambda row: (row.kind, row.dtype, row.part) == (kind, dtype, part)


def _is_beside(part: str) -> Callable[[Row], bool]:
    return lambda row: row.part == part and any(name in row.problem.split()[0] for name in BESIDE)


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
            what=f"{what}: MiB beside arguments and results, most",
            bound=64,
            score=mebibytes,
            wanted=lambda row, is_layer=is_layer: (row.kind == "layer") == is_layer,
            summed=max,
        )
    for part in ("forward", "backward"):
        what = f"pooling, norms, activations, losses, dropout {part}: time against PyTorch, mean"
        yield Goal(what=what, bound=1.5, score=against("torch"), wanted=_is_beside(part))
    what = "conv_transpose2d: time against conv2d's gradient by x, worst"
    yield Goal(what=what, bound=1.3, score=against(DATA_GRADIENT), summed=max)


GOALS = (*_convolutions(), *_others())
