"""The mistakes of the catalogue, made in another right implementation, are called by their names, or by none."""

import importlib.util
import types
from pathlib import Path

import pytest

from gradcheck.calling.quiet import quiet
from gradcheck.checks import CHECKS
from gradcheck.judging.part import judge_subject
from gradcheck.layers.cases import cases_for
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.subjects.dialects.pair import PAIR

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("naming", ROOT / "benchmarks" / "naming.py")
naming = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(naming)

EDITS = naming.edits()
SOME = [mutant for mutant in MUTANTS if str(mutant) in EDITS][::9]
"""One in nine: all of them take a minute, with `python benchmarks/naming.py`."""


def alternative(path):
    module = types.ModuleType(path.stem)
    exec(compile(path.read_text(), path.name, "exec"), vars(module))
    return vars(module)


@pytest.mark.parametrize("path", sorted({path for path, _, _ in EDITS.values()}), ids=lambda path: path.stem)
@pytest.mark.sample(every=9)
def test_alternative_implementations__are_right(path):
    with quiet(0):
        subjects = PAIR.subjects(alternative(path))
        reports = [report for s in subjects for report in judge_subject(s, cases_for(s, 2, 0), CHECKS)]
    assert {(report.function, report.verdict) for report in reports if report.verdict != "pass"} == set()


@pytest.mark.slow
@pytest.mark.parametrize("mutant", SOME, ids=str)
@pytest.mark.sample(every=32)
def test_mistake__is_called_by_its_name_or_by_none(mutant):
    path, was, now = EDITS[str(mutant)]
    found = naming.naming(mutant, naming.edited(mutant.layer, path, was, now), cases=4)
    assert found.verdict in ("fail", "error")
    assert found.outcome in ("right", "among candidates", "not named")


def test_mutants__nearly_all_have_an_edit():
    assert len(EDITS) >= 0.99 * len(MUTANTS)
    assert set(EDITS) <= {str(mutant) for mutant in MUTANTS}
