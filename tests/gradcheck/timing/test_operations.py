import pytest

from gradcheck.contract import parse_case
from gradcheck.layers import LAYERS
from gradcheck.timing.contender import operations, traffic


def case(line):
    return parse_case(line, LAYERS)


@pytest.mark.parametrize(
    ("line", "products"),
    [
        ("conv2d n2c6h5w7_f4kh3kw2_s1x1_p0x0_d1x1_g1", 2 * 4 * (3 * 6) * (6 * 3 * 2)),
        ("conv2d n2c6h5w7_f4kh3kw2_s1x1_p0x0_d1x1_g2_bnone", 2 * 4 * (3 * 6) * (3 * 3 * 2)),
        ("conv_transpose2d n2c6h5w7_f4kh3kw2_s2x2_p0x0_d1x1_o0x0_g2", 2 * 6 * (5 * 7) * (2 * 3 * 2)),
        ("affine n3d4x5_m7", 3 * 20 * 7),
    ],
)
def test_work__counts_a_product_twice_and_two_products_for_backward(line, products):
    assert operations(case(line), "forward") == 2 * products
    assert operations(case(line), "backward") == 4 * products


def test_work__is_not_counted_for_layers_without_products():
    assert operations(case("relu n2d3"), "forward") is None


def test_work__moves_every_tensor_once():
    line = "conv2d n1c2h4w4_f3kh3kw3_s1x1_p0x0_d1x1_g1"
    x, w, b, out = 32, 54, 3, 12
    assert traffic(case(line), "forward") == 8 * (x + w + b + out)
    assert traffic(case(f"{line} float32"), "backward") == 4 * (2 * (x + w + b) + out)
