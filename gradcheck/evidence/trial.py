"""A trial: one subject on one case. Results that several checks need are computed once."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from gradcheck.calling.results import array_of
from gradcheck.contract import VALUES, Array, Arrays, Call, Case, Missing, Subject, SubjectError, Uncalled
from gradcheck.evidence import compare, fill, rounding
from gradcheck.evidence.arithmetic import Bits, Exact
from gradcheck.evidence.reference import Reference

Value = TypeVar("Value")


class remembered(Generic[Value]):  # noqa: N801 - it is used like `property`
    """A property of a trial that is computed once. A SubjectError is remembered too, and raised again.

    Not `functools.cached_property`, which does not remember exceptions, and could not drop results of a lost worker.
    """

    def __init__(self, make: Callable[["Trial"], Value]) -> None:
        self.__doc__ = make.__doc__
        self._make, self._name = make, make.__name__

    def __get__(self, trial: "Trial", owner: type | None = None) -> Value:
        """Return the value, computed now or earlier."""
        trial._forget_the_lost()
        if self._name not in trial._memory:
            found: Value | SubjectError
            try:
                found = self._make(trial)
            except SubjectError as problem:
                found = problem
            trial._forget_the_lost()  # this very call may have ended the worker
            trial._memory[self._name] = found
        found = trial._memory[self._name]
        if isinstance(found, SubjectError):
            raise found
        return found


@dataclass(frozen=True)
class Run:
    """A forward and its backward, for whatever a check wants to know of them.

    `before` has copies of forward's arguments, as they were before backward; `dout` is the very array that backward
    got, of which `given` is a copy, and `returned` what it returned, unconverted.
    """

    call: Call
    before: Arrays
    given: Array
    dout: Array
    returned: dict[str, Any]


Trials = dict[str, "Trial"]
"""The trials of several cases, by the cases' lines."""


