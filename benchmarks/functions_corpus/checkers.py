"""The checkers that are compared, each as a function from a case and its inputs to an outcome."""

import math
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import msgspec
import numpy as np

from functions_corpus.model import Array, Case, Function, gradients, is_float, out_of

LARGEST_JACOBIAN = 4_000_000
LARGEST_FULL = 5_000
LARGEST_NUMDIFFTOOLS = 600
SCIPY_TOLERANCE = 1e-5
NUMDIFFTOOLS_TOLERANCE = 1e-6


class Outcome(msgspec.Struct, frozen=True):
    """What a checker says: pass, fail, doubt, or none with the reason why it did not judge."""

    verdict: str
    reason: str = ""


class NotJudgedError(Exception):
    """The checker cannot be asked this case; the message says why."""


class TimeUpError(BaseException):
    """The time limit is over. Not an Exception, so that no checker takes it for a failure of the function."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Interrupt Python code after a time, where the platform and the thread allow it."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise TimeUpError

    previous = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def judged(name: str, case: Case, inputs: Mapping[str, Any], limit: float) -> tuple[Outcome, float]:
    """Return what a checker says of a case, and how many seconds it took."""
    started = time.perf_counter()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _prepare(name)
            started = time.perf_counter()
            with within(limit):
                outcome = CHECKERS[name](case, inputs)
        except TimeUpError:
            outcome = Outcome("none", f"more than {limit:g} s")
        except NotJudgedError as error:
            outcome = Outcome("none", str(error))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a checker may fail with anything
            outcome = Outcome("none", f"{type(error).__name__}: {error}"[:200])
    return outcome, time.perf_counter() - started


@cache
def _prepare(name: str) -> None:
    """Import what a checker needs before its time runs: an import that is interrupted leaves half a package."""
    package = name.removesuffix("-fast")
    if find_spec(package) is None:
        raise NotJudgedError(f"{package} is not installed")
    import_module(package)
    if package == "torch":
        _warm_up_torch()
    if package == "jax":
        _warm_up_jax()


def _warm_up_torch() -> None:
    import torch

    for fast_mode in (False, True):
        x = torch.ones(2, dtype=torch.float64, requires_grad=True)
        torch.autograd.gradcheck(torch.sin, x, fast_mode=fast_mode)


def _warm_up_jax() -> None:
    import jax
    from jax.test_util import check_grads

    with jax.enable_x64(True):
        check_grads(jax.numpy.sin, (np.ones(2),), order=1, modes=["rev"])


def _gradcheck(case: Case, inputs: Mapping[str, Any]) -> Outcome:
    from gradcheck import GradientError, check_gradients

    try:
        report = check_gradients(case.function.forward, case.backward, seed=case.seed, inputs=dict(inputs))
    except GradientError as error:
        verdict = error.report.verdict.value
        messages = [finding.message for finding in error.report.findings]
        return Outcome("fail" if verdict == "fail" else "doubt", "; ".join(messages)[:200])
    return Outcome(report.verdict.value if report.verdict.value in ("pass", "fail") else "doubt")


def _torch_slow(case: Case, inputs: Mapping[str, Any]) -> Outcome:
    out = np.size(out_of(case.function.forward(**inputs)))
    if out * sum(value.size for value in inputs.values() if is_float(value)) > LARGEST_JACOBIAN:
        raise NotJudgedError("the Jacobian is too large")
    return _torch(case, inputs, fast_mode=False)


def _torch_fast(case: Case, inputs: Mapping[str, Any]) -> Outcome:
    return _torch(case, inputs, fast_mode=True)


def _torch(case: Case, inputs: Mapping[str, Any], *, fast_mode: bool) -> Outcome:
    import torch

    function, backward = case.function, case.backward

    class Wrapped(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *tensors: torch.Tensor) -> torch.Tensor:
            ctx.save_for_backward(*tensors)
            arrays = _with_floats(inputs, [each.detach().numpy() for each in tensors])
            return torch.from_numpy(np.array(out_of(function.forward(**arrays))))

        @staticmethod
        def backward(ctx: Any, *douts: torch.Tensor) -> tuple[torch.Tensor, ...]:
            arrays = _with_floats(inputs, [each.detach().numpy() for each in ctx.saved_tensors])
            found = _gradients(function, backward, arrays, douts[0].detach().numpy())
            return tuple(torch.from_numpy(np.array(each)) for each in found)

    floats = [value for value in inputs.values() if is_float(value)]
    tensors = [torch.from_numpy(value.copy()).requires_grad_() for value in floats]
    try:
        torch.autograd.gradcheck(
            Wrapped.apply, tensors, fast_mode=fast_mode, check_undefined_grad=False, nondet_tol=0.0
        )
    except import_module("torch.autograd.gradcheck").GradcheckError as error:
        return Outcome("fail", str(error).strip().split("\n")[0][:200])
    except RuntimeError as error:
        if "shape" in str(error):  # autograd itself refuses a gradient of another shape
            return Outcome("fail", str(error).strip().split("\n")[0][:200])
        raise
    return Outcome("pass")


def _with_floats(inputs: Mapping[str, Any], floats: list[Array]) -> dict[str, Any]:
    """Return inputs with other arrays in place of the floating-point ones."""
    rest = iter(floats)
    return {name: next(rest) if is_float(value) else value for name, value in inputs.items()}


def _gradients(
    function: Function, backward: Callable[..., Any], inputs: Mapping[str, Any], dout: Array
) -> list[Array]:
    """Return the gradients, from the forward that is judged."""
    function.forward(**inputs)  # refuses what it refuses
    return gradients(function, backward, inputs, dout)


def _jax(case: Case, inputs: Mapping[str, Any]) -> Outcome:
    import jax

    with jax.enable_x64(True):
        return _jax_wide(case, inputs)


def _jax_wide(case: Case, inputs: Mapping[str, Any]) -> Outcome:
    import jax
    from jax.test_util import check_grads

    function, backward = case.function, case.backward
    floats = [value for value in inputs.values() if is_float(value)]
    out = np.asarray(out_of(function.forward(**inputs)))
    found = _gradients(function, backward, inputs, np.ones_like(out))
    if [each.shape for each in found] != [each.shape for each in floats]:
        return Outcome(
            "fail", "the gradients have other shapes"
        )  # a callback of another shape cannot be wrapped
    shape = jax.ShapeDtypeStruct(out.shape, out.dtype)
    shapes = tuple(jax.ShapeDtypeStruct(value.shape, value.dtype) for value in floats)

    def call_forward(*arrays: Array) -> Array:
        arrays = [np.asarray(each) for each in arrays]  # type: ignore[assignment]
        return np.asarray(out_of(function.forward(**_with_floats(inputs, list(arrays)))), out.dtype)

    def call_backward(dout: Array, *arrays: Array) -> tuple[Array, ...]:
        given = _with_floats(inputs, [np.asarray(each) for each in arrays])
        found = _gradients(function, backward, given, np.asarray(dout))
        return tuple(np.asarray(each, floats[0].dtype) for each in found)

    @jax.custom_vjp
    def wrapped(*arrays: Array) -> Array:
        return jax.pure_callback(call_forward, shape, *arrays)

    def wrapped_forward(*arrays: Array) -> tuple[Array, Any]:
        return wrapped(*arrays), arrays

    def wrapped_backward(arrays: tuple[Array, ...], dout: Array) -> tuple[Array, ...]:
        return tuple(jax.pure_callback(call_backward, shapes, dout, *arrays))

    wrapped.defvjp(wrapped_forward, wrapped_backward)
    try:
        check_grads(wrapped, tuple(floats), order=1, modes=["rev"])
    except AssertionError as error:
        return Outcome("fail", " ".join(str(error).split())[:200])
    return Outcome("pass")


class _ShapesError(Exception):
    """A gradient does not have its input's shape."""


