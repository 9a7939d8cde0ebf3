"""Put the convolutions of others before the suite, and write what came of it into docs/peers.md.

    DEV=CPU python benchmarks/peers.py

Every row is one command. tinygrad needs clang, or DEV=PYTHON; numpy-ml is not among the extras.
"""

import json
import re
import shlex
import subprocess
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "peers.md"
MARKED = re.compile(r"(<!-- table -->\n).*?(<!-- end -->)", re.S)

ROWS = (
    ("torch", "PyTorch", "kernel torch.nn.functional:conv2d --problems battery --problems adversarial"),
    (
        "torch",
        "PyTorch",
        "kernel torch.nn.functional:conv2d --dtype bfloat16 --problems battery --problems adversarial",
    ),
    (
        "torch",
        "PyTorch",
        "kernel torch.nn.functional:conv_transpose2d --layer conv_transpose2d --problems battery",
    ),
    ("torch", "PyTorch", "verify tests/peers/torch_layers.py --in-process"),
    ("jax", "JAX", "kernel benchmarks/peers/jax_kernels.py:conv2d --problems battery --problems adversarial"),
    ("onnxruntime", "ONNX Runtime", "kernel onnxruntime:Conv --problems battery --problems adversarial"),
    (
        "onnxruntime",
        "ONNX Runtime",
        "kernel onnxruntime:ConvInteger --dtype int8 --problems battery --problems adversarial",
    ),
    (
        "numba",
        "numba",
        "kernel tests/gradcheck/kernels/numba_kernels.py:conv2d --problems battery --problems adversarial",
    ),
    (
        "autograd",
        "autograd",
        "kernel benchmarks/peers/autograd_kernels.py:conv2d --problems battery --problems adversarial",
    ),
    ("tinygrad", "tinygrad", "kernel benchmarks/peers/tinygrad_kernels.py:conv2d --problems battery"),
    (
        "numpy-ml",
        "numpy-ml",
        "kernel benchmarks/peers/numpy_ml_kernels.py:conv2d --declare empty --problems battery --problems adversarial",
    ),
)
"""The package, what it is called, and the command."""


def report(command: str) -> dict[str, Any]:
    """Run a command, and return its report."""
    words = [sys.executable, "-m", "gradcheck", *shlex.split(command), "--format", "json"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if not done.stdout:
        raise SystemExit(f"{command}: {done.stderr}")
    return dict(json.loads(done.stdout))


def counted(found: dict[str, Any]) -> tuple[str, str, str]:
    """Return what was judged, how often, and the verdicts, of a report of either command."""
    if "problems" in found:
        problems = found["problems"]
        checks = [outcome for problem in problems for outcome in problem["outcomes"]]
        tensors = {each["tensor"] for outcome in checks for each in outcome["roundings"]} or {"out"}
        what = f"{found['layer']}, {found['dtype']}: {', '.join(sorted(tensors, key=len, reverse=True))}"
        verdicts = Counter(problem["verdict"] for problem in problems)
        ran = Counter(outcome["verdict"] for outcome in checks)
        return what, f"{len(problems)} problems, {ran.total() - ran['skip']} checks", in_words(verdicts)
    (target,) = found["targets"]
    parts = target["parts"]
    what = f"{len({part['layer'] for part in parts})} layers, forward and backward, float64"
    checks = sum(check["cases"] for part in parts for check in part["checks"])
    return (
        what,
        f"{len(parts)} functions, {checks} checks",
        in_words(Counter(part["verdict"] for part in parts)),
    )


def in_words(verdicts: Counter[str]) -> str:
    """Return verdicts with how often there are."""
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))


def row(package: str, title: str, command: str) -> str:
    """Return one row of the table."""
    print(command, file=sys.stderr, flush=True)
    found = report(command)
    cells = (
        f"{title} {version(package)}",
        *counted(found),
        f"{found['seconds']:.0f}",
        f"`gradcheck {command}`",
    )
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write the table."""
    head = "| library | what | how often | verdict | seconds | command |\n|---|---|---|---|---:|---|"
    table = "\n".join((head, *(row(*each) for each in ROWS)))
    PAGE.write_text(MARKED.sub(rf"\1{table}\n\2", PAGE.read_text()))


if __name__ == "__main__":
    main()
