"""Which layer or which connection is to blame for a wrong gradient: what is wrong where all that follows is right."""

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from gradcheck.contract import Array, Arrays
from gradcheck.functions.findings import complaint
from gradcheck.models.joints import Judged, State, judged_at, losses_at, sampled
from gradcheck.models.mistakes import Piece, factor, is_alike, like
from gradcheck.models.trace import OUT, Call, Evaluation, Network, Place, Swap
from gradcheck.report import Finding
from gradcheck.text import one_line

__tracebackhide__ = True

MOST_CAUSES = 3
"""Causes after which no more are looked for: the others may be gone with them."""

LEAST = 1e-12
"""A gradient below this share of the largest one is zero, for its name."""


def blamed(network: Network, grads: Arrays, wrong: set[str], rng: np.random.Generator) -> Iterator[Finding]:
    """Yield a finding for each layer or connection that is to blame for wrong gradients.

    Parameters
    ----------
    network : Network
        The network.
    grads : dict
        Its gradients.
    wrong : set of str
        The parameters with wrong gradients.
    rng : numpy.random.Generator
        Draws directions.
    """
    search = Search(network, grads, wrong, rng)
    causes = list(dict.fromkeys(search.causes()))
    if not causes and search.base.calls:
        search.accepted = (*search.accepted, State.UNKNOWN)
        causes = [f"probably {words}" for words in dict.fromkeys(search.causes())]
    for words in causes[:MOST_CAUSES]:
        yield complaint("joints", f"to blame  {words}")
    if not causes:
        why = (
            "no layer was seen: name their module or class in layers="
            if not search.base.calls
            else "no joint shows it"
        )
        yield complaint("joints", f"to blame  not found, because {why}")


