"""What `benchmarks/level1.py` keeps, runs first, and does not wait for."""

import runpy
import sys
from pathlib import Path

PLACE = Path(__file__).parents[2] / "benchmarks" / "level1.py"
LEVEL1 = runpy.run_path(str(PLACE))


def row(problem, kind):
    return LEVEL1["Row"](problem, kind, "caught", 1.5, 30, True, ("passed", "caught"))


def test_results__are_read_as_they_were_kept(tmp_path):
    place = tmp_path / "rows.jsonl"
    rows = [row("019_relu", "wrong_dtype"), row("023_softmax", "right")]
    assert LEVEL1["kept"](place) == []
    for each in rows:
        LEVEL1["_keep"](each, place)
    assert LEVEL1["kept"](place) == rows


def test_problems__come_cheapest_first():
    options = LEVEL1["parser"]().parse_args(["--only", "relu", "--only", "conv"])
    names = list(dict.fromkeys(problem.name for problem, _ in LEVEL1["_wanted"](options)))
    assert names[0] == "019_relu"
    assert "conv3d" in names[-1] or "conv_transpose3d" in names[-1]


def test_sizes__are_halved_images_first_and_then_batch_and_channels():
    sizes, found = {"BATCH": 8, "CHANNELS": 12, "SIZE": 256, "K": 3}, []
    while sizes is not None:
        found.append(tuple(sizes.values()))
        sizes = LEVEL1["smaller"](sizes)
    assert found[:3] == [(8, 12, 256, 3), (8, 12, 128, 3), (8, 12, 64, 3)]
    assert found[3:6] == [(4, 12, 64, 3), (4, 6, 64, 3), (4, 6, 32, 3)]
    assert found[-1] == (4, 6, 4, 3)


def test_kernel_without_an_answer__is_not_caught(tmp_path):
    command = [sys.executable, "-c", "import time; time.sleep(60)", str(tmp_path / "report.json")]
    said = LEVEL1["_said"](command, tmp_path, 0.2)
    assert said == "no answer in 0.2 s"
    assert not LEVEL1["is_as_it_is"]("wrong_dtype", said)
