"""docs/check-gradients.md: its examples run, and its tables have every option and check."""

import inspect
import re
from pathlib import Path

import pytest

from gradcheck import check_gradients
from gradcheck.functions.findings import CHECKED

PAGE = (Path(__file__).parents[3] / "docs" / "check-gradients.md").read_text()


def test_examples__run():
    pytest.importorskip("torch", reason='torch is an extra: pip install -e ".[peers]"')
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.S | re.M))
    exec(compile(code, "docs/check-gradients.md", "exec"), {})


def test_page__names_every_option_and_every_check():
    options = [
        name
        for name, each in inspect.signature(check_gradients).parameters.items()
        if each.kind is each.KEYWORD_ONLY and name != "seed"
    ]
    assert [name for name in options if f"{name}=" not in PAGE and f"`{name}`" not in PAGE] == []
    assert [check for check in CHECKED if check != "gradient" and f"| `{check}` |" not in PAGE] == []


@pytest.mark.parametrize("function", ["gradcheck", "gradgradcheck"])
def test_page__has_every_flag_of_torch(function):
    torch = pytest.importorskip("torch", reason='torch is an extra: pip install -e ".[peers]"')
    flags = inspect.signature(getattr(torch.autograd, function)).parameters
    assert [flag for flag in flags if f"`{flag}`" not in PAGE] == []


def test_page__has_every_flag_of_jax():
    jax = pytest.importorskip("jax.test_util", reason='jax is an extra: pip install -e ".[peers]"')
    flags = inspect.signature(jax.check_grads).parameters
    assert [flag for flag in flags if f"`{flag}`" not in PAGE] == []
