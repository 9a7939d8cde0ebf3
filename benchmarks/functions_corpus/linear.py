"""Linear algebra."""

import numpy as np

from functions_corpus.model import CHEAP, Function, edits, of_kind

SQUARES = (9, 64, 400)
PRODUCTS = (12, 600, 5_000)


def matmul_forward(a, b):
    return a @ b, (a, b)


def matmul_backward(dout, cache):
    a, b = cache
    return dout @ b.T, a.T @ dout


def batched_forward(a, b):
    return a @ b, (a, b)


def batched_backward(dout, cache):
    a, b = cache
    return dout @ b.swapaxes(1, 2), a.swapaxes(1, 2) @ dout


def shared_forward(a, b):
    return a @ b, (a, b)


def shared_backward(dout, cache):
    a, b = cache
    return dout @ b.T, (a.swapaxes(1, 2) @ dout).sum(axis=0)


def einsum_forward(a, b):
    return np.einsum("nhk,hkd->nd", a, b), (a, b)


def einsum_backward(dout, cache):
    a, b = cache
    return np.einsum("nd,hkd->nhk", dout, b), np.einsum("nhk,nd->hkd", a, dout)


def affine_forward(x, w, b):
    return x @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)


def vector_forward(m, v):
    return m @ v, (m, v)


def vector_backward(dout, cache):
    m, v = cache
    return np.outer(dout, v), m.T @ dout


def inverse_forward(m):
    out = np.linalg.inv(m)
    return out, out


def inverse_backward(dout, out):
    return -out.T @ dout @ out.T


def solve_forward(m, b):
    x = np.linalg.solve(m, b)
    return x, (m, x)


def solve_backward(dout, cache):
    m, x = cache
    db = np.linalg.solve(m.T, dout)
    return -db @ x.T, db


def determinant_forward(m):
    out = np.linalg.det(m)
    return out, (m, out)


def determinant_backward(dout, cache):
    m, out = cache
    return dout * out * np.linalg.inv(m).T


def log_determinant_forward(m):
    return np.linalg.slogdet(m)[1], m


def log_determinant_backward(dout, m):
    return dout * np.linalg.inv(m).T


def cholesky_forward(m):
    low = np.linalg.cholesky((m + m.T) / 2)
    return low, low


def cholesky_backward(dout, low):
    inverse = np.linalg.inv(low)
    phi = np.tril(low.T @ np.tril(dout))
    phi = phi - np.diag(np.diag(phi)) / 2
    half = inverse.T @ phi @ inverse
    return (half + half.T) / 2


def trace_forward(a, b):
    return np.trace(a @ b), (a, b)


def trace_backward(dout, cache):
    a, b = cache
    return dout * b.T, dout * a.T


def outer_forward(a, b):
    return np.outer(a, b), (a, b)


def outer_backward(dout, cache):
    a, b = cache
    return dout @ b, dout.T @ a


def quadratic_forward(x, m):
    return x @ m @ x, (x, m)


def quadratic_backward(dout, cache):
    x, m = cache
    return dout * (m + m.T) @ x, dout * np.outer(x, x)


def bilinear_forward(x, m, y):
    return np.einsum("ni,ij,nj->n", x, m, y), (x, m, y)


def bilinear_backward(dout, cache):
    x, m, y = cache
    d = dout[:, None]
    return d * (y @ m.T), x.T @ (d * y), d * (x @ m)


def gram_forward(x):
    return x @ x.T, x


def gram_backward(dout, x):
    return (dout + dout.T) @ x


def distance_forward(x, y):
    difference = x[:, None] - y[None]
    return (difference**2).sum(axis=2), difference


def distance_backward(dout, difference):
    weighted = 2 * dout[:, :, None] * difference
    return weighted.sum(axis=1), -weighted.sum(axis=0)


def transposed_forward(x):
    return x.T * 2.0, x


def transposed_backward(dout, x):
    return 2 * dout.T


