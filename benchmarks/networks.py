"""Count how often check_network blames the wrong joint of a network rightly, and whether it accuses a right network.

    python benchmarks/networks.py --seeds 20
    python benchmarks/networks.py --seeds 3 --kind "not summed" --show

The networks are in tests/data/networks, written in the manner of several courses. A row of rows.py there puts one
mistake into one of them, and says what the message must blame.
"""

import argparse
import re
import runpy
import sys
import time
import types
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradcheck import GradientError, check_network

FOLDER = Path(__file__).parents[1] / "tests" / "data" / "networks"


@dataclass(frozen=True)
class Row:
    """One mistake: its kind, the network, what to replace (once) by what, and what has to be blamed."""

    kind: str
    network: str
    old: str
    new: str
    blamed: str

    @property
    def name(self) -> str:
        """What a test calls it."""
        return f"{self.network}: {self.new.strip() or self.old.strip()}"[:90]


NETWORKS = {
    "fully_connected": ("course", "fully_connected"),
    "convolutional": ("course", "convolutional"),
    "residual": ("course", "residual"),
    "captioning": ("captioning", "case"),
    "errors": ("errors", "case"),
    "tensors": ("tensors", "case"),
}
"""Name -> file, and the function in it that makes the network from a seed."""


def rows() -> tuple[Row, ...]:
    """Return the mistakes, which are in a file of their own."""
    return tuple(Row(*row) for row in runpy.run_path(str(FOLDER / "rows.py"))["ROWS"])


def made(network: str, seed: int, row: Row | None = None) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    """Return a network, its data and its options, with the mistake of a row in it."""
    file, maker = NETWORKS[network]
    source = (FOLDER / f"{file}.py").read_text()
    if row is not None:
        if row.old not in source:
            raise ValueError(f"{file}.py does not have {row.old!r}")
        # Two networks in one file may have the same line.
        at = max(source.find(f"class {CLASSES.get(maker, '')}"), 0)
        at = at if row.old in source[at:] else 0
        source = source[:at] + source[at:].replace(row.old, row.new, 1)
    module = types.ModuleType(f"network_{file}")
    sys.modules[module.__name__] = module
    exec(compile(source, f"{file}.py", "exec"), module.__dict__)  # noqa: S102 - a file of ours, with a mistake
    net, data, *params = module.__dict__[maker](seed)
    return net, data, {"params": params[0]} if params else {}


CLASSES = {
    "fully_connected": "FullyConnectedNet",
    "convolutional": "ThreeLayerConvNet",
    "residual": "ResidualNet",
}


def verdict(network: str, seed: int, row: Row | None = None) -> tuple[str, list[str], str]:
    """Return the verdict, what is blamed, and the whole message."""
    net, data, options = made(network, seed, row)
    try:
        report = check_network(net, *data, **options)
        message = ""
    except GradientError as error:
        report, message = error.report, str(error)
    causes = [each.message for each in report.findings if each.check in ("joints", "regularisation")]
    return str(report.verdict), causes, message


def counted(rows: list[Row], seeds: range, show: bool) -> Iterator[str]:
    """Yield a line for each kind of mistake, and one for the right networks."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in rows:
        for seed in seeds:
            started = time.process_time()
            found, causes, message = verdict(row.network, seed, row)
            if show:
                print(f"{time.process_time() - started:.1f} s", row.name, flush=True)
            is_right = bool(causes) and re.search(row.blamed, causes[0]) is not None
            place = 3 if found == "pass" else 2 if found != "fail" else 0 if is_right else 1
            counts[row.kind][place] += 1
            if place and show:
                print(f"--- {row.kind}: {row.name}, seed {seed}: wanted {row.blamed!r}\n{message or found}")
    yield f"{'kind':<44}{'rightly':>9}{'otherwise':>11}{'doubted':>9}{'passed':>8}"
    for kind, numbers in counts.items():
        yield f"{kind:<44}{numbers[0]:>9}{numbers[1]:>11}{numbers[2]:>9}{numbers[3]:>8}"


def right(seeds: range, show: bool) -> str:
    """Return how the right networks fared."""
    found: dict[str, int] = defaultdict(int)
    for network in NETWORKS:
        for seed in seeds:
            answer, _, message = verdict(network, seed)
            found[answer] += 1
            if show and message:
                print(f"--- {network}, seed {seed}\n{message}")
    return "right networks: " + ", ".join(f"{count} {name}" for name, count in sorted(found.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--start", type=int, default=0, help="the first seed")
    parser.add_argument("--kind", default="", help="only mistakes whose kind matches this pattern")
    parser.add_argument("--show", action="store_true", help="print what was not blamed rightly")
    options = parser.parse_args()
    chosen = [row for row in rows() if re.search(options.kind, row.kind)]
    seeds = range(options.start, options.start + options.seeds)
    for line in counted(chosen, seeds, options.show):
        print(line)
    print(right(seeds, options.show))


if __name__ == "__main__":
    main()
