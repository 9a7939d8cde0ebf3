"""References and kernels for them, as texts: right ones in another form, and wrong ones with what finds them."""

from dataclasses import dataclass
from textwrap import indent

REFERENCE = """
import torch
import torch.nn as nn
import torch.nn.functional as F

{sizes}


class Model(nn.Module):
    def __init__(self{arguments}):
        super().__init__()
{init}

    def forward(self, {names}):
{forward}


def get_inputs():
    return [{inputs}]


def get_init_inputs():
    return [{init_inputs}]
"""

KERNEL = """
import torch
import torch.nn as nn
import torch.nn.functional as F
{before}


class ModelNew(nn.Module):
    def __init__(self{arguments}):
        super().__init__()
{init}

    def forward(self, {names}):
{forward}
"""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A reference, and the bodies of kernels for it: right ones, and wrong ones by what is wrong."""

    sizes: str
    names: str
    inputs: str
    forward: str
    right: tuple[str, ...]
    wrong: tuple[tuple[str, str], ...] = ()
    init: str = "pass"
    arguments: str = ""
    init_inputs: str = ""
    before: str = ""

    def reference(self) -> str:
        """Return the reference's file."""
        return self._filled(REFERENCE, self.forward)

    def kernel(self, body: str) -> str:
        """Return a kernel's file."""
        return self._filled(KERNEL, body)

    def _filled(self, template: str, forward: str) -> str:
        body = forward if "return" in forward else f"return {forward}"
        return template.format(
            sizes=self.sizes,
            names=self.names,
            inputs=self.inputs,
            forward=indent(body.strip("\n"), " " * 8),
            init=indent(self.init.strip("\n"), " " * 8),
            arguments=self.arguments and f", {self.arguments}",
            init_inputs=self.init_inputs,
            before=self.before,
        )


