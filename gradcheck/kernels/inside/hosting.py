"""Answers the judge about a kernel: what it is, what it gives, and how long a call took by this process's clock."""

import json
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import numpy as np

from gradcheck.calling.raising import builtin_cause
from gradcheck.contract import Array, Case, SubjectError
from gradcheck.isolation import wire
from gradcheck.isolation.inside import kernel as system
from gradcheck.isolation.inside import seccomp
from gradcheck.isolation.inside.serving import Server
from gradcheck.kernels import dtypes, operations
from gradcheck.kernels.function import FunctionKernel
from gradcheck.kernels.kernel import CLOCKS, LINE, KernelError, unheard
from gradcheck.kernels.keywords import Keywords
from gradcheck.kernels.onnx import OnnxKernel
from gradcheck.kernels.resolving import opened_kernel
from gradcheck.text import one_line

Answer = list[Any]


def host(connection: int, settings: dict[str, Any], kind: "type[Host] | None" = None) -> None:
    """Give up rights, and answer the judge until it closes the connection: what it may ask, the kind of host says."""
    system.close_memory()  # a second kernel of the same judge is of the same user
    os.setsid()  # what it signals as its own group is not the supervisor
    system.drop_capabilities()
    system.no_new_privileges()
    held = {
        "process": os.getpid(),
        "landlock": False,
        "seccomp": seccomp.spare([*settings["spared"], os.getppid(), -os.getppid()]),
    }
    to_judge = socket.socket(fileno=connection)
    wire.send(to_judge, [0, "ready", held], wire.Outgoing())
    answering = (kind or Host)(to_judge, settings["result"])
    answering.serve({"open": answering.opened, "ping": lambda times: times})


class Host(Server):
    """Everything that the judge may ask about a kernel.

    Parameters
    ----------
    connection : socket
        To the judge.
    most : int
        The most bytes that one result may hold.
    """

    def __init__(self, connection: socket.socket, most: int) -> None:
        super().__init__(connection, most)
        self._kernel: FunctionKernel | OnnxKernel | None = None
        self._stack = ExitStack()
        self._limits = ExitStack()
        self._pending: dict[int, Any] = {}
        self._begun = 0

    def _performed(self, what: str, arguments: list[Any]) -> Any:
        """Do what the judge asks. A kernel's failure is an answer."""
        try:
            with unheard():
                return self._done(what, arguments)
        except SubjectError as problem:
            return "failed", type(problem).__name__, one_line(problem), builtin_cause(problem.kind)

    def _done(self, what: str, arguments: list[Any]) -> Any:
        return METHODS[what](self, *arguments)

    def opened(self, target: str, framework: str | None, adapter: str | None, layer: str) -> Answer:
        """Open the kernel, and describe it."""
        try:
            found = self._stack.enter_context(opened_kernel(target, framework, adapter, layer))
        except KernelError as problem:
            return ["refused", str(problem)]
        assert isinstance(found, FunctionKernel | OnnxKernel)
        self._kernel = found
        return ["opened", described(found)]

    def _start(
        self,
        layer: str,
        params: str,
        dtype: str,
        names: Sequence[str],
        arrays: Sequence[Array],
        dout: Array | None,
        wanted: Sequence[str] | None,
    ) -> int:
        """Run forward, and return the number of what gives the results."""
        assert self._kernel is not None
        case = Case(operations.of(layer).layer, as_tuples(json.loads(params)))
        tensors = dict(zip(names, arrays, strict=True))
        some = None if wanted is None else tuple(wanted)
        return self._kept(self._kernel.begun(case, dtypes.BY_NAME[dtype], tensors, dout, some))

    def _prepare(
        self,
        layer: str,
        params: str,
        dtype: str,
        names: Sequence[str],
        arrays: Sequence[Array],
        dout: Array | None,
        wanted: None,
    ) -> int:
        """Do everything before a timed call, and return its number. The inputs are copied to plain memory."""
        assert self._kernel is not None
        case = Case(operations.of(layer).layer, as_tuples(json.loads(params)))
        tensors = {name: aligned(array) for name, array in zip(names, arrays, strict=True)}
        upstream = None if dout is None else aligned(dout)
        return self._kept(self._kernel.prepared(case, dtypes.BY_NAME[dtype], tensors, upstream))

    def _run(self, numbers: Sequence[int], clock: str) -> float:
        """Make prepared calls, one after the other, and return the seconds; results are copied without delay."""
        now, taken = CLOCKS[clock], 0.0
        for number in numbers:
            call, results = self._pending[number]
            started = now()
            returned = call()
            taken += now() - started
            self._pending[number] = [np.array(each) for each in results(returned).values()]
        return taken

    def _collect(self, number: int) -> list[Array]:
        """Return what a timed call gave."""
        found: list[Array] = self._pending.pop(number)
        return found

    def _finish(self, number: int) -> list[Array | None]:
        """Return the results, in the order in which they have names; None for a gradient that is missing."""
        pending: Callable[[], dict[str, Array | None]] = self._pending.pop(number)
        return [None if each is None else np.asarray(each) for each in pending().values()]

    def _kept(self, pending: Any) -> int:
        self._begun += 1
        self._pending[self._begun] = pending
        return self._begun

    def _limit(self, count: int) -> bool:
        """Let the kernel use so many threads; all that it likes for 0. Return whether that can be set."""
        assert self._kernel is not None
        self._limits.close()
        limit = self._kernel.threads(count) if count else None
        if limit is not None:
            self._limits.enter_context(limit)
        return limit is not None


METHODS: dict[str, Callable[..., Any]] = {
    "start": Host._start,
    "finish": Host._finish,
    "limit": Host._limit,
    "prepare": Host._prepare,
    "run": Host._run,
    "collect": Host._collect,
}


def aligned(values: Array) -> Array:
    """Return a copy that begins with a cache line: elsewhere, a product is slower by up to an eighth."""
    memory = np.empty(values.nbytes + LINE, dtype=np.uint8)
    start = -memory.ctypes.data % LINE
    made = memory[start : start + values.nbytes].view(values.dtype).reshape(values.shape)
    made[...] = values
    return made


def described(kernel: FunctionKernel | OnnxKernel) -> dict[str, Any]:
    """Return what the judge has to know of a kernel, as plain data."""
    common = {"title": one_line(kernel.title), "notes": list(kernel.traits.notes)}
    if isinstance(kernel, OnnxKernel):
        inputs = [[each.name, each.type, list(each.shape)] for each in kernel.inputs]
        has_session = kernel.session is not None
        own = {
            "operator": kernel.operator,
            "fixed": kernel.fixed,
            "inputs": inputs,
            "has_session": has_session,
        }
        return {**common, "sort": "onnx", **own}
    signature = kernel.signature
    return {
        **common,
        "sort": "function",
        "name": kernel.name,
        "framework": kernel.framework.name,
        "has_backward": kernel.backward is not None,
        "takes": signature.takes,
        "spelled": dict(signature.spelled),
        "scalars": sorted(signature.scalars),
        **(
            {"needs": signature.needs}
            if isinstance(signature, Keywords)
            else {"is_ours": signature.is_ours, "needs_bias": signature.needs_bias}
        ),
    }


def as_tuples(value: Any) -> Any:
    """Return parameters as they were before they became JSON."""
    if isinstance(value, dict):
        return {name: as_tuples(each) for name, each in value.items()}
    return tuple(map(as_tuples, value)) if isinstance(value, list) else value
