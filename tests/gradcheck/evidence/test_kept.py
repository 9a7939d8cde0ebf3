"""What is kept between submissions changes no result, and stays within its limit."""

import numpy as np
import pytest

from gradcheck.evidence import kept
from gradcheck.evidence.kept import Kept, digest, of_params, size_of
from gradcheck.evidence.reference import Reference
from gradcheck.layers import BY_NAME


@pytest.fixture
def keeping():
    kept.keep(2**24)
    yield
    kept.keep(0)


def made(calls, value):
    def make():
        calls.append(value)
        return value

    return make


def test_kept__gives_up_what_was_not_used_for_the_longest_time():
    store, calls = Kept(10 * 9000), []
    for number in range(9):
        store.get(number, made(calls, np.zeros(1000)))
        store.get(0, made(calls, np.zeros(1000)))
    assert len(calls) == 9
    for number in range(9, 20):
        store.get(number, made(calls, np.zeros(1000)))
        store.get(0, made(calls, np.zeros(1000)))
    assert len(calls) == 20
    assert store.size <= store.most
    store.get(1, made(calls, np.zeros(1000)))
    assert len(calls) == 21


def test_kept__does_not_keep_what_is_too_large_or_an_exception():
    store, calls = Kept(9000), []
    for _ in range(2):
        store.get("large", made(calls, np.zeros(1000)))
        with pytest.raises(ZeroDivisionError):
            store.get("wrong", lambda: 1 / 0)
    assert len(calls) == 2
    assert store.size == 0


def test_kept_array__cannot_be_changed(keeping):
    found = kept.once(lambda: "key", lambda: (np.zeros(3), {"x": np.zeros(2)}))
    for array in (found[0], found[1]["x"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_once__makes_anew_where_nothing_is_kept_or_there_is_no_key(keeping):
    calls = []
    for _ in range(2):
        kept.once(lambda: None, made(calls, 1))
    kept.keep(0)
    for _ in range(2):
        kept.once(lambda: "key", made(calls, 1))
    assert len(calls) == 4


def test_digest__differs_for_every_difference():
    values = np.arange(6.0)
    others = [values.astype("f4"), values.reshape(2, 3), values + 1e-300, -values, values[::-1], values[:0]]
    found = {digest(each) for each in (values, *others)}
    assert len(found) == 1 + len(others)
    assert digest(np.arange(12.0)[::2]) == digest(np.arange(12.0)[::2].copy())
    assert digest(np.array([0.0])) != digest(np.array([-0.0]))


def test_of_params__tells_equal_values_of_other_types_apart():
    assert of_params({"n": 1}) != of_params({"n": 1.0}) != of_params({"n": True})
    assert of_params({"n": [1]}) is None


def test_size_of__counts_arrays_in_objects():
    assert 8000 <= size_of({"a": (np.zeros(1000),)}) < 9000


@pytest.mark.parametrize("name", ["conv2d", "batch_norm", "max_pool2d", "softmax_loss"])
def test_reference__has_the_same_results_where_they_are_kept(name):
    layer = BY_NAME[name]

    def results():
        found = []
        for seed in (1, 2, 1):
            case = layer.case(layer.cases.battery[0], seed=seed)
            tensors = layer.numbers.fill(case, np.random.default_rng(seed))
            reference = Reference(layer, layer.ours.fast, case.params, tensors)
            dout = np.ones(case.output_shape)
            x = reference.tensors["x"]
            found += [reference.here[0], reference.gradients(dout)["x"], reference.kept_of("x")(x + 1)]
            slope = reference.slope({"x": np.ones_like(x)}, dout)
            found.append(np.array([slope.value, slope.bound]))
        return [each.tobytes() for each in found]

    plain = results()
    kept.keep(2**24)
    try:
        assert [results(), results()] == [plain, plain]
    finally:
        kept.keep(0)
    assert plain[:4] == plain[8:]
    assert plain[0] != plain[4]


def test_tensors_of_a_case__stay_writable(keeping):
    layer = BY_NAME["softmax_loss"]
    case = layer.case(layer.cases.battery[0])
    tensors = layer.numbers.fill(case, np.random.default_rng(0))
    reference = Reference(layer, layer.ours.fast, case.params, tensors)
    reference.gradients(np.ones(case.output_shape))
    assert all(values.flags.writeable for values in tensors.values())
