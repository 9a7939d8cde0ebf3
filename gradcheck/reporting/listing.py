"""What there is to choose from, as ``gradcheck list`` tells it."""

from collections.abc import Callable, Sequence

import msgspec

from gradcheck import checks, layers
from gradcheck.contract import Layer
from gradcheck.reporting import table
from gradcheck.subjects import dialects

Row = dict[str, str | list[str]]

EXPENDABLE = {"parameters": 2, "arithmetic": 1}
"""The columns that a narrow terminal can do without: the grammar names the parameters, too."""


def layer_rows() -> list[Row]:
    """Return a row for each layer: how its derivative is known, its tensors, and how its geometry is written."""
    return [
        {
            "name": layer.name,
            "arithmetic": layer.arithmetic.name,
            "tensors": _tensors(layer),
            "parameters": list(layer.cases.grammar.names),
            "grammar": layer.cases.grammar.template,
        }
        for layer in layers.LAYERS
    ]


def _tensors(layer: Layer) -> list[str]:
    """Return the names of all the inputs that the layer has in any of its fixed cases."""
    shapes = [layer.shapes.inputs(layer.cases.grammar.read(geometry)) for geometry in layer.cases.battery]
    return list(dict.fromkeys(name for each in shapes for name in each))


def check_rows() -> list[Row]:
    """Return a row for each check: the parts that it judges, and what it demands of them."""
    return [{"name": check.name, "parts": list(check.parts), "title": check.title} for check in checks.CHECKS]


def dialect_rows() -> list[Row]:
    """Return a row for each dialect: how it reads, and the functions that it looks for."""
    return [
        {"name": dialect.name, "title": dialect.title, "functions": list(dialect.names)}
        for dialect in dialects.DIALECTS
    ]


ROWS: dict[str, Callable[[], list[Row]]] = {
    "layers": layer_rows,
    "checks": check_rows,
    "dialects": dialect_rows,
}
"""What can be listed, and the rows of it."""


def as_json(rows: Sequence[Row]) -> str:
    """Return rows as a JSON array of objects."""
    return msgspec.json.format(msgspec.json.encode(rows), indent=2).decode() + "\n"


def as_text(rows: Sequence[Row], colour: bool, width: int) -> str:
    """Return rows as a table."""
    columns = [_column(title, [row[title] for row in rows]) for title in rows[0]]
    return table.printed(table.of_words(columns, width), colour, width)


def _column(title: str, values: Sequence[str | list[str]]) -> table.Column:
    cells = tuple(value if isinstance(value, str) else ", ".join(value) for value in values)
    return table.Column(
        title,
        cells,
        expendable=EXPENDABLE.get(title, 0),
        folds=title in ("tensors", "parameters", "grammar", "title", "functions"),
        least=44 if title == "grammar" else 14,
    )
