"""A kernel in a process of its own, as the judge sees it. The judge has the numbers, the truth and the verdict.

The kernel's process gets a geometry and arrays, and returns arrays. It has the suite's code, as a kernel may use that,
but nothing that the judge uses: whatever is replaced there is replaced for the kernel alone.
"""

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any, ClassVar

import msgspec
import numpy as np

from gradcheck import contract
from gradcheck.calling.raising import Trouble, cause_called
from gradcheck.contract import Array, Arrays, Case, Crashed, SubjectError
from gradcheck.isolation import runtime
from gradcheck.isolation.arena import Lent
from gradcheck.isolation.foreign import Failed
from gradcheck.isolation.levels import MEGABYTE, Level, Limits
from gradcheck.isolation.packing import Packer
from gradcheck.isolation.process import Process
from gradcheck.isolation.session import Session, Worker
from gradcheck.kernels import operations
from gradcheck.kernels.dtypes import Dtype, loaded
from gradcheck.kernels.frameworks import BY_NAME
from gradcheck.kernels.function import FunctionKernel
from gradcheck.kernels.kernel import Ended, KernelError, Pending, Traits, Work
from gradcheck.kernels.keywords import Keywords
from gradcheck.kernels.onnx import OnnxKernel
from gradcheck.kernels.onnx_model import OPERATORS
from gradcheck.kernels.operations.operation import SUMMED
from gradcheck.kernels.signature import SPELLINGS, Signature
from gradcheck.report import Verdict
from gradcheck.subjects.loading import LoadError
from gradcheck.text import one_line

MAIN = Path(__file__).parent / "inside" / "main.py"
PINGS = 20
EACH = 3e-5
"""Seconds that a timed call may take besides the kernel's time, and that of copying its results."""

UNSEEN, UNSEEN_ELSEWHERE = 1e-3, 2e-2
"""Seconds that a call's inputs and results may take outside its clock, with NumPy and with other frameworks."""

COPIES = 10
"""How many times a copy of inputs and results they may take besides: they are converted, and go to devices."""

OPENING = 120.0
"""The least seconds for it to start: some frameworks take their time."""

LIMITS = Limits(call=600, load=OPENING, total=1e9, memory=2**32, result=2**36, scratch=2**50, losses=2**31)
"""What a kernel may use: it is its author's own, and may be large. Only time is limited."""

FAILURES: dict[str, type[SubjectError]] = {
    name: getattr(contract, name)
    for name in ("Missing", "Refused", "Crashed", "Uncalled", "Unadapted", "LeftOut", "Malformed")
}


LIVE: "list[KernelSession]" = []
"""The kernels that this judge has opened."""


class KernelProcess(Process):
    """A kernel's process that has been started, with everything that the judge's process may import."""

    is_forkable = False
    main: ClassVar[Path] = MAIN

    def _command(self, limits: Limits, folders: Sequence[str], ends: tuple[int, int]) -> list[str]:
        settings = {
            "scratch": str(self.scratch),
            "most_scratch": limits.scratch,
            "seconds": 2**31,
            "processes": 2**15,
            "memory": limits.memory,
            "file": 16 * MEGABYTE,
            "result": limits.result,
            "runtime": str(runtime.runtime()),
            "path": [entry or os.getcwd() for entry in sys.path],
            "spared": [os.getpid(), -os.getpgid(0)],
        }
        return [sys.executable, "-P", str(self.main), *map(str, ends), json.dumps(settings)]

    def _surroundings(self) -> dict[str, Any]:
        return {"env": None, "cwd": None}

    def _ended(self, code: int, last: str) -> str:
        return (signal.strsignal(-code) or f"signal {-code}") if code < 0 else f"it left with {code}"


