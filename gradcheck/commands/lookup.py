"""The commands ``gradcheck explain`` and ``gradcheck list``: what the suite knows."""

import sys

import click

from gradcheck.commands import options
from gradcheck.commands.delivery import colour, width, write
from gradcheck.commands.verify import Isolation, Judging, isolated
from gradcheck.contract import Case
from gradcheck.judging.explaining import shown
from gradcheck.report import TargetReport
from gradcheck.reporting import json, lookup, text, worked
from gradcheck.text import unknown


@click.command()
@click.argument("name")
@click.argument("line", nargs=-1, metavar='["CASE LINE"]')
@options.with_layers
@options.groups(judging=Judging, isolation=Isolation)
def explain(name: str, line: tuple[str, ...], judging: Judging, isolation: Isolation) -> None:
    """Explain a known mistake, with a small case that shows it, a check or a layer.

    With a file and a case line, draw that failing case of the file: the inputs, the products that a wrong entry is the
    sum of, and what the function gave instead.
    """
    if line:
        _explain_case(name, options.case_of(" ".join(line)), judging, isolation)
        return
    found = lookup.find(name)
    if not found:
        raise click.UsageError(f"{unknown('mistake, check or layer', name, lookup.known_names())}.")
    write(lookup.explanation(found))


def _explain_case(target: str, case: Case, judging: Judging, isolation: Isolation) -> None:
    """Write what one case of a target shows."""
    plan = isolated(judging, isolation, case)
    found = shown(target, plan)
    if isinstance(found, TargetReport):
        click.echo(text.unjudged(found), nl=False)
        sys.exit(2)
    write(worked.as_text(case, found))


@click.command("list")
@click.argument("what", type=click.Choice(list(lookup.ROWS)))
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text")
@options.with_layers
def list_(what: str, format_name: str) -> None:
    """List what there is: layers, checks, dialects or levels of isolation."""
    rows = lookup.ROWS[what]()
    is_json = format_name == "json"
    write(json.as_json(rows) if is_json else lookup.table_of_rows(rows, colour(), width()))
