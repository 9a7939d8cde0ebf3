"""What a person sees while a verification works: one line on the terminal, which goes away afterwards."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gradcheck.judging.target import Progress
from gradcheck.text import one_line


@contextmanager
def line() -> Iterator[Callable[[str], None]]:
    """Give a callback that shows a line on stderr; where that is no terminal it shows nothing."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console
    from rich.markup import escape

    # The very file: while a subject runs, sys.stderr is another one.
    with Console(file=sys.stderr).status("starting") as status:
        yield lambda text: status.update(escape(one_line(text)))


@contextmanager
def shown() -> Iterator[Progress]:
    """Give a callback that tells what is being judged."""
    with line() as show:

        def tell(target: str, layer: str) -> None:
            show(f"{layer}  ({target})")

        yield tell
