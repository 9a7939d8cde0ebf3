"""Convolutions in ONNX Runtime: the operator itself, a model in a file, or a session."""

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from gradcheck.calling import guarded
from gradcheck.contract import Array, Arrays, Case, Malformed, Missing, Shape, SubjectError
from gradcheck.grammar import Params
from gradcheck.kernels.dtypes import Dtype, loaded
from gradcheck.kernels.frameworks.numpy import get
from gradcheck.kernels.kernel import CLOCKS, KernelError, Pending, Prepared, Traits, Work, changed_by
from gradcheck.kernels.onnx_model import OPERATORS, Attributes, attributes_of, model_of, read_model

SUFFIX = ".onnx"
NOT_THERE = "NOT_IMPLEMENTED"
TYPES = {
    "float64": "tensor(double)",
    "float32": "tensor(float)",
    "float16": "tensor(float16)",
    "int8": "tensor(int8)",
}
"""What ONNX Runtime calls the dtypes that it has."""


def onnx_kernel(target: str, place: str, name: str) -> "OnnxKernel":
    """Return the kernel ``onnxruntime:Conv`` or ``model.onnx``. Raises KernelError."""
    if place == "onnxruntime":
        if name not in OPERATORS:
            raise KernelError(
                f"ONNX has no operator {name!r} that is judged here; there are {', '.join(OPERATORS)}"
            )
        return OnnxKernel(target, operator=name)
    if not Path(target).is_file():
        raise KernelError(f"there is no model {target!r}")
    model, fixed = read_model(target)
    try:
        inputs = guarded(target, _new_session, model, 1).get_inputs()
    except SubjectError as problem:
        raise KernelError(str(problem)) from None
    return OnnxKernel(target, model=model, fixed=fixed, inputs=tuple(inputs))


def session_kernel(target: str, session: Any) -> "OnnxKernel":
    """Return the kernel that is an author's session."""
    return OnnxKernel(target, session=session, inputs=tuple(session.get_inputs()))


def is_session(found: Any) -> bool:
    """Return whether something is a session of ONNX Runtime."""
    return hasattr(found, "run") and hasattr(found, "get_inputs")


@dataclass
class OnnxKernel:
    """A convolution that ONNX Runtime does.

    Attributes
    ----------
    target : str
        What was asked for.
    operator : str
        Of which a model is made for each geometry, where there is neither model nor session.
    model : bytes, optional
        An author's model.
    session : InferenceSession, optional
        An author's session.
    fixed : tuple, optional
        The attributes of the model's convolution: the only geometry that it can be asked.
    inputs : tuple
        What the model or the session says of its inputs.
    """

    traits: ClassVar[Traits] = Traits(
        has_backward=False, has_strides=False, checks_geometry=True, declared=("threads",)
    )

    target: str
    operator: str = "Conv"
    model: bytes | None = None
    session: Any = None
    fixed: Attributes | None = None
    inputs: tuple[Any, ...] = ()
    _count: int = 0
    _sessions: dict[Any, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """ONNX Runtime, with its version."""
        return f"ONNX Runtime {importlib.import_module('onnxruntime').__version__}"

    def express(self, case: Case) -> Case:
        """Return the case with a bias for each filter, or without where there is no place for one."""
        is_there = case.params.get("bias", "none") != "none"
        takes = len(self.inputs) > 2 if self.inputs else self.operator == "Conv"
        return case.but(params={**case.params, "bias": "shared" if takes else "none"}) if is_there else case

    def skips(self, case: Case, dtype: Dtype) -> str | None:
        """Say why there is no call for a case, or None."""
        tensors = case.shapes
        if case.layer.name != "conv2d" or dtype.name not in TYPES:
            return f"no {case.layer.name} in {dtype.name}"
        if self.fixed is not None and self.fixed != attributes_of(case.params):
            return "the model's convolution has another geometry"
        return next((why for why in map(_unfit, self.inputs, tensors.values(), repeat(dtype)) if why), None)

    def started(
        self,
        case: Case,
        dtype: Dtype,
        tensors: Arrays,
        dout: Array | None,
        wanted: tuple[str, ...] | None = None,
    ) -> Pending:
        """Run it, and return what gives the output. Raises SubjectError."""
        pending = self.begun(case, dtype, tensors, dout, wanted)
        return lambda: {name: loaded(array, dtype) for name, array in pending().items()}

    def begun(
        self,
        case: Case,
        dtype: Dtype,
        tensors: Arrays,
        dout: Array | None,
        wanted: tuple[str, ...] | None = None,
    ) -> Pending:
        """Do as `started` does, with the output as it is stored. Raises SubjectError."""
        call, results = self.prepared(case, dtype, tensors, dout)
        found = results(call())
        return lambda: found

    def prepared(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None) -> Prepared:
        """Return a call, and what makes a stored array of its output. Raises SubjectError."""
        session = self._session(case.params, dtype)

        def results(returned: Any) -> Arrays:
            array = get(returned[0], dtype)
            if array.shape != case.output_shape:
                raise Malformed(f"{self.target} returned out of shape {array.shape}")
            return {"out": array}

        return lambda: self._run(session, tensors), results

    def changed(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None) -> tuple[str, ...]:
        """Run it, and return the names of the inputs that it changes. Raises SubjectError."""
        return changed_by(lambda *given: self.started(case, dtype, *given), tensors, dout)

    def work(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None, clock: str) -> Work:
        """Return what times one call."""
        session = self._session(case.params, dtype)
        now = CLOCKS[clock]

        def timed() -> float:
            started = now()
            self._run(session, tensors)
            return now() - started

        return timed

    def threads(self, count: int) -> Any:
        """Let the operator use so many threads; a session has its own."""
        return None if self.session is not None else self._limited(count)

    @contextmanager
    def _limited(self, count: int) -> Iterator[None]:
        before, self._count = self._count, count
        try:
            yield
        finally:
            self._count = before

    def _run(self, session: Any, tensors: Mapping[str, Array]) -> Any:
        names = [each.name for each in session.get_inputs()]
        feeds = {
            name: np.ascontiguousarray(array) for name, array in zip(names, tensors.values(), strict=False)
        }
        try:
            return guarded(self.target, session.run, None, feeds)
        except SubjectError as problem:
            raise _classified(problem) from None

    def _session(self, params: Params, dtype: Dtype) -> Any:
        """Return the session for a geometry, made once."""
        if self.session is not None:
            return self.session
        has_bias = params["bias"] != "none"
        key = (attributes_of(params), dtype.name, has_bias, self._count)
        if key not in self._sessions:
            model = self.model or model_of(self.operator, attributes_of(params), dtype, has_bias)
            try:
                self._sessions[key] = guarded(self.target, _new_session, model, self._count)
            except SubjectError as problem:
                raise _classified(problem) from None
        return self._sessions[key]


def _unfit(given: Any, shape: Shape, dtype: Dtype) -> str | None:
    """Say why an input does not take a tensor, or None: it may be made for one shape and one dtype."""
    if given.type != TYPES[dtype.name]:
        return f"its input {given.name} is of {given.type.removeprefix('tensor').strip('()')}"
    if any(isinstance(own, int) and own != extent for own, extent in zip(given.shape, shape, strict=True)):
        return f"its input {given.name} is {'x'.join(map(str, given.shape))}"
    return None


def _new_session(model: bytes, threads: int) -> Any:
    runtime = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4  # what is wrong is raised as well
    return runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _classified(problem: SubjectError) -> SubjectError:
    """Return what a failure means: ONNX Runtime has one sort of exception for everything."""
    return Missing(str(problem), problem.kind) if NOT_THERE in str(problem) else problem
