"""The tests of a target: one for each layer, part and check; for checks by tensor, one for each gradient."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, groupby
from operator import attrgetter

from gradcheck.contract import OPTIMIZER, Subject
from gradcheck.judging.plan import Plan, planned
from gradcheck.judging.target import Found
from gradcheck.layers.cases import cases_for
from gradcheck.models.rules import UpdateRule
from gradcheck.text import one_line

PART = "forward"
"""The one part of an update rule."""


@dataclass(frozen=True, kw_only=True)
class Aspect:
    """The subject of one test.

    Attributes
    ----------
    label : str
        The layer's name; a further implementation of the layer has its function's name too.
    layer, part, check, function : str
        As in the report.
    tensor : str, optional
        The gradient, if the check judges each gradient separately.
    tensors : tuple of str
        All gradients that the check judges.
    place : int
        The index of the part among all parts of that layer, in the order of the report.
    """

    label: str
    layer: str
    part: str
    check: str
    function: str
    place: int
    tensor: str | None = None
    tensors: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The test's name: ``conv2d-backward-gradient[dx]``."""
        tensor = f"[{self.tensor}]" if self.tensor else ""
        return f"{self.label}-{self.part}-{self.check}{tensor}"


def aspects(found: Found, plan: Plan) -> list[Aspect]:
    """Return the tests of a target: one for each planned check, or for each gradient that it judges separately."""
    rules = [each for each in found.models if isinstance(each, UpdateRule)]
    return [*_of_subjects(found.subjects, plan), *(_of_rules(rules, plan) if rules else ())]


def _of_rules(rules: Sequence[UpdateRule], plan: Plan) -> Iterator[Aspect]:
    """Yield the tests of update rules, whose labels are the rules' names."""
    from gradcheck.models.stepping import CHECKS  # here, as few files have an update rule

    labels: set[str] = set()
    for place, each in enumerate(rules):
        label = _label(labels, each.rule.name, PART, one_line(each.name, 60))
        for name in CHECKS:
            if not plan.checks or name in plan.checks:
                yield Aspect(
                    label=label, layer=OPTIMIZER, part=PART, check=name, function=each.name, place=place
                )


def _of_subjects(subjects: Sequence[Subject], plan: Plan) -> Iterator[Aspect]:
    places: Counter[str] = Counter()
    labels: set[str] = set()
    for subject in subjects:
        layer, tensors = subject.layer.name, _gradients(subject, plan)
        for part, group in groupby(planned(subject, plan.chosen), key=attrgetter("part")):
            function = subject.functions[part]
            whole = Aspect(
                label=_label(labels, layer, part, one_line(function, 60)),
                layer=layer,
                part=part,
                check="",
                function=function,
                place=places[layer] + subject.parts.index(part),
            )
            for each in group:
                names = tensors if each.check.by_tensor else ()
                for tensor in names or (None,):
                    yield replace(whole, check=each.check.name, tensor=tensor, tensors=names)
        places[layer] += len(subject.parts)


def _label(taken: set[str], layer: str, part: str, function: str) -> str:
    """Return the first part of a test's name: the layer, or a longer label if another subject has taken that."""
    again = (f"{layer}.{function}#{number}" for number in count(2))
    names = chain((layer, f"{layer}.{function}"), again)
    label = next(name for name in names if f"{name}-{part}" not in taken)
    taken.add(f"{label}-{part}")
    return label


def _gradients(subject: Subject, plan: Plan) -> tuple[str, ...]:
    """Return the names of the gradients that occur in the cases.

    The fixed cases have all of them, so that no random case is drawn at collection.
    """
    cases = [plan.only] if plan.only is not None else cases_for(subject, 0, plan.seed)
    wanted = {name for case in cases for name in case.wanted if subject.interface.gives(name)}
    return tuple(f"d{name}" for name in subject.layer.shapes.differentiable if name in wanted)
