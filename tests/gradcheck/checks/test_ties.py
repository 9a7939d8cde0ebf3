import pytest

from gradcheck.checks import ties
from gradcheck.checks.ties import MOST_NUMBERS, TIES
from gradcheck.contract import Pair, SubjectError
from gradcheck.evidence.trial import Trial
from gradcheck.judging.matrix import subject_of
from gradcheck.layers import BY_NAME

POOL = BY_NAME["max_pool2d"]


@pytest.mark.parametrize(
    ("geometry", "asked"),
    [
        ("n1c2h5w6_k3x2_s1x1_p1x1_d2x2", ["n1c2h5w6_k3x2_s1x1_p1x1_d2x2"]),
        ("n2c2h5w4_k3x2_s2x1_p1x1_d1x1", ["n1c2h5w4_k3x2_s2x1_p1x1_d1x1", "n2c2h5w4_k3x2_s2x1_p1x1_d1x1"]),
        ("n2c3h6w5_k2x2_s1x1_p0x0_d1x1", ["n1c1h6w5_k2x2_s1x1_p0x0_d1x1", "n2c3h6w5_k2x2_s1x1_p0x0_d1x1"]),
        ("n2c2h9w9_k2x2_s1x1_p0x0_d1x1", ["n2c2h9w9_k2x2_s1x1_p0x0_d1x1"]),
    ],
)
def test_ties__are_asked_of_few_numbers_first(geometry, asked):
    derived = list(TIES.derive(POOL.case(geometry)))
    tied = [case.geometry for case in derived if case.fill == "ties"]
    assert tied == asked
    assert derived[0].size <= MOST_NUMBERS or len(tied) == 1
    assert (derived[1].geometry, derived[1].fill) == (asked[0], "blank")
    assert all(TIES.asks(case) for case in derived)


def test_ties__are_not_asked_of_so_many_numbers_that_their_slopes_fill_the_memory():
    assert list(TIES.derive(POOL.case("n2c2h52w52_k2x2_s2x2_p0x0_d1x1"))) == []


def test_ties__ask_the_subject_before_they_compute_what_is_right(monkeypatch):
    monkeypatch.setattr(ties, "_slopes", lambda trial: pytest.fail("the slopes take long"))
    stub = subject_of("relu", Pair(lambda x: None, lambda dout, cache: None))
    case, _ = TIES.derive(BY_NAME["relu"].case("n2d3"))
    with pytest.raises(SubjectError):
        list(ties.ties(Trial(stub, case), "backward"))
