"""The options of ``gradcheck kernel``, in groups: which problems, how to judge, how to time, how to tell."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gradcheck.commands import options
from gradcheck.kernels import checks, dtypes, fills, frameworks, problems, truth
from gradcheck.kernels.kernel import CLOCKS

Command = Callable[..., Any]
FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


def grouped(*parts: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Return a decorator that adds several options, in the order in which the help shows them."""

    def add(command: Command) -> Command:
        for part in reversed(parts):
            command = part(command)
        return command

    return add


def share(context: click.Context, parameter: click.Parameter, given: str | None) -> float | None:
    """Return the share that ``10%`` or ``0.1`` means."""
    if given is None:
        return None
    try:
        found = float(given.removesuffix("%")) / (100 if given.endswith("%") else 1)
    except ValueError:
        raise click.BadParameter(f"{given!r} is no share, such as 10%.") from None
    if not 0 <= found < 10:
        raise click.BadParameter(f"{given!r} is no share, such as 10%.")
    return found


with_problems = grouped(
    click.option(
        "--layer",
        default="conv2d",
        show_default=True,
        callback=options.one_name("layer", dict.fromkeys(fills.LAYERS)),
    ),
    click.option(
        "--problems",
        "sets",
        multiple=True,
        metavar="SET",
        default=(problems.BATTERY, "adversarial"),
        show_default=True,
        help=f"A set ({', '.join((problems.BATTERY, *problems.NAMES))}) or a file (again for several).",
    ),
    click.option("--problem", "line", metavar='"LINE"', help="This one problem, as a report printed it."),
    click.option(
        "--batch", type=click.IntRange(min=1), metavar="N", help="So many samples in every problem."
    ),
    click.option(
        "--dtype",
        "dtype_name",
        default="float32",
        show_default=True,
        callback=options.one_name("dtype", dtypes.BY_NAME),
    ),
    click.option(
        "--framework",
        callback=options.one_name("framework", frameworks.BY_NAME),
        help="Whose arrays it takes; found out by itself.",
    ),
)

with_checks = grouped(
    click.option(
        "--check",
        "check_names",
        multiple=True,
        metavar="NAME",
        callback=options.names("check", checks.BY_NAME),
        help=f"Only these checks: {', '.join(checks.BY_NAME)} (again, or with commas, for several).",
    ),
    click.option(
        "--inexact",
        type=click.Choice(truth.INEXACT),
        help="Declare that it does not sum products: it gets a normwise bound.",
    ),
    click.option(
        "--sums-in",
        callback=options.one_name("dtype", dtypes.BY_NAME),
        help="Demand that it sums in a longer dtype (half precision in float32).",
    ),
    click.option(
        "--declare",
        "declared",
        multiple=True,
        type=click.Choice(["threads", "repeat", "refusal", "empty"]),
        help="Declare that bits depend on the threads, that they differ every time, that it refuses nothing, "
        "that it takes no empty batch.",
    ),
    click.option(
        "--call-seconds",
        type=click.FloatRange(min=0, min_open=True),
        metavar="N",
        default=600.0,
        show_default=True,
        help="How long a check may take before it is ended.",
    ),
    click.option(
        "--in-process", is_flag=True, help="Judge it in this very process, which a crash or a hang ends."
    ),
    click.option(
        "--seed", type=click.IntRange(0, options.LARGEST_SEED), metavar="N", default=0, show_default=True
    ),
)

with_times = grouped(
    click.option("--bench", is_flag=True, help="Time it, instead of judging it."),
    click.option("--against", metavar="TARGET", help="Time it against this kernel, in turn."),
    click.option("--baseline", type=FILE, help="Compare with the times in a file of pytest-benchmark's."),
    click.option(
        "--fail-slower",
        "allowed",
        metavar="10%",
        callback=share,
        help="Fail what is slower, beyond the noise.",
    ),
    click.option("--backward", is_flag=True, help="Time the gradients too."),
    click.option("--budget", type=float, default=5.0, show_default=True, help="Seconds for each problem."),
    click.option(
        "--clock",
        type=click.Choice(list(CLOCKS)),
        default="wall",
        show_default=True,
        help="The time that passes, or that of the processors, which neighbours disturb less.",
    ),
    click.option(
        "--threads",
        type=click.IntRange(min=1),
        metavar="N",
        help="How many threads it may use, where that can be set.",
    ),
    click.option("--save", type=FILE, callback=options.writable, help="Write the times to a file."),
    click.option("--history", type=FOLDER, help="Keep the times in a folder, behind those that are there."),
    click.option("--plot", type=FILE, callback=options.writable, help="Draw the history as SVG."),
)

with_telling = grouped(
    click.option(
        "--format", "format_name", type=click.Choice(["text", "json"]), default="text", show_default=True
    ),
    click.option("--output", type=FILE, callback=options.writable, metavar="FILE", help="Write to FILE."),
    click.option(
        "--strict", is_flag=True, help="Exit with 1 also where something is missing or inconclusive."
    ),
)