class KernelSession(Session):
    """A kernel and the processes that it lives in, one after the other: a fresh one where one was lost."""

    process_kind: ClassVar[type[KernelProcess]] = KernelProcess

    def __init__(
        self, target: str, framework: str | None, adapter: Any, seconds: float, layer: str = "conv2d"
    ) -> None:
        limits = replace(LIMITS, call=seconds, load=max(seconds, OPENING))
        super().__init__(target, target, [], Level.RLIMITS, limits)
        self._asked_for = target, framework, adapter, layer
        self.began = time.monotonic()
        self.overhead = 0.0
        self.process = 0
        self.unseen: dict[tuple[str, str, int], float] = {}
        self._is_paused = False
        LIVE.append(self)

    def opened(self) -> dict[str, Any]:
        """Start a process, open the kernel in it, and return how it describes itself. Raises KernelError."""
        try:
            return self._opened()
        except LoadError as problem:
            raise KernelError(problem.message) from None

    def left(self) -> float:
        """Return how many seconds of the check that has begun are left."""
        return max(self.limits.call - (time.monotonic() - self.began), 0.01)

    def pause(self, *, is_paused: bool = True) -> None:
        """Stop the process with all that it has started, or let it go on: threads may wait for work by spinning."""
        if self._worker is not None and self.process and is_paused is not self._is_paused:
            with contextlib.suppress(OSError):
                os.killpg(self.process, signal.SIGSTOP if is_paused else signal.SIGCONT)
            self._is_paused = is_paused

    def alone(self) -> None:
        """Stop the processes of all other kernels of this judge."""
        for session in LIVE:
            session.pause(is_paused=session is not self)

    def close(self) -> None:
        """End the process."""
        self.pause(is_paused=False)
        super().close()

    def asked(self, what: str, label: str, *arguments: Any) -> Any:
        """Return what the process answers. Raises Ended if there is no process any more, and SubjectError."""
        self.pause(is_paused=False)
        life = self.life
        limits, self.limits = self.limits, replace(self.limits, call=self.left())
        try:
            found = self.request(what, label, *arguments)
        except Failed as problem:
            if self.life == life:
                raise Crashed(f"{label} {problem.trouble.said}") from None
            timed_out = problem.trouble.kind == "timed out"
            why = f"nothing for {limits.call:g} s: it was ended" if timed_out else problem.trouble.said
            raise Ended(Verdict.TIMEOUT if timed_out else Verdict.ERROR, why) from None
        finally:
            self.limits = limits
        if isinstance(found, tuple) and found[:1] == ("failed",):
            raise _failure(found)
        return found

    def was_written(self, array: Array) -> bool:
        """Return whether the process has written into an array that was lent."""
        return self._worker is not None and self._worker.packer.arena.was_written(array)

    def _start(self) -> tuple[list[Any], list[Any], int]:
        try:
            self._opened()
        except KernelError as problem:
            raise LoadError(str(problem), "import") from None
        return [], [], 0

    def _opened(self) -> dict[str, Any]:
        target = self.shown
        try:
            process = self.process_kind(self.level, self.limits, ())
        except OSError as problem:
            raise LoadError(
                f"no process can be started: {problem.strerror or problem}", "unsupported"
            ) from None
        self._worker = Worker(process, Packer(self, self.life, self.limits.result))
        try:
            self.process = self._wait_until_ready(process).get("process", 0)
            # The kernel is not there yet. The longest of them would leave it room to work unseen: 10 ms and more.
            self.overhead = median(self._pinged() for _ in range(PINGS))
            answer = self._asked("open", self.limits.load, *self._asked_for)
            if answer[0] == "refused":
                raise KernelError(one_line(answer[1]))
            return self._described(answer[1])
        except Failed as problem:
            raise KernelError(f"{target} cannot be opened: {problem.trouble.said}") from None
        except (LookupError, TypeError, ValueError, AttributeError) as problem:
            if isinstance(problem, KernelError):
                raise
            raise KernelError(f"{target} cannot be opened: it does not describe itself") from None
        finally:
            if sys.exception() is not None:
                self.close()

    def _described(self, found: Any) -> dict[str, Any]:
        """Return what the process says of the kernel, if it is a description. Raises ValueError."""
        return _checked_description(found, self._asked_for[-1])

    def _pinged(self) -> float:
        """Return how long a request takes in which nothing is done."""
        started = time.perf_counter()
        self._asked("ping", self.limits.load, [0.0])
        return time.perf_counter() - started

    def _lost(self, label: str, trouble: Trouble) -> Failed:
        said = trouble.said
        if said.startswith("gave "):
            said = f"its process sent a message that cannot be read: {said.removeprefix('gave ')}"
        elif trouble.kind != "timed out":
            said = f"its process died: {said}"
        return super()._lost(label, Trouble(trouble.kind, said, trouble.cause))


