"""Which tests a target has: one for each part of each layer and each check, and for each gradient where it matters."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, count

from gradcheck import checks
from gradcheck.checks.check import Check
from gradcheck.contract import Subject
from gradcheck.judging import run
from gradcheck.judging.plan import Plan
from gradcheck.layers.cases import cases_for
from gradcheck.report import TargetReport
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


def aspects(target: str, plan: Plan) -> tuple[TargetReport, list[Aspect]]:
    """Return what is known of a target before anything is judged, and its tests; none where it cannot be judged."""
    subjects: list[Subject] = []
    looking = replace(plan, judge=False)

    def seen(target: str, layer: str, subject: Subject | None) -> None:
        if subject is not None:
            subjects.append(subject)

    report = run.verify([target], looking, seen).targets[0]
    return report, list(_of_subjects(subjects, plan)) if report.parts else []


def _of_subjects(subjects: list[Subject], plan: Plan) -> Iterator[Aspect]:
    seen: Counter[str] = Counter()
    labels: set[str] = set()
    for subject in subjects:
        layer = subject.layer.name
        tensors = _gradients(subject, plan)
        for part in subject.parts:
            function = subject.functions[part]
            whole = Aspect(
                label=_label(labels, layer, part, one_line(function, 60)),
                layer=layer,
                part=part,
                check="",
                function=function,
                place=seen[layer],
            )
            seen[layer] += 1
            for check in _chosen(part, plan):
                each = tensors if check.by_tensor else ()
                for tensor in each or (None,):
                    yield replace(whole, check=check.name, tensor=tensor, tensors=each)


def _label(taken: set[str], layer: str, part: str, function: str) -> str:
    """Return what the tests of a part begin with: the layer, where no other part has taken it."""
    again = (f"{layer}.{function}#{number}" for number in count(2))
    names = chain((layer, f"{layer}.{function}"), again)
    label = next(name for name in names if f"{name}-{part}" not in taken)
    taken.add(f"{label}-{part}")
    return label


def _chosen(part: str, plan: Plan) -> list[Check]:
    return [
        check
        for check in checks.CHECKS
        if part in check.parts and (not plan.checks or check.name in plan.checks)
    ]


def _gradients(subject: Subject, plan: Plan) -> tuple[str, ...]:
    """Return the names of the gradients that the cases ask for."""
    cases = [plan.only] if plan.only is not None else cases_for(subject, 0, plan.seed)
    wanted = {name for case in cases for name in subject.layer.wanted(case.params)}
    return tuple(f"d{name}" for name in subject.layer.shapes.differentiable if name in wanted)
