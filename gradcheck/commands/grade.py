"""The commands ``gradcheck grade`` and ``gradcheck rubric``: a class is graded."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from gradcheck.commands import options, staff
from gradcheck.commands.ending import NOT_JUDGED, say
from gradcheck.grading import reading, trying
from gradcheck.grading.batch import usual_processes
from gradcheck.grading.beginning import Wish
from gradcheck.grading.comparing import compared
from gradcheck.grading.estimating import estimated
from gradcheck.grading.grading import Summary
from gradcheck.grading.grading import grade as grade_all
from gradcheck.grading.refused import Refused
from gradcheck.grading.results.formats import FORMATS
from gradcheck.grading.rubric import Rubric
from gradcheck.text import one_line, unknown

USUAL = "cs231n-a2"
MOST_NAMED = 8
MINUTE = 60
WIDEST = 30
"""Characters of a name next to the bar."""

LONGEST = 2000
"""Characters of the last line."""


def _rubric(context: click.Context, parameter: click.Parameter, given: str) -> Rubric:
    try:
        return reading.read(given)
    except Refused as problem:
        raise click.UsageError(f"{problem}.") from None


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH...")
@click.option(
    "--rubric",
    default=USUAL,
    show_default=True,
    metavar="RUBRIC",
    callback=_rubric,
    help="A TOML file, or the name of a rubric of the suite (`gradcheck rubric` lists them).",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the results go; the same command goes on with a grading that was stopped.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, options.LARGEST_SEED),
    show_default="a secret one, or that of the grading that goes on",
    metavar="N",
    help="Where the random cases start from; it is recorded in the JSON reports, which are for staff.",
)
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    default=usual_processes,
    show_default="one for each core",
    metavar="N",
    help="How many submissions are judged at once.",
)
@click.option(
    "--regrade", multiple=True, metavar="NAME", help="Judge this submission again (repeat the option)."
)
@click.option(
    "--only",
    type=click.Choice(["changed"]),
    help="Judge only what is new or has changed, say what was left alone, and try nothing again.",
)
@click.option(
    "--reuse",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Take results of another grading, where content, rubric, seed and version of the suite are the same.",
)
@click.option(
    "--compare",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Print what differs from the grading in DIR; without PATH, nothing is graded.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Say how many submissions would be judged and how long it takes; write nothing.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice([each.name for each in FORMATS]),
    help="Also write the results for another program (repeat the option); later runs keep them up to date.",
)
@click.option(
    "--dask",
    metavar="ADDRESS",
    help="Judge on the workers of the Dask scheduler at this address, or on `local` ones (needs the extra `cluster`).",
)
@click.option(
    "--unsandboxed",
    is_flag=True,
    help="Run submissions in the judging process, with your rights and no limits.",
)
@click.pass_context
def grade(context: click.Context, /, compare: Path | None, dry_run: bool, **asked: Any) -> None:
    """Grade submissions by a rubric: files, notebooks, zips, and folders and archives of them.

    Writes a report and a page for each submission, a page and a gradebook for the class. Exits with 0 if all were
    judged, however many are wrong; with 2 if one could not be, by no fault of its own: the same command tries again.
    """
    wish = Wish(only_changed=asked.pop("only") is not None, **asked)
    _refuse_idle(context, wish, compare, dry_run=dry_run)
    try:
        if dry_run:
            click.echo(staff.estimate(estimated(wish), wish.out))
            return
        found = _graded(wish) if wish.paths else None
        if compare is not None:
            click.echo(staff.comparison(compared(compare, wish.out), compare))
    except Refused as problem:
        raise click.UsageError(f"{problem}.") from None
    sys.exit(NOT_JUDGED if found is not None and found.not_judged else 0)


def _refuse_idle(context: click.Context, wish: Wish, compare: Path | None, *, dry_run: bool) -> None:
    """Refuse what would do nothing, so that nobody believes that it did something."""
    if compare is not None and dry_run:
        raise click.UsageError("--dry-run compares nothing: leave out one of the two.")
    if wish.paths:
        return
    if compare is None:
        path = next(each for each in context.command.params if each.name == "paths")
        raise click.MissingParameter(ctx=context, param=path)
    for name in ("regrade", "only", "reuse", "formats"):
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            option = {"formats": "format"}.get(name, name)
            raise click.UsageError(f"without PATH nothing is graded, and --{option} does nothing.")


def _graded(wish: Wish) -> Summary:
    """Grade, and say what came of it."""
    with _progress() as show:
        found = grade_all(wish, show)
    for kind, names in (
        ("left out", found.left_out),
        ("left alone", found.left_alone),
        ("could not be judged", found.not_judged),
    ):
        if names:
            say(f"{kind}: {_several(names)}")
    click.echo(_said(found, wish.rubric, wish.out))
    return found


def _several(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(one_line(each) for each in names[:MOST_NAMED]) + more


def _said(found: Summary, rubric: Rubric, out: Path) -> str:
    count = len(found.needs_a_person)
    reused = f", {found.reused} reused" if found.reused else ""
    person = f"; {count} {'needs' if count == 1 else 'need'} a person" if count else ""
    return one_line(
        f"{found.graded} graded by {rubric.name}, {found.judged_now} of them now{reused}{person}; "
        f"see {out / 'index.html'} and {out / 'gradebook.csv'}",
        LONGEST,
    )


@contextmanager
def _progress() -> Iterator[Callable[[int, int, str], None]]:
    """Give a callback that shows a bar on a terminal, and a line for each tenth elsewhere."""
    if sys.stderr is not None and sys.stderr.isatty():
        with ExitStack() as stack:
            bars: list[Any] = []
            estimate = Estimate()

            def advance(done: int, total: int, name: str) -> None:
                if not bars:
                    bar = click.progressbar(
                        length=total,
                        file=sys.stderr,
                        show_pos=True,
                        show_eta=False,
                        item_show_func=lambda shown: shown or "",
                    )
                    bars.append(stack.enter_context(bar))
                shown = f"{estimate.left(done, total)} {one_line(name, WIDEST)}".strip()
                bars[0].update(done - bars[0].pos, shown)

            yield advance
        return
    last = [-1]

    def show(done: int, total: int, name: str) -> None:
        tenth = 10 * done // max(total, 1)
        if tenth > last[0]:
            last[0] = tenth
            say(f"{done} of {total} graded")

    yield show


class Estimate:
    """How long the rest will take: as long for each as those of this run took, without those that were there before."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started: float | None = None
        self._before = 0

    def left(self, done: int, total: int) -> str:
        """Return it in words; nothing as long as nothing is known."""
        if self._started is None:
            self._started, self._before = self._clock(), done
        now = done - self._before
        if not now or done >= total:
            return ""
        seconds = (self._clock() - self._started) / now * (total - done)
        return f"about {_duration(seconds)} left"


