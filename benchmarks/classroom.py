"""A class whose files are made up: right, half-right, with stubs, and stubs only; the same for the same seed."""

import ast
import random
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
RIGHT = ("tests/data/cs231n/vectorised.py", "tests/data/cs231n/loops.py")
"""Right files: what students write with arrays, and what they write with loops."""

EXAMPLE = "examples/cs231n_layers.py"
"""Right in part, as it comes."""

KINDS = ("right", "half-right", "half-right", "half-right", "right", "some stubs", "example", "half-right")
"""The kinds by turns; with `STUBS` one in ten is nothing but stubs."""

STUBS = 10

SWAPS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}


def submissions(count: int, seed: int = 0, kinds: Sequence[str] = KINDS, stubs: int = STUBS) -> list[str]:
    """Return the texts of so many files."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    return [
        _stubs(rng, 1.0) if stubs and index % stubs == stubs - 1 else _made(kinds[index % len(kinds)], rng)
        for index in range(count)
    ]


def written(folder: Path, texts: Sequence[str], prefix: str = "s") -> None:
    """Write each text into a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, text in enumerate(texts):
        (folder / f"{prefix}{index:03}.py").write_text(text)


def _made(kind: str, rng: random.Random) -> str:
    if kind == "some stubs":
        return _stubs(rng, 0.4)
    text = (ROOT / (EXAMPLE if kind == "example" else rng.choice(RIGHT))).read_text()
    if kind == "half-right":
        text = _with_mistakes(text, rng.randint(1, 4), rng)
    return f"{text}\n# {rng.random()}\n"  # no two are the same


def _layers(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in tree.body if isinstance(node, ast.FunctionDef) and "_" in node.name.strip("_")]


def _with_mistakes(text: str, count: int, rng: random.Random) -> str:
    """Exchange an operation in some of the functions."""
    tree = ast.parse(text)
    for function in rng.sample(_layers(tree), count):
        found = [
            node for node in ast.walk(function) if isinstance(node, ast.BinOp) and type(node.op) in SWAPS
        ]
        if found:
            node = rng.choice(found)
            node.op = SWAPS[type(node.op)]()
    return ast.unparse(tree)


def _stubs(rng: random.Random, share: float) -> str:
    """Leave a share of the functions unwritten."""
    tree = ast.parse((ROOT / RIGHT[0]).read_text())
    for function in _layers(tree):
        if rng.random() < share and not function.name.startswith("_"):
            function.body = [ast.Pass()]
    return f"{ast.unparse(tree)}\n# {rng.random()}\n"