@dataclass(frozen=True)
class HostedKernel:
    """A kernel in a process of its own. `plain` knows how it is called, and calls nothing."""

    target: str
    title: str
    session: KernelSession
    plain: FunctionKernel | OnnxKernel
    name: str
    can_limit: bool

    @property
    def traits(self) -> Traits:
        """What it has and promises, by its framework; of its own it says no more than whether it has a backward."""
        return self.plain.traits

    def express(self, case: Case) -> Case:
        """Return the nearest case that it can be called with."""
        return self.plain.express(case)

    def skips(self, case: Case, dtype: Dtype) -> str | None:
        """Say why it has no call for a case, or None."""
        return self.plain.skips(case, dtype)

    def started(
        self,
        case: Case,
        dtype: Dtype,
        tensors: Arrays,
        dout: Array | None,
        wanted: tuple[str, ...] | None = None,
    ) -> Pending:
        """Run it, and return what gives the results, in double precision. Raises SubjectError, and Ended."""
        number = self._begun("start", case, dtype, tensors, dout, wanted)
        names = ["out", *(f"d{name}" for name in (wanted or case.wanted) if dout is not None)]

        def finished() -> Arrays:
            found = self._asked("finish", number)
            stored = self._checked(names, found, case, dtype)
            return {name: loaded(array, dtype) for name, array in stored.items()}

        return finished

    def changed(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None) -> tuple[str, ...]:
        """Run it, and return the names of the inputs whose numbers are then others. Raises SubjectError, and Ended."""
        self.started(case, dtype, tensors, dout)()
        given = tensors if dout is None else {**tensors, "dout": dout}
        return tuple(name for name, array in given.items() if self.session.was_written(array))

    def work(self, case: Case, dtype: Dtype, tensors: Arrays, dout: Array | None, clock: str) -> Work:
        """Return what times one call, on inputs that are the same each time."""
        return lambda: self.timed(case, dtype, [(tensors, dout)], clock)[0]

    def timed(
        self, case: Case, dtype: Dtype, given: Sequence[tuple[Arrays, Array | None]], clock: str
    ) -> tuple[float, list[Arrays]]:
        """Call it once with each of some inputs, and return how long that takes, and all results.

        The results are copied as soon as a call returns. The process's own clock is believed as far as it agrees
        with that of the judge, which knows how long a request takes without a kernel. What takes long before and
        after it counts, for the work may be done there.
        """
        began = time.perf_counter()
        numbers = [self._begun("prepare", case, dtype, *each) for each in given]
        outside = time.perf_counter() - began
        self.session.began = time.monotonic()
        self.session.alone()
        watch = Watch(self.session.process, clock)
        seconds = self._asked("run", numbers, clock)
        passed = watch.passed()
        names = ["out", *(f"d{name}" for name in case.wanted if given[0][1] is not None)]
        began = time.perf_counter()
        stored = [self._checked(names, self._asked("collect", number), case, dtype) for number in numbers]
        outside += time.perf_counter() - began
        copying = _copied(array for results in stored for array in results.values())
        bringing = _copied(array for tensors, _ in given for array in tensors.values())
        unseen = self._unseen(case, dtype, outside - COPIES * (copying + bringing), len(numbers))
        own = float(seconds) if isinstance(seconds, float) else 0.0
        allowed = 2 * self.session.overhead + len(numbers) * EACH + 2 * copying
        results = [{name: loaded(array, dtype) for name, array in each.items()} for each in stored]
        return max(own, passed - allowed) + unseen, results

    def _unseen(self, case: Case, dtype: Dtype, outside: float, count: int) -> float:
        """Return what calls take outside their clock beyond what is due, the least of all times: some come once."""
        if isinstance(self.plain, OnnxKernel):
            return 0.0  # a model is made ready then, and runs no code of its author's
        is_plain = self.plain.framework.name == "numpy"
        due = count * (2 * self.session.overhead + (UNSEEN if is_plain else UNSEEN_ELSEWHERE))
        key = str(case.params), dtype.name, count
        least = min(self.session.unseen.get(key, outside - due), outside - due)
        self.session.unseen[key] = least
        return max(least, 0.0)

    def threads(self, count: int) -> AbstractContextManager[object] | None:
        """Let it use so many threads within a ``with`` block; None where that cannot be set."""
        return self._limited(count) if self.can_limit else None

    @contextmanager
    def _limited(self, count: int) -> Iterator[None]:
        self._asked("limit", count)
        try:
            yield
        finally:
            self._asked("limit", 0)

    def _begun(
        self,
        what: str,
        case: Case,
        dtype: Dtype,
        tensors: Arrays,
        dout: Array | None,
        wanted: tuple[str, ...] | None = None,
    ) -> int:
        arrays = [Lent(array) for array in tensors.values()]
        upstream = None if dout is None else Lent(dout)
        some = None if wanted is None else list(wanted)
        params = json.dumps(case.params)
        number = self._asked(what, case.layer.name, params, dtype.name, list(tensors), arrays, upstream, some)
        return number if type(number) is int else -1

    def _asked(self, what: str, *arguments: Any) -> Any:
        return self.session.asked(what, self.name, *arguments)

    def _checked(self, names: Sequence[str], found: Any, case: Case, dtype: Dtype) -> Arrays:
        """Return the results by name, without gradients that are missing; the process should have checked them."""
        shapes = {"out": case.output_shape} | {f"d{name}": shape for name, shape in case.shapes.items()}
        indices = operations.of(case.layer.name).returns
        if not isinstance(found, list) or len(found) != len(names):
            raise Crashed(f"{self.name} gave something that is no result")
        there = {
            name: array
            for name, array in zip(names, found, strict=True)
            if array is not None or name == "out"
        }
        for name, array in there.items():
            kept = indices if indices and name == "out" else dtype.results
            if not isinstance(array, np.ndarray) or array.shape != shapes[name] or array.dtype != kept:
                raise Crashed(f"{self.name} gave something that is no result for {name}")
        return there


