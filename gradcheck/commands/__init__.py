"""The command ``gradcheck``. Each of its commands is in a file of this folder, which is read when it is asked for."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from gradcheck import __version__
from gradcheck.commands.ending import NOT_JUDGED, endings, said, say, written
from gradcheck.text import one_line

HOMES = {
    "verify": "verify",
    "replay": "verify",
    "kernel": "kernel",
    "bench": "bench",
    "mutants": "mutants",
    "explain": "lookup",
    "list": "lookup",
    "grade": "grade",
    "rubric": "grade",
    "gradescope": "gradescope",
}
"""In which file each command is."""

FORKING = ("verify", "replay")
"""Those that run files in workers of their own. To read the code for them takes longer than to start a worker."""


def _may_fork(words: Sequence[str]) -> bool:
    """Return whether there seem to be files to run in workers that an image can become."""
    if not any(map(os.path.exists, words)):
        return False
    from gradcheck.isolation.levels import Level, has_workers, strongest

    return has_workers() and strongest() is not Level.BUBBLEWRAP


class Commands(click.Group):
    """A group of commands that ends with one line when it is interrupted."""

    def main(self, *words: Any, **how: Any) -> Any:
        """Run the command, and say in one line what the machine could not do: a full disk, a closed stdout."""
        try:
            with written():
                return super().main(*words, **how)
        except OSError as problem:
            where = f" {problem.filename!r}" if problem.filename else ""
            say(f"cannot go on: {one_line(problem.strerror or problem)}{where}")
            sys.exit(NOT_JUDGED)

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

    def resolve_command(
        self, context: click.Context, words: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return a command by its name; what runs files in workers has their image started meanwhile."""
        if words[0] in FORKING and _may_fork(words[1:]):
            from gradcheck.isolation import image, process

            process.begin_image()
            context.call_on_close(lambda: image.prepare(is_wanted=False))
        return super().resolve_command(context, words)

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
