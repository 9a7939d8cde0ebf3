"""Which tests a target has: one for each part of each layer and each check, and for each gradient where it matters."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, groupby
from operator import attrgetter

from gradcheck.contract import Subject
from gradcheck.judging.plan import Plan, planned
from gradcheck.judging.target import Found
from gradcheck.layers.cases import cases_for
from gradcheck.text import one_line


@dataclass(frozen=True, kw_only=True)
class Aspect:
    """What one test judges.

    Attributes
    ----------
    label : str
        The layer's name; with the function's for every further implementation of the layer.
    layer, part, check, function : str
        As in the report.
    tensor : str, optional
        The gradient, where the check judges each by itself.
    tensors : tuple of str
        All gradients that the check judges.
    place : int
        Which of the parts of that layer, in the order of the report.
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
    """Return the tests of a target: one for each check that is planned, and for each gradient where it matters."""
    return list(_of_subjects(found.subjects, plan))


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
    """Return what the tests of a part begin with: the layer, where no other part has taken it."""
    again = (f"{layer}.{function}#{number}" for number in count(2))
    names = chain((layer, f"{layer}.{function}"), again)
    label = next(name for name in names if f"{name}-{part}" not in taken)
    taken.add(f"{label}-{part}")
    return label


def _gradients(subject: Subject, plan: Plan) -> tuple[str, ...]:
    """Return the names of the gradients that the cases ask for."""
    cases = [plan.only] if plan.only is not None else cases_for(subject, 0, plan.seed)
    wanted = {name for case in cases for name in case.wanted}
    return tuple(f"d{name}" for name in subject.layer.shapes.differentiable if name in wanted)
