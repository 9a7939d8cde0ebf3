"""Names that are nearly the ones a dialect looks for are listed, with the name that is meant."""

from pathlib import Path

import pytest

from gradcheck import verify
from gradcheck.subjects.dialects import DIALECTS
from gradcheck.subjects.dialects.near import near_misses

KNOWN = [name for dialect in DIALECTS for name in dialect.names]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Affine_Forward", "affine_forward"),
        ("affine_foward", "affine_forward"),
        ("affineForward", "affine_forward"),
        ("conv2d_Forward", "conv2d_forward"),
        ("batchnorm_fwd", "batchnorm_forward"),
        ("BatchNormForward", "batchnorm_forward"),
        ("layer_norm_froward", "layer_norm_forward"),
        ("maxpool_forward_naive", "max_pool_forward_naive"),
        ("relu_bwd", "relu_backward"),
        ("backward_relu", "relu_backward"),
        ("ReLU", "Relu"),
    ],
)
def test_near_miss__is_listed_with_the_name_that_is_meant(name: str, meant: str) -> None:
    assert near_misses([name], KNOWN) == [(name, meant)]


@pytest.mark.parametrize(
    "name",
    [
        "affine_relu_forward",
        "conv1d_forward",
        "gelu_forward",
        "linear_forward",
        "forward",
        "relu",
        "_conv2d",
        "convolutions",
        "rel_error",
        "train",
        "_",
    ],
)
def test_other_function__is_no_near_miss(name: str) -> None:
    assert near_misses([name], KNOWN) == []


def test_near_miss_of_a_name_that_is_defined__is_left_out() -> None:
    assert near_misses(["affine_forward", "affine_foward"], KNOWN) == []


def test_file_of_near_misses__is_reported_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "layers.py"
    path.write_text(
        "\n\ndef affine_foward(x, w, b):\n    pass\n\n\ndef affine_bakward(dout, cache):\n    pass\n"
    )
    (target,) = verify([str(path)]).targets
    assert target.error is not None
    assert target.error.startswith(
        "nothing in it that any dialect knows. affine_foward (line 3): did you mean affine_forward? "
        "affine_bakward (line 7): did you mean affine_backward? Looked for: cs231n: "
    )


def test_near_miss_next_to_known_functions__is_a_note(tmp_path: Path) -> None:
    path = tmp_path / "layers.py"
    path.write_text(
        "def relu_forward(x):\n    return x * (x > 0), x\n\n\ndef relu_bakward(dout, cache):\n    pass\n"
    )
    (target,) = verify([str(path)]).targets
    assert target.notes == ("relu_bakward (line 5): did you mean relu_backward?",)
