"""What a person sees while a verification works: one line on the terminal, which goes away afterwards."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from gradcheck.run import Progress
from gradcheck.text import one_line


@contextmanager
def shown() -> Iterator[Progress]:
    """Give a callback that tells on stderr what is being judged; where that is no terminal it tells nothing."""
    if not sys.stderr.isatty():
        yield lambda target, layer: None
        return
    from rich.console import Console
    from rich.markup import escape

    # The very file: while a subject runs, sys.stderr is another one.
    with Console(file=sys.stderr).status("starting") as status:

        def tell(target: str, layer: str) -> None:
            status.update(escape(one_line(f"{layer}  ({target})")))

        yield tell
