"""Which cases a subject is asked."""

import math
from dataclasses import replace

from gradcheck.contract import Interface
from gradcheck.judging.matrix import subject_of
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import cases_for


def test_case_that_an_interface_makes_far_larger__is_not_asked():
    """An interface whose images are square takes a row of 1,000 numbers for 1,000 x 1,000 x 1,000."""

    def cubed(params):
        return {**params, "dims": (params["dims"][0],) * 3}

    subject = subject_of("affine", BY_NAME["affine"].ours.fast)
    subject = replace(subject, interface=Interface(express=cubed))
    for seed in (0, 3):
        cases = cases_for(subject, None, seed)
        assert len(cases) > cases.fixed
        assert max(math.prod(case.main) for case in cases) < 300_000


def test_cases_of_one_subject__are_chosen_once():
    one, other = (subject_of("relu", BY_NAME["relu"].ours.fast) for _ in range(2))
    few, whole = cases_for(one, 4, 0), cases_for(one, None, 0)
    assert all(each is same for each, same in zip(few, whole, strict=False))
    apart = cases_for(other, None, 0)
    assert list(map(str, apart)) == list(map(str, whole))
    assert all(each is not same for each, same in zip(apart, whole, strict=True))
    assert list(map(str, cases_for(one, None, 1))) != list(map(str, whole))