def _copied(arrays: Iterable[Array]) -> float:
    """Return the seconds that copies take."""
    started = time.perf_counter()
    for array in arrays:
        array.copy()
    return time.perf_counter() - started


class Watch:
    """A clock of the judge's for what another process does."""

    def __init__(self, process: int, clock: str) -> None:
        self._process = process
        self._clock = clock
        self._wall, self._cpu = time.perf_counter(), self._spent()

    def passed(self) -> float:
        """Return the seconds since it was made; processor time, if all of it can be seen from here."""
        wall = time.perf_counter() - self._wall
        if self._clock == "wall":
            return wall
        return max(self._spent() - self._cpu, wall if self._has_children() else 0.0)

    def _spent(self) -> float:
        """Return the processor time of the process, and of the children that it has waited for."""
        if self._clock == "wall":
            return 0.0
        try:
            with open(f"/proc/{self._process}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
            ticks = int(fields[13]) + int(fields[14])
            return time.clock_gettime((~self._process << 3) | 2) + ticks / os.sysconf("SC_CLK_TCK")
        except OSError:
            return 0.0

    def _has_children(self) -> bool:
        try:
            with open(f"/proc/{self._process}/task/{self._process}/children", "rb") as file:
                return bool(file.read().strip())
        except OSError:
            return True


@contextmanager
def hosted_kernel(
    target: str,
    framework: str | None = None,
    adapter: str | None = None,
    seconds: float = LIMITS.call,
    layer: str = "conv2d",
) -> Iterator[HostedKernel]:
    """Give the kernel that a target names, in a process of its own, for the length of a ``with`` block.

    Nothing may take longer there than `seconds`. Raises KernelError.
    """
    session = KernelSession(target, framework, adapter, seconds, layer)
    try:
        session.alone()
        about = session.opened()
        plain = _onnx(target, about) if about["sort"] == "onnx" else _function(target, about, layer)
        can_limit = (
            plain.framework.threads is not None
            if isinstance(plain, FunctionKernel)
            else plain.session is None
        )
        yield HostedKernel(target, about["title"], session, plain, about["name"], can_limit)
    finally:
        session.close()
        LIVE.remove(session)


class Description(msgspec.Struct, frozen=True):
    """What a kernel's process says of it."""

    sort: str
    title: str
    notes: list[str]
    name: str = "kernel"
    framework: str = "numpy"
    has_backward: bool = False
    takes: int = 3
    needs: int = 0
    spelled: dict[str, str] = {}
    scalars: list[str] = []
    is_ours: bool = False
    needs_bias: bool = False
    operator: str = "Conv"
    fixed: list[tuple[str, int | list[int]]] | None = None
    inputs: list[tuple[str, str, list[int | str | None]]] = []
    has_session: bool = False


def _checked_description(found: Any, layer: str) -> dict[str, Any]:
    """Return a description, if it is one. Raises ValueError."""
    options = set(SPELLINGS) if layer in SUMMED else operations.of(layer).options
    about: dict[str, Any] = msgspec.to_builtins(msgspec.convert(found, Description))
    is_known = about["framework"] in BY_NAME and about["operator"] in OPERATORS
    if not is_known or not set(about["spelled"]) <= options or about["sort"] not in ("onnx", "function"):
        raise ValueError("something unknown")
    return about | {
        "title": one_line(about["title"], 200),
        "name": one_line(about["name"], 200),
        "notes": tuple(one_line(note, 500) for note in about["notes"][:10]),
    }


def _function(target: str, about: dict[str, Any], layer: str) -> FunctionKernel:
    signature: Signature | Keywords
    scalars = frozenset(about["scalars"])
    if layer in SUMMED:
        names = ("takes", "spelled", "is_ours", "needs_bias")
        signature = Signature(scalars=scalars, **{name: about[name] for name in names})
    else:
        counts = {name: about[name] for name in ("takes", "needs", "spelled")}
        signature = Keywords(operations.of(layer), scalars=scalars, **counts)
    backward = _elsewhere if about["has_backward"] else None
    return FunctionKernel(
        target, BY_NAME[about["framework"]], _elsewhere, signature, backward, about["notes"]
    )


def _onnx(target: str, about: dict[str, Any]) -> OnnxKernel:
    inputs = tuple(
        SimpleNamespace(name=name, type=type_, shape=shape) for name, type_, shape in about["inputs"]
    )
    fixed = about["fixed"] and tuple(
        (name, tuple(value) if isinstance(value, list | tuple) else value) for name, value in about["fixed"]
    )
    session = _elsewhere if about["has_session"] else None
    return OnnxKernel(target, about["operator"], session=session, fixed=fixed, inputs=inputs)


def _elsewhere(*given: Any, **named: Any) -> Any:
    raise AssertionError("the kernel is in another process")


def _failure(found: Sequence[Any]) -> SubjectError:
    """Return the failure that a process reports."""
    if len(found) != 4 or not all(isinstance(each, str) for each in found):
        return Crashed("gave something that is no result")
    return FAILURES.get(found[1], Crashed)(one_line(found[2]), cause_called(found[3]))
