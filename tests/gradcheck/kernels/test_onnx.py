"""ONNX Runtime: the operator, a model, a session."""

import runpy
from pathlib import Path

import pytest

pytest.importorskip("onnxruntime", reason='ONNX Runtime is an extra: pip install -e ".[peers]"')
pytest.importorskip("onnx", reason='ONNX is an extra: pip install -e ".[peers]"')

MODELS = Path(__file__).with_name("onnx_models.py")
SMALL = "conv2d n2c4h6w7_f6kh3kw2_s2x1_p1-2x0_d1x2_g2"
OTHER = "conv2d n2c4h6w7_f6kh3kw2_s1x1_p1-2x0_d1x2_g2"


@pytest.mark.parametrize(("operator", "dtype"), [("Conv", "float32"), ("ConvInteger", "int8")])
def test_onnx_operator__passes(kernel, operator, dtype):
    result = kernel(f"onnxruntime:{operator}", "--problem", SMALL, "--dtype", dtype, "--strict")
    assert result.exit_code == 0, result.stdout
    assert "1 pass; ONNX Runtime " in result.stdout


def test_onnx_session__is_judged_by_its_results(findings):
    assert findings(f"{MODELS}:session", "--problem", SMALL) == set()
    assert ("exact", "out", "fail") in findings(f"{MODELS}:swapped_pads", "--problem", SMALL)


def test_onnx_model__is_asked_for_its_own_geometry_only(judged, tmp_path):
    members = runpy.run_path(str(MODELS))
    path = tmp_path / "right.onnx"
    path.write_bytes(members["model"](members["PARAMS"]))
    assert judged(path, "--problem", SMALL)["verdict"] == "pass"
    (problem,) = judged(path, "--problem", OTHER)["problems"]
    assert problem["outcomes"][0]["reason"] == "the model's convolution has another geometry"


def test_onnx_model_with_weights__is_judged_with_others(judged, kernel, tmp_path):
    members = runpy.run_path(str(MODELS))
    path = tmp_path / "closed.onnx"
    path.write_bytes(members["closed"](members["PARAMS"]))
    assert kernel(path, "--problem", SMALL, "--strict").exit_code == 0
    (problem,) = judged(path, "--problem", SMALL, "--batch", 1)["problems"]
    assert problem["outcomes"][0]["reason"] == "its input x is 2x4x6x7"
    (problem,) = judged(path, "--problem", SMALL, "--dtype", "float16")["problems"]
    assert problem["outcomes"][0]["reason"] == "its input x is of float"


def test_onnx_model_without_a_convolution__is_reported(kernel, tmp_path):
    assert "there is no model 'absent.onnx'" in kernel("absent.onnx", "--problem", SMALL).stderr
    text = tmp_path / "text.onnx"
    text.write_text("no model")
    assert "is no ONNX model" in kernel(text, "--problem", SMALL).stderr
    assert "ONNX has no operator 'Pool'" in kernel("onnxruntime:Pool", "--problem", SMALL).stderr
