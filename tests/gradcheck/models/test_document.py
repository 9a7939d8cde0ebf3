"""docs/networks.md: its examples run, the failure it shows is what is said, and it has every option."""

import inspect
import re
from pathlib import Path

import pytest

from gradcheck import check_network

PAGE = (Path(__file__).parents[3] / "docs" / "networks.md").read_text()
FENCED = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, flags=re.S | re.M)
BLOCKS = [block for language, block in FENCED if language == "python"]
SHOWN = [block for language, block in FENCED if not language]


def run(blocks):
    space = {}
    exec(compile("\n".join(blocks), "docs/networks.md", "exec", dont_inherit=True), space)
    return space


def plain(text):
    """Return a message without its numbers: their last digits are those of a machine."""
    return re.sub(r"-?\d+\.\d+(e-\d+)?|\d+e-\d+", "#", text)


@pytest.mark.slow
def test_examples__run_and_fail_as_shown():
    blocks = [block for block in BLOCKS if "torch" not in block]
    (shown,) = SHOWN
    assert plain(run(blocks)["message"].strip()) == plain(shown.strip())


@pytest.mark.slow
def test_examples_with_torch__run():
    torch = pytest.importorskip("torch", reason='torch is an extra: pip install -e ".[peers]"')
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        run(BLOCKS)
    finally:
        torch.set_num_threads(threads)


def test_page__names_every_option():
    options = [
        name
        for name, each in inspect.signature(check_network).parameters.items()
        if each.kind is each.KEYWORD_ONLY and name != "seed"
    ]
    assert [name for name in options if f"{name}=" not in PAGE and f"`{name}`" not in PAGE] == []
