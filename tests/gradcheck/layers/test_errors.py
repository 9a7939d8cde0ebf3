"""A wrong declaration is refused, with what was expected, what came and what to do."""

import re

import numpy as np
import pytest

from gradcheck import declare_layer, use_layers

IDENTITY = {"reference": lambda x: x * 1.0, "shapes": "x: n d", "arithmetic": "linear", "name": "mine"}


def too_small(x):
    raise ValueError("three entries or more")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"name": None}, "a layer is called '<lambda>'; expected an identifier: pass name='mish'"),
        (
            {"name": "relu"},
            "the suite has a layer relu of its own: choose another name, as in name='my_relu'",
        ),
        (
            {"arithmetic": "lineal"},
            "mine: there is no arithmetic 'lineal' (did you mean linear?); there are linear, ",
        ),
        ({"shapes": "a: n d"}, "mine: the first tensor is called x; got 'a'"),
        (
            {"shapes": "x n d"},
            "mine: shapes name each tensor once, such as 'x: n d, w: d m -> n m'; got 'x n d'",
        ),
        ({"shapes": "x: n, x: d"}, "mine: shapes name each tensor once"),
        ({"shapes": ("n", "d")}, "mine: shapes are a text such as 'x: n d, w: d m -> n m'; got ('n', 'd')"),
        ({"shapes": "x: n, out: n"}, "mine: a tensor cannot be called out, which is a result"),
        (
            {"draw": {"dims": ((2,),)}},
            "mine: draw has values for dims, which are the axes behind ...; shapes has no",
        ),
        ({"shapes": "x: 3"}, "mine: at least one axis has a name"),
        ({"shapes": "x: n 2*d"}, "mine: '2*d' is not an axis; expected a name (n), an extent (3) or ..."),
        ({"shapes": "x: n dims"}, "mine: an axis cannot be called dims, the parameter behind ..."),
        ({"shapes": "x: n d -> n m"}, "mine: no tensor has the output's axis 'm'"),
        (
            {"shapes": "x: n d -> n"},
            "mine: on n1d1 the reference returns the shape (1, 1); the declaration says (1,)",
        ),
        ({"reference": lambda x: None}, "mine: the reference returned None; expected one array of numbers"),
        (
            {"reference": lambda x: (x, x)},
            "mine: the reference returned a tuple of 2; expected one array of numbers",
        ),
        ({"reference": lambda x: x[7]}, "mine: the reference raised IndexError: index 7 is out of bounds"),
        (
            {"reference": too_small},
            "mine: the reference refuses the smallest case that is declared, n1d1: three entries or more; restrict "
            "what is drawn, as in draw={'d': range(2, 6)}",
        ),
        (
            {"reference": lambda x, y: x},
            "mine: the reference is called as mine(x), which it does not accept: missing ",
        ),
        (
            {"draw": {"slope": (1, 2)}},
            "mine: the reference is called as mine(x, slope=...), which it does not accept",
        ),
        (
            {"draw": {"d": 3}},
            "mine: draw has 3 for d; expected the values to draw from, such as (1, 2, 4) or range(1",
        ),
        ({"draw": {"d": (0, 1)}}, "mine: draw has 0 among the values of d; expected extents of at least 1"),
        (
            {"draw": {"way": (None,)}},
            "mine: draw has None among the values of way; expected numbers, True, False or ",
        ),
        ({"numbers": {"w": "integers"}}, "mine: numbers names 'w'; the tensors are x"),
        ({"numbers": {"x": "large"}}, "mine: numbers has 'large' for x; expected (low, high), 'integers', "),
        ({"numbers": {"x": "below c"}}, "mine: numbers has 'below c' for x; no parameter is called c"),
        (
            {"numbers": {"x": "below d"}},
            "mine: no tensor has a gradient; expected at least one of a floating dtype",
        ),
        (
            {"numbers": {"x": lambda rng, shape: rng.random(2)}},
            "mine: the numbers of x have shape (2,) and dtype",
        ),
        (
            {"numbers": {"x": (0.1, 0.9)}},
            "mine: on n1d1 the numbers or the results of the reference are not integers",
        ),
        ({"unit": "m"}, "mine: there is no axis 'm'; there are n, d"),
        ({"fills": ["zero"]}, "mine: fills names 'zero'; expected some of ties, nan, inf, large"),
        ({"fills": ["ties"]}, "mine: fills has ties; only a piecewise linear layer ('winner') has ties in x"),
        ({"differentiable": ["w"]}, "mine: differentiable names 'w'; expected some of x"),
        ({"second": lambda x: x + 1}, "mine: on n1d1 the second implementation differs from the reference"),
        (
            {"backward": lambda dout, x: dout * 2},
            "mine: on n1d1 the backward of the reference does not return the",
        ),
    ],
)
def test_wrong_declaration__is_refused(changed, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        declare_layer(**{**IDENTITY, **changed})


@pytest.mark.parametrize(
    ("reference", "arithmetic", "message"),
    [
        (lambda x: x * x, "linear", "on n1d1 the reference is not straight in x: it is not linear"),
        (np.abs, "linear", "the reference is not straight in x: it is not linear"),
        (lambda x: 0.1 * x, "linear", "the results of the reference are not integers, even times the unit"),
        (
            lambda x: x.mean(axis=1),
            "linear",
            "the results of the reference are not integers, even times the unit",
        ),
        (
            lambda x: x**3,
            "quadratic",
            "the reference is no polynomial of degree two in x: it is not quadratic",
        ),
        (
            lambda x: np.clip(x, -1, 1),
            "winner",
            " is within a step of a tie or a kink of the reference; draw numbers away from it",
        ),
        (
            np.log,
            "smooth",
            "the reference is not finite at x = -2.002, where differences reach: narrow the range, as in numbers=",
        ),
        (lambda x: x + np.random.rand(), "smooth", "the reference gives two results for the same call"),
        (lambda x: x * 1j, "smooth", "the reference returns complex numbers for real ones"),
    ],
)
def test_reference_that_is_not_as_declared__is_refused(reference, arithmetic, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        declare_layer(reference, "x: n d", arithmetic, name="mine")


def test_range_up_to_the_end_of_the_domain__is_refused():
    with pytest.raises(
        ValueError, match=r"not finite at x = -0\.0\d+, where differences reach: narrow the range"
    ):
        declare_layer(np.sqrt, "x: n d", "smooth", name="root", numbers={"x": (0.0, 1.0)})


def test_ties_that_are_not_those_of_a_maximum__are_refused():
    with pytest.raises(ValueError, match="ties are not those of a maximum: leave 'ties' out of fills"):
        declare_layer(lambda x: np.abs(x).sum(axis=1), "x: n d", "winner", name="norm", fills=("ties",))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1", "{path} declares no layer; expected one at its top level: MISH = declare_layer("),
        (
            "import nowhere",
            "importing the layers of {path} failed: ModuleNotFoundError: No module named 'nowhere'",
        ),
        (
            "from gradcheck import declare_layer\nA = declare_layer(max, 'x: n', 'linear')",
            "importing the layers of {path} failed: max: ",
        ),
    ],
)
def test_file_without_a_layer__is_refused(tmp_path, code, message):
    path = tmp_path / "layers.py"
    path.write_text(code)
    with pytest.raises(ValueError, match=f"^{re.escape(message.format(path=path))}"):
        use_layers(path)


def test_missing_file__is_refused():
    with pytest.raises(ValueError, match=r"there is no file 'gone\.py' with layers"):
        use_layers("gone.py")


def test_name_that_another_file_has_taken__is_refused(tmp_path):
    code = "from gradcheck import declare_layer\nA = declare_layer(lambda x: 2 * x, 'x: n', 'linear', name='twice')"
    paths = [tmp_path / "one.py", tmp_path / "two.py"]
    for path in paths:
        path.write_text(code)
    use_layers(paths[0])
    use_layers(paths[0])  # the same file again is the same layer
    with pytest.raises(ValueError, match=r"has a name that is taken, by .*one\.py: choose another name"):
        use_layers(paths[1])
