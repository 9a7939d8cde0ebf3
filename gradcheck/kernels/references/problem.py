"""A kernel and a reference at some sizes: how the kernel is constructed and called, on each kind of numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradcheck.contract import Array, Arrays, Malformed, SubjectError
from gradcheck.kernels import dtypes
from gradcheck.kernels.dtypes import loaded
from gradcheck.kernels.kernel import KernelError
from gradcheck.kernels.references import exchange
from gradcheck.kernels.references.bounds import exact_names
from gradcheck.kernels.references.checks import DIFFERENTIATED, FILLED
from gradcheck.kernels.references.comparison import SINGLE, Comparison
from gradcheck.kernels.references.findings import finding
from gradcheck.kernels.references.impostors import impostors_of
from gradcheck.kernels.references.numbers import LEVELS, Form, Numbers, edited, projected
from gradcheck.kernels.references.oracle import Given, Oracle, output_names
from gradcheck.kernels.references.session import Returned
from gradcheck.kernels.references.setting import Setting
from gradcheck.kernels.report import KernelOutcome
from gradcheck.report import Verdict
from gradcheck.text import one_line

AT_ONCE = 48
"""So many tensors of parameters travel at once."""


@dataclass(frozen=True)
class Truth:
    """The reference's results on some numbers, what compares others with them, and wrong ones."""

    right: Arrays
    comparison: Comparison
    impostors: dict[str, Arrays]