def least_squares_forward(a, y):
    solution = np.linalg.solve(a.T @ a, a.T @ y)
    residual = a @ solution - y
    return (residual**2).sum(), (solution, residual)


def least_squares_backward(dout, cache):
    solution, residual = cache
    return 2 * dout * np.outer(residual, solution), -2 * dout * residual


def power_forward(m):
    return m @ m @ m, m


def power_backward(dout, m):
    t = m.T
    return dout @ t @ t + t @ dout @ t + t @ t @ dout


def kronecker_forward(a, b):
    return np.kron(a, b), (a, b)


def kronecker_backward(dout, cache):
    a, b = cache
    blocks = dout.reshape(a.shape[0], b.shape[0], a.shape[1], b.shape[1])
    return np.einsum("ikjl,kl->ij", blocks, b), np.einsum("ikjl,ij->kl", blocks, a)


def cosine_matrix_forward(x):
    norm = np.sqrt((x * x).sum(axis=1, keepdims=True))
    unit = x / norm
    return unit @ unit.T, (unit, norm)


def cosine_matrix_backward(dout, cache):
    unit, norm = cache
    g = (dout + dout.T) @ unit
    return (g - unit * (unit * g).sum(axis=1, keepdims=True)) / norm


def _side(n):
    return max(2, int(n**0.5))


def _regular(rng, n):
    k = _side(n)
    return {"m": rng.normal(size=(k, k)) / k**0.5 + 2 * np.eye(k)}


