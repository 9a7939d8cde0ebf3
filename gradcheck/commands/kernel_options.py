"""The options of ``gradcheck kernel``, in groups: which problems, how to judge, how to time, where to write."""

import os
from dataclasses import dataclass
from pathlib import Path

import click

from gradcheck.commands import delivery, options
from gradcheck.commands.options import FILE, option
from gradcheck.kernels import checks as known_checks
from gradcheck.kernels import dtypes, frameworks, operations, problems
from gradcheck.kernels.choosing import COVERING, Asked
from gradcheck.kernels.dtypes import Dtype
from gradcheck.kernels.engine import KernelPlan
from gradcheck.kernels.kernel import CLOCKS
from gradcheck.kernels.problems import ProblemError
from gradcheck.kernels.references.checks import CHECKS
from gradcheck.kernels.report import USUAL, KernelReport
from gradcheck.kernels.truth import INEXACT
from gradcheck.reporting import formats

SETS = (problems.BATTERY, COVERING, problems.TILES, *problems.NAMES)
FOLDER = click.Path(path_type=Path, file_okay=False)


def share(context: click.Context, parameter: click.Parameter, given: str | None) -> float | None:
    """Return the share that ``10%`` or ``0.1`` means."""
    if given is None:
        return None
    try:
        found = float(given.removesuffix("%")) / (100 if given.endswith("%") else 1)
    except ValueError:
        raise click.BadParameter(f"{given!r} is not a share, such as 10%.") from None
    if not 0 <= found < 10:
        raise click.BadParameter(f"{given!r} is not a share, such as 10%.")
    return found


