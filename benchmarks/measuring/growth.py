"""Whether the memory that `fast` takes beside arguments and results grows with the batch. It should not."""

import msgspec

from gradcheck import fast
from gradcheck.kernels.problems import Problem, read
from measuring import convolution, memory

BATCHES = (1, 8, 64)


class Growth(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes beside arguments and results, by the number of samples."""

    problem: str
    part: str
    extra: dict[int, int]


def problems() -> list[Problem]:
    """Return the stem of a network, a 3x3 in the middle, and a depthwise one."""
    resnet, mobile = read("resnet50"), read("mobilenet_v1")
    middle = next(problem for problem in resnet if problem.case.params["kh"] == 3)
    return [resnet[0], middle, mobile[0]]


def measured(batches: tuple[int, ...] = BATCHES) -> list[Growth]:
    """Return the memory of both parts of each problem at each size, in single precision."""
    return [_growth(problem, part, batches) for problem in problems() for part in ("forward", "backward")]


def _growth(problem: Problem, part: str, batches: tuple[int, ...]) -> Growth:
    found = {}
    for size in batches:
        call = convolution.own(fast, problem.at_batch(size).case.but(dtype="float32"))[part]
        found[size] = memory.beyond(call, part == "forward")
    return Growth(problem=str(problem), part=part, extra=found)