class _Flat:
    """A case as a scalar function of one vector, sum(out * dout), and its gradient."""

    def __init__(self, case: Case, inputs: Mapping[str, Any]) -> None:
        self.case, self.inputs = case, inputs
        self.floats = [value for value in inputs.values() if is_float(value)]
        out = np.asarray(out_of(case.function.forward(**inputs)))
        self.dout = np.random.default_rng(case.seed).normal(size=out.shape).astype(out.dtype)
        self.x = np.concatenate([value.ravel() for value in self.floats])

    def _arrays(self, x: Array) -> dict[str, Any]:
        ends = np.cumsum([value.size for value in self.floats])[:-1]
        parts = [
            part.reshape(value.shape).astype(value.dtype)
            for part, value in zip(np.split(np.asarray(x), ends), self.floats, strict=True)
        ]
        return _with_floats(self.inputs, parts)

    def value(self, x: Array) -> float:
        """Return the weighted sum of the outputs."""
        return float(np.sum(np.asarray(out_of(self.case.function.forward(**self._arrays(x)))) * self.dout))

    def gradient(self, x: Array) -> Array:
        """Return what backward gives, as one vector."""
        found = _gradients(self.case.function, self.case.backward, self._arrays(x), self.dout)
        if [each.shape for each in found] != [each.shape for each in self.floats]:
            raise _ShapesError
        return np.concatenate([each.ravel() for each in found]).astype(np.float64)