def _duration(seconds: float) -> str:
    if seconds < MINUTE:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * MINUTE:
        return f"{round(seconds / MINUTE)} min"
    return f"{seconds / MINUTE / 60:.1f} h"


@click.command()
@click.argument("words", nargs=-1, metavar="[NAME | check RUBRIC [SUBMISSION...]]")
def rubric(words: tuple[str, ...]) -> None:
    """Print a rubric of the suite to start from; without a name, list them.

    `check` says what a right solution, one with a mistake in each backward, and stubs would get by a rubric; and
    submissions of your own. It exits with 1 if the right solution would not get all points.
    """
    if words[:1] == ("check",):
        sys.exit(_check(words[1:]))
    if len(words) > 1:
        raise click.UsageError("name one rubric, or write `gradcheck rubric check RUBRIC`.")
    for name in words:
        if name not in reading.names():
            raise click.UsageError(f"{unknown('rubric', name, reading.names())}.")
        click.echo(reading.text_of(name), nl=False)
    if not words:
        click.echo("\n".join(reading.names()))


def _check(words: tuple[str, ...]) -> int:
    """Say what a rubric makes of several solutions; return the exit code."""
    if not words:
        raise click.UsageError("name the rubric to check: gradcheck rubric check RUBRIC.")
    try:
        wanted = reading.read(words[0])
        click.echo(f"{'points':>8} {'of':>6} {'pending':>8}  {'verdict':<13} {one_line(wanted.name)}")
        code = 0
        for each in trying.tried(wanted, words[1:]):
            score = each.score
            numbers = f"{score.score:>8g} {score.max:>6g} {score.pending:>8g}"
            click.echo(f"{numbers}  {score.verdict:<13} {one_line(each.name)}")
            if each.is_right or each.name in words:
                for part in score.parts:
                    if part.why:
                        why = f"{part.points:g} of {part.max:g}: {part.why}"
                        click.echo(one_line(f"  {part.layer} ({part.part}) {why}"))
            code = 1 if each.is_right and score.score < score.max else code
    except Refused as problem:
        raise click.UsageError(f"{problem}.") from None
    return code
