"""The options of ``gradcheck kernel`` with which it judges any function or module against a reference."""

from dataclasses import dataclass
from pathlib import Path

import click

from gradcheck.commands.options import FILE, option, separated
from gradcheck.kernels.references.inside.devices import NAMES
from gradcheck.kernels.references.judging import Reference


def _separated(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    return separated(given)


@dataclass(frozen=True, kw_only=True)
class Referring:
    """Against what it is judged instead of a layer of the suite, and on which device."""

    path: Path | None = option(
        "--reference",
        type=FILE,
        metavar="FILE",
        help="Judge TARGET (new.py, new.py:NAME) against the Model, or the function, of this file "
        "(docs/references.md).",
    )
    forbidden: tuple[str, ...] = option(
        "--forbid",
        multiple=True,
        metavar="NAME",
        callback=_separated,
        help="With --reference: what it must not call, such as torch.nn.functional.softmax, or torch.",
    )
    kept: tuple[str, ...] = option(
        "--keep",
        multiple=True,
        metavar="SIZE",
        callback=_separated,
        help="With --reference: a size of the reference, such as head_dim, that is not to be varied.",
    )
    device: str = option(
        "--device",
        type=click.Choice(NAMES),
        default="cpu",
        show_default=True,
        help="With --reference: where its tensors are made.",
    )

    def reference(self, line: str | None, seconds: float, *, is_apart: bool) -> Reference | None:
        """Return the reference, if there is one. Raises click.UsageError for an option without effect."""
        if self.path is None:
            asked = {"forbid": self.forbidden, "keep": self.kept, "device": self.device != "cpu"}
            idle = [name for name, value in asked.items() if value]
            if idle:
                raise click.UsageError(f"--{idle[0]} has no effect without --reference.")
            return None
        return Reference(
            path=self.path,
            forbidden=self.forbidden,
            device=self.device,
            line=line,
            kept=self.kept,
            seconds=seconds,
            is_apart=is_apart,
        )
