from pathlib import Path

import pytest

from gradcheck import Plan, verify

DATA = Path(__file__).parents[3] / "data" / "cache_dict"
WRONG = {
    "conv_backward": {"dx"},
    "max_pool_backward": {"dx"},
    "mean_pool_backward": {"dx"},
    "fc": {"out"},
    "fc_backward": {"db"},
}


def target_of(name, **plan):
    (target,) = verify([str(DATA / name)], Plan(**{"hint": "mistake"} | plan)).targets
    return target


@pytest.mark.parametrize("name", ["loops.py", "left_in_the_dict.py"])
@pytest.mark.sample(1)
def test_right_file__passes_in_every_part(name):
    target = target_of(name, cases=8)
    assert target.dialect == "cache-dict"
    assert {part.function: part.findings for part in target.parts if part.verdict != "pass"} == {}


def test_functions_of_the_assignments__are_all_known():
    functions = [part.function for part in target_of("loops.py", cases=0, checks=("implemented",)).parts]
    assert functions == [
        *("conv_fun", "conv_backward", "max_pool_forward", "max_pool_backward"),
        *("mean_pool_forward", "mean_pool_backward", "Relu", "relu_backward", "fc", "fc_backward"),
        *("softmax_loss", "softmax_loss"),
    ]


@pytest.mark.slow
def test_wrong_file__is_wrong_exactly_where_its_mistakes_are():
    parts = target_of("wrong.py", cases=2).parts
    faults = {
        part.function: {finding.tensor for finding in part.findings if finding.severity == "fault"}
        for part in parts
        if part.verdict != "pass"
    }
    assert faults == WRONG
    assert {part.verdict for part in parts} == {"pass", "fail"}


def test_stubs_are_missing():
    target = target_of("stubs.py", cases=2)
    assert target.error == "there are only stubs in it"
    assert {part.verdict for part in target.parts} == {"missing"}


@pytest.mark.slow
def test_conventions_are_notes():
    notes = {
        (part.function, finding.check)
        for part in target_of("loops.py", cases=0).parts
        for finding in part.findings
    }
    assert {("fc_backward", "shapes"), ("relu_backward", "unchanged"), ("max_pool_backward", "ties")} <= notes


@pytest.mark.slow
def test_backward_is_judged_where_forward_is_not_written(tmp_path):
    source = (DATA / "wrong.py").read_text().replace("def conv_fun", "def other")
    (tmp_path / "half.py").write_text(source)
    parts = {part.function: part for part in target_of(tmp_path / "half.py", cases=0).parts}
    assert parts["conv_fun"].verdict == "missing"
    assert parts["conv_backward"].verdict == "inconclusive"
    assert parts["fc_backward"].verdict == "fail"
