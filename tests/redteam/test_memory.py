"""What a submission sends costs the judge little memory: it copies no more than a result of the due shape has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gradcheck.isolation.levels import MEGABYTE, has_workers
from tests.redteam.beforehand import ahead

pytestmark = pytest.mark.skipif(not has_workers(), reason="workers need Linux")

FILES = Path(__file__).parent / "files"
NAMES = [
    *sorted(path.stem for path in FILES.glob("gigabyte_*.py")),
    "asks_for_memory",
    "deep_header",
    "long_names",
    "many_results",
    "names_types_at_length",
    "one_piece_many_times",
    "pads_its_answers",
    "zero_stride_result",
]
MOST = 400 * MEGABYTE
"""The most memory of a judge; without a submission it takes a third of that."""

JUDGE = """
import sys
from gradcheck import Plan, verify
from gradcheck.isolation.levels import Limits

limits = Limits(call=3.0, load=10.0, total=60.0)
verify([sys.argv[1]], Plan(cases=1, layers=("relu",), isolation="files", limits=limits, hint="none"))
for line in open("/proc/self/status"):
    if line.startswith("VmHWM"):
        print(line.split()[1])
"""


def most(name: str) -> int:
    """Return the most bytes that a judge of the file has had."""
    words = [sys.executable, "-c", JUDGE, str(FILES / f"{name}.py")]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120, env=os.environ)
    return int(done.stdout) * 1024


@pytest.mark.slow
@ahead(most)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.sample(name=("gigabyte_view", "deep_header", "many_results"))
def test_judge__stays_small(name: str, outcome: int) -> None:
    assert outcome < MOST
