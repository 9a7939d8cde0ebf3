import pytest

from gradcheck import LAYERS, parse_case
from gradcheck.contract import Case
from gradcheck.layers.drawn import random_cases


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_case__is_rebuilt_from_its_line(layer):
    source = random_cases(layer, 5)
    for _ in range(30):
        case = next(source).but(dtype="float32", fill="nan")
        assert parse_case(str(case), LAYERS) == case


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_fixed_geometries__read_as_they_are_written(layer):
    for geometry in (*layer.cases.battery, layer.cases.tiny, *layer.cases.impossible):
        assert layer.cases.grammar.write(layer.cases.grammar.read(geometry)) == geometry


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_battery__is_possible_and_the_impossible_geometries_are_not(layer):
    flaws = [layer.case(geometry).flaw for geometry in (*layer.cases.battery, layer.cases.tiny)]
    assert set(flaws) == {None}
    assert all(layer.case(geometry).flaw for geometry in layer.cases.impossible)


def test_case_line_of_the_documentation__is_read():
    line = "conv2d n2c3h5w7_f4kh3kw2_s2x1_p1-2x0_d1x1_g1 float64 seed=17"
    case = parse_case(line, LAYERS)
    assert str(case) == line
    assert case.params["pad"] == ((1, 2), (0, 0))
    assert case.params["stride"] == (2, 1)
    assert case.params["bias"] == "shared"
    assert case.size == 2 * 3 * 5 * 7 + 4 * 3 * 3 * 2 + 4


def test_case_line__has_defaults_for_what_it_leaves_out():
    case = parse_case("relu n2d3", LAYERS)
    assert (case.dtype, case.fill, case.seed) == ("float64", "plain", 0)
    assert case == Case(case.layer, {"n": 2, "dims": (3,)})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "a case line begins with a layer and its geometry; got ''"),
        ("relu", "a case line begins with a layer and its geometry; got 'relu'"),
        ("rely n2d3", "a case line begins with a layer and its geometry; got 'rely n2d3'"),
        ("relu n2c3", "the geometry 'n2c3' does not have the form n{n}d{dims}"),
        ("relu n2d3 float63", "'float63' is not a dtype"),
        ("relu n2d3 fill=odd", "'fill=odd' is not a dtype"),
        ("relu n2d3 seed=-1", "'seed=-1' is not a dtype"),
    ],
)
def test_invalid_case_line__is_refused(line, message):
    with pytest.raises(ValueError, match="^" + message.replace("{", r"\{").replace("(", r"\(")):
        parse_case(line, LAYERS)