class Search:
    """The joints of a network, and what is known of the gradient at each."""

    def __init__(self, network: Network, grads: Arrays, wrong: set[str], rng: np.random.Generator) -> None:
        self.network, self.grads, self.wrong, self.rng = network, grads, wrong, rng
        self.base: Evaluation = network.evaluate(is_watched=True)
        self.base.settle()
        self.states: dict[Place, Judged] = {}
        self.found: dict[int, bool] = {}
        self.accepted: tuple[State, ...] = (State.RIGHT, State.UNSEEN)
        """What may follow a joint that is to blame; where too much stands at kinks, the unknown as well."""
        self.changes: dict[str, Evaluation | None] = {}

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each layer was called."""
        return Counter(call.name for call in self.base.calls)

    def label(self, call: Call, name: str | None = None) -> str:
        """Return what a call is called in messages: ``affine_forward (call 2 of 3)``."""
        word = name or call.name
        count = self.counts[call.name]
        if count == 1:
            return word
        number = sum(each.name == call.name for each in self.base.calls[: call.number + 1])
        return f"{word} (call {number} of {count})"

    def state(self, place: Place) -> Judged:
        """Return what is known of the gradient at a joint."""
        if place not in self.states:
            self.states[place] = self._state(place)
        return self.states[place]

    def _state(self, place: Place) -> Judged:
        call = self.base.calls[place.call]
        got = call.gradient(place)
        if got is None and (place.side != OUT or not call.times):
            return Judged(State.UNSEEN)
        value = call.value(place)
        if got is None:  # one of several outputs has no upstream gradient
            got = np.zeros(value.shape)
        losses = losses_at(self.network, call, place)
        return judged_at(losses, value, got.reshape(value.shape) if got.size == value.size else got, self.rng)

    def outputs(self, call: Call) -> list[Place]:
        """Return the joints behind a call; one if no backward says how many there are."""
        return [Place(call.number, OUT, number) for number in range(len(call.outs) if call.times else 1)]

    def is_right(self, call: Call, changed: Evaluation | None) -> bool:
        """Return whether a call gets the right upstream gradients, and returns the right ones of what is changed."""
        other = changed.calls[call.number] if changed else None
        inputs = [
            place
            for place in call.inputs_with_gradients()
            if other is None
            or place.side not in other.inputs
            or not np.array_equal(call.inputs[place.side], other.inputs[place.side])
        ]
        places = [*self.outputs(call), *inputs]
        return all(self.state(place).state in self.accepted for place in places)

    def after(self, changed: Evaluation | None) -> list[Call]:
        """Return the calls that get or return other numbers in a changed evaluation."""
        pairs = zip(self.base.calls, changed.calls if changed else (), strict=False)
        return [one for one, other in pairs if one.name == other.name and _differ(one, other)]

    def followers(self, place: Place) -> tuple[list[Call], Evaluation | None]:
        """Return the calls that a value at a joint leads to, and an evaluation with another value there."""
        value = self.base.calls[place.call].value(place)
        try:
            changed = self.network.evaluate(swap=Swap(place, _moved(value)), is_watched=True)
        except Exception:  # noqa: BLE001 - a network may refuse a changed value in any way
            return list(self.base.calls[place.call + 1 :]), None
        around = self._around(self.base.calls[place.call])
        after = self.after(changed)
        return [call for call in after if call.number > place.call and call.number not in around], changed

    def _around(self, call: Call) -> set[int]:
        """Return the numbers of the calls within which a call was made."""
        return set() if call.parent is None else {call.parent, *self._around(self.base.calls[call.parent])}

    def changed(self, name: str) -> Evaluation | None:
        """Return the evaluation with a parameter changed; None if the network refuses it."""
        if name not in self.changes:
            try:
                moved = {name: _moved(self.network.params[name])}
                self.changes[name] = self.network.evaluate(moved, is_watched=True)
            except Exception:  # noqa: BLE001 - a network may refuse a changed value in any way
                self.changes[name] = None
        return self.changes[name]

    def reaches(self, name: str, place: Place) -> bool:
        """Return whether a parameter changes what passes a joint: then a mistake there spoils its gradient."""
        changed = self.changed(name)
        if changed is None or place.call >= len(changed.calls):
            return False
        one, other = self.base.calls[place.call], changed.calls[place.call]
        return one.name == other.name and not np.array_equal(one.value(place), other.value(place))

    def causes(self) -> Iterator[str]:
        """Yield what is to blame, from the loss to the input, in words, until every wrong gradient is explained."""
        left = set(self.wrong)
        for call in reversed(self.base.calls):
            for place, words in self._of_call(call, left):
                yield words
                left -= {name for name in left if self.reaches(name, place)}
        for name in sorted(left):
            of_it = self._of_parameter(name)
            if of_it is not None:
                yield of_it

    def _of_call(self, call: Call, left: set[str]) -> Iterator[tuple[Place, str]]:
        """Yield what is to blame at a call: the connection behind it, or its own backward."""
        outputs = [place for place in self.outputs(call) if any(self.reaches(name, place) for name in left)]
        for place in outputs:
            words = self._of_connection(call, place) if self.state(place).state is State.WRONG else None
            if words is not None:
                self._mark(call)
                yield place, words
        if not outputs or self.found.get(call.number):
            return
        if any(self.state(place).state is not State.RIGHT for place in self.outputs(call)):
            return
        for place in call.inputs_with_gradients():
            is_reached = any(self.reaches(name, place) for name in left)
            judged = self.state(place) if is_reached else None
            if judged is not None and judged.state is State.WRONG:
                self._mark(call)
                yield place, self._of_layer(call, place, judged)

    def _mark(self, call: Call) -> None:
        """Remember that a call, and those that it was made in, need no other explanation."""
        self.found[call.number] = True
        if call.parent is not None:
            self._mark(self.base.calls[call.parent])

    def _of_layer(self, call: Call, place: Place, judged: Judged) -> str:
        back = self.label(call, call.back_name)
        got = "returns" if call.is_loss else "gets the right upstream gradient, and returns"
        evidence = judged.evidence.message if judged.evidence else ""
        detail = evidence.replace("dx", f"d{place.side}", 1) if evidence.startswith("dx") else evidence
        return f"{back}: it {got} a wrong gradient of {place.side}: {detail}"

    def _of_connection(self, call: Call, place: Place) -> str | None:
        """Return what is wrong between a call and those that its output leads to; None if one of these is wrong."""
        followers, changed = self.followers(place)
        if not all(self.is_right(each, changed) for each in followers):
            return None
        got = call.gradient(place)
        value = call.value(place)
        got = np.zeros(value.shape) if got is None else got
        if got.size != value.size:
            return f"{self.label(call, call.back_name)} gets a gradient of shape {got.shape}; expected {value.shape}"
        losses = losses_at(self.network, call, place)
        words = self._named(got, value, lambda x: losses(x)[0], followers, place)
        gets = f"{self.label(call, call.back_name)} gets a wrong upstream gradient"
        return f"{gets}: {words or self._between(followers)}"

    def _of_parameter(self, name: str) -> str | None:
        """Return what is wrong between a parameter and the layers that it is used in."""
        value = self.network.params[name]
        changed = self.changed(name)
        followers = self.after(changed)
        if self.base.calls and not all(self.is_right(each, changed) for each in followers):
            return None
        got = self.grads[name]
        words = self._named(
            got, value, lambda x: self.network.evaluate({name: x}).loss, followers, None, name
        )
        written = self.network.called.get(name, f"d{name}")
        owner = self._owner(name, followers)
        if owner is not None:
            gets = f"{self.label(owner, owner.back_name)} gets the right upstream gradient"
            return f"{gets}, and {written} is wrong" + (f": {words}" if words else "")
        if words is None and not self.base.calls:
            return None
        return f"{written}: {words or self._between(followers)}"

    def _owner(self, name: str, followers: list[Call]) -> Call | None:
        """Return the innermost call that returns other numbers for the same inputs: it keeps the parameter itself."""
        changed = self.changed(name)
        calls = changed.calls if changed else ()
        own = [call for call in followers if not _inputs_differ(call, calls[call.number]) and call.times]
        around = {number for call in own for number in self._around(call)}
        return next((call for call in own if call.number not in around), None)

    def _between(self, followers: list[Call]) -> str:
        right = [self.label(call, call.back_name) for call in followers if call.times]
        if not right:
            return "it is wrong in the network's own code, between the last layer and the loss"
        listed = one_line(", ".join(right[:3]) + (", ..." if len(right) > 3 else ""), 120)
        return f"it is wrong in the network's own code: all that {listed} return is right"

    # The names of mistakes.

    def _named(
        self,
        got: Array,
        value: Array,
        loss: object,
        followers: list[Call],
        place: Place | None,
        name: str = "",
    ) -> str | None:
        """Return the mistake that a wrong gradient shows, by its numbers at some entries."""
        assert callable(loss)
        entries, truth = sampled(loss, value, self.rng)
        if not entries.size:
            return None
        mine = got.reshape(-1)[entries]
        size = float(np.abs(truth).max())
        least = LEAST * max(size, float(np.abs(mine).max(initial=0.0)))
        pieces = list(self._pieces(entries, value.size, place, name))
        skipped = [call for call in followers if not call.times and not call.is_loss]
        rest = like(truth - mine, pieces, least)
        if not mine.any() and place is not None and skipped:
            return self._skipped(skipped)
        if not mine.any():
            return "it is zero: the gradient is not passed on"
        if place is None and value.ndim > 1:
            share = self._regularised(mine, truth, value.reshape(-1)[entries], name)
            if share is not None:
                return share
        if rest is not None:
            return f"{rest.words} is not added: what is used twice gets the sum of both gradients"
        if skipped and place is not None:
            return self._skipped(skipped)
        other = like(mine, pieces, least)
        if other is not None:
            return f"it is {other.words}: {self._misplaced(other, followers, place)}"
        twice = like(mine - truth, pieces, least)
        if twice is not None:
            return f"{twice.words} is added to it, and does not belong there or is there already"
        times = factor(mine, truth)
        return None if times is None else f"it is {times:.6g} times the right one{self._hint(times)}"

    def _misplaced(self, piece: Piece, followers: list[Call], place: Place | None) -> str:
        """Return what it means that a wrong gradient is that of another joint."""
        if place is None or piece.call not in {call.number for call in followers}:
            return "passed to the wrong place"
        direct = {call.number for call in followers if call.uses(self.base.calls[place.call])}
        if piece.call in direct:
            return "what its other uses give is not added"
        return "passed to the wrong place" + ("" if direct else ", or only a part of what it should be")

    def _hint(self, times: float) -> str:
        samples = self.network.samples
        if times == -1 or is_alike(np.array(times), np.array(-1.0), 1.0):
            return ": its sign is wrong"
        if samples and abs(times * samples - 1) < 1e-6:
            return f": divided by the number of samples ({samples}) once too often"
        if samples and abs(times / samples - 1) < 1e-6:
            return f": it is not divided by the number of samples ({samples})"
        return ""

    def _skipped(self, skipped: list[Call]) -> str:
        first = skipped[0]
        return f"{self.label(first, first.back_name)} is never called: the gradient goes past {first.name}"

    def _regularised(self, mine: Array, truth: Array, w: Array, name: str) -> str | None:
        """Return what is wrong if a multiple of the weights is missing, or is too much."""
        if w.size < 3:
            return None
        missing = factor(truth - mine, w)
        # A rest that is a rounding is a multiple of anything.
        if missing is None or abs(missing) * float(np.abs(w).max()) <= 1e-9 * float(np.abs(truth).max()):
            return None
        if missing > 0:
            return (
                f"{missing:.6g} times {name} is missing: the share of the regularisation is forgotten in the "
                "gradient, or is half of that in the loss"
            )
        return (
            f"{-missing:.6g} times {name} is too much: the regularisation is forgotten in the loss, or has a factor "
            "of 0.5 there that the gradient does not know"
        )

    def _pieces(self, entries: Array, size: int, place: Place | None, name: str) -> Iterator[Piece]:
        """Yield the gradients of the network that have as many entries: of its layers, then of its parameters."""
        own = None if place is None else place.call  # what a call returns may be what it gets
        for call in self.base.calls:
            for side, values in call.grads.items():
                if values.size == size > 1 and call.number != own:
                    words = f"the gradient of {side} that {self.label(call, call.back_name)} returns"
                    if call.is_loss:
                        words = f"the gradient that {self.label(call)} returns"
                    yield Piece(words, values.reshape(-1)[entries], call.number)
        for call in self.base.calls:
            for number, dout in enumerate(call.douts):
                other = Place(call.number, OUT, number) != place
                if other and dout is not None and dout.size == size > 1 and not call.is_loss:
                    words = f"the upstream gradient of {self.label(call, call.back_name)}"
                    yield Piece(words, dout.reshape(-1)[entries])
        for other_name, values in self.grads.items():
            if other_name != name and values.size == size > 1:
                yield Piece(f"the gradient of {other_name}", values.reshape(-1)[entries])


def _moved(value: Array) -> Array:
    """Return a value that differs in every entry, far beyond rounding."""
    signs = np.where(np.arange(value.size) % 3 == 1, -1.0, 1.0).reshape(value.shape)
    return np.asarray(value + signs * 1e-3 * (1 + np.abs(value)))


def _differ(one: Call, other: Call) -> bool:
    return _inputs_differ(one, other) or not all(map(np.array_equal, one.outs, other.outs))


def _inputs_differ(one: Call, other: Call) -> bool:
    return one.inputs.keys() != other.inputs.keys() or not all(
        np.array_equal(one.inputs[name], other.inputs[name]) for name in one.inputs
    )
