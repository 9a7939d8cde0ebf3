"""The commands ``gradcheck explain`` and ``gradcheck list``: what the suite knows."""

import click

from gradcheck.commands.delivery import colour, width, write
from gradcheck.reporting import explain as explanations
from gradcheck.reporting import listing


@click.command()
@click.argument("name")
def explain(name: str) -> None:
    """Explain a known mistake, with the smallest case that shows it, or a check."""
    found = explanations.find(name)
    if not found:
        raise click.UsageError(
            f"there is no mistake or check {name!r}; there are {', '.join(explanations.known_names())}."
        )
    write(explanations.explained(found))


@click.command("list")
@click.argument("what", type=click.Choice(list(listing.ROWS)))
@click.option("--format", "format_name", type=click.Choice(["text", "json"]), default="text")
def list_(what: str, format_name: str) -> None:
    """List what there is: layers, checks or dialects."""
    rows = listing.ROWS[what]()
    is_json = format_name == "json"
    write(listing.as_json(rows) if is_json else listing.as_text(rows, colour(), width()))
