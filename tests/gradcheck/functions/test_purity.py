"""Equal calls, memory layouts, and arguments that are changed: faults or notes as `gradcheck verify` has them."""

import numpy as np
import pytest

from gradcheck import GradientError, check_gradients

X = np.random.default_rng(0).standard_normal((4, 3))
FACTORS = np.arange(12.0).reshape(4, 3)


def notes(*args, **kwargs):
    report = check_gradients(*args, **kwargs)
    assert report.verdict == "pass"
    return {(finding.check, finding.message) for finding in report.findings}


def message_of(*args, **kwargs):
    with pytest.raises(GradientError) as caught:
        check_gradients(*args, **kwargs)
    return str(caught.value)


def test_layout__a_backward_that_reads_memory_in_order_fails():
    def backward(dout, x):
        return dout.ravel(order="K").reshape(x.shape) * FACTORS

    told = message_of(lambda x: x * FACTORS, backward, x=X)
    assert "dx is another one when dout is Fortran-ordered, with the same numbers" in told


def test_layout__a_backward_that_needs_a_contiguous_dout_fails():
    def backward(dout, x):
        if not dout.flags.c_contiguous:
            raise ValueError("not contiguous")
        return dout * FACTORS

    told = message_of(lambda x: x * FACTORS, backward, x=X)
    assert "fails when dout is broadcast (stride 0): not contiguous" in told


def test_layout__sums_in_another_order_are_right():
    x = np.random.default_rng(1).standard_normal((50, 40)).astype(np.float32)

    def backward(dout, x):
        return dout * FACTORS[3, 2] + dout.sum()

    def forward(x):
        return x * FACTORS[3, 2] + x.sum()

    assert check_gradients(forward, backward, x=x[:4, :3].copy()).verdict == "pass"


def test_dout__changed_in_place_is_a_note():
    def backward(dout, x):
        dout *= 2 * x
        return dout.copy()

    found = notes(lambda x: x**2, backward, x=X)
    assert ("unchanged", "dout is changed in place") in found
    assert any(check == "layout" and "which fails when it is broadcast" in words for check, words in found)


def test_input__changed_by_backward_is_a_fault():
    def backward(dout, x):
        grad = 2 * x * dout
        x += 1
        return grad

    assert "x is changed in place" in message_of(lambda x: x**2, backward, x=X)


def test_labels__changed_in_place_are_a_fault():
    def forward(x, labels):
        labels += 1
        return x**2

    told = message_of(forward, lambda dout, x, labels: 2 * x * dout, x=X, labels=np.arange(3))
    assert told.count("labels is changed in place") == 1


def test_output__changed_by_backward_is_a_note():
    def forward(x):
        out = x**2
        return out, (x, out)

    def backward(dout, cache):
        cache[1][...] = 0
        return 2 * cache[0] * dout

    assert ("unchanged", "backward changes out in place") in notes(forward, backward, x=X)


def test_shared_memory__is_a_note():
    found = notes(lambda x: x.reshape(-1), lambda dout, x: dout.reshape(x.shape), x=X)
    assert ("alias", "out shares its memory with the argument x") in found
    assert ("alias", "dx shares its memory with the argument dout") in found


def test_random_forward__has_no_verdict():
    rng = np.random.default_rng(0)

    def dropout(x):
        mask = rng.random(x.shape) < 0.5
        return x * mask, mask

    told = message_of(dropout, lambda dout, mask: dout * mask, x=X)
    assert "INCONCLUSIVE" in told
    assert (
        "in a second, equal call: a random forward has no derivative (fix its seed or its mask): no verdict"
        in told
    )
    assert "dx" not in told


def test_forward__that_varies_by_rounding_is_not_called_wrong():
    calls = []

    def forward(x):
        calls.append(1)
        return x**2 * (1 + len(calls) % 2 * np.finfo(float).eps)

    def backward(dout, x):
        return 2 * x * dout

    try:
        report = check_gradients(forward, backward, x=X)
    except GradientError as problem:  # no verdict, which is honest as well
        report = problem.report
    words = "out differs by rounding between two equal calls: sums in an order that varies"
    assert words in {finding.message for finding in report.findings}
    assert report.verdict in ("pass", "inconclusive")


def test_second_backward__that_differs_by_rounding_is_a_note():
    calls = []

    def backward(dout, x):
        calls.append(1)
        return 2 * x * dout * (1 + len(calls) % 2 * np.finfo(float).eps)

    words = "dx differs by rounding between two equal calls: sums in an order that varies"
    assert ("repeatable", words) in notes(lambda x: x**2, backward, x=X)


def test_gradient__of_another_dtype_is_a_note():
    found = notes(lambda x: x**2, lambda dout, x: (2.0 * x * dout).astype(np.float64), x=X.astype(np.float32))
    assert ("shapes", "dx has dtype float64; x has float32") in found
