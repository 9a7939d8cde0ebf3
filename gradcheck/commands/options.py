"""Options of commands: groups that a command gets as one object, what options accept, and what is said otherwise."""

import functools
from collections.abc import Callable, Collection, Iterable
from dataclasses import Field, field, fields
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from gradcheck.contract import Case, parse_case
from gradcheck.isolation.allowed import refuse_unknown
from gradcheck.judging.seeds import secret_seed
from gradcheck.layers.outside.registry import discover, known_layers, named_layers, use_layers
from gradcheck.subjects.loading import LoadError
from gradcheck.subjects.loading.adapting import read
from gradcheck.text import unknown

LARGEST_SEED = 2**32 - 1
RANDOM = "random"
LARGEST_CASE = 10**7
"""The most numbers that the inputs of a replayed case may hold: it is typed by hand, and must fit into memory."""

FILE = click.Path(path_type=Path, dir_okay=False)

Command = TypeVar("Command", bound=Callable[..., Any])
Callback = Callable[[click.Context, click.Parameter, Any], Any]


def option(*names: str, **how: Any) -> Any:
    """Declare a field of a group; the arguments are those of `click.option`."""
    return field(metadata={"names": names, "how": how})


def groups(**kinds: type[Any]) -> Callable[[Command], Command]:
    """Add groups of options to a command, which gets an object for each.

    Parameters
    ----------
    **kinds : type
        The name of the command's parameter -> a dataclass, all fields of which are declared with `option`. The help
        has the options in this order.
    """

    def add(command: Command) -> Command:
        @functools.wraps(command)
        def grouped(**given: Any) -> Any:
            made = {
                name: kind(**{each.name: given.pop(_parameter(name, each)) for each in fields(kind)})
                for name, kind in kinds.items()
            }
            return command(**given, **made)

        # Reversed, as click has the option that is added last at the top.
        for name, kind in reversed(kinds.items()):
            for each in reversed(fields(kind)):
                names, how = each.metadata["names"], each.metadata["how"]
                click.option(*names, _parameter(name, each), **how)(grouped)
        return cast(Command, grouped)

    return add


def _parameter(group: str, each: "Field[Any]") -> str:
    """Return click's name of an option: fields of two groups may be called alike."""
    return f"{group}_{each.name}"


def separated(given: Iterable[str]) -> tuple[str, ...]:
    """Return the names in repeated options, each of which may have several, separated by commas."""
    return tuple(dict.fromkeys(name.strip() for text in given for name in text.split(",") if name.strip()))


def with_layers(command: Command) -> Command:
    """Add ``--layers`` to a command; layers of installed packages are known to it as well."""
    return click.option(
        "--layers",
        "more_layers",
        multiple=True,
        metavar="FILE",
        callback=_use,
        is_eager=True,  # before options that name layers
        expose_value=False,
        help="Know the layers that a .py file or a module of yours declares (may be repeated); it is trusted.",
    )(command)


def _use(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> None:
    try:
        use_layers(*given)
    except ValueError as problem:
        raise click.BadParameter(f"{problem}.") from None
    for complaint in discover():
        click.echo(f"note: {complaint}", err=True)


def names(what: str, known: Collection[str] | Callable[[], Collection[str]]) -> Callback:
    """Return a callback that splits at commas, and refuses a name that is not known (perhaps only known by then)."""

    def split(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
        found = separated(given)
        there = known() if callable(known) else known
        for name in found:
            if name not in there:
                raise click.BadParameter(f"{unknown(what, name, there)}.")
        return found

    return split


def packages(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Split at commas, and refuse what is no installed package."""
    found = separated(given)
    try:
        refuse_unknown(found)
    except ValueError as problem:
        raise click.BadParameter(f"{problem}.") from None
    return found


def seed(context: click.Context, parameter: click.Parameter, given: str) -> int:
    """Return a seed, or one that is drawn now where the word for that is given."""
    if given == RANDOM:
        return secret_seed()
    number: int = click.IntRange(0, LARGEST_SEED)(given, parameter, context)
    return number


def one_name(what: str, known: Collection[str]) -> Callback:
    """Return a callback that refuses a name that is not known."""
    several = names(what, known)

    def check(context: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
        return several(context, parameter, (given,))[0] if given else None

    return check


def adapter(context: click.Context, parameter: click.Parameter, given: str | None) -> str | None:
    """Refuse an adapter that is not there, or that Python cannot parse."""
    try:
        return given if given is None else read(given).shown
    except LoadError as problem:
        raise click.BadParameter(f"{problem}.") from None


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
        case = parse_case(line, named_layers().values())
        _ = case.flaw  # a stride of 0 is divided by
        size = case.size
    except ZeroDivisionError:
        raise click.UsageError(f"the case {line!r} means nothing: a number in it must not be 0.") from None
    except ValueError as problem:
        known = ", ".join(known_layers())
        raise click.UsageError(f"{problem}.\nA report prints the line; the layers are {known}.") from None
    if size > LARGEST_CASE or case.seed > LARGEST_SEED:
        raise click.UsageError(f"the case {line!r} is too large to run.")
    return case
