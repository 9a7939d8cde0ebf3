"""How far one case travels: the functions of the suite that one check of one part calls."""

import sys
from pathlib import Path

from gradcheck.checks import BY_NAME as CHECKS
from gradcheck.judging.part import start
from gradcheck.layers import BY_NAME
from gradcheck.layers.cases import cases_for
from gradcheck.subjects.dialects.pair import PAIR

SUITE = str(Path(__file__).parents[2] / "gradcheck")
MOST = 99
"""Functions, comprehensions included: what a reader has to follow from the case to the verdict.

One of them asks whether results are exact on this very case. Four are there so that the first backward is remembered
and is that of the first probe: a call less on every case. Six ask whether a grading keeps what the suite has computed.
Three are there because a layer may have several outputs, and five because windows move along one, two or three axes.
"""


def passed(call):
    """Return the functions of the suite that a call enters."""
    found = set()

    def enter(frame, event, argument):
        if event == "call" and frame.f_code.co_filename.startswith(SUITE):
            found.add((frame.f_code.co_filename, frame.f_code.co_firstlineno, frame.f_code.co_name))

    before = sys.getprofile()
    sys.setprofile(enter)
    try:
        call()
    finally:
        sys.setprofile(before)
    return found


def test_gradient_check__of_a_right_conv2d_passes_few_functions():
    pair = BY_NAME["conv2d"].ours.naive
    (subject,) = PAIR.subjects({"conv2d_forward": pair.forward, "conv2d_backward": pair.backward})
    case = cases_for(subject, 0, 0)[0]
    start(subject, "backward", [CHECKS["gradient"]]).judge(case, {})  # what is computed once is there then
    judge = start(subject, "backward", [CHECKS["gradient"]])
    found = passed(lambda: judge.judge(case, {}))
    assert judge.report().verdict == "pass"
    assert 20 < len(found) <= MOST, sorted(found)