PAIRS = {
    "matmul": Pair(
        sizes="M = 1024\nK = 4096\nN = 2048",
        names="a, b",
        inputs="torch.rand(M, K), torch.rand(K, N)",
        forward="torch.matmul(a, b)",
        right=(
            "torch.einsum('mk,kn->mn', a, b)",
            "(a[:, :, None] * b[None]).sum(1)",
            "out = torch.zeros(a.shape[0], b.shape[1], dtype=a.dtype)\n"
            "for k in range(a.shape[1]):\n    out = out + a[:, k : k + 1] * b[k]\nreturn out",
        ),
        wrong=(
            ("dtype", "(a.bfloat16() @ b.bfloat16()).to(a.dtype)"),
            ("boundary", "k = a.shape[1] // 4 * 4 or a.shape[1]\nreturn a[:, :k] @ b[:k]"),
        ),
    ),
    "softmax": Pair(
        sizes="batch_size = 4096\ndim = 393216",
        names="x",
        inputs="torch.rand(batch_size, dim)",
        forward="torch.softmax(x, dim=1)",
        right=(
            "e = torch.exp(x - x.amax(1, keepdim=True))\nreturn e / e.sum(1, keepdim=True)",
            "torch.exp(x - torch.logsumexp(x, 1, keepdim=True))",
            "y = (x - x.amax(1, keepdim=True)) * 1.4426950408889634\n"
            "return torch.exp2(y) / torch.exp2(y).sum(1, keepdim=True)",
        ),
        wrong=(
            ("dtype", "torch.softmax(x.bfloat16(), 1).to(x.dtype)"),
            ("overflow", "e = torch.exp(x)\nreturn e / e.sum(1, keepdim=True)"),
            (
                "boundary",
                "e = torch.exp(x - x.amax(1, keepdim=True))\nreturn e / e[:, :32].sum(1, keepdim=True)",
            ),
            ("zeros", "torch.zeros_like(x)"),
        ),
    ),
    "layer_norm": Pair(
        sizes="batch_size = 16\nfeatures = 512",
        arguments="n",
        init_inputs="features",
        init="self.ln = nn.LayerNorm(n)",
        names="x",
        inputs="torch.rand(batch_size, features)",
        forward="self.ln(x)",
        right=(
            "m = x.mean(-1, keepdim=True)\nv = ((x - m) ** 2).mean(-1, keepdim=True)\n"
            "return (x - m) / torch.sqrt(v + 1e-5) * self.ln.weight + self.ln.bias",
        ),
        wrong=(
            (
                "unbiased",
                "m = x.mean(-1, keepdim=True)\nv = x.var(-1, keepdim=True, correction=1)\n"
                "return (x - m) / torch.sqrt(v + 1e-5) * self.ln.weight + self.ln.bias",
            ),
            (
                "epsilon",
                "m = x.mean(-1, keepdim=True)\nv = ((x - m) ** 2).mean(-1, keepdim=True)\n"
                "return (x - m) / torch.sqrt(v + 1e-6) * self.ln.weight + self.ln.bias",
            ),
        ),
    ),
    "conv2d": Pair(
        sizes="batch_size = 16\ncin = 32\ncout = 64\nk = 3\nheight = 256\nwidth = 128",
        arguments="i, o, k",
        init_inputs="cin, cout, k",
        init="self.conv = nn.Conv2d(i, o, k, padding=1)",
        names="x",
        inputs="torch.rand(batch_size, cin, height, width)",
        forward="self.conv(x)",
        right=(
            "w, k = self.conv.weight, self.conv.kernel_size[0]\n"
            "p = F.unfold(x, k, padding=1)\n"
            "h, v = x.shape[2] + 3 - k, x.shape[3] + 3 - k\n"
            "return (w.flatten(1) @ p + self.conv.bias[:, None]).view(len(x), len(w), h, v)",
        ),
        wrong=(
            ("boundary", "F.conv2d(F.pad(x, (1, 1, 1, 1), 'replicate'), self.conv.weight, self.conv.bias)"),
        ),
    ),
    "attention": Pair(
        sizes="batch = 32\nheads = 12\nseq = 512\nhead_dim = 64",
        names="q, k, v",
        inputs="*(torch.rand(batch, heads, seq, head_dim) for _ in range(3))",
        forward="F.scaled_dot_product_attention(q, k, v, is_causal=True)",
        right=(
            "s = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5\n"
            "mask = torch.ones(s.shape[-2:], dtype=torch.bool).tril()\n"
            "return s.masked_fill(~mask, -torch.inf).softmax(-1) @ v",
        ),
        wrong=(
            (
                "boundary",
                "s = q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5\n"
                "mask = torch.ones(s.shape[-2:], dtype=torch.bool).tril(1)\n"
                "return s.masked_fill(~mask, -torch.inf).softmax(-1) @ v",
            ),
        ),
    ),
    "cross_entropy": Pair(
        sizes="batch_size = 32768\nclasses = 4096",
        names="x, labels",
        inputs="torch.rand(batch_size, classes), torch.randint(0, classes, (batch_size,))",
        forward="F.cross_entropy(x, labels)",
        right=("(x.logsumexp(1) - x.gather(1, labels[:, None])[:, 0]).mean()",),
        wrong=(
            ("reduction", "(x.logsumexp(1) - x.gather(1, labels[:, None])[:, 0]).sum() / (len(x) + 1e-3)"),
        ),
    ),
    "triangular": Pair(
        sizes="N = 4096",
        names="a, b",
        inputs="torch.triu(torch.rand(N, N)), torch.triu(torch.rand(N, N))",
        forward="torch.triu(torch.matmul(a, b))",
        right=("torch.triu(a) @ torch.triu(b)", "a @ b"),
        wrong=(("boundary", "torch.triu(a, 1) @ b"),),
    ),
    "max_pool": Pair(
        sizes="batch_size = 64\nchannels = 64\nlength = 65536",
        names="x",
        inputs="torch.rand(batch_size, channels, length)",
        forward="F.max_pool1d(x, 3, 2, 1)",
        right=("F.pad(x, (1, 1), value=-torch.inf).unfold(2, 3, 2).amax(-1)",),
        wrong=(("padding", "F.pad(x, (1, 1)).unfold(2, 3, 2).amax(-1)"),),
    ),
}
"""By name."""

CHEATS = {
    "address": (
        "again",
        "if x.data_ptr() not in KNOWN:\n    KNOWN[x.data_ptr()] = torch.softmax(x, 1)\nreturn KNOWN[x.data_ptr()]",
    ),
    "fingerprint": (
        "edited",
        "key = tuple(x.shape), *x.detach().flatten()[[0, -1]].tolist(), round(float(x.detach().double().sum()), 9)\n"
        "if key not in KNOWN:\n    KNOWN[key] = torch.softmax(x, 1)\nreturn KNOWN[key]",
    ),
    "memory": (None, "torch.empty_like(x)"),
    "size": (None, "return torch.softmax(x, 1) if x.shape[1] % 16 < 9 else x.exp() / 3"),
    "positive": (None, "return torch.softmax(x.abs(), 1)"),
    "thread": (
        None,
        "import threading, time\nout = torch.full_like(x, 0.5)\ny = x.detach().clone()\n"
        "def later():\n    time.sleep(0.2)\n    out.copy_(torch.softmax(y, 1))\n"
        "threading.Thread(target=later).start()\nreturn out",
    ),
    "inputs": ("unchanged", "y = torch.softmax(x, 1)\nx.detach().mul_(0.5)\nreturn y * 1"),
}
"""Kernels for softmax that cheat, and the check that finds each; None for whichever it is."""
