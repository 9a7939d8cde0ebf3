"""Functions of one name are told apart by the modules that define them."""

import pytest

from gradcheck import Plan, verify

RELU = "def relu_forward(x):\n    return x * (x > 0), x\n\n\ndef relu_backward(dout, cache):\n    return dout * {}\n"
RIGHT, WRONG = RELU.format("(cache > 0)"), RELU.format("(cache < 0)")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("anna.py", "ben.py"), ("anna", "ben")),
        (("anna/hw/layers.py", "ben/hw/layers.py"), ("anna.hw.layers", "ben.hw.layers")),
        (("__init__.py", "layers.py"), ("homework", "homework.layers")),
    ],
)
def test_function_of_two_files__is_called_by_the_file_name_too(tmp_path, names, told):
    folder = tmp_path / "homework"
    for name, text in zip(names, (RIGHT, WRONG), strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    report = verify([str(folder)], Plan(cases=0, layers=("relu",)))
    verdicts = {part.function: part.verdict for part in report.parts()}
    first, second = told
    assert verdicts == {
        f"{first}.relu_forward": "pass",
        f"{first}.relu_backward": "pass",
        f"{second}.relu_forward": "pass",
        f"{second}.relu_backward": "fail",
    }


def test_function_of_one_file__keeps_its_name(tmp_path):
    (tmp_path / "anna.py").write_text(RIGHT)
    (tmp_path / "ben.py").write_text("def affine_forward(x, w, b):\n    return None, None\n")
    report = verify([str(tmp_path)], Plan(cases=0, layers=("relu",)))
    assert [part.function for part in report.parts()] == ["relu_forward", "relu_backward"]
