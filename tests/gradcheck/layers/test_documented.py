"""docs/layers.md and the README do what they say."""

import inspect
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from gradcheck import declare_layer, parse_case, use_layers
from gradcheck.commands import main

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "layers.md").read_text()
FILES = re.compile(r"```python\n# (\w+\.py)\n(.*?)```", flags=re.S)


def gradcheck(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write the files that a text shows, and be among them."""

    def write(text):
        shown = dict(FILES.findall(text))
        for name, content in shown.items():
            (tmp_path / name).write_text(content)
        monkeypatch.chdir(tmp_path)
        return shown

    return write


def test_documented_failure__is_the_one_that_is_shown(written):
    written(TEXT)
    (command, shown) = re.findall(r"\$ gradcheck (.*)\n(mish .*)\n", TEXT)[0]
    result = gradcheck(*command.split())
    assert result.exit_code == 1
    assert shown in result.stdout.splitlines()


def test_documented_correction__passes(written, tmp_path):
    written(TEXT)
    (right,) = re.findall(r"With `(dout \* .*?)` the file passes", TEXT)
    path = tmp_path / "kernels.py"
    path.write_text(path.read_text().replace("dout * t", right))
    result = gradcheck("verify", "kernels.py", "--layers", "mylayers.py", "--format", "json")
    assert result.exit_code == 0, result.stdout
    backward = json.loads(result.stdout)["targets"][0]["parts"][1]
    assert 0 < backward["miss_bound"] <= 1e-9


def test_other_documented_declarations__are_accepted(written):
    assert set(written(TEXT)) == {"mylayers.py", "kernels.py", "more.py"}
    layers = use_layers("more.py")
    (line,) = re.findall(r"A case line of the second is `(.*?)`", TEXT)
    assert str(parse_case(line, layers)) == line


def test_documented_table__has_every_argument():
    (table,) = re.findall(r"\| argument \| meaning \|\n(.*?)\n\n", TEXT, flags=re.S)
    named = re.findall(r"`(\w+)`", "\n".join(row.split("|")[1] for row in table.splitlines()[1:]))
    assert set(named) == set(inspect.signature(declare_layer).parameters)


def test_readme_declaration__is_short_and_judges_an_implementation(written):
    readme = (ROOT / "README.md").read_text()
    shown = written(readme)
    assert len(shown["mylayers.py"].strip().splitlines()) < 15
    written(TEXT.replace("# mylayers.py", "# other.py"))
    result = gradcheck("verify", "kernels.py", "--layers", "mylayers.py")
    assert result.exit_code == 1
    assert "mish · backward · dx    FAIL" in result.stdout
