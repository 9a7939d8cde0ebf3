"""Make right layers wrong exactly where a predicate holds, and count how many a verification catches.

    python benchmarks/blind_spots.py [--layer NAME] [--cases N | --thorough] [--seed N] [--step N] [--markdown FILE]

The predicates are in benchmarks/blind/predicates.py. They measure what a verification asks: where one is missed, its
class has to be asked for, and the predicates stay as they are. Half of them, chosen by a hash, are held out: of these
only the numbers are printed, so that nothing can be tuned to them.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from blind.predicate import HALVES
from blind.spots import UNASKED, UNNOTICED, Spot, Verification, spots
from gradcheck.contract import PARTS
from gradcheck.layers import BY_NAME

MEASURED = (
    *("affine", "relu", "leaky_relu", "sigmoid", "tanh", "identity", "flatten", "conv2d", "conv_transpose2d"),
    *("max_pool2d", "avg_pool2d", "batch_norm", "spatial_batch_norm", "layer_norm", "group_norm", "dropout"),
    *("softmax_loss", "svm_loss", "mse_loss"),
)
"""The layers whose parameters the lists of predicates know; of others, such as a sequence, they name only some."""


def share(found: Sequence[Spot]) -> str:
    """Return how many of some were caught, in percent."""
    return f"{100 * sum(each.caught for each in found) / len(found):.1f} %" if found else ""


def mean_share(found: Sequence[Spot]) -> str:
    """Return the mean over the families of the share that was caught, in percent: each family counts alike."""
    shares = [sum(each.caught for each in group) / len(group) for group in grouped(found).values()]
    return f"{100 * sum(shares) / len(shares):.1f} %"


def grouped(found: Iterable[Spot]) -> dict[str, list[Spot]]:
    """Return what was found by family."""
    groups: dict[str, list[Spot]] = {}
    for each in found:
        groups.setdefault(each.predicate.family, []).append(each)
    return groups


def of_half(found: Iterable[Spot], half: str) -> list[Spot]:
    return [each for each in found if each.half == half]


def by_layer(found: Sequence[Spot]) -> dict[str, list[Spot]]:
    """Return what was found by layer, and all of it."""
    layers = {name: [each for each in found if each.layer == name] for name in BY_NAME}
    return {**{name: group for name, group in layers.items() if group}, "all": list(found)}


def table_of_layers(found: Sequence[Spot]) -> Iterator[str]:
    yield "| layer | predicates | wrong functions | caught | share | of development | of held-out | mean of families |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for name, group in by_layer(found).items():
        count = len({(each.layer, each.predicate.name) for each in group})
        halves = " | ".join(share(of_half(group, half)) for half in HALVES)
        caught = sum(each.caught for each in group)
        yield f"| {name} | {count} | {len(group)} | {caught} | {share(group)} | {halves} | {mean_share(group)} |"


def table_of_families(found: Sequence[Spot]) -> Iterator[str]:
    columns = " | ".join(
        ("wrong functions", "caught", UNASKED, UNNOTICED, "share", *(f"of {each}" for each in HALVES))
    )
    yield f"| family | {columns} |"
    yield "|---|" + "---:|" * 7
    for family, group in sorted(grouped(found).items()):
        counts = Counter(each.outcome for each in group)
        caught = sum(each.caught for each in group)
        halves = " | ".join(share(of_half(group, half)) for half in HALVES)
        numbers = f"{len(group)} | {caught} | {counts[UNASKED]} | {counts[UNNOTICED]}"
        yield f"| {family} | {numbers} | {share(group)} | {halves} |"


def missed(found: Sequence[Spot]) -> Iterator[str]:
    """Yield, for each layer, what was missed in the development half: a line a family."""
    for name, group in by_layer(of_half(found, HALVES[0])).items():
        left = [each for each in group if not each.caught]
        if name == "all" or not left:
            continue
        yield from ("", f"### {name}", "")
        for family, lines in grouped(left).items():
            yield f"- {family}: {'; '.join(_names(lines))}"


def _names(found: Sequence[Spot]) -> Iterator[str]:
    """Yield the names of predicates; with the part, if it was missed in one only, and a star if it was asked for."""
    groups: dict[str, list[Spot]] = {}
    for each in found:
        groups.setdefault(each.predicate.name, []).append(each)
    for name, group in groups.items():
        parts = [f"{each.part}{'*' if each.outcome == UNNOTICED else ''}" for each in group]
        is_plain = len(group) == len(PARTS) and all(each.outcome == UNASKED for each in group)
        yield name if is_plain else f"{name} ({', '.join(parts)})"


HEADING = """\
# Blind spots

