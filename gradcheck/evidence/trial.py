"""A trial: one subject on one case. What several checks need of it is worked out once."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import numpy as np

from gradcheck.calling.results import array_of
from gradcheck.contract import Array, Arrays, Call, Case, Missing, Subject, SubjectError
from gradcheck.evidence import compare, fill, rounding
from gradcheck.evidence.reference import Reference

Value = TypeVar("Value")


class remembered(Generic[Value]):  # noqa: N801 - it is used like `property`
    """A property of a trial that is worked out once. A SubjectError is remembered, too, and raised again."""

    def __init__(self, make: Callable[["Trial"], Value]) -> None:
        self.__doc__ = make.__doc__
        self._make, self._name = make, make.__name__

    def __get__(self, trial: "Trial", owner: type | None = None) -> Value:
        """Return the value, worked out now or before."""
        trial._forget_the_lost()
        if self._name not in trial._memory:
            found: Value | SubjectError
            try:
                found = self._make(trial)
            except SubjectError as problem:
                found = problem
            trial._forget_the_lost()  # the worker may have been lost on the way
            trial._memory[self._name] = found
        found = trial._memory[self._name]
        if isinstance(found, SubjectError):
            raise found
        return found


class Trial:
    """One subject on one case."""

    def __init__(self, subject: Subject, case: Case) -> None:
        self.subject = subject
        self.case = case
        self.layer = case.layer
        self.params = dict(case.params)
        self.tensors = fill.tensors(case)
        self.miss_bound: float | None = None
        self.wanted = case.wanted
        self._memory: dict[str, Any] = {}
        self._life = subject.life()

    def _forget_the_lost(self) -> None:
        """Drop the cached results if the subject's worker has been replaced: what its calls left there is gone."""
        if self._life != self.subject.life():
            self._memory, self._life = {}, self.subject.life()

    def call(self, **changed: Array) -> Call:
        """Call the subject's forward on fresh copies of the tensors, or on those given. Raises SubjectError."""
        copies = {name: values.copy() for name, values in self.tensors.items()}
        return self.subject.forward(self.params, copies | changed)

    @remembered
    def first(self) -> Call:
        """The subject's first call on the case. Raises SubjectError."""
        return self.call()

    @remembered
    def reference(self) -> Reference:
        """The implementation to compare with, on the inputs of the first call."""
        return self.reference_for(self.first)

    def reference_for(self, call: Call | None = None, **changed: Array) -> Reference:
        """Return the reference on the trial's tensors, on those a call drew itself, and on those given."""
        observed = call.observed if call is not None else {}
        pair = self.subject.reference or self.layer.ours.fast
        return Reference(self.layer, pair, self.params, {**self.tensors, **observed, **changed})

    @remembered
    def dout(self) -> Array:
        """A readable upstream gradient. One, where the interface knows no other."""
        return self.upstream()

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

    def _arrays(self, returned: dict[str, Any]) -> Arrays:
        """Return what came as gradients as arrays of the right shapes. Raises SubjectError."""
        shapes = self.case.shapes
        return {name: array_of(f"d{name}", returned.get(name), shapes[name]) for name in self.wanted}

    def fresh_gradients(self, dout: Array) -> Arrays:
        """Return the gradients for dout of a call of its own, which nothing has spoiled. Raises SubjectError.

        Those for the trial's own `dout` are worked out once.
        """
        # By identity: equal numbers may be another array, which a check has made to be passed and changed.
        is_own = dout is self._memory.get("dout")
        return self.grads if is_own else self._arrays(self._fresh_call().backward(dout.copy()))

    def _fresh_call(self) -> Call:
        """Return a call that nothing has spoiled; the first where the subject draws the mask: only that is known."""
        return self.first if self.subject.interface.draws_mask else self.call()

    @remembered
    def returned(self) -> dict[str, Any]:
        """What backward returned for `dout` in a call that nothing had spoiled, as it came. Raises SubjectError."""
        return dict(self._fresh_call().backward(self.dout.copy()))

    @remembered
    def grads(self) -> Arrays:
        """The gradients for `dout`, for good: the subject may write into its own. Raises SubjectError."""
        return {name: values.copy() for name, values in self._arrays(self.returned).items()}

    @remembered
    def forward_is_right(self) -> bool:
        """Whether the first call's output is what the reference says."""
        try:
            out = self.out()
        except SubjectError:
            return False
        return compare.difference("out", out, self.reference.here[0], self.output_bound) is None

    @remembered
    def output_bound(self) -> float:
        """How far a right output may be from the reference's: by rounding alone."""
        return rounding.of_output(self.reference, self.case)

    @remembered
    def _gradient_bounds(self) -> dict[str, float]:
        return rounding.of_gradients(self.reference, self.case, self.dout)

    def gradient_bound(self, name: str, dout: Array) -> float:
        """Return how far a right gradient may be from the truth by rounding alone."""
        return self._gradient_bounds[name] * rounding.largest(dout)
