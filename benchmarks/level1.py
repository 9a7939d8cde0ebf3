"""Judge the kernels of benchmarks/level1 against their references, next to what an ordinary comparison says.

    python benchmarks/level1.py [--folder DIR] [--only NAME] [--device cpu|cuda] [--jobs N] [--markdown FILE]
    python benchmarks/level1.py --results FILE [--seconds N] [--minutes N]

Each folder restates one problem of level 1 of KernelBench: `reference.py`, a right kernel, and three wrong ones: at a
boundary, in the dtype that it computes in, and by a cheat. The ordinary comparison is the one of such benchmarks: the
outputs of five random draws of `get_inputs` through `torch.allclose`, absolute and relative tolerance alike. Its
sizes are halved until inputs and output have some four million numbers each, or sixty million on a GPU.

All kernels take hours on a processor. With `--results` each answer is added to a file as soon as it is there, and what
is in the file is not run again: a run that is stopped, or whose `--minutes` are over, goes on with the next one. The
cheapest problems come first.
"""

import argparse
import contextlib
import dataclasses
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
KINDS = ("right", "wrong_boundary", "wrong_dtype", "wrong_cheat")
TOLERANCES = (1e-4, 1e-2)
DRAWS = 5
MOST_NUMBERS = {"cpu": 2**22, "cuda": 2**26}
LEAST_SIZE = 64
"""A size is halved to this: most tiles are smaller, and still divide it. If that is not enough, more are halved."""

LEAST_OTHER = 4
"""To this the sizes of batch and channels are halved, and others if that is still not enough."""

DEAR = ("matmul", "attention", "conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d", "pool_3d", "3d")
"""Parts of the names of problems that take long, the longest last."""

OUTCOMES = {0: "passed", 1: "caught", 2: "not judged"}
"""What the command's exit code says."""


@dataclass(frozen=True)
class Row:
    """What is said of one kernel: by the suite, and by `torch.allclose` at each of the tolerances."""

    problem: str
    kind: str
    outcome: str
    seconds: float
    problems: int
    has_backward: bool
    allclose: tuple[str, ...]


def judged(problem: Path, kind: str, options: argparse.Namespace) -> Row:
    """Judge one kernel by the command, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "report.json")
        command = [sys.executable, "-m", "gradcheck", "kernel", f"{kind}.py", "--reference", "reference.py"]
        command += ["--device", options.device, "--format", "json", "--output", str(place)]
        started = time.perf_counter()
        outcome = _said(command, problem, options.seconds)
        seconds = time.perf_counter() - started
        report: dict[str, Any] = json.loads(place.read_text()) if place.is_file() else {}
    rows = report.get("problems", [])
    if outcome == OUTCOMES[0] and report.get("verdict") == "missing":
        outcome = "missing"
    has_backward = any(name.startswith("d") for name in _tensors(rows))
    found = compared(problem, kind, options)
    return Row(problem.name, kind, outcome, seconds, len(rows), has_backward, found)


def _said(command: Sequence[str], folder: Path, seconds: float) -> str:
    """Return what a command's exit code says, or that it took too long, or said nothing."""
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=folder, env=_environment(), capture_output=True, text=True, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        return f"no answer in {seconds:g} s"
    if not Path(command[-1]).is_file():
        return f"no report: {done.stderr.strip().splitlines()[-1:] or ''}"
    return OUTCOMES.get(done.returncode, f"exit {done.returncode}")