def _scipy(case: Case, inputs: Mapping[str, Any]) -> Outcome:
    from scipy.optimize import check_grad

    flat = _Flat(case, inputs)
    direction = "all" if flat.x.size <= LARGEST_FULL else "random"
    try:
        size = float(np.linalg.norm(flat.gradient(flat.x)))
    except _ShapesError:
        return Outcome("fail", "the gradients have other shapes")
    generator = np.random.default_rng(case.seed)
    error = check_grad(flat.value, flat.gradient, flat.x, direction=direction, rng=generator)
    if not math.isfinite(error):
        return Outcome("fail", f"error {error}")
    return Outcome("pass" if error <= SCIPY_TOLERANCE * max(size, 1) else "fail", f"error {error:.1e}")


def _numdifftools(case: Case, inputs: Mapping[str, Any]) -> Outcome:
    from numdifftools import Gradient

    flat = _Flat(case, inputs)
    if flat.x.size > LARGEST_NUMDIFFTOOLS:
        raise NotJudgedError(f"more than {LARGEST_NUMDIFFTOOLS} entries")
    try:
        given = flat.gradient(flat.x)
    except _ShapesError:
        return Outcome("fail", "the gradients have other shapes")
    found, error_estimate = Gradient(flat.value, full_output=True)(flat.x)[:2]
    bound = 10 * np.abs(error_estimate).reshape(np.shape(found)) + NUMDIFFTOOLS_TOLERANCE * np.maximum(
        np.abs(found), 1
    )
    return Outcome("pass" if np.all(np.abs(found - given) <= bound) else "fail")


CHECKERS: dict[str, Callable[[Case, Mapping[str, Any]], Outcome]] = {
    "gradcheck": _gradcheck,
    "torch": _torch_slow,
    "torch-fast": _torch_fast,
    "jax": _jax,
    "scipy": _scipy,
    "numdifftools": _numdifftools,
}
TITLES = {
    "gradcheck": "`gradcheck.check_gradients`",
    "torch": "`torch.autograd.gradcheck`",
    "torch-fast": "`torch.autograd.gradcheck(fast_mode=True)`",
    "jax": "`jax.test_util.check_grads`",
    "scipy": "`scipy.optimize.check_grad`",
    "numdifftools": "`numdifftools.Gradient`",
}
