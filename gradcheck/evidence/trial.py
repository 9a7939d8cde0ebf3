"""A trial: one subject on one case. What several checks need of it is worked out once."""

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from gradcheck.calling.results import array_of
from gradcheck.contract import Array, Arrays, Call, Case, Missing, Subject, SubjectError
from gradcheck.evidence import compare, fill, rounding
from gradcheck.evidence.reference import Reference


class Trial:
    """One subject on one case."""

    def __init__(self, subject: Subject, case: Case) -> None:
        self.subject = subject
        self.case = case
        self.layer = case.layer
        self.params = dict(case.params)
        self.tensors = fill.tensors(case)
        self.miss_bound: float | None = None
        self._memory: dict[Hashable, Any] = {}
        self._life = subject.life()

    def _once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what `make` returns, and remember it; a SubjectError is remembered and raised again."""
        self._forget_the_lost()
        if key not in self._memory:
            try:
                found = make()
            except SubjectError as problem:
                found = problem
            self._forget_the_lost()
            self._memory[key] = found
        found = self._memory[key]
        if isinstance(found, SubjectError):
            raise found
        return found

    def _forget_the_lost(self) -> None:
        """Forget everything when the process is lost in which the subject lived, and what its calls left there."""
        if self._life != self.subject.life():
            self._memory, self._life = {}, self.subject.life()

    def call(self, **changed: Array) -> Call:
        """Call the subject's forward on fresh copies of the tensors, or on those given. Raises SubjectError."""
        tensors = {name: changed.get(name, values.copy()) for name, values in self.tensors.items()}
        return self.subject.forward(
            self.params, tensors | {k: v for k, v in changed.items() if k not in tensors}
        )

    @property
    def first(self) -> Call:
        """The subject's first call on the case. Raises SubjectError."""
        found: Call = self._once("first", self.call)
        return found

    @property
    def reference(self) -> Reference:
        """The implementation to compare with, on the inputs of the first call."""
        found: Reference = self._once("reference", lambda: self.reference_for(self.first))
        return found

    def reference_for(self, call: Call | None = None, **changed: Array) -> Reference:
        """Return the reference on the trial's tensors, on those a call drew itself, and on those given."""
        observed = call.observed if call is not None else {}
        pair = self.subject.reference or self.layer.ours.fast
        return Reference(self.layer, pair, self.params, {**self.tensors, **observed, **changed})

    @property
    def dout(self) -> Array:
        """A readable upstream gradient. One, where the interface knows no other."""
        found: Array = self._once("dout", lambda: self.upstream())
        return found

    def upstream(self, bits: int | None = None, index: int = 0) -> Array:
        """Return an upstream gradient that the subject's interface can express."""
        if self.subject.fused:
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
        return self.grads if dout is self.dout else self.gradients(self._fresh_call(), dout.copy())

    def _fresh_call(self) -> Call:
        """Return a call that nothing has spoiled; the first where the subject draws the mask: only that is known."""
        return self.first if self.subject.draws_mask else self.call()

    @property
    def wanted(self) -> tuple[str, ...]:
        """The tensors that there is a gradient for."""
        return self.case.wanted

    @property
    def returned(self) -> dict[str, Any]:
        """What backward returned for `dout` in a call that nothing had spoiled, as it came. Raises SubjectError."""
        found: dict[str, Any] = self._once(
            "returned", lambda: dict(self._fresh_call().backward(self.dout.copy()))
        )
        return found

    @property
    def grads(self) -> Arrays:
        """The gradients for `dout`, for good: the subject may write into its own. Raises SubjectError."""
        found: Arrays = self._once(
            "grads", lambda: {name: values.copy() for name, values in self._arrays(self.returned).items()}
        )
        return found

    @property
    def forward_is_right(self) -> bool:
        """Whether the first call's output is what the reference says."""

        def judge() -> bool:
            try:
                out = self.out()
            except SubjectError:
                return False
            return compare.difference("out", out, self.reference.forward()[0], self.output_bound()) is None

        return bool(self._once("right", judge))

    def output_bound(self) -> float:
        """Return how far a right output may be from the reference's: by rounding alone."""
        found: float = self._once("output bound", lambda: rounding.of_output(self.reference, self.case))
        return found

    def gradient_bound(self, name: str, dout: Array) -> float:
        """Return how far a right gradient may be from the truth by rounding alone."""
        bounds: dict[str, float] = self._once(
            "gradient bounds", lambda: rounding.of_gradients(self.reference, self.case, self.dout)
        )
        return bounds[name] * rounding.largest(dout)
