"""What the suite knows: mistakes and checks, as ``gradcheck explain`` explains them, and its lists."""

import inspect
import textwrap
from collections.abc import Callable, Sequence

from gradcheck import checks
from gradcheck.calling.quiet import quiet
from gradcheck.checks.check import Check
from gradcheck.contract import Layer
from gradcheck.diagnosis.seeing import Sight
from gradcheck.diagnosis.showing import Showing
from gradcheck.isolation.levels import NEEDS, TITLES, Level, available
from gradcheck.judging.matrix import kill, subject_of
from gradcheck.layers.outside.registry import known_layers
from gradcheck.mistakes.catalogue import MUTANTS
from gradcheck.mistakes.counted import how_often
from gradcheck.mistakes.mutant import Mutant, apply
from gradcheck.report import Finding
from gradcheck.reporting import table
from gradcheck.reporting.picture import Drawing, as_text, drawing
from gradcheck.reporting.table import Column
from gradcheck.subjects import dialects

WIDTH = 96
"""The columns that the sentences of an explanation keep to."""

Explained = Mutant | Check | Layer
Row = dict[str, str | list[str]]

EXPENDABLE = {"parameters": 2, "arithmetic": 1}
"""The columns that a narrow terminal can do without: the grammar names the parameters, too."""


def known_names() -> list[str]:
    """Return the names of everything that can be explained: the mistakes, then the checks, then the layers."""
    return [*dict.fromkeys(mutant.name for mutant in MUTANTS), *checks.BY_NAME, *known_layers()]


def find(name: str) -> list[Explained]:
    """Return the mistakes of a name, in all layers or written as ``layer.part.name``, the check and the layer."""
    found: list[Explained] = [m for m in MUTANTS if name in (m.name, str(m), f"{m.layer}.{m.name}")]
    return [*found, *(known[name] for known in (checks.BY_NAME, known_layers()) if name in known)]


def explanation(subjects: Sequence[Explained]) -> str:
    """Return the explanations of mistakes, checks and layers, one after the other."""
    return "\n".join(map(_explained, subjects))


def _explained(subject: Explained) -> str:
    if isinstance(subject, Mutant):
        return _mistake(subject)
    return _check(subject) if isinstance(subject, Check) else _layer(subject)


def _layer(layer: Layer) -> str:
    case = layer.case(layer.cases.battery[0])
    arguments = ", ".join([*case.shapes, *(f"{name}=..." for name in case.options)])
    gradients = ", ".join(f"d{name}" for name in case.wanted)
    shapes = "; ".join(f"{name} {shape}" for name, shape in case.shapes.items())
    return "\n".join(
        [
            f"{layer.name}: a layer, {layer.arithmetic.name}",
            "",
            f"  {layer.name}_forward({arguments}) returns out, cache",
            f"  {layer.name}_backward(dout, cache) returns {gradients}",
            "",
            f"A geometry is written {layer.cases.grammar.template}.",
            f"{case.geometry}: {shapes}; out {case.output_shape}",
            "",
        ]
    )


def _check(check: Check) -> str:
    paragraphs = [
        f"{check.name}: {check.title}",
        _filled(check.hint),
        f"It judges: {', '.join(check.parts)}.",
    ]
    return "\n\n".join(part for part in paragraphs if part) + "\n"


def _mistake(mutant: Mutant) -> str:
    lines = [
        f"{mutant.name}    ({mutant.layer}, {mutant.part})",
        "",
        _filled(mutant.why),
        "",
        _filled(f"Seen in {mutant.stands_for}. {how_often(mutant)}"),
        "",
        *_edit("right", mutant.was),
        *_edit("wrong", mutant.now),
        "",
    ]
    return "\n".join([*lines, *_smallest_case(mutant), ""])


def _edit(label: str, code: str) -> list[str]:
    lines = inspect.cleandoc(code).split("\n")
    return [f"  {label if i == 0 else '':<7}{line}" for i, line in enumerate(lines)]


def _filled(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), WIDTH)


def _smallest_case(mutant: Mutant) -> list[str]:
    """Return an instructive case that shows the mistake, drawn."""
    found = smallest_case(mutant)
    if found is None:
        return ["No case shows it."]
    finding, drawn = found
    picture = "" if drawn is None else as_text(drawn)
    return [f"A small case: {finding.case}", f"({finding.check}: {finding.message})", "", picture]


def smallest_case(mutant: Mutant) -> tuple[Finding, Drawing | None] | None:
    """Return what is found on an instructive case that shows a mistake, and its drawing; None if no case shows it."""
    with quiet(0):
        killed = kill(mutant)
        if killed.finding is None or killed.finding.case is None:
            return None
        seen = _shown(mutant, killed.finding)
    return (killed.finding, None) if seen is None else (seen.finding, drawing(seen, of_a_mistake=True))


def _shown(mutant: Mutant, finding: Finding) -> Sight | None:
    """Return what is seen of a mistake; None where the results themselves are right, or are not arrays."""
    subject = subject_of(mutant.layer, apply(mutant))
    return Showing(subject, mutant.part, 0).look(finding)


def layer_rows() -> list[Row]:
    """Return a row for each layer: its arithmetic, its tensors, and how its geometry is written."""
    return [
        {
            "name": layer.name,
            "arithmetic": layer.arithmetic.name,
            "tensors": _tensors(layer),
            "parameters": list(layer.cases.grammar.names),
            "grammar": layer.cases.grammar.template,
        }
        for layer in known_layers().values()
    ]


def _tensors(layer: Layer) -> list[str]:
    """Return the names of all the inputs that the layer has in any of its fixed cases."""
    shapes = [layer.shapes.inputs(layer.cases.grammar.read(geometry)) for geometry in layer.cases.battery]
    return list(dict.fromkeys(name for each in shapes for name in each))


def check_rows() -> list[Row]:
    """Return a row for each check: the parts that it judges, and its title."""
    return [{"name": check.name, "parts": list(check.parts), "title": check.title} for check in checks.CHECKS]


def dialect_rows() -> list[Row]:
    """Return a row for each dialect: its title, and the functions that it looks for."""
    return [
        {"name": dialect.name, "title": dialect.title, "functions": [*dialect.names, *dialect.more()]}
        for dialect in dialects.DIALECTS
    ]


def isolation_rows() -> list[Row]:
    """Return a row for each level of isolation, the weakest first: what it is, what it needs, whether it is here."""
    here = available()
    return [
        {
            "name": level,
            "here": "yes" if level in here else "no",
            "needs": NEEDS[level],
            "title": TITLES[level],
        }
        for level in Level
    ]


ROWS: dict[str, Callable[[], list[Row]]] = {
    "layers": layer_rows,
    "checks": check_rows,
    "dialects": dialect_rows,
    "isolation": isolation_rows,
}
"""What can be listed, and the function that returns its rows."""


def table_of_rows(rows: Sequence[Row], colour: bool, width: int) -> str:
    """Return the rows of a list as text."""
    columns = [_column(title, [row[title] for row in rows]) for title in rows[0]]
    return table.render(columns, colour, width)


def _column(title: str, values: Sequence[str | list[str]]) -> Column:
    cells = tuple(value if isinstance(value, str) else ", ".join(value) for value in values)
    return Column(
        title,
        cells,
        expendable=EXPENDABLE.get(title, 0),
        folds=title in ("tensors", "parameters", "grammar", "title", "functions"),
        least=44 if title == "grammar" else 14,
    )
