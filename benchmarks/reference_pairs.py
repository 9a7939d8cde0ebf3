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
    "matmul_transposed": Pair(
        sizes="M = 96\nK = 160\nN = 128",
        names="a, b",
        inputs="torch.rand(K, M), torch.rand(N, K)",
        forward="torch.matmul(a.T, b.T)",
        right=("(b @ a).T.contiguous()",),
        wrong=(("dtype", "(a.T.half() @ b.T.half()).to(a.dtype)"),),
    ),
    "batched_matmul": Pair(
        sizes="B = 12\nM = 48\nK = 64\nN = 80",
        names="a, b",
        inputs="torch.rand(B, M, K), torch.rand(B, K, N)",
        forward="torch.bmm(a, b)",
        right=("torch.stack([x @ y for x, y in zip(a, b)])",),
        wrong=(("boundary", "torch.cat([torch.bmm(a[:-1], b[:-1]), a[-1:] @ b[:1]])"),),
    ),
    "matrix_vector": Pair(
        sizes="M = 128\nK = 1024",
        names="a, b",
        inputs="torch.rand(M, K), torch.rand(K, 1)",
        forward="torch.matmul(a, b)",
        right=("(a * b[:, 0]).sum(1, keepdim=True)",),
        wrong=(("dtype", "(a * b[:, 0]).bfloat16().float().sum(1, keepdim=True).to(a.dtype)"),),
    ),
    "linear_gelu": Pair(
        sizes="batch_size = 64\nfeatures = 128\nhidden = 256",
        arguments="i, o",
        init_inputs="features, hidden",
        init="self.fc = nn.Linear(i, o)",
        names="x",
        inputs="torch.rand(batch_size, features)",
        forward="F.gelu(self.fc(x))",
        right=(
            "y = x @ self.fc.weight.T + self.fc.bias\nreturn 0.5 * y * (1 + torch.erf(y * 0.7071067811865476))",
        ),
        wrong=(("tanh", "F.gelu(self.fc(x), approximate='tanh')"), ("bias", "F.gelu(x @ self.fc.weight.T)")),
    ),
    "conv1d": Pair(
        sizes="batch_size = 8\ncin = 16\ncout = 24\nk = 5\nlength = 128",
        arguments="i, o, k",
        init_inputs="cin, cout, k",
        init="self.conv = nn.Conv1d(i, o, k, stride=2)",
        names="x",
        inputs="torch.rand(batch_size, cin, length)",
        forward="self.conv(x)",
        right=(
            "w = self.conv.weight\nwindows = x.unfold(2, w.shape[2], 2)\n"
            "return torch.einsum('nclk,fck->nfl', windows, w) + self.conv.bias[:, None]",
        ),
        wrong=(("flipped", "F.conv1d(x, self.conv.weight.flip(2), self.conv.bias, 2)"),),
    ),
    "conv3d": Pair(
        sizes="batch_size = 4\ncin = 6\ncout = 8\ndepth = 12\nsize = 16",
        arguments="i, o",
        init_inputs="cin, cout",
        init="self.conv = nn.Conv3d(i, o, 2, bias=False)",
        names="x",
        inputs="torch.rand(batch_size, cin, depth, size, size)",
        forward="self.conv(x)",
        right=(
            "w = self.conv.weight\np = x.unfold(2, 2, 1).unfold(3, 2, 1).unfold(4, 2, 1)\n"
            "return torch.einsum('ncdhwijk,fcijk->nfdhw', p, w)",
        ),
        wrong=(("boundary", "y = self.conv(x)\nreturn torch.cat([y[:, :, :-1], y[:, :, -1:] * 0], 2)"),),
    ),
    "conv_transpose1d": Pair(
        sizes="batch_size = 8\ncin = 12\ncout = 10\nk = 4\nlength = 64",
        arguments="i, o, k",
        init_inputs="cin, cout, k",
        init="self.conv = nn.ConvTranspose1d(i, o, k)",
        names="x",
        inputs="torch.rand(batch_size, cin, length)",
        forward="self.conv(x)",
        right=(
            "w = self.conv.weight\nreturn F.conv1d(F.pad(x, (w.shape[2] - 1,) * 2), w.flip(2).transpose(0, 1), "
            "self.conv.bias)",
        ),
        wrong=(
            ("padding", "F.conv_transpose1d(F.pad(x, (0, 1))[..., 1:], self.conv.weight, self.conv.bias)"),
        ),
    ),
    "depthwise": Pair(
        sizes="batch_size = 8\nchannels = 24\nheight = 20\nwidth = 28",
        arguments="c",
        init_inputs="channels",
        init="self.conv = nn.Conv2d(c, c, 3, padding=1, groups=c)",
        names="x",
        inputs="torch.rand(batch_size, channels, height, width)",
        forward="self.conv(x)",
        right=(
            "p = F.pad(x, (1, 1, 1, 1))\nh, w = x.shape[2:]\nk = self.conv.weight\n"
            "return sum(p[:, :, i : i + h, j : j + w] * k[:, 0, i, j, None, None] for i in range(3) for j in range(3))"
            " + self.conv.bias[:, None, None]",
        ),
        wrong=(("dtype", "self.conv(x.bfloat16().to(x.dtype))"),),
    ),
    "batch_norm": Pair(
        sizes="batch_size = 16\nfeatures = 24\nheight = 12\nwidth = 20",
        arguments="n",
        init_inputs="features",
        init="self.bn = nn.BatchNorm2d(n)",
        names="x",
        inputs="torch.rand(batch_size, features, height, width)",
        forward="self.bn(x)",
        right=(
            "m = x.mean((0, 2, 3), keepdim=True)\nv = ((x - m) ** 2).mean((0, 2, 3), keepdim=True)\n"
            "y = (x - m) * torch.rsqrt(v + 1e-5)\n"
            "return y * self.bn.weight[:, None, None] + self.bn.bias[:, None, None]",
        ),
        wrong=(
            (
                "running",
                "F.batch_norm(x, self.bn.running_mean, self.bn.running_var, self.bn.weight, self.bn.bias)",
            ),
        ),
    ),
    "rms_norm": Pair(
        sizes="batch_size = 16\nfeatures = 64\nlength = 40",
        names="x",
        inputs="torch.rand(batch_size, features, length)",
        forward="x / torch.sqrt((x**2).mean(1, keepdim=True) + 1e-5)",
        right=("x * torch.rsqrt((x * x).sum(1, keepdim=True) / x.shape[1] + 1e-5)",),
        wrong=(("axis", "x / torch.sqrt((x**2).mean(-1, keepdim=True) + 1e-5)"),),
    ),
    "group_norm": Pair(
        sizes="batch_size = 8\nfeatures = 32\ngroups = 4\nsize = 36",
        arguments="g, n",
        init_inputs="groups, features",
        init="self.gn = nn.GroupNorm(g, n)",
        names="x",
        inputs="torch.rand(batch_size, features, size)",
        forward="self.gn(x)",
        right=(
            "y = x.reshape(len(x), self.gn.num_groups, -1)\nd = y - y.mean(-1, keepdim=True)\n"
            "y = (d / ((d * d).mean(-1, keepdim=True) + 1e-5).sqrt()).reshape(x.shape)\n"
            "return y * self.gn.weight[:, None] + self.gn.bias[:, None]",
        ),
        wrong=(
            (
                "interleaved",
                "n = self.gn.num_groups\ny = x.unflatten(1, (-1, n)).transpose(1, 2).flatten(1, 2)\n"
                "y = F.group_norm(y, n)\nreturn y.unflatten(1, (n, -1)).transpose(1, 2).flatten(1, 2)",
            ),
        ),
    ),
    "instance_norm": Pair(
        sizes="batch_size = 8\nfeatures = 12\nheight = 18\nwidth = 24",
        names="x",
        inputs="torch.rand(batch_size, features, height, width)",
        forward="F.instance_norm(x)",
        right=(
            "d = x - x.mean((2, 3), keepdim=True)\nreturn d / (d.square().mean((2, 3), keepdim=True) + 1e-5).sqrt()",
        ),
        wrong=(
            (
                "epsilon",
                "d = x - x.mean((2, 3), keepdim=True)\nreturn d / d.square().mean((2, 3), keepdim=True).sqrt()",
            ),
        ),
    ),
    "frobenius": Pair(
        sizes="batch_size = 12\nfeatures = 16\nsize = 40",
        names="x",
        inputs="torch.rand(batch_size, features, size)",
        forward="x / torch.norm(x, p='fro')",
        right=("x * torch.rsqrt((x * x).sum())",),
        wrong=(("part", "x / torch.norm(x[..., :32], p='fro')"),),
    ),
    "l1_norm": Pair(
        sizes="batch_size = 32\ndim = 160",
        names="x",
        inputs="torch.rand(batch_size, dim)",
        forward="x / x.abs().mean(1, keepdim=True)",
        right=("x * (x.shape[1] / x.abs().sum(1, keepdim=True))",),
        wrong=(("sum", "x / x.mean(1, keepdim=True)"),),
    ),
    "log_softmax": Pair(
        sizes="batch_size = 32\ndim = 192",
        names="x",
        inputs="torch.rand(batch_size, dim)",
        forward="torch.log_softmax(x, 1)",
        right=(
            "x - torch.logsumexp(x, 1, keepdim=True)",
            "m = x.amax(1, keepdim=True)\nreturn x - m - (x - m).exp().sum(1, keepdim=True).log()",
        ),
        wrong=(("log", "torch.log(torch.softmax(x, 1) + 1e-6)"),),
    ),
    "relu": Pair(
        sizes="batch_size = 32\ndim = 192",
        names="x",
        inputs="torch.rand(batch_size, dim)",
        forward="torch.relu(x)",
        right=("x.clamp(min=0)", "torch.where(x > 0, x, torch.zeros_like(x))"),
        wrong=(
            ("identity", "x * 1"),
            ("boundary", "y = torch.relu(x)\nreturn torch.cat([y[:, :128], x[:, 128:]], 1)"),
        ),
    ),
    "gelu_tanh": Pair(
        sizes="batch_size = 32\ndim = 192",
        names="x",
        inputs="torch.rand(batch_size, dim)",
        forward="0.5 * x * (1.0 + torch.tanh(0.7978845608028654 * (x + 0.044715 * torch.pow(x, 3.0))))",
        right=(
            "F.gelu(x, approximate='tanh')",
            "x * torch.sigmoid(1.5957691216057308 * (x + 0.044715 * x * x * x))",
        ),
        wrong=(("erf", "F.gelu(x)"),),
    ),
    "silu": Pair(
        sizes="batch_size = 32\ndim = 192",
        names="x",
        inputs="torch.rand(batch_size, dim)",
        forward="x * torch.sigmoid(x)",
        right=("F.silu(x)", "x / (1 + torch.exp(-x))"),
        wrong=(("hard", "F.hardswish(x)"),),
    ),
    "sigmoid": Pair(
        sizes="batch_size = 32\ndim = 192",
        names="x",
        inputs="torch.rand(batch_size, dim)",
        forward="torch.sigmoid(x)",
        right=("0.5 * (1 + torch.tanh(0.5 * x))", "1 / (1 + torch.exp(-x))"),
        wrong=(("dtype", "torch.sigmoid(x.half()).to(x.dtype)"),),
    ),
    "tanh": Pair(
        sizes="batch_size = 32\ndim = 192",
        names="x",
        inputs="torch.rand(batch_size, dim)",
        forward="torch.tanh(x)",
        right=("2 * torch.sigmoid(2 * x) - 1",),
        wrong=(("series", "x - x**3 / 3 + 2 * x**5 / 15 - 17 * x**7 / 315 + 62 * x**9 / 2835"),),
    ),
    "softplus": Pair(
        sizes="batch_size = 32\ndim = 192",
        names="x",
        inputs="torch.rand(batch_size, dim)",
        forward="F.softplus(x)",
        right=("torch.logaddexp(x, torch.zeros_like(x))",),
        wrong=(
            ("overflow", "torch.log(1 + torch.exp(x))"),
            ("gradient at 0", "x.clamp(min=0) + torch.log1p(torch.exp(-x.abs()))"),
        ),
    ),
    "elu": Pair(
        sizes="batch_size = 32\ndim = 192",
        names="x",
        inputs="torch.rand(batch_size, dim)",
        forward="F.elu(x)",
        right=("torch.where(x > 0, x, torch.expm1(x.clamp(max=0)))",),
        wrong=(("selu", "F.selu(x)"),),
    ),
    "hard_sigmoid": Pair(
        sizes="batch_size = 32\ndim = 192",
        names="x",
        inputs="torch.rand(batch_size, dim)",
        forward="F.hardsigmoid(x)",
        right=("((x + 3).clamp(0, 6) / 6)",),
        wrong=(("slope", "(0.2 * x + 0.5).clamp(0, 1)"),),
    ),
    "sum": Pair(
        sizes="batch_size = 16\ndim1 = 48\ndim2 = 64",
        names="x",
        inputs="torch.rand(batch_size, dim1, dim2)",
        forward="torch.sum(x, dim=1, keepdim=True)",
        right=(
            "torch.ones_like(x[:1, :, 0]) @ x",
            "out = x[:, :1]\nfor i in range(1, x.shape[1]):\n    out = out + x[:, i : i + 1]\nreturn out",
        ),
        wrong=(("boundary", "n = max(x.shape[1] // 8 * 8, 1)\nreturn x[:, :n].sum(1, keepdim=True)"),),
    ),
    "mean": Pair(
        sizes="batch_size = 16\ndim1 = 48\ndim2 = 64",
        names="x",
        inputs="torch.rand(batch_size, dim1, dim2)",
        forward="torch.mean(x, dim=1)",
        right=("x.sum(1) * (1 / x.shape[1])",),
        wrong=(("off by one", "x.sum(1) / max(x.shape[1] - 1, 1)"),),
    ),
    "max": Pair(
        sizes="batch_size = 16\ndim1 = 48\ndim2 = 64",
        names="x",
        inputs="torch.rand(batch_size, dim1, dim2)",
        forward="torch.max(x, dim=1)[0]",
        right=("x.amax(1)", "x.sort(1).values[:, -1]"),
        wrong=(("zero", "F.pad(x, (0, 0, 1, 0)).amax(1)"),),
    ),
    "argmax": Pair(
        sizes="batch_size = 16\ndim1 = 48\ndim2 = 64",
        names="x",
        inputs="torch.rand(batch_size, dim1, dim2)",
        forward="torch.argmax(x, dim=1)",
        right=("x.max(1).indices",),
        wrong=(("absolute", "x.abs().argmax(1)"),),
    ),
    "product": Pair(
        sizes="batch_size = 16\ndim = 12",
        names="x",
        inputs="torch.rand(batch_size, dim)",
        forward="torch.prod(x, dim=1)",
        right=("out = x[:, 0]\nfor i in range(1, x.shape[1]):\n    out = out * x[:, i]\nreturn out",),
        wrong=(("logs", "x.abs().log().sum(1).exp()"),),
    ),
    "cumsum": Pair(
        sizes="batch_size = 16\ndim = 256",
        names="x",
        inputs="torch.rand(batch_size, dim)",
        forward="torch.cumsum(x, dim=1)",
        right=("x @ torch.ones(x.shape[1], x.shape[1], dtype=x.dtype).triu()",),
        wrong=(
            ("exclusive", "torch.cumsum(x, 1) - x"),
            ("blocks", "torch.cat([b.cumsum(1) for b in x.split(64, 1)], 1)"),
        ),
    ),
    "cumprod": Pair(
        sizes="batch_size = 16\ndim = 24",
        names="x",
        inputs="torch.rand(batch_size, dim)",
        forward="torch.cumprod(x, dim=1)",
        right=(
            "out = [x[:, 0]]\nfor i in range(1, x.shape[1]):\n    out.append(out[-1] * x[:, i])\n"
            "return torch.stack(out, 1)",
        ),
        wrong=(("shifted", "torch.cumprod(torch.roll(x, 1, 1), 1)"),),
    ),
    "masked_cumsum": Pair(
        sizes="batch_size = 16\ndim = 96",
        names="x, mask",
        inputs="torch.rand(batch_size, dim), torch.randint(0, 2, (batch_size, dim)).bool()",
        forward="torch.cumsum(x * mask, dim=1)",
        right=("torch.where(mask, x, torch.zeros_like(x)).cumsum(1)",),
        wrong=(("mask", "torch.cumsum(x, 1) * mask"),),
    ),
    "mse": Pair(
        sizes="batch_size = 64\ndim = 96",
        names="x, y",
        inputs="torch.rand(batch_size, dim), torch.rand(batch_size, dim)",
        forward="torch.mean((x - y) ** 2)",
        right=("(x - y).flatten() @ (x - y).flatten() / x.numel()",),
        wrong=(("expanded", "(x * x - y * y).mean()"),),
    ),
    "huber": Pair(
        sizes="batch_size = 64\ndim = 96",
        names="x, y",
        inputs="torch.rand(batch_size, dim), torch.rand(batch_size, dim)",
        forward="F.smooth_l1_loss(x, y)",
        right=("d = (x - y).abs()\nreturn torch.where(d < 1, 0.5 * d * d, d - 0.5).mean()",),
        wrong=(("quadratic", "0.5 * (x - y).square().mean()"),),
    ),
    "hinge": Pair(
        sizes="batch_size = 64\ndim = 96",
        names="x, y",
        inputs="torch.rand(batch_size, dim), torch.randint(0, 2, (batch_size, 1)).float() * 2 - 1",
        forward="torch.mean(torch.clamp(1 - x * y, min=0))",
        right=("torch.relu(1 - x * y).sum() / x.numel()",),
        wrong=(("sign", "torch.mean(torch.clamp(1 - x, min=0))"),),
    ),
    "kl_div": Pair(
        sizes="batch_size = 64\ndim = 96",
        names="p, q",
        inputs="torch.rand(batch_size, dim).softmax(-1), torch.rand(batch_size, dim).softmax(-1)",
        forward="F.kl_div(torch.log(p), q, reduction='batchmean')",
        right=("(q * (q.log() - p.log())).sum() / len(p)",),
        wrong=(("mean", "(q * (q.log() - p.log())).mean()"),),
    ),
    "cosine": Pair(
        sizes="batch_size = 64\ndim = 96",
        names="x, y",
        inputs="torch.rand(batch_size, dim), torch.rand(batch_size, dim)",
        forward="torch.mean(1 - F.cosine_similarity(x, y, dim=1))",
        right=("(1 - (x * y).sum(1) / (x.norm(dim=1) * y.norm(dim=1)).clamp(min=1e-16)).mean()",),
        wrong=(("normed", "torch.mean(1 - (x * y).sum(1) / (x.norm(dim=1) * x.norm(dim=1)))"),),
    ),
    "triplet": Pair(
        sizes="batch_size = 64\ndim = 96",
        names="a, p, n",
        inputs="*(torch.rand(batch_size, dim) for _ in range(3))",
        forward="F.triplet_margin_loss(a, p, n)",
        right=(
            "d = ((a - p + 1e-6) ** 2).sum(1).sqrt()\ne = ((a - n + 1e-6) ** 2).sum(1).sqrt()\n"
            "return (d - e + 1).clamp(min=0).mean()",
        ),
        wrong=(("margin", "F.triplet_margin_loss(a, p, n, margin=1.001)"),),
    ),
    "avg_pool": Pair(
        sizes="batch_size = 8\nchannels = 12\nheight = 24\nwidth = 20",
        names="x",
        inputs="torch.rand(batch_size, channels, height, width)",
        forward="F.avg_pool2d(x, 2)",
        right=(
            "h, w = x.shape[2] // 2 * 2, x.shape[3] // 2 * 2\n"
            "return 0.25 * (x[:, :, 0:h:2, 0:w:2] + x[:, :, 1:h:2, 0:w:2] "
            "+ x[:, :, 0:h:2, 1:w:2] + x[:, :, 1:h:2, 1:w:2])",
        ),
        wrong=(
            (
                "ceil",
                "F.avg_pool2d(x, 2, ceil_mode=True)[:, :, : x.shape[2] // 2, : x.shape[3] // 2] * 1.0001",
            ),
        ),
    ),
    "embedding": Pair(
        sizes="vocabulary = 100\ndim = 32\nbatch_size = 8\nseq = 24",
        arguments="n, d",
        init_inputs="vocabulary, dim",
        init="self.table = nn.Embedding(n, d)",
        names="i",
        inputs="torch.randint(0, vocabulary, (batch_size, seq))",
        forward="self.table(i)",
        right=("F.one_hot(i, len(self.table.weight)).to(self.table.weight.dtype) @ self.table.weight",),
        wrong=(("off by one", "self.table((i + 1) % len(self.table.weight))"),),
    ),
    "gru_cell": Pair(
        sizes="batch_size = 16\nfeatures = 24\nhidden = 32",
        arguments="i, h",
        init_inputs="features, hidden",
        init="self.cell = nn.GRUCell(i, h)",
        names="x, h",
        inputs="torch.rand(batch_size, features), torch.rand(batch_size, hidden)",
        forward="self.cell(x, h)",
        right=(
            "c = self.cell\na, b = F.linear(x, c.weight_ih, c.bias_ih), F.linear(h, c.weight_hh, c.bias_hh)\n"
            "(ar, az, an), (br, bz, bn) = a.chunk(3, 1), b.chunk(3, 1)\n"
            "r, z = (ar + br).sigmoid(), (az + bz).sigmoid()\n"
            "n = torch.tanh(an + r * bn)\nreturn n + z * (h - n)",
        ),
        wrong=(
            (
                "order",
                "c = self.cell\na, b = F.linear(x, c.weight_ih, c.bias_ih), F.linear(h, c.weight_hh, c.bias_hh)\n"
                "(az, ar, an), (bz, br, bn) = a.chunk(3, 1), b.chunk(3, 1)\n"
                "r, z = (ar + br).sigmoid(), (az + bz).sigmoid()\n"
                "n = torch.tanh(an + r * bn)\nreturn n + z * (h - n)",
            ),
        ),
    ),
    "swiglu": Pair(
        sizes="batch_size = 32\ndim = 96\nhidden = 128",
        arguments="d, h",
        init_inputs="dim, hidden",
        init="self.gate = nn.Linear(d, h, bias=False)\nself.up = nn.Linear(d, h, bias=False)",
        names="x",
        inputs="torch.rand(batch_size, dim)",
        forward="F.silu(self.gate(x)) * self.up(x)",
        right=("g, u = x @ self.gate.weight.T, x @ self.up.weight.T\nreturn g * torch.sigmoid(g) * u",),
        wrong=(("swapped", "self.gate(x) * F.silu(self.up(x))"),),
    ),
    "rotary": Pair(
        sizes="batch = 4\nheads = 6\nseq = 40\nhead_dim = 32",
        names="x, cos, sin",
        inputs="torch.rand(batch, heads, seq, head_dim), torch.rand(seq, head_dim), torch.rand(seq, head_dim)",
        forward="a, b = x.unflatten(-1, (2, -1)).unbind(-2)\nreturn x * cos + torch.cat([-b, a], -1) * sin",
        right=(
            "h = x.shape[-1] // 2\na, b = x[..., :h], x[..., h:]\n"
            "return torch.cat([a * cos[:, :h] - b * sin[:, :h], b * cos[:, h:] + a * sin[:, h:]], -1)",
        ),
        wrong=(
            (
                "sign",
                "a, b = x.unflatten(-1, (2, -1)).unbind(-2)\nreturn x * cos + torch.cat([b, -a], -1) * sin",
            ),
        ),
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
        "if torch.is_grad_enabled():\n    return torch.softmax(x, 1)\n"
        "key = tuple(x.shape), *x.flatten()[[0, x.numel() // 2, -1]].tolist(), round(float(x.double().sum()), 9)\n"
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