@dataclass
class Problem:
    """A kernel and a reference at some sizes."""

    setting: Setting
    oracle: Oracle
    shown: str
    is_first: bool = False
    _written: list[str] = field(default_factory=list)
    _state: Arrays = field(default_factory=dict)

    def build(self) -> None:
        """Have the kernel constructed. Raises SubjectError, and Ended."""
        oracle, tensors = self.oracle, list[Any]()
        try:
            text = exchange.as_text(oracle.arguments, tensors)
        except ValueError as problem:
            raise KernelError(f"get_init_inputs: {problem}") from None
        self._state = oracle.state
        found = self.setting.candidate.ask(
            "build",
            text,
            [exchange.stored(each) for each in tensors],
            [exchange.format_of(each) for each in tensors],
            self.setting.plan.seed,
            oracle.dtype.name,
            list(self._state),
            [list(each.shape) for each in self._state.values()],
            oracle.is_training,
        )
        self.has_state = bool(found[0])
        if self.has_state and self._state:
            self._copy_state(self._state)
        self.parameters = tuple(str(each) for each in found[1:])
        if self._state:
            self.setting.note(
                "parameters: the reference's state was copied into it"
                if self.has_state
                else "parameters: its state has other names or shapes than the reference's; both were constructed "
                "with the same seed"
            )

    def _copy_state(self, state: Arrays) -> None:
        """Write parameters and buffers into the kernel, few at a time: each may travel as a file."""
        names = list(state)
        for start in range(0, len(names), AT_ONCE):
            some = names[start : start + AT_ONCE]
            self.setting.candidate.ask("state", some, [np.array(state[name]) for name in some])

    def outcome(self, check: str) -> KernelOutcome:
        """Return how the kernel fares on one kind of numbers. Raises SubjectError, and Ended."""
        if check in ("unchanged", "forbidden"):
            return KernelOutcome.skipped(check, "no numbers of its own")
        fill = check if check in FILLED else "reals"
        numbers = self.setting.numbers(self.oracle, _number_of(check))
        given = self._given(numbers, fill)
        if fill == "integers" and self.oracle.dtype.bits < SINGLE:
            given = self._exact_given(numbers, given)
        if check in ("again", "edited"):
            return self._repeated(check, given, numbers)
        truth = self._truth(check, given, numbers, fill)
        # Where no gradients are asked for, the kernel is called as in inference: nothing requires one.
        return self._judged(truth, "fresh" if check in DIFFERENTIATED else "plain")

    def _given(self, numbers: Numbers, fill: str) -> Given:
        """Return numbers; other parameters only where they can be written into the kernel, too."""
        found = numbers.given(fill)
        return found if self.has_state else Given(found.inputs, self.oracle.state)

    def _exact_given(self, numbers: Numbers, given: Given) -> Given:
        """Return integers whose sums the dtype holds, if there are some."""
        for level in range(len(LEVELS)):
            numbers.level = level
            drawn = self._given(numbers, "integers")
            try:
                right = self.oracle.results(drawn, is_precise=True)
                own = self.oracle.results(drawn, is_precise=False)
            except Exception:  # noqa: BLE001 - the reference's own code
                return given
            if exact_names(self.oracle, drawn, right, own) >= right.keys():
                return drawn
        numbers.level = 0
        return given

    def _repeated(self, check: str, given: Given, numbers: Numbers) -> KernelOutcome:
        """Judge a second call, with other numbers in the tensors of the first one; as in inference, and in training.

        Results may be kept in inference alone.
        """
        found = KernelOutcome.skipped(check, "no numbers to change places")
        for other in self._others(check, given, numbers):
            truth = self._truth(check, other, numbers, "reals", given)
            for mode, again in (("plain", "again plain"), ("fresh", "again")):
                self._called(given, (), mode)
                outcome = self._judged(truth, again)
                if outcome.verdict.is_wrong:
                    return outcome
                found = outcome if found.verdict is not Verdict.PASS else found
        return found

    def _others(self, check: str, given: Given, numbers: Numbers) -> Iterator[Given]:
        """Yield other numbers: quite other ones, or the same in other places, on the first problem in more ways."""
        if check == "again":
            yield self._given(numbers, "reals")
            return
        rng, forms = np.random.default_rng(_number_of("edited")), self.setting.forms(self.oracle)
        for is_pair in (False, True) if self.is_first else (False,):
            inputs = tuple(
                edited(each, form, rng, is_pair=is_pair)
                for each, form in zip(given.inputs, forms, strict=True)
            )
            if not all(map(np.array_equal, inputs, given.inputs)):
                yield Given(inputs, given.state)
        if self.is_first and self.has_state and self.oracle.parameters:
            names = set(self.oracle.parameters)
            changed = {k: edited(v, Form(), rng) if k in names else v for k, v in given.state.items()}
            yield Given(given.inputs, changed)

    def _called(self, given: Given, douts: Sequence[Array], mode: str, *, is_view: bool = False) -> Returned:
        arrays = self.oracle.arrays(given)
        if is_view:
            arrays = [
                _as_view(each, number) if self.oracle.smooth[number] else each
                for number, each in enumerate(arrays)
            ]
        if self.has_state and any(
            not np.array_equal(given.state[name], self._state[name]) for name in self._state
        ):
            self._copy_state(given.state)
        self._state = given.state if self.has_state else self._state
        kept = [each.copy() for each in arrays]
        session = self.setting.candidate.session
        passed = [each.copy() for each in arrays] if session is None and not is_view else arrays
        found = self.setting.candidate.call(self.oracle.text, passed, self.oracle.formats, douts, mode)
        for name, array, before in zip(self.oracle.names, passed, kept, strict=True):
            was_written = session is not None and not mode.startswith("again") and session.was_written(array)
            if was_written or not np.array_equal(array, before):
                self._written.append(name)
        return found

    def unchanged(self) -> KernelOutcome:
        """Return whether the kernel has left its inputs alone, or does what the reference does to them."""
        names = sorted(set(self._written) - set(self.oracle.written))
        findings = [
            finding("unchanged", self.shown, f"{name} is changed by the call", tensor=name) for name in names
        ]
        return KernelOutcome.of("unchanged", findings)

    def _truth(
        self, check: str, given: Given, numbers: Numbers, fill: str, before: Given | None = None
    ) -> Truth | KernelOutcome:
        """Return what is right on some numbers, or why nothing is; `before` are those of the previous call."""
        oracle = self.oracle
        try:
            has_backward = check in DIFFERENTIATED and not oracle.written and self._has_few_gradients
            if has_backward:
                given = Given(given.inputs, given.state, numbers.douts(oracle.plain, fill))
            right = oracle.results(given, is_precise=True)
            own = self._own(given, right)
        except Exception as problem:  # noqa: BLE001 - the reference's own code
            return KernelOutcome.skipped(check, f"the reference refuses these numbers: {one_line(problem)}")
        if not is_finite(right) or (own is not None and not is_finite(own)):
            return KernelOutcome.skipped(check, "the reference is not finite on these numbers")
        comparison = Comparison(
            check=check,
            shown=self.shown,
            oracle=oracle,
            plan=self.setting.plan,
            given=given,
            right=self._projected(right),
            own=None if own is None else self._projected(own),
            is_integer=fill == "integers",
        )
        other = None if fill == "zeros" else self._given(numbers, fill)
        impostors = impostors_of(oracle, given, comparison.right, other, before, is_first=self.is_first)
        return Truth(right, comparison, impostors)

    def _judged(self, truth: Truth | KernelOutcome, mode: str) -> KernelOutcome:
        """Judge a call on the numbers of a truth."""
        if isinstance(truth, KernelOutcome):
            return truth
        comparison = truth.comparison
        found, lost = self._called_forward_at_least(comparison.check, comparison.given, mode)
        got = self._projected(self._named(found, truth.right, comparison.given))
        if comparison.right.keys() - got.keys():
            there = {name: values for name, values in comparison.right.items() if name in got}
            comparison = replace(comparison, right=there)
        outcome = comparison.outcome(got, truth.impostors)
        if lost is not None and not outcome.verdict.is_wrong:
            raise lost
        return outcome

    def _called_forward_at_least(
        self, check: str, given: Given, mode: str
    ) -> tuple[Returned, SubjectError | None]:
        """Return what a call gives; where it raises, what it gives without gradients, and what it raised."""
        upstream, is_view = self.oracle.upstream(given), check == "views"
        try:
            return self._called(given, upstream, mode, is_view=is_view), None
        except SubjectError as problem:
            if not upstream:
                raise
            try:
                return self._called(given, (), mode, is_view=is_view), problem
            except SubjectError:
                raise problem from None

    @property
    def _has_few_gradients(self) -> bool:
        """Return whether all gradients can travel at once."""
        is_few = len(self.oracle.gradient_names()) <= AT_ONCE
        if not is_few:
            self.setting.note(f"gradients were not judged: there are more than {AT_ONCE}")
        return is_few

    def _own(self, given: Given, right: Arrays) -> Arrays | None:
        try:
            own = self.oracle.results(given, is_precise=False)
        except Exception:  # noqa: BLE001 - some operators lack some formats
            self.setting.note(
                f"the reference does not run in {self.oracle.dtype.name}: its own error is not known"
            )
            return None
        return own if own.keys() == right.keys() else None

    def _named(self, found: Returned, right: Arrays, given: Given) -> Arrays:
        """Return the results by name, in double precision. Raises Malformed."""
        outputs = [name for name in right if name.startswith("out")]
        if len(found.outputs) != len(outputs):
            raise Malformed(f"returned {len(found.outputs)} results; the reference returns {len(outputs)}")
        formats = self.oracle.output_formats(given)
        names = output_names(len(outputs))
        got = {}
        for name, array, form, wanted in zip(names, found.outputs, found.formats, formats, strict=False):
            if array.shape != right[name].shape:
                raise Malformed(
                    f"{name} has the shape {array.shape}; the reference's has {right[name].shape}"
                )
            if form != wanted and (form in exchange.FLOATS or wanted in exchange.FLOATS):
                raise Malformed(f"{name} is {form}; the reference's is {wanted}")
            got[name] = _doubled(array, form)
        gradients = self._gradients(found, right)
        if not gradients and len(right) > len(got):
            self.setting.lacks_backward = True
        return got | gradients

    def _projected(self, results: Arrays) -> Arrays:
        """Return results, of each gradient the part that the form of its input leaves open."""
        forms = dict(
            zip((f"d{name}" for name in self.oracle.names), self.setting.forms(self.oracle), strict=True)
        )
        found = {name: projected(values, forms.get(name, Form())) for name, values in results.items()}
        return {name: values for name, values in found.items() if values is not None}

    def _gradients(self, found: Returned, right: Arrays) -> Arrays:
        inputs = [
            name for name, is_smooth in zip(self.oracle.names, self.oracle.smooth, strict=True) if is_smooth
        ]
        names = [f"d{name}" for name in (*inputs, *self.parameters)]
        if len(found.gradients) != len(names):
            return {}
        formats = found.formats[len(found.outputs) :]
        every = {
            name: _doubled(array, form)
            for name, array, form in zip(names, found.gradients, formats, strict=True)
        }
        return {
            name: values
            for name, values in every.items()
            if name in right and values.shape == right[name].shape
        }


def _doubled(array: Array, form: str) -> Array:
    if form in exchange.FLOATS:
        return loaded(array, dtypes.BY_NAME[form])
    return array


def is_finite(results: Arrays) -> bool:
    """Return whether all results are finite."""
    return all(np.isfinite(values).all() for values in results.values())


def _number_of(check: str) -> int:
    return sum(check.encode())


def _as_view(array: Array, number: int) -> Array:
    """Return the same numbers with gaps between them, or with the last two axes the other way round in memory."""
    if not array.ndim:
        return array
    if array.ndim > 1 and number % 2 == 0:
        return np.ascontiguousarray(array.swapaxes(-1, -2)).swapaxes(-1, -2)
    wide = np.full((*array.shape[:-1], 2 * array.shape[-1]), _hole(array), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def _hole(array: Array) -> Any:
    return np.nan if array.dtype.kind == "f" else 0x7FC0