def _tensors(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield the names of what was compared."""
    for row in rows:
        for outcome in row["outcomes"]:
            yield from (each["tensor"] for each in outcome["roundings"])


def _environment() -> dict[str, str]:
    paths = [str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "OMP_NUM_THREADS": "1"}


def compared(problem: Path, kind: str, options: argparse.Namespace) -> tuple[str, ...]:
    """Return what `torch.allclose` says of one kernel, at each tolerance, from a process of its own."""
    command = [sys.executable, str(HERE), "--compare", str(problem), kind, "--device", options.device]
    try:
        done = subprocess.run(  # noqa: S603
            command, env=_environment(), capture_output=True, text=True, timeout=options.seconds
        )
    except subprocess.TimeoutExpired:
        return ("no answer",) * len(TOLERANCES)
    try:
        return tuple(json.loads(done.stdout.splitlines()[-1]))
    except (IndexError, ValueError):
        return ("error",) * len(TOLERANCES)


def compare(problem: Path, kind: str, device: str) -> list[str]:
    """Return what `torch.allclose` says of one kernel, at each tolerance."""
    import torch

    from gradcheck.kernels.references.source import Source

    sys.path.insert(0, str(problem))
    source = Source.read(problem / "reference.py")
    reference = source.module(_halved(source, MOST_NUMBERS[device]))
    sys.modules[source.name] = reference  # where code may look for it
    candidate = Source.read(problem / f"{kind}.py").module({})
    worst = dict.fromkeys(TOLERANCES, True)
    for seed in range(DRAWS):
        torch.manual_seed(seed)
        init = reference.get_init_inputs()
        torch.manual_seed(seed)
        one = reference.Model(*init).to(device)
        torch.manual_seed(seed)
        other = candidate.ModelNew(*init).to(device)
        torch.manual_seed(seed)
        inputs = [
            each.to(device) if isinstance(each, torch.Tensor) else each for each in reference.get_inputs()
        ]
        with torch.no_grad():
            right, got = one(*inputs), other(*inputs)
        for tolerance in TOLERANCES:
            same = got.shape == right.shape and torch.allclose(
                got.to(right.dtype), right, rtol=tolerance, atol=tolerance
            )
            worst[tolerance] = worst[tolerance] and same
    return ["passed" if worst[tolerance] else "caught" for tolerance in TOLERANCES]


def _halved(source: Any, most: int) -> dict[str, int]:
    """Return sizes at which inputs and output have few numbers."""
    sizes: dict[str, int] | None = {site.name: site.value for site in source.sites}
    found: dict[str, int] = {}
    while sizes is not None:
        found = sizes
        sizes = smaller(sizes) if _numbers(source, sizes) > most else None
    return found


def smaller(sizes: dict[str, int]) -> dict[str, int] | None:
    """Return the largest size halved, or else the first that may be: those of batch and channels come first.

    All that divided an original size of an image still divides it. None where nothing may be halved.
    """
    largest = max(sizes.values())
    if largest // 2 >= LEAST_SIZE:
        return {name: size // 2 if size == largest else size for name, size in sizes.items()}
    first = next((name for name, size in sizes.items() if size // 2 >= LEAST_OTHER and size % 2 == 0), None)
    return sizes | {first: sizes[first] // 2} if first is not None else None


def _numbers(source: Any, sizes: dict[str, int]) -> int:
    """Return how many numbers the inputs have, or the output, where that has more and can be asked."""
    import torch

    with torch.device("meta"), torch.no_grad():
        reference = source.module(sizes)
        inputs = reference.get_inputs()
        count = sum(each.numel() for each in inputs if isinstance(each, torch.Tensor))
        with contextlib.suppress(NotImplementedError, RuntimeError):  # of what has no shape without numbers
            count = max(count, reference.Model(*reference.get_init_inputs())(*inputs).numel())
    return count


def is_as_it_is(kind: str, said: str) -> bool:
    """Return whether what is said of a kernel is so; `missing` says that a part of it is not there, as it may be."""
    return said in (("passed", "missing") if kind == "right" else ("caught", "missing"))


def rate(rows: Sequence[Row], kind: str, by: int | None = None) -> str:
    """Return of how many kernels of a kind the right thing is said: by the suite, or by one of the tolerances."""
    some = [row for row in rows if row.kind == kind]
    found = [row.outcome if by is None else row.allclose[by] for row in some]
    return f"{sum(is_as_it_is(kind, each) for each in found)} of {len(some)}"


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the rates as a table in Markdown, and then the kernels of which something wrong is said."""
    heads = " | ".join(f"allclose {tolerance:g}" for tolerance in TOLERANCES)
    yield f"| kernels | gradcheck | {heads} |"
    yield "|---|" + "---:|" * (1 + len(TOLERANCES))
    for kind in KINDS:
        said = "passed" if kind == "right" else "caught"
        others = " | ".join(rate(rows, kind, at) for at in range(len(TOLERANCES)))
        yield f"| {kind.replace('_', ', ')}: {said} | {rate(rows, kind)} | {others} |"
    right = [row for row in rows if row.kind == "right"]
    yield ""
    yield (
        f"{len(right)} references: {sum(row.problems > 1 for row in right)} judged at several sizes, "
        f"{sum(row.has_backward for row in right)} with gradients."
    )
    yield ""
    for row in rows:
        if not is_as_it_is(row.kind, row.outcome):
            yield f"- {row.problem}/{row.kind}: {row.outcome}"


def cost(problem: Path) -> int:
    """Return a number that is larger for a problem that takes longer."""
    return max((number for number, part in enumerate(DEAR, 1) if part in problem.name), default=0)


def kept(place: Path | None) -> list[Row]:
    """Return the rows of a file of results; none where there is no such file."""
    lines = place.read_text(encoding="utf-8").splitlines() if place and place.is_file() else []
    found = map(json.loads, lines)
    return [Row(**{**each, "allclose": tuple(each["allclose"])}) for each in found]


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    found.add_argument("--folder", type=Path, default=HERE.with_suffix(""))
    found.add_argument(
        "--only", action="append", default=[], help="a part of the names of problems or kernels"
    )
    found.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    found.add_argument("--jobs", type=int, default=2)
    found.add_argument("--markdown", type=Path)
    found.add_argument("--results", type=Path, metavar="FILE", help="go on with the rows of this file")
    found.add_argument("--seconds", type=float, default=600.0, help="the longest that a kernel may take")
    found.add_argument("--minutes", type=float, default=math.inf, help="begin with no kernel after these")
    found.add_argument("--compare", nargs=2, metavar=("PROBLEM", "KIND"), help=argparse.SUPPRESS)
    return found


def _wanted(options: argparse.Namespace) -> list[tuple[Path, str]]:
    """Return the problems and kinds of kernels that are asked for, the cheapest first."""
    problems = sorted(each for each in options.folder.iterdir() if (each / "reference.py").is_file())
    return [
        (problem, kind)
        for problem in sorted(problems, key=cost)
        for kind in KINDS
        if not options.only or any(part in f"{problem.name}/{kind}" for part in options.only)
    ]


def _in_time(each: tuple[Path, str], options: argparse.Namespace, latest: float) -> Row | None:
    return judged(*each, options) if time.monotonic() < latest else None


def _keep(row: Row, place: Path | None) -> None:
    """Print a row, and add it to the file of results."""
    said = f"{row.outcome}; allclose: {', '.join(row.allclose)}; {row.seconds:.0f} s"
    print(f"{row.problem}/{row.kind}: {said}", flush=True)
    if place is not None:
        with place.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(dataclasses.asdict(row))}\n")


def main() -> int:
    options = parser().parse_args()
    if options.compare:
        print(json.dumps(compare(Path(options.compare[0]), options.compare[1], options.device)))
        return 0
    rows = kept(options.results)
    there = {(row.problem, row.kind) for row in rows}
    wanted = [each for each in _wanted(options) if (each[0].name, each[1]) not in there]
    latest = time.monotonic() + 60 * options.minutes
    with ThreadPoolExecutor(options.jobs) as pool:
        for row in pool.map(lambda each: _in_time(each, options, latest), wanted):
            if row is not None:
                rows.append(row)
                _keep(row, options.results)
    rows.sort(key=lambda row: (row.problem, KINDS.index(row.kind)))
    text = "\n".join(table(rows))
    print(f"\n{text}")
    if options.markdown:
        options.markdown.write_text(f"{text}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
