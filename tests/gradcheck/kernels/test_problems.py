import pytest

from gradcheck.kernels import problems
from gradcheck.kernels.problems import ProblemError, read

RIGHT = "conv2d n8c64h56w56_f64kh3kw3_s1x1_p1x1_d1x1_g1"


def written(tmp_path, text):
    """Return the path of a file with this text."""
    path = tmp_path / "mine.txt"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("name", "shapes", "layers"),
    [
        ("resnet50", 23, 53),
        ("vgg16", 9, 13),
        ("mobilenet_v1", 9, 9),
        ("mobilenet_v2", 12, 19),
        ("course", 3, 3),
        ("adversarial", 33, 33),
        ("layers", 28, 28),
    ],
)
def test_problem_set__has_as_many_shapes_and_layers_as_its_network(name, shapes, layers):
    found = read(name)
    assert (len(found), sum(problem.count for problem in found)) == (shapes, layers)


def test_problem_sets__all_read():
    assert set(problems.NAMES) == {
        "resnet50",
        "vgg16",
        "mobilenet_v1",
        "mobilenet_v2",
        "course",
        "adversarial",
        "layers",
        "transformer",
        "moe",
        "unet",
    }


def test_mobilenets_are_depthwise():
    groups = [
        (problem.case.params["g"], problem.case.params["c"])
        for name in ("mobilenet_v1", "mobilenet_v2")
        for problem in read(name)
    ]
    assert [g for g, c in groups if g != c] == [1, 1]  # the second one's stem and head


def test_problem__prints_as_its_line():
    problem = read("resnet50")[1]
    assert str(problem) == "conv2d n8c64h56w56_f256kh1kw1_s1x1_p0x0_d1x1_g1"
    assert problem.count == 4
    assert problem.at_batch(2).geometry == "n2c64h56w56_f256kh1kw1_s1x1_p0x0_d1x1_g1"
    assert problem.at_batch(2).count == 4


def test_comments_and_empty_lines_are_no_problems(tmp_path):
    path = written(tmp_path, f"# mine\n\n{RIGHT} out=56x56 count=3  # three times\nrelu n8d64x7x7\n")
    assert [(str(problem), problem.count) for problem in read(path)] == [(RIGHT, 3), ("relu n8d64x7x7", 1)]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"{RIGHT} out=57x56", "out=57x56, but it gives 56x56"),
        (RIGHT, "no out=, but it gives 56x56"),
        ("conv2d n8c3h224w224_f64kh7kw7_s2x2_p3x3_d1x1_g1 out=111x112", "out=111x112, but it gives 112x112"),
        ("conv2d n1c3h5w5_f3kh3kw3_s1x1_p0x0_d1x1_g2 out=3x3", "2 groups do not divide 3 channels"),
        ("conv2d n1c3h5w5_f3kh7kw7_s1x1_p0x0_d1x1_g1 out=0x0", "kernel 7x7 is larger than the padded input"),
        ("conv2d n1c3h5w5_f3kh3kw3_s0x1_p0x0_d1x1_g1 out=3x3", "an extent or a step is 0"),
        ("conv2d n1c3h5w5_f3kh3kw3_s1x1_p0x0_d1x0_g1 out=3x5", "an extent or a step is 0"),
        ("conv2d n0c3h5w5_f3kh3kw3_s1x1_p0x0_d1x1_g1 out=3x3", "an extent or a step is 0"),
        ("relu n8d64x7x7 out=7x7", "out=7x7, but it has no windows"),
        (f"{RIGHT} out=56x56 count=0", "count=0: expected how often"),
        (f"{RIGHT} out=56x56 count=few", "count=few: expected how often"),
        ("conv4d n8 out=1x1", "a case line begins with a layer"),
        ("conv2d n8c64 out=1x1", "does not have the form"),
    ],
)
def test_invalid_line__is_refused_with_its_place(tmp_path, line, why):
    path = written(tmp_path, f"# mine\n{line}\n")
    with pytest.raises(ProblemError, match=r"mine\.txt:2: ") as refused:
        read(path)
    assert why in str(refused.value)


def test_problem__stands_in_a_set_once(tmp_path):
    path = written(tmp_path, f"{RIGHT} out=56x56\n{RIGHT} out=56x56 count=2\n")
    with pytest.raises(ProblemError, match=r"mine\.txt:2: .* stands in line 1 already"):
        read(path)


def test_unknown_set__is_reported_with_the_known_ones(tmp_path):
    with pytest.raises(ProblemError, match="no problems 'resnet51'; there are adversarial, course, "):
        read("resnet51")
    with pytest.raises(ProblemError, match="there are no problems"):
        read(tmp_path)
