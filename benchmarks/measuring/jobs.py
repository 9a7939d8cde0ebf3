"""What is to be measured, in which order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gradcheck.contract import PARTS
from gradcheck.kernels.problems import Problem, read
from measuring.book import key

CONVOLUTIONS = ("resnet50", "vgg16", "mobilenet_v1", "mobilenet_v2", "course")
LAYERS = "layers"
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
    for name in (*CONVOLUTIONS, LAYERS):
        for problem in read(name):
            first, sets = found.get(str(problem), (problem, ()))
            found[str(problem)] = first, (*sets, name)
    return list(found.values())
