import pytest

from gradcheck.checks.ties import MOST_NUMBERS, TIES
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
    assert [case.geometry for case in derived] == asked
    assert derived[0].size <= MOST_NUMBERS or len(derived) == 1
    assert all(TIES.asks(case) for case in derived)