What does a verification never ask? A right implementation (`fast`) is made wrong in one part, forward or backward,
only on the calls where a predicate holds: `n >= 16`, `gamma holds a negative number`, `float32`, `call 5`. There, one
entry of the output, or of one gradient, is off by a quarter of the largest. It is *caught* if the default set of
cases gives that part a wrong verdict. `python benchmarks/blind_spots.py --markdown docs/blind-spots.md` makes this
page. With `--step N` it tries one predicate of N, and the first line below says so: then the shares of single layers
and families rest on few predicates. With `--thorough` it asks what `gradcheck verify --thorough` asks.

The predicates (`benchmarks/blind/`) are generated from the names of a layer's parameters and tensors, and from lists
of sizes and magnitudes that were written down before the first measurement. They measure the questions. Where one is
missed, the cases have to become wider for all of its family; the predicates stay as they are.

- **never asked**: the predicate holds on no call of the verification. **asked, but not noticed**: it does, but
  nothing checks the result of that call in this respect. In the list, a star marks such parts.
- A predicate that the layer cannot satisfy (`several groups and c == 1`) is left out. It is one if it holds on none
  of 5,000 calls that are drawn as widely as the predicates themselves (`benchmarks/blind/witness.py`), not counting
  those that `fast` refuses.
- A hash divides the predicates into two halves. The missed ones of the development half are listed below. Of the
  held-out half, only numbers are shown: if cases were tuned to the listed predicates, the two shares would differ.
- The families have unequal numbers of predicates: a third are extents. In the *mean of families* each counts alike.

What the shares are not:

- The probability that a real mistake is noticed. Nobody knows how often real code is wrong only at 65 channels. The
  mistakes of the catalogue are wrong on many calls, and all of them are caught ([kill-matrix.md](kill-matrix.md)).
- Independent of the lists: with more large extents in them, every share would fall. Compare a share with an older one
  of this page, not with 100 %. Many predicates overlap: cases that never have 64 samples miss `n >= 64`, `n == 65`
  and `n >= 100`.
- A statement about small errors, or about code that is asked less because its interface has fewer words
  ([interfaces.md](interfaces.md)): the functions here have the arguments of `fast`, and run in this process.

"""


def set_of(how: Verification) -> str:
    """Return in words which cases a verification asks."""
    if how.cases is not None:
        return f"the battery and {how.cases} random cases"
    return "`--thorough`" if how.thorough else "the default set"


def page(found: Sequence[Spot], how: Verification, seconds: float, step: int = 1) -> str:
    """Return the report."""
    asked = set_of(how)
    caught = sum(each.caught for each in found)
    if step > 1:
        asked = f"one predicate of {step}, {asked}"
    summary = f"{caught} of {len(found)} caught ({share(found)}): {asked}, seed {how.seed}; {seconds:.0f} s"
    lines = [
        *(summary, "", "## By layer", "", *table_of_layers(found), ""),
        *("## By family", "", *table_of_families(found), ""),
        "## Missed, of the development half",
        *missed(found),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--layer", action="append", choices=list(BY_NAME), help="may be given again (all)")
    count = parser.add_mutually_exclusive_group()
    count.add_argument(
        "--cases", type=int, help="random cases after the battery (those that have every class)"
    )
    count.add_argument("--thorough", action="store_true", help="what `gradcheck verify --thorough` asks")
    parser.add_argument("--seed", type=int, default=0, help="of the verification (0)")
    parser.add_argument("--step", type=int, default=1, help="try every Nth predicate only (1)")
    parser.add_argument("--markdown", type=Path, help="write the report into this file")
    options = parser.parse_args()
    how = Verification(options.cases, options.seed, options.thorough)
    started, found = time.perf_counter(), []
    for name in options.layer or MEASURED:
        found += spots(BY_NAME[name], how, options.step)
        print(f"{name}: {share([each for each in found if each.layer == name])}", file=sys.stderr, flush=True)
    text = page(found, how, time.perf_counter() - started, options.step)
    sys.stdout.write(text)
    if options.markdown:
        options.markdown.write_text(HEADING + text)


if __name__ == "__main__":
    main()
