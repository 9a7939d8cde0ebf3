"""The command ``gradcheck``: its commands are in `gradcheck.commands`, one file each."""

import click

from gradcheck import __version__
from gradcheck.commands.bench import bench
from gradcheck.commands.delivery import INTERRUPTED
from gradcheck.commands.kernel import kernel
from gradcheck.commands.lookup import explain, list_
from gradcheck.commands.mutants import mutants
from gradcheck.commands.verify import replay, verify


class Interruptible(click.Group):
    """A group of commands that ends with one line when it is interrupted."""

    def invoke(self, context: click.Context) -> None:
        """Run the command."""
        try:
            super().invoke(context)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            context.exit(INTERRUPTED)


@click.group(cls=Interruptible, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gradcheck", message="%(prog)s %(version)s")
def main() -> None:
    """Tell which hand-written forward and backward functions are right, which are wrong, where, and by how much."""


for command in (verify, replay, kernel, bench, mutants, explain, list_):
    main.add_command(command)
