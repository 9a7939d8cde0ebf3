"""Store what the command reports on the files of the tests, and compare two such folders.

For a change that must change nothing: ``python benchmarks/snapshot.py take BEFORE`` runs the installed command on every
file of ``tests/data`` and ``examples``, on `naive` and `fast`, and on the catalogue of mistakes;
``python benchmarks/snapshot.py compare BEFORE AFTER`` lists what differs, apart from times, and exits with 1 if
anything does.

It calls only the command and imports nothing of the suite: one version of this file serves two versions of the suite.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
COMMAND = str(Path(sys.executable).with_name("gradcheck"))
STDERR = "\nstderr: "
TIMES = {"seconds", "median_seconds", "slowest_seconds"}


def targets() -> list[str]:
    """Return what is verified: modules, files, notebooks and a package folder."""
    data = ROOT / "tests" / "data"
    files = [*data.glob("*/*.py"), *data.glob("*/*.ipynb"), *(ROOT / "examples").glob("*.py")]
    names = sorted(str(path.relative_to(ROOT)) for path in files)
    return ["gradcheck.naive", "gradcheck.fast", *names, "tests/data/cs231n/package"]


def run(*arguments: str) -> str:
    """Return what the command prints."""
    done = subprocess.run(  # noqa: S603 - our own command
        [COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout + (f"{STDERR}{done.stderr}" if done.returncode not in (0, 1) else "")


def answers() -> Iterator[tuple[str, str]]:
    """Yield a name for each answer, and the answer."""
    for target in targets():
        stem = target.replace("/", "__")
        yield f"{stem}.json", run("verify", target, "--processes", "1", "--format", "json")
        text = run("verify", target, "--processes", "1", "--format", "text")
        yield f"{stem}.again", "\n".join(re.findall(r"^ *again +(.*)$", text, re.MULTILINE))
    yield "mutants.json", run("mutants", "--format", "json")


def take(folder: Path) -> None:
    """Store every answer in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in answers():
        (folder / name).write_text(text)
        print(name, len(text), flush=True)


def timeless(value: Any) -> Any:
    """Return parsed JSON without its times."""
    if isinstance(value, dict):
        return {key: timeless(each) for key, each in value.items() if key not in TIMES}
    return [timeless(each) for each in value] if isinstance(value, list) else value


def parsed(path: Path) -> Any:
    """Return an answer in a form that can be compared: JSON without its times, anything else as lines."""
    text, mark, errors = path.read_text().partition(STDERR)
    try:
        return [timeless(json.loads(text)), mark + errors]
    except ValueError:
        return [*text.splitlines(), mark + errors]


def differences(before: Any, after: Any, where: str = "") -> Iterator[str]:
    """Yield the places at which two answers differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from differences(before.get(key), after.get(key), f"{where}.{key}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, f"{where}[{index}]")
    elif before != after:
        yield f"{where}: {before!r} -> {after!r}"


def compare(before: Path, after: Path) -> int:
    """Print what differs between two folders; return how many places do."""
    names = sorted({path.name for folder in (before, after) for path in folder.iterdir()})
    count = 0
    for name in names:
        if not ((before / name).exists() and (after / name).exists()):
            found = ["is in one folder only"]
        else:
            found = list(differences(parsed(before / name), parsed(after / name)))
        count += len(found)
        for line in found:
            print(f"{name}{line if line[0] in '.[:' else ' ' + line}")
    print(f"{len(names)} answers compared, {count} differences")
    return count


def main() -> int:
    """Take or compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("take").add_argument("folder", type=Path)
    comparing = commands.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    asked = parser.parse_args()
    if asked.command == "take":
        take(asked.folder)
        return 0
    return int(compare(asked.before, asked.after) > 0)


if __name__ == "__main__":
    sys.exit(main())
