import pytest

from gradcheck.kernels.benchdnn import is_benchdnn, line_of
from gradcheck.kernels.problems import ProblemError, of_line, read


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("ic64ih56oc64oh56kh3ph1", "conv2d n2c64h56w56_f64kh3kw3_s1x1_p1x1_d1x1_g1 out=56x56"),
        (
            'mb1_ic3ih224iw224_oc64oh112ow112_kh7kw7sh2sw2ph3pw3_n"resnet:conv1"',
            "conv2d n1c3h224w224_f64kh7kw7_s2x2_p3x3_d1x1_g1 out=112x112",
        ),
        ("g32mb2ic32ih112oc32oh56kh3sh2ph1", "conv2d n2c32h112w112_f32kh3kw3_s2x2_p1x1_d1x1_g32 out=56x56"),
        ("ic4ih9iw7oc2oh5ow6kh3kw2dh1dw0", "conv2d n2c4h9w7_f2kh3kw2_s1x1_p0x0_d2x1_g1 out=5x6"),
        ("mb1ic1ih4oc1oh4kh2ph0", "conv2d n1c1h4w4_f1kh2kw2_s1x1_p0-1x0-1_d1x1_g1 out=4x4"),
        ("ic16ih8oc16kh3ph1", "conv2d n2c16h8w8_f16kh3kw3_s1x1_p1x1_d1x1_g1 out=8x8"),
    ],
)
def test_benchdnn_problem__reads_as_one_of_ours(text, line):
    assert is_benchdnn([text])
    assert line_of(text) == line
    assert f"conv2d {of_line(text).geometry}" == line.partition(" out=")[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ic3id8ih8oc4kh3", "there is no id in a two-dimensional convolution"),
        ("ic3ih8oc4", "kh is missing"),
        ("ic3ih8oc4oh5kh3", "it gives 6x6"),
    ],
)
def test_invalid_benchdnn_problem__is_refused(text, why):
    with pytest.raises(ProblemError, match=why):
        of_line(text)


def test_benchdnn_batch_file__is_read(tmp_path):
    path = tmp_path / "shapes_mine"
    path.write_text('--reset\n# mine\nic64ih56oc64oh56kh3ph1n"a"\n--mb=2 ic64ih56oc32oh56kh1ph0\n')
    assert [problem.case.params["f"] for problem in read(path)] == [64, 32]


def test_our_own_lines_are_none_of_benchdnn_s():
    assert not is_benchdnn(["conv2d", "n2c64h56w56_f64kh3kw3_s1x1_p1x1_d1x1_g1"])
