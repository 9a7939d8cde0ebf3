"""Hostile files: what is wrong in them gains nothing, what is right keeps its credit, nothing is left, and it ends.

Each file in files/ says in its docstring what it does, and in the line below which verdicts it deserves. There the
functions are judged in the strongest isolation that this machine has; a few of them at every level. No line is searched
for: that would keep the processors from the calls, whose limit is short. test_lines.py attacks the search.
"""

import re
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from gradcheck import Plan, Verdict, verify
from gradcheck.isolation import runtime
from gradcheck.isolation.levels import MEGABYTE, Level, Limits, available, strongest
from gradcheck.report import TargetReport
from tests.redteam.beforehand import ahead

FILES = sorted((Path(__file__).parent / "files").glob("*.py"))
LIMITS = Limits(call=1.0, load=5.0, total=50.0, memory=1024 * MEGABYTE, result=256 * MEGABYTE)
MEMORY = {"slow_memory_bomb": 512 * MEGABYTE}
"""Memory of files that fill all they can get in every call: half as much ends them in a third of the time."""
LOAD = {"dribbles_at_import": 2.0, "loop_at_import": 2.0}
"""Seconds of files that never end being imported, whatever they are given."""
CALL = dict.fromkeys(("gigabyte_in_pieces", "gigabyte_of_large_pieces", "gigabyte_of_views"), 10.0)
"""Seconds of a call of files that answer with hundreds of megabytes: the test is about what is done with them."""
BOUND = 80.0
EXPECT = re.compile(r"^# expect: (.*)$", re.MULTILINE)
EVERYWHERE = (
    "exit_in_call",
    "endless_loop",
    "leaves_a_daemon",
    "memory_bomb",
    "segfault",
    "forges_answers",
    "dribbles_an_answer",
    "writes_the_judges_memory",
    "reads_the_judges_memory",
    "takes_the_judges_files",
    "signals_by_ownership",
    "signals_by_number",
    "signals_by_ioctl",
    "slows_the_judge_down",
    "memory_in_files",
    "removed_files",
    "files_in_folders",
    "locked_folders",
    "deep_folders",
    "sets_space_aside",
    "sends_its_files_to_itself",
    "lies_in_a_pipe",
    "says_a_huge_number",
)
ONE_OF_EACH_KIND = (
    *(
        "agreeing_array",
        "imports_the_reference",
        "pickle_result",
        "reads_the_judges_memory",
        "signals_by_number",
    ),
    *("endless_loop", "gigabyte_view", "leaves_a_daemon"),
)
"""What forges a result, copies one, runs in the judge, reads it, ends it; hangs, takes memory, outlives its worker."""

WEAKER = [level for level in available() if level not in (Level.PROCESS, strongest())]
PLACES = (Path("/tmp"), Path.home(), Path(__file__).parent, Path(__file__).parent / "files")


def test_hostile_files__are_many():
    assert len(FILES) >= 40


def judged(name: str, level: Level | None = None) -> tuple[str, float, list[str], list[str]]:
    """Verify a file, and return the level, the seconds, what comes out otherwise than deserved, and what is left."""
    level = level or strongest()
    path = Path(__file__).parent / "files" / f"{name}.py"
    (expected,) = EXPECT.findall(path.read_text())
    limits = replace(
        LIMITS,
        memory=MEMORY.get(path.stem, LIMITS.memory),
        load=LOAD.get(path.stem, LIMITS.load),
        call=CALL.get(path.stem, LIMITS.call),
    )
    runtime.runtime()
    with tempfile.TemporaryDirectory() as folder:
        before, tempfile.tempdir = tempfile.tempdir, folder  # everything that is left there can be seen
        try:
            started = time.monotonic()
            (target,) = verify(
                [str(path)], Plan(cases=1, isolation=level, limits=limits, hint="none")
            ).targets
            seconds = time.monotonic() - started
        finally:
            tempfile.tempdir = before
        return str(target.isolation or level), seconds, complaints(target, expected), left(Path(folder))


@ahead(judged)
@pytest.mark.sample(name=ONE_OF_EACH_KIND)
@pytest.mark.parametrize("name", [path.stem for path in FILES])
def test_hostile_file__gets_its_expected_verdict(name, outcome):
    level, seconds, wrong, remains = outcome
    assert seconds < BOUND
    assert level == strongest()
    assert (wrong, remains) == ([], [])


@pytest.mark.slow
@ahead(judged)
@pytest.mark.parametrize("level", WEAKER)
@pytest.mark.parametrize("name", EVERYWHERE)
@pytest.mark.sample(every=11)
def test_hostile_file__gets_its_expected_verdict_at_every_level(name, level, outcome):
    reached, seconds, wrong, remains = outcome
    assert seconds < BOUND
    assert reached == level
    assert (wrong, remains) == ([], [])


def complaints(target: TargetReport, expected: str) -> list[str]:
    """Return where the verdicts are others than expected."""
    found = {part.function: part.verdict for part in target.parts}
    if expected.startswith("nothing is judged: "):
        why = expected.removeprefix("nothing is judged: ")
        return [] if not found and why in (target.error or "") else [f"{why}: {target.error} {found}"]
    if expected == "nothing passes":
        return [f"{name} passes" for name, verdict in found.items() if verdict is Verdict.PASS]
    wanted = dict(each.split() for each in expected.split(", "))
    assert wanted.keys() == found.keys()
    return [
        f"{name} is {found[name]}, and deserves {verdict}: {messages(target, name)}"
        for name, verdict in wanted.items()
        if found[name] not in verdict.split("|")
    ]


def messages(target: TargetReport, name: str) -> list[str]:
    return [finding.message for part in target.parts if part.function == name for finding in part.findings]


def left(folder: Path) -> list[str]:
    """Return what a submission has left: processes of the runtime, files."""
    gained = [str(path) for place in PLACES for path in place.glob("gained-*")]
    return [*processes(), *map(str, folder.iterdir()), *gained]


def processes() -> list[str]:
    """Return the processes that were started from our runtime and are still there."""
    found = []
    for command in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = command.read_bytes()
        except OSError:
            continue
        if str(runtime.runtime()).encode() in words:
            found.append(words.replace(b"\0", b" ").decode(errors="replace")[:200])
    return found