def _products(rng, n):
    rows = max(2, n // 12)
    return {"a": rng.normal(size=(rows, 6)), "b": rng.normal(size=(6, 5))}


def _definite(rng, n):
    k = _side(n)
    factor = rng.normal(size=(k, k))
    return {"m": factor @ factor.T / k + np.eye(k)}


FUNCTIONS = of_kind(
    "linear",
    Function(
        "matmul",
        matmul_forward,
        matmul_backward,
        _products,
        edits(
            ("a's own gradient", "dout @ b.T", "dout @ b.T * (a > 0)"),
            ("first row lost", "a.T @ dout", "a[1:].T @ dout[1:]"),
        ),
        sizes=CHEAP,
    ),
    Function(
        "matmul of squares",
        matmul_forward,
        matmul_backward,
        lambda rng, n: {"a": rng.normal(size=(_side(n),) * 2), "b": rng.normal(size=(_side(n),) * 2)},
        edits(
            ("not transposed", "dout @ b.T", "dout @ b"),
            ("swapped", "a.T @ dout", "dout @ a.T"),
            ("other side", "dout @ b.T", "b.T @ dout"),
        ),
        sizes=PRODUCTS,
    ),
    Function(
        "batched matmul",
        batched_forward,
        batched_backward,
        lambda rng, n: {
            "a": rng.normal(size=(max(2, n // 18), 3, 3)),
            "b": rng.normal(size=(max(2, n // 18), 3, 3)),
        },
        edits(
            ("not transposed", "dout @ b.swapaxes(1, 2)", "dout @ b"),
            ("one batch", "a.swapaxes(1, 2) @ dout", "a[:1].swapaxes(1, 2) @ dout"),
        ),
        sizes=(36, 600, 5_000),
    ),
    Function(
        "matmul with a shared matrix",
        shared_forward,
        shared_backward,
        lambda rng, n: {"a": rng.normal(size=(max(2, n // 12), 3, 4)), "b": rng.normal(size=(4, 4))},
        edits(
            ("mean", ".sum(axis=0)", ".mean(axis=0)"),
            ("not summed", ".sum(axis=0)", ""),
            ("not transposed", "b.T", "b"),
        ),
        sizes=(24, 600, 5_000),
    ),
    Function(
        "einsum of heads",
        einsum_forward,
        einsum_backward,
        lambda rng, n: {"a": rng.normal(size=(max(2, n // 9), 3, 3)), "b": rng.normal(size=(3, 3, 4))},
        edits(
            ("transposed heads", '"nd,hkd->nhk"', '"nd,hkd->nkh"'),
            ("other heads", '"nhk,nd->hkd"', '"nkh,nd->hkd"'),
        ),
        sizes=(18, 600, 5_000),
    ),
    Function(
        "affine",
        affine_forward,
        affine_backward,
        lambda rng, n: {
            "x": rng.normal(size=(max(2, n // 8), 8)),
            "w": rng.normal(size=(8, 3)),
            "b": rng.normal(size=3),
        },
        edits(
            ("bias averaged", "dout.sum(axis=0)", "dout.mean(axis=0)"),
            ("bias not summed", "dout.sum(axis=0)", "dout"),
            ("weights averaged", "x.T @ dout,", "x.T @ dout / x.shape[0],"),
        ),
        sizes=(40, 600, 5_000, 100_000),
        dtypes=("float64", "float32", "float16"),
    ),
    Function(
        "matrix times vector",
        vector_forward,
        vector_backward,
        lambda rng, n: {"m": rng.normal(size=(_side(n), _side(n))), "v": rng.normal(size=_side(n))},
        edits(
            ("swapped", "np.outer(dout, v)", "np.outer(v, dout)"),
            ("not transposed", "m.T @ dout", "m @ dout"),
        ),
        sizes=PRODUCTS,
    ),
    Function(
        "inverse",
        inverse_forward,
        inverse_backward,
        _regular,
        edits(
            ("no minus", "-out.T", "out.T"), ("not transposed", "-out.T @ dout @ out.T", "-out @ dout @ out")
        ),
        sizes=SQUARES,
    ),
    Function(
        "solve",
        solve_forward,
        solve_backward,
        lambda rng, n: _regular(rng, n) | {"b": rng.normal(size=(_side(n), 2))},
        edits(("not transposed", "solve(m.T", "solve(m"), ("no minus", "-db @", "db @")),
        sizes=SQUARES,
    ),
    Function(
        "determinant",
        determinant_forward,
        determinant_backward,
        lambda rng, n: {"m": rng.normal(size=(min(_side(n), 6),) * 2) + 2 * np.eye(min(_side(n), 6))},
        edits(("not transposed", "inv(m).T", "inv(m)"), ("no determinant", "dout * out", "dout")),
        sizes=(9, 36),
        seeds=(0, 1),
    ),
    Function(
        "logarithm of the determinant",
        log_determinant_forward,
        log_determinant_backward,
        _regular,
        edits(("not transposed", "inv(m).T", "inv(m)"), ("matrix", "np.linalg.inv(m).T", "m.T")),
        sizes=SQUARES,
    ),
    Function(
        "cholesky",
        cholesky_forward,
        cholesky_backward,
        _definite,
        edits(
            ("diagonal not halved", " - np.diag(np.diag(phi)) / 2", ""),
            ("not symmetric", "(half + half.T) / 2", "half"),
            ("no tril", "np.tril(low.T", "(low.T"),
        ),
        sizes=SQUARES,
    ),
    Function(
        "trace of a product",
        trace_forward,
        trace_backward,
        lambda rng, n: {"a": rng.normal(size=(_side(n),) * 2), "b": rng.normal(size=(_side(n),) * 2)},
        edits(("not transposed", "dout * b.T", "dout * b"), ("swapped", "dout * a.T", "dout * b.T")),
        sizes=PRODUCTS,
    ),
    Function(
        "outer product",
        outer_forward,
        outer_backward,
        lambda rng, n: {"a": rng.normal(size=max(3, n // 2)), "b": rng.normal(size=7)},
        edits(("not transposed", "dout @ b", "np.sign(dout) @ b"), ("sum", "dout.T @ a", "dout.sum(axis=0)")),
        sizes=CHEAP,
    ),
    Function(
        "quadratic form",
        quadratic_forward,
        quadratic_backward,
        lambda rng, n: {"x": rng.normal(size=_side(n)), "m": rng.normal(size=(_side(n),) * 2)},
        edits(("taken for symmetric", "(m + m.T)", "(2 * m)"), ("one side", "(m + m.T)", "m")),
        sizes=PRODUCTS,
    ),
    Function(
        "bilinear form",
        bilinear_forward,
        bilinear_backward,
        lambda rng, n: {
            "x": rng.normal(size=(max(2, n // 6), 3)),
            "m": rng.normal(size=(3, 3)),
            "y": rng.normal(size=(max(2, n // 6), 3)),
        },
        edits(
            ("not transposed", "y @ m.T", "y @ m"),
            ("matrix transposed", "x.T @ (d * y)", "(d * y).T @ x"),
            ("no x", "d * (x @ m)", "d * (y @ m)"),
        ),
        sizes=(24, 600, 5_000, 100_000),
    ),
    Function(
        "gram matrix",
        gram_forward,
        gram_backward,
        lambda rng, n: {"x": rng.normal(size=(max(2, min(n // 8, 300)), 8))},
        edits(("one side", "(dout + dout.T)", "(2 * dout)"), ("half", "(dout + dout.T)", "dout")),
        sizes=(16, 600, 2_400),
    ),
    Function(
        "squared distances",
        distance_forward,
        distance_backward,
        lambda rng, n: {"x": rng.normal(size=(max(2, n // 6), 3)), "y": rng.normal(size=(9, 3))},
        edits(
            ("no two", "2 * dout", "dout"),
            ("no minus", "-weighted", "weighted"),
            ("other axis", "difference\n", "difference**2\n"),
        ),
        sizes=CHEAP,
    ),
    Function(
        "transposed and doubled",
        transposed_forward,
        transposed_backward,
        lambda rng, n: {"x": rng.normal(size=(1, max(2, n)))},
        edits(
            ("wrong shape", "dout.T", "dout"), ("flat", "dout.T", "dout.reshape(-1)"), ("no two", "2 * ", "")
        ),
        sizes=CHEAP,
    ),
    Function(
        "residual of least squares",
        least_squares_forward,
        least_squares_backward,
        lambda rng, n: {"a": rng.normal(size=(max(6, n // 4), 3)), "y": rng.normal(size=max(6, n // 4))},
        edits(("no minus", "-2 * dout", "2 * dout"), ("no two", " 2 * dout * np", " dout * np")),
        sizes=(24, 600, 5_000),
    ),
    Function(
        "matrix cubed",
        power_forward,
        power_backward,
        lambda rng, n: {"m": rng.normal(size=(_side(n),) * 2) / _side(n) ** 0.5},
        edits(
            ("taken for commuting", "t @ dout @ t", "t @ t @ dout"),
            ("one term less", " + t @ t @ dout", ""),
            ("not transposed", "t = m.T", "t = m"),
        ),
        sizes=(9, 600, 2_500),
    ),
    Function(
        "kronecker product",
        kronecker_forward,
        kronecker_backward,
        lambda rng, n: {"a": rng.normal(size=(max(2, n // 9), 3)), "b": rng.normal(size=(2, 2))},
        edits(("blocks mixed up", '"ikjl,ij->kl"', '"ikjl,ij->lk"'), ("no b", "blocks, b)", "blocks, b.T)")),
        sizes=(18, 600, 5_000),
    ),
    Function(
        "matrix of cosines",
        cosine_matrix_forward,
        cosine_matrix_backward,
        lambda rng, n: {"x": rng.normal(size=(max(3, min(n // 6, 200)), 6))},
        edits(
            ("norm is a constant", "(g - unit * (unit * g).sum(axis=1, keepdims=True))", "g"),
            ("one side", "(dout + dout.T)", "(dout + dout)"),
        ),
        sizes=(18, 600, 1_200),
    ),
)
