"""A submission gets the same report from a judge that has judged others before."""

import shutil
from pathlib import Path

import msgspec
import pytest

from gradcheck.evidence import kept
from gradcheck.grading import batch
from gradcheck.grading.reading import read
from gradcheck.judging.run import verify_whole

ROOT = Path(__file__).parents[3]
RUBRIC = """\
schema = "gradcheck-rubric/1"
name = "kept"
dialect = "cs231n"
"""


@pytest.fixture(params=[("dropout",), ("affine", "dropout", "max_pool2d")], ids=len)
def plan(tmp_path, confined, request):
    path = tmp_path / "rubric.toml"
    functions = (f'[[function]]\nlayer = "{each}"\nforward = 1\n' for each in request.param)
    path.write_text(RUBRIC + "".join(functions))
    return batch.plan_of(read(str(path)), 20)


def report(path, plan):
    found = verify_whole(str(path), plan)
    parts = tuple(msgspec.structs.replace(part, seconds=0.0) for part in found.parts)
    return msgspec.json.encode(msgspec.structs.replace(found, parts=parts))


@pytest.mark.slow
@pytest.mark.sample(1)
def test_reports__are_those_of_a_judge_that_keeps_nothing(plan, tmp_path):
    right = (ROOT / "tests" / "data" / "cs231n" / "vectorised.py").read_text()
    wrong = (ROOT / "examples" / "cs231n_layers.py").read_text()
    paths = []
    for name, text in (("right", right), ("wrong", wrong)):
        (tmp_path / name).mkdir()
        paths.append(tmp_path / name / "layers.py")
        paths[-1].write_text(text)
    shutil.copy(ROOT / "tests" / "data" / "cs231n" / "stubs.py", tmp_path / "stubs.py")
    paths.append(tmp_path / "stubs.py")
    plain = [report(path, plan) for path in paths]
    kept.keep(batch.KEPT)
    try:
        first = [report(path, plan) for path in reversed(paths)]
        assert first[::-1] == plain
        assert [report(path, plan) for path in paths] == plain
    finally:
        kept.keep(0)
    assert len(set(plain)) == len(plain)
