"""A failure as pytest shows it: short, in plain words, without the suite's own source."""

import re

import numpy as np
import pytest

from gradcheck import GradientError, check_gradients
from gradcheck.functions.findings import in_plain_words, rows

HEAD = """
import numpy as np
from gradcheck import check_gradients

RNG = np.random.default_rng(0)
"""


def shown(pytester, body):
    pytester.makepyfile(HEAD + body)
    run = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-q")
    run.assert_outcomes(failed=1)
    return run.stdout.str()


def test_failure__is_the_finding_without_the_suite_s_source(pytester):
    text = shown(
        pytester,
        """
def test_squares():
    def backward(dout, x):
        dx = 2 * x * dout
        dx[:, 1:7] *= 1.1
        return dx

    check_gradients(lambda x: (x**2, x), backward, x=RNG.standard_normal((5, 9)))
""",
    )
    lines = re.findall(r"^E\s+(.*)$", text, flags=re.M)
    assert len(lines) <= 12
    assert lines[0].endswith("GradientError: backward    FAIL")
    assert re.match(r"dx\[\d, \d\]: yours \S+, expected \S+ \(error bound \S+\)$", lines[1])
    assert lines[2] == "wrong at  rows 1 to 6 of axis 1"
    assert re.match(r"smaller   with row \d of x alone it still fails: dx\[0, \d\]: yours ", lines[3])
    assert "gradcheck/functions" not in text
    assert "during handling" not in text.lower()


def test_failure__of_many_inputs_has_twelve_lines_at_most(pytester):
    text = shown(
        pytester,
        """
def test_sums():
    inputs = {f"x{i}": (i + 1.0) * np.ones((3, 2)) for i in range(8)}
    check_gradients(
        lambda **k: sum(v**2 for v in k.values()), lambda d, *v: tuple(3 * d * x for x in v), inputs=inputs
    )
""",
    )
    lines = re.findall(r"^E\s+(.*)$", text, flags=re.M)
    assert 8 <= len(lines) <= 12
    assert any(line.startswith("and ") and "report.findings" in line for line in lines)


@pytest.mark.parametrize("option", ["dout=np.ones(4)", "wrt='w'", "order=2", "outputs=5"])
def test_wrong_call__shows_no_source_of_the_suite(pytester, option):
    text = shown(
        pytester,
        f"""
def test_call():
    check_gradients(lambda x: x**2, lambda dout, x: 2 * x * dout, x=np.ones(3), {option})
""",
    )
    assert "E       ValueError: check_gradients: " in text
    assert "gradcheck/functions" not in text


def test_exception_of_backward__shows_the_caller_s_lines_only(pytester):
    text = shown(
        pytester,
        """
def test_call():
    def backward(dout, x):
        raise RuntimeError("boom")

    check_gradients(lambda x: x**2, backward, x=np.ones(3))
""",
    )
    assert 'raise RuntimeError("boom")' in text
    assert "gradcheck/functions" not in text


# The smallest part that still fails.


def message_of(*args, **kwargs):
    with pytest.raises(GradientError) as caught:
        check_gradients(*args, **kwargs)
    return str(caught.value)


def test_failure__is_reduced_to_the_row_that_is_wrong():
    x = np.linspace(1.0, 2.0, 24).reshape(8, 3)
    x[5] *= -1

    def backward(dout, x):
        return np.where(x < 0, 3, 2) * x * dout

    told = message_of(lambda x: (x**2, x), backward, x=x)
    assert "wrong at  row 5 of axis 0" in told
    assert "smaller   with row 5 of x alone it still fails: dx[0, " in told


def test_failure__of_a_weight_is_reduced_with_labels_and_inputs_together():
    x, w, labels = np.ones((8, 3)), np.arange(6.0).reshape(3, 2) + 1, np.zeros(8, int)
    labels[6] = 1

    def forward(x, w, labels):
        return (x @ w)[np.arange(len(x)), labels]

    def backward(dout, x, w, labels):
        full = np.zeros((len(x), 2))
        full[np.arange(len(x)), labels] = dout
        dw = x.T @ full
        return full @ w.T, dw * [1, 2]

    told = message_of(forward, backward, x=x, w=w, labels=labels)
    assert "wrong at  row 1 of axis 1" in told
    assert "smaller   with row 6 of x and labels alone it still fails: dw[" in told


def test_failure__that_needs_the_whole_batch_is_not_reduced():
    def backward(dout, x):
        return dout - dout.mean(0) * (1.1 if len(x) == 8 else 1.0)

    told = message_of(lambda x: x - x.mean(0), backward, x=np.random.default_rng(0).standard_normal((8, 3)))
    assert "smaller" not in told


def test_large_tensor__has_the_place_within_a_slice():
    def backward(dout, x):
        dx = 2 * x * dout
        dx[:, :, 1:7] *= 1.1
        return dx

    x = np.random.default_rng(0).standard_normal((12, 3, 9, 2))
    told = message_of(lambda x: (x**2, x), backward, x=x)
    assert "rows 1 to 6 of axis 2" in told


# Places in words.


@pytest.mark.parametrize(
    ("where", "name", "axes", "words"),
    [
        ("features 2..2, every unit", "w", 2, "row 2 of axis 0"),
        ("rows 1..6, every sample, every channel, every column", "x", 4, "rows 1 to 6 of axis 2"),
        ("entries 0..8 in steps of 2", "x", 1, "rows 0 to 8 in steps of 2 of axis 0"),
        ("samples 1, 4, 6, features 2..3", "x", 2, "rows 1, 4 and 6 of axis 0, rows 2 to 3 of axis 1"),
        ("axis 0s 1..2, every axis 1, every axis 2", "v", 3, "rows 1 to 2 of axis 0"),
        ("everywhere", "x", 2, "everywhere"),
        ("7 of 12 entries, spread along every axis", "x", 2, "7 of 12 entries, spread along every axis"),
        ("the value", "x", 0, "the value"),
    ],
)
def test_place__has_the_numbers_of_the_axes(where, name, axes, words):
    assert in_plain_words(where, name, axes) == words


def test_rows__are_not_all_listed():
    assert rows("1, 3, 4, 8, 9, 12, 17") == "7 rows from 1 to 17"
