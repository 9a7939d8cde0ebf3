"""The problems that cover what a kernel can be called with, whatever its interface lacks."""

import math
from types import SimpleNamespace

import pytest

from gradcheck.contract import Case
from gradcheck.kernels import choosing, dtypes, problems
from gradcheck.kernels.choosing import COVERING, FEATURES, MOST, WHOLE, Asked, covering
from gradcheck.kernels.kernel import KernelError
from gradcheck.kernels.spaces import MOST_PRODUCTS, SPACES
from gradcheck.layers import BY_NAME

DTYPE = dtypes.BY_NAME["float32"]


def lacking(*names):
    """Return a kernel without these hyper-parameters, each of which it takes as neutral."""
    neutral = {"stride": (1, 1), "pad": ((0, 0), (0, 0)), "dilation": (1, 1), "g": 1}

    def skips(case, dtype):
        params = case.params
        if "sides" in names and any(before != after for before, after in params["pad"]):
            return "it takes one padding for both sides"
        return next((f"it takes no {name}" for name in names if params.get(name) != neutral.get(name)), None)

    return SimpleNamespace(target="mine", express=lambda case: case, skips=skips)


def found(kernel, layer="conv2d", **options):
    """Return the parameters of what covers a kernel, in their order."""
    return [each.case.params for each in covering(kernel, BY_NAME[layer], DTYPE, **options)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "names", [(), ("sides",), ("g", "sides"), ("dilation", "g", "sides"), ("stride", "pad")]
)
@pytest.mark.sample(every=3)
def test_covering__has_every_class_that_the_interface_can_express(names):
    kernel, space = lacking(*names), SPACES["conv2d"]
    named = [each for each in problems.battery() if each.case.layer.name == "conv2d"]
    rows = found(kernel, named=named)
    assert not any(kernel.skips(Case(BY_NAME["conv2d"], params), DTYPE) for params in rows)
    rows += [case.params for case in choosing._asked_anyway(kernel, named, DTYPE)]
    drawn = choosing._drawn(space, BY_NAME["conv2d"], 0, None)
    there = [case.params for case in choosing._expressed(kernel, BY_NAME["conv2d"], DTYPE, drawn)]
    single, pairs = (
        [frozenset().union(*(space.classes(params)[which] for params in some)) for some in (rows, there)]
        for which in (0, 1)
    )
    assert len(single[0] & single[1]) > 0.98 * len(single[1])
    assert len(pairs[0] & pairs[1]) > 0.9 * len(pairs[1])


@pytest.mark.parametrize(
    "wanted",
    [
        lambda p: p["g"] > 1 and p["f"] > p["g"] < p["c"],  # several filters and several channels in a group
        lambda p: p["g"] == p["c"] == p["f"] > 1 and p["kh"] == 1 < p["kw"] and p["stride"] == (2, 2),
        lambda p: p["g"] == p["c"] > 1 and p["f"] > p["g"],
        lambda p: p["stride"] != (1, 1) and p["c"] > 16 and p["g"] == 1,
        lambda p: BY_NAME["conv2d"].shapes.output(p)[3] > 100,
        lambda p: BY_NAME["conv2d"].shapes.output(p)[3] in (31, 32, 33),
        lambda p: (p["kh"], p["kw"], p["stride"]) == (7, 7, (2, 2)),
        lambda p: p["n"] > 4,
    ],
)
@pytest.mark.sample(every=3)
def test_covering__has_what_fixed_lists_lost_to_uneven_pads(wanted):
    assert any(map(wanted, found(lacking("sides"))))


@pytest.mark.slow
def test_covering__of_all_layers_is_small_and_legal():
    for name, space in SPACES.items():
        rows = found(lacking(), name)
        assert 20 < len(rows) <= MOST
        assert all(BY_NAME[name].cases.flaw(params) is None for params in rows)
        assert max(map(space.products, rows)) <= MOST_PRODUCTS


@pytest.mark.slow
def test_covering__is_the_same_for_a_seed_and_another_for_another():
    assert found(lacking()) == found(lacking())
    assert found(lacking()) != found(lacking(), seed=1)


@pytest.mark.slow
def test_covering__has_the_wanted_samples_and_leaves_out_what_is_asked_anyway():
    assert {params["n"] for params in found(lacking(), batch=2)} == {2}
    named = [each for each in problems.battery() if each.case.layer.name == "conv2d"]
    rows = covering(lacking(), BY_NAME["conv2d"], DTYPE, named=named)
    assert not {each.geometry for each in rows} & {each.geometry for each in named}


def test_last_problem__has_more_numbers_than_16_bits_count():
    asked = Asked("conv2d", (), covers=True)
    *_, last = asked.problems(lacking(), DTYPE)
    assert math.prod(last.case.shapes["x"]) > 2**16
    assert last.is_brief
    *_, last = asked.problems(lacking(), dtypes.BY_NAME["bfloat16"])
    assert math.prod(last.case.shapes["x"]) < 2**16


@pytest.mark.slow
def test_covering__asks_the_later_rows_for_results_only(judged):
    brief = [each.is_brief for each in covering(lacking(), BY_NAME["conv2d"], DTYPE)]
    assert brief == [number >= WHOLE for number in range(len(brief))]
    last = judged("conv2d", "--problems", COVERING)["problems"][-1]
    assert [each["check"] for each in last["outcomes"]] == ["exact", "operands", "reals"]
    alone = judged("conv2d", "--problem", last["problem"])["problems"][0]
    assert len(alone["outcomes"]) > 10


def test_features__each_have_a_geometry_without_them():
    plain = {"pad": ((0, 0), (0, 0)), "stride": (1, 1), "dilation": (1, 1), "g": 1, "output_pad": (0, 0)}
    for feature in FEATURES:
        params = plain | dict(feature.example)
        assert params | dict(feature.without(params)) != params


def test_kernel_without_any_call__is_refused():
    kernel = SimpleNamespace(target="mine", express=lambda case: case, skips=lambda case, dtype: "never")
    with pytest.raises(KernelError, match="mine has no call for any problem of the set covering"):
        Asked("conv2d", (), covers=True).problems(kernel, DTYPE)


@pytest.mark.parametrize("apart", [False, True])
def test_covering_set__is_chosen_where_the_kernel_is(judged, apart):
    report = judged("without_groups", "--problems", COVERING, "--check", "exact", apart=apart)
    assert {each["verdict"] for each in report["problems"]} == {"pass"}
    assert all("_d1x1_g1" in each["problem"] for each in report["problems"])