def layer_name(context: click.Context, parameter: click.Parameter, given: str) -> str:
    """Return the name of something that a kernel can be judged as."""
    return str(options.one_name("layer", operations.names())(context, parameter, given))


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What the kernel is asked: which problems, in which number format, on whose arrays."""

    layer: str = option(
        "--layer",
        default=USUAL,
        show_default=True,
        metavar="NAME",
        callback=layer_name,
        help="What it computes: any layer of the suite or of an installed package, or an operation of kernels alone.",
    )
    sets: tuple[str, ...] = option(
        "--problems",
        multiple=True,
        metavar="SET",
        default=(problems.BATTERY, COVERING),
        show_default=True,
        help=f"A set ({', '.join(SETS)}) or a file (again for several).",
    )
    line: str | None = option("--problem", metavar='"LINE"', help="This one problem, as a report printed it.")
    batch: int | None = option(
        "--batch", type=click.IntRange(min=1), metavar="N", help="The number of samples in every problem."
    )
    dtype_name: str = option(
        "--dtype", default="float32", show_default=True, callback=options.one_name("dtype", dtypes.BY_NAME)
    )
    framework: str | None = option(
        "--framework",
        callback=options.one_name("framework", frameworks.BY_NAME),
        help="Whose arrays it takes; found out by itself.",
    )
    adapter: str | None = option(
        "--adapter",
        metavar="FILE",
        callback=options.adapter,
        help="The kernel is a function of this file of yours, which calls TARGET's code: TARGET is then a file, a "
        "folder or a module, or TARGET:FUNCTION for a function that is not named after the layer.",
    )

    def named(self, target: str) -> str:
        """Return a target with the name of its function: with an adapter, that of the layer by default."""
        return f"{target}:{self.layer}" if self.adapter and ":" not in os.path.basename(target) else target

    @property
    def dtype(self) -> Dtype:
        """The number format."""
        return dtypes.BY_NAME[self.dtype_name]

    def asked(self) -> Asked:
        """Return the problems of the layer, each once. Raises ProblemError."""
        covers = self.line is None and COVERING in self.sets
        if self.line is not None:
            found = [problems.of_line(self.line)]
        else:
            found = [problem for name in self.sets for problem in self._set(name)]
        kept = [problem for problem in found if problem.case.layer.name == self.layer]
        if not kept and not covers:
            raise ProblemError(f"none of these problems is of the layer {self.layer}")
        sized = [problem.at_batch(self.batch) if self.batch else problem for problem in kept]
        return Asked.of(sized, self.layer, covers, self.batch)

    def _set(self, name: str) -> tuple[problems.Problem, ...]:
        """Return the problems of a set; none of what is chosen for each kernel. Raises ProblemError."""
        if name == problems.TILES:
            return problems.tiles(operations.of(self.layer).layer)
        return () if name == COVERING else problems.read(name)


@dataclass(frozen=True, kw_only=True)
class KernelJudging:
    """How it is judged."""

    checks: tuple[str, ...] = option(
        "--check",
        multiple=True,
        metavar="NAME",
        callback=options.names("check", (*known_checks.BY_NAME, *CHECKS)),
        help=f"Only these checks (repeat the option, or separate names with commas): "
        f"{', '.join(known_checks.BY_NAME)}.",
    )
    inexact: str | None = option(
        "--inexact",
        type=click.Choice(INEXACT),
        help="Declare that it does not sum products: it gets a normwise bound.",
    )
    sums_in: str | None = option(
        "--sums-in",
        callback=options.one_name("dtype", dtypes.BY_NAME),
        help="Demand that it sums in a longer dtype (half precision in float32).",
    )
    declared: tuple[str, ...] = option(
        "--declare",
        multiple=True,
        type=click.Choice(["threads", "repeat", "refusal", "empty", "unchanged", "ties"]),
        help="Declare that bits depend on the threads, that they differ every time, that it refuses nothing, "
        "that it takes no empty batch, that it changes its inputs, that of equal numbers any may be named.",
    )
    call_seconds: float = option(
        "--call-seconds",
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        default=600.0,
        show_default=True,
        help="How long a check may take before it is ended.",
    )
    in_process: bool = option(
        "--in-process", is_flag=True, help="Judge it in this process, which a crash or a hang would end."
    )
    seed: int = option(
        "--seed", type=click.IntRange(0, options.LARGEST_SEED), metavar="N", default=0, show_default=True
    )

    def plan(self, dtype: Dtype, adapter: str | None = None) -> KernelPlan:
        """Return the plan for the engine."""
        return KernelPlan(
            dtype=dtype,
            adapter=adapter,
            checks=self.checks,
            seed=self.seed,
            inexact=self.inexact,
            sums_in=self.sums_in,
            declared=tuple(dict.fromkeys(self.declared)),
        )


@dataclass(frozen=True, kw_only=True)
class KernelTiming:
    """Whether and how it is timed, and against what."""

    bench: bool = option("--bench", is_flag=True, help="Time it, instead of judging it.")
    against: str | None = option("--against", metavar="TARGET", help="Time it against this kernel, in turn.")
    baseline: Path | None = option(
        "--baseline", type=FILE, help="Compare with the times in a file of pytest-benchmark's."
    )
    allowed: float | None = option(
        "--fail-slower", metavar="10%", callback=share, help="Fail what is slower, beyond the noise."
    )
    backward: bool = option("--backward", is_flag=True, help="Time the gradients too.")
    budget: float = option(
        "--budget", type=float, default=5.0, show_default=True, help="Seconds for each problem."
    )
    clock: str = option(
        "--clock",
        type=click.Choice(list(CLOCKS)),
        default="wall",
        show_default=True,
        help="The time that passes, or that of the processors, which neighbours disturb less.",
    )
    threads: int | None = option(
        "--threads",
        type=click.IntRange(min=1),
        metavar="N",
        help="How many threads it may use, where that can be set.",
    )


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """Where times are kept for later."""

    save: Path | None = option(
        "--save", type=FILE, callback=options.writable, help="Write the times to a file."
    )
    history: Path | None = option("--history", type=FOLDER, help="Add the times to a folder of earlier ones.")
    plot: Path | None = option(
        "--plot", type=FILE, callback=options.writable, help="Draw the history as SVG."
    )


@dataclass(frozen=True, kw_only=True)
class KernelOutput(delivery.Output):
    """How and where the answer is written, and what the exit code says."""

    format: str = option(
        "--format", type=click.Choice(formats.names(KernelReport)), default="text", show_default=True
    )
    path: Path | None = option(
        "--output", type=FILE, callback=options.writable, metavar="FILE", help="Write to FILE."
    )
    strict: bool = option(
        "--strict", is_flag=True, help="Exit with 1 also where something is missing or inconclusive."
    )
