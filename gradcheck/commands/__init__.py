"""The command ``gradcheck``. Each of its commands is in a file of this folder, which is read when it is asked for."""

from importlib import import_module

import click

from gradcheck import __version__
from gradcheck.commands.ending import endings, said, say

HOMES = {
    "verify": "verify",
    "replay": "verify",
    "kernel": "kernel",
    "bench": "bench",
    "mutants": "mutants",
    "explain": "lookup",
    "list": "lookup",
}
"""In which file each command is."""


class Commands(click.Group):
    """A group of commands that ends with one line when it is interrupted."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names of the commands."""
        return sorted(HOMES)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return a command, None where there is none of that name."""
        if name not in HOMES:
            return None
        home = import_module(f"gradcheck.commands.{HOMES[name]}")
        found: click.Command = next(
            each for each in vars(home).values() if isinstance(each, click.Command) and each.name == name
        )
        return found

    def invoke(self, context: click.Context) -> None:
        """Run the command."""
        try:
            with endings():
                super().invoke(context)
        except ValueError as problem:
            # A layer from outside may fail on a case that was not tried when it was declared.
            from gradcheck.layers.outside.axes import DeclarationError

            if not isinstance(problem, DeclarationError):
                raise
            raise click.UsageError(f"{problem}.") from None
        except KeyboardInterrupt as problem:
            what, code = said(problem)
            say(what)
            context.exit(code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gradcheck", message="%(prog)s %(version)s")
def main() -> None:
    """Report which hand-written forward and backward functions are right, which are wrong, where, and by how much."""
