import pytest

from gradcheck.text import unknown


@pytest.mark.parametrize(
    ("name", "guess"),
    [("conv", " (did you mean conv2d?)"), ("Conv2D", " (did you mean conv2d?)"), ("xyz", ""), ("", "")],
)
def test_unknown__guesses_what_is_meant_and_lists_what_there_is(name, guess):
    assert unknown("layer", name, ("affine", "conv2d")) == (
        f"there is no layer {name!r}{guess}; there are affine, conv2d"
    )
