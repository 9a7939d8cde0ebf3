"""Check random modules of PyTorch with check_network: right ones, and ones in which a random joint is wrong.

    python benchmarks/network_modules.py --count 50

What is right is known without the checker: autograd is right, unless a joint is spoilt on purpose.
"""

import argparse
import re
import sys
from collections import Counter
from typing import Any

import numpy as np
import torch
from torch import nn

from gradcheck import GradientError, check_network


class Spoilt(torch.autograd.Function):
    """The identity with a wrong backward."""

    @staticmethod
    def forward(ctx: Any, x: Any, kind: str) -> Any:
        """Return a copy."""
        ctx.kind = kind
        return x.clone()

    @staticmethod
    def backward(ctx: Any, dout: Any) -> Any:
        """Return something else than dout."""
        wrong = {"zero": torch.zeros_like(dout), "twice": 2 * dout, "sign": -dout, "one": dout.clone()}[
            ctx.kind
        ]
        if ctx.kind == "one":
            wrong.view(-1)[wrong.abs().argmax()] *= 1.5
        return wrong, None


class Wrong(nn.Module):
    """A layer whose backward is wrong."""

    def __init__(self, inner: nn.Module, kind: str) -> None:
        super().__init__()
        self.inner, self.kind = inner, kind

    def forward(self, x: Any) -> Any:
        """Return what the inner layer returns."""
        return self.inner(Spoilt.apply(x, self.kind))


class Net(nn.Module):
    """Layers one after another; some have a shortcut, and a shortcut or a joint may be cut."""

    def __init__(self, layers: list[nn.Module], shortcuts: set[int], cut: tuple[str, int] | None) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.shortcuts, self.cut = shortcuts, cut

    def forward(self, x: Any) -> Any:
        """Return the output of the last layer."""
        for number, layer in enumerate(self.layers):
            given = x
            if self.cut == ("joint", number):
                x = x.detach()
            x = layer(x)
            if number in self.shortcuts and x.shape == given.shape:
                x = x + (given.detach() if self.cut == ("shortcut", number) else given)
        return x


def dense(rng: np.random.Generator, width: int) -> nn.Module:
    """Return a random layer on rows."""
    kinds = (nn.ReLU, nn.Tanh, nn.GELU, nn.ELU, nn.Sigmoid, nn.SiLU, nn.LeakyReLU, nn.Softplus)
    choice = int(rng.integers(5))
    if choice < 2:
        return nn.Linear(width, width)
    if choice == 2:
        return [nn.BatchNorm1d(width), nn.LayerNorm(width)][int(rng.integers(2))]
    return kinds[int(rng.integers(len(kinds)))]()


def image(rng: np.random.Generator, channels: int) -> nn.Module:
    """Return a random layer on images, which keeps their shape."""
    choices = (
        lambda: nn.Conv2d(channels, channels, 3, padding=1),
        lambda: nn.Conv2d(channels, channels, 3, padding=1, groups=channels),
        lambda: nn.BatchNorm2d(channels),
        lambda: nn.GroupNorm(1, channels),
        lambda: nn.MaxPool2d(3, 1, padding=1),
        lambda: nn.AvgPool2d(3, 1, padding=1),
        nn.ReLU,
        nn.Tanh,
    )
    return choices[int(rng.integers(len(choices)))]()


def made(seed: int, is_wrong: bool) -> tuple[nn.Module, tuple[Any, Any], str]:
    """Return a module, its data, and a pattern of what has to be blamed."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    width, depth, is_image = 4, int(rng.integers(3, 7)), bool(rng.integers(2))
    layer = image if is_image else dense
    layers = [nn.Conv2d(4, 4, 1) if is_image else nn.Linear(4, 4), *(layer(rng, width) for _ in range(depth))]
    last = [nn.Flatten(), nn.Linear(4 * 9, 3)] if is_image else [nn.Linear(4, 3)]
    shortcuts = {number for number in range(1, depth + 1) if rng.random() < 0.3}
    x = torch.randn(3, 4, 3, 3) if is_image else torch.randn(5, 4)
    cut, blamed = None, ""
    if is_wrong:
        kind = ["zero", "twice", "sign", "one", "joint", "shortcut"][int(rng.integers(6))]
        place = int(rng.integers(1, depth + 1))
        if kind == "joint":
            cut, shortcuts = (kind, place), shortcuts - {place}
            blamed = rf"layers\.{place - 1} .* gets a wrong upstream gradient"
        elif kind == "shortcut":
            cut, shortcuts = (kind, place), shortcuts | {place}
            blamed = rf"layers\.{place - 1} .* gets a wrong upstream gradient"
        else:
            layers[place] = Wrong(layers[place], kind)
            blamed = rf"layers\.{place} \(Wrong\): it gets the right upstream gradient, and returns a wrong gradient"
    return Net([*layers, *last], shortcuts, cut), (x, torch.randint(0, 3, (len(x),))), blamed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    right, wrong = Counter[str](), Counter[str]()
    for seed in range(options.start, options.start + options.count):
        for is_wrong, counts in ((False, right), (True, wrong)):
            net, data, blamed = made(seed, is_wrong)
            message, answer = "", "pass"
            try:
                check_network(net, *data, loss=nn.functional.cross_entropy)
            except GradientError as error:
                message, answer = str(error), str(error.report.verdict)
            if is_wrong and answer == "fail":
                first = message.splitlines()[1]
                answer = "blamed rightly" if re.search(blamed, first) else "blamed otherwise"
            counts[answer] += 1
            is_odd = answer != ("blamed rightly" if is_wrong else "pass")
            if options.show and is_odd:
                print(f"seed {seed}, wanted {blamed!r}\n{net}\n{message}", file=sys.stderr)
    print(f"right modules: {dict(right)}\nwrong modules: {dict(wrong)}")


if __name__ == "__main__":
    main()