class Trial:
    """One subject on one case.

    `shares_forward`: whether several backwards may use one forward, because they are known to leave its cache as it is.
    `is_brief`: whether it is one of many that ask for what is wrong in a region: a few probes are enough.
    `others` has the trials on other cases, by their lines, from which `on` takes one that is there already.
    """

    def __init__(self, subject: Subject, case: Case, others: "Trials | None" = None) -> None:
        self.subject = subject
        self._others = {} if others is None else others
        self.case = case
        self.layer = case.layer
        self.params = dict(case.params)
        self.tensors = fill.tensors(case)
        self.miss_bound: float | None = None
        self.is_coarse = False
        self.shares_forward = False
        self.is_brief = False
        self.wanted = subject.interface.wanted(case)
        self._memory: dict[str, Any] = {}
        self._life = subject.life()

    def _forget_the_lost(self) -> None:
        """Drop the cached results if the subject's worker has been replaced: the caches that lived there are gone."""
        if self._life != self.subject.life():
            self._memory, self._life = {}, self.subject.life()

    def call(self, **changed: Array) -> Call:
        """Call the subject's forward on copies of the tensors, or on the given arrays. Raises SubjectError."""
        copies = {name: values.copy() for name, values in self.tensors.items()}
        return self.subject.forward(self.params, copies | changed)

    def on(self, case: Case) -> "Trial":
        """Return the trial on another case, which all checks share that ask for it."""
        if (line := str(case)) not in self._others:
            self._others[line] = Trial(self.subject, case, self._others)
        return self._others[line]

    def uncalled(self, part: str) -> Uncalled | None:
        """Return why a part, or the forward that it needs, was never called: then nothing is the subject's fault."""
        try:
            _ = self.first if part == "forward" else self.returned
            return None
        except Uncalled as problem:
            return problem
        except SubjectError:
            return None

    @remembered
    def first(self) -> Call:
        """The subject's first call on the case. Raises SubjectError."""
        return self.call()

    @remembered
    def reference(self) -> Reference:
        """The reference on the inputs of the first call."""
        return self.reference_for(self.first)

    def take_tensors(self) -> None:
        """Take the trial's own tensors for the reference: the subject draws nothing, and its call may raise."""
        self._memory["reference"] = self.reference_for()

    def reference_for(self, call: Call | None = None, **changed: Array) -> Reference:
        """Return the reference on the trial's tensors, except those that a call drew itself, and the given ones."""
        observed = call.observed if call is not None else {}
        pair = self.subject.reference or self.layer.ours.fast
        return Reference(self.layer, pair, self.params, {**self.tensors, **observed, **changed})

    @remembered
    def dout(self) -> Array:
        """A readable upstream gradient; 1 if the interface has no other."""
        return self.upstream()

    @property
    def exact_arithmetic(self) -> Exact:
        """The arithmetic of a layer that is exact on integers."""
        found = self.layer.arithmetic
        assert isinstance(found, Exact), f"{self.layer.name} is not exact"
        return found

    @remembered
    def probe_bits(self) -> Bits:
        """How many bits a probe's numbers may have, so that the dtype holds every sum exactly."""
        arithmetic = self.exact_arithmetic
        limit = math.log2(fill.EXACT_LIMIT[self.case.dtype])
        # 2 bits in reserve: for the sum x + v, and for the difference of two outputs.
        used = math.log2(arithmetic.terms(self.params) * arithmetic.unit(self.params) ** 2) + 2
        return arithmetic.bits(limit - used, self.reference)

    @remembered
    def probing(self) -> Array:
        """The upstream gradient of the first probe that counts."""
        if self.case.exact:
            return self.upstream(self.probe_bits.dout)
        return fill.full_upstream(self.case, 1)

    def upstream(self, bits: int | None = None, index: int = 0) -> Array:
        """Return an upstream gradient that the subject's interface can express."""
        if self.subject.interface.fused:
            return np.ones(self.case.output_shape, dtype=self.case.dtype)
        return fill.upstream(self.case, bits=bits, index=index)

    def out(self, call: Call | None = None) -> Array:
        """Return a call's output as an array of the right shape. Raises SubjectError."""
        call = self.first if call is None else call
        if call.missing is not None:
            raise Missing(call.missing)
        return array_of("out", call.outputs["out"], self.case.output_shape)

    def gradients(self, call: Call, dout: Array) -> Arrays:
        """Return a call's gradients as arrays of the right shapes. Raises SubjectError."""
        return self._arrays(call.backward(dout))

    @remembered
    def results(self) -> Arrays:
        """The gradients that the first backward returned, not copied. Raises SubjectError."""
        return self._arrays(self.returned)

    def _arrays(self, returned: dict[str, Any]) -> Arrays:
        """Return the values that backward returned, as arrays of the right shapes. Raises SubjectError."""
        shapes = self.case.shapes
        return {name: array_of(f"d{name}", returned.get(name), shapes[name]) for name in self.wanted}

    def fresh_gradients(self, dout: Array) -> Arrays:
        """Return the gradients for dout from a call that no other call has touched. Raises SubjectError.

        Those for the trial's own `dout` are computed once.
        """
        # By identity: an array of equal numbers may be a copy that a check made in order to see whether it changes.
        if dout is self._memory.get("dout"):
            return self.grads
        if dout is self._memory.get("probing") and dout is self.run.given:
            return self.results
        return self._arrays(self._fresh_call().backward(dout.copy()))

    def _fresh_call(self) -> Call:
        """Return a new call; or the first call if it is as good, or only its mask is known, which the subject draws."""
        return self.first if self.shares_forward or self.subject.interface.draws_mask else self.call()

    @remembered
    def run(self) -> "Run":
        """The first backward, in a new call. Raises SubjectError.

        It is the one for `dout`; or that of the first probe where no check needs the readable one: one call less.
        """
        may_be_probed = self.case.exact or (self.is_brief and not self.subject.interface.fused)
        is_probed = self.shares_forward and may_be_probed and self.case.fill in VALUES
        given = self.probing if is_probed else self.dout
        call, dout = self._fresh_call(), given.copy()
        before = {name: values.copy() for name, values in call.arguments.items()}
        return Run(call, before, given, dout, dict(call.backward(dout)))

    @property
    def returned(self) -> dict[str, Any]:
        """The values that the first backward returned, unconverted. Raises SubjectError."""
        return self.run.returned

    @remembered
    def grads(self) -> Arrays:
        """Copies of the gradients for `dout`: the subject may overwrite its own arrays later. Raises SubjectError."""
        if self.run.given is self.dout:
            return {name: values.copy() for name, values in self.results.items()}
        return self._arrays(self._fresh_call().backward(self.dout.copy()))

    @remembered
    def forward_is_right(self) -> bool:
        """Whether the first call's output agrees with the reference."""
        try:
            out = self.out()
        except SubjectError:
            return False
        return compare.is_same(out, self.reference.here[0], self.output_bound)

    @remembered
    def output_bound(self) -> float:
        """How far a right output may be from the reference by rounding alone."""
        return rounding.of_output(self.reference, self.case)

    @remembered
    def tracked_bounds(self) -> dict[str, float]:
        """How far right running statistics may be from the reference by rounding alone."""
        return rounding.of_tracked(self.reference, self.case)

    @remembered
    def _gradient_bounds(self) -> dict[str, float]:
        return rounding.of_gradients(self.reference, self.case, self.dout)

    def gradient_bound(self, name: str, dout: Array) -> float:
        """Return how far a right gradient may be from the truth by rounding alone."""
        return self._gradient_bounds[name] * rounding.largest(dout)
