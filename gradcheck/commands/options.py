"""The command's options: what they accept, and what is said when they do not."""

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar

import click

from gradcheck import checks, layers
from gradcheck.contract import Case, parse_case
from gradcheck.isolation.levels import Level, available, strongest
from gradcheck.isolation.limits import Limits
from gradcheck.reporting import formats
from gradcheck.subjects import dialects

LARGEST_SEED = 2**32 - 1
LARGEST_CASE = 10**7
"""The most numbers that the inputs of a replayed case may hold: it is typed by hand, and must fit into memory."""

Command = TypeVar("Command", bound=Callable[..., Any])
Callback = Callable[[click.Context, click.Parameter, Any], Any]


def names(what: str, known: Collection[str]) -> Callback:
    """Return a callback that splits at commas, and refuses a name that is not known."""

    def split(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
        found = [name.strip() for text in given for name in text.split(",") if name.strip()]
        for name in found:
            if name not in known:
                raise click.BadParameter(f"there is no {what} {name!r}; there are {', '.join(known)}.")
        return tuple(dict.fromkeys(found))

    return split


def one_name(what: str, known: Collection[str]) -> Callback:
    """Return a callback that refuses a name that is not known."""
    several = names(what, known)

    def check(context: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
        return several(context, parameter, (given,))[0] if given else None

    return check


def writable(context: click.Context, parameter: click.Parameter, given: Path | None) -> Path | None:
    """Refuse a file in a folder that does not exist, before any work is done."""
    if given is not None and not given.parent.is_dir():
        raise click.BadParameter(f"there is no folder {str(given.parent)!r}.")
    return given


def case_of(line: str) -> Case:
    """Return the case that a line names.

    Raises
    ------
    click.UsageError
        If the line does not read, or means nothing (a stride of 0), or is too large.
    """
    try:
        case = parse_case(line, layers.LAYERS)
        _ = case.flaw  # a stride of 0 is divided by
        size = case.size
    except ZeroDivisionError:
        raise click.UsageError(f"the case {line!r} means nothing: a number in it must not be 0.") from None
    except ValueError as problem:
        known = ", ".join(layers.BY_NAME)
        raise click.UsageError(f"{problem}.\nA report prints the line; the layers are {known}.") from None
    if size > LARGEST_CASE or case.seed > LARGEST_SEED:
        raise click.UsageError(f"the case {line!r} is too large to run.")
    return case


def with_output(command: Command) -> Command:
    """Add the options that say how and where the report is told."""
    path = click.Path(dir_okay=False, writable=True, path_type=Path)
    told = click.option(
        "--format", "format_name", type=click.Choice(list(formats.BY_NAME)), default="text", show_default=True
    )
    return told(
        click.option("--output", type=path, callback=writable, help="Write to FILE.", metavar="FILE")(command)
    )


def with_judges(command: Command) -> Command:
    """Add the options that say how the target reads, and which checks judge it."""
    dialect = click.option(
        "--dialect",
        metavar="NAME",
        callback=one_name("dialect", dialects.BY_NAME),
        help="How the code is written; found out by itself where not given.",
    )
    check = click.option(
        "--check",
        "check_names",
        multiple=True,
        metavar="NAME",
        callback=names("check", checks.BY_NAME),
        help="Run only these checks (again, or with commas, for several).",
    )
    return dialect(check(command))


def with_isolation(command: Command) -> Command:
    """Add the options that say where the target's code runs, and what it may use."""
    isolate = click.option(
        "--isolate", is_flag=True, help="Run everything in the strongest isolation there is, modules too."
    )
    in_process = click.option(
        "--in-process",
        is_flag=True,
        help="Run everything in this process, files too: no isolation, no limits.",
    )
    require = click.option(
        "--require-isolation",
        metavar="LEVEL",
        type=click.Choice([level.value for level in Level]),
        help=f"Refuse to run below this level: {', '.join(level.value for level in Level)}.",
    )
    seconds = click.option(
        "--call-seconds",
        type=click.FloatRange(min=0, min_open=True),
        default=Limits().call,
        show_default=True,
        metavar="N",
        help="How long one call in a worker may take.",
    )
    return isolate(in_process(require(seconds(command))))


def processes() -> int:
    """Return how many processes judge what lives in workers, where nobody says."""
    can_fork = hasattr(os, "fork") and hasattr(os, "sched_getaffinity")
    return min(2, len(os.sched_getaffinity(0))) if can_fork else 1


def isolation_of(isolate: bool, in_process: bool, require: str | None) -> str:
    """Return what the options ask for.

    Raises
    ------
    click.UsageError
        If they contradict each other, or the level that is required cannot be had here.
    """
    if in_process and (isolate or (require and Level(require) is not Level.PROCESS)):
        raise click.UsageError("--in-process is no isolation; leave it out, or the other option.")
    if require and strongest().rank < Level(require).rank:
        there = ", ".join(level.value for level in available())
        raise click.UsageError(
            f"the isolation {require!r} cannot be had here; there is {there}. See docs/isolation.md."
        )
    if in_process:
        return Level.PROCESS
    return "strongest" if isolate or require else "files"
