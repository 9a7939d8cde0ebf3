"""What a dialect is: how a family of people writes layers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gradcheck.contract import Subject
from gradcheck.models.model import Model


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a family of people writes layers.

    `names` are the functions it looks for; `subjects` turns a namespace into subjects, `models` finds whole
    networks. `signs` tells whether a namespace is of this family at all, where other families use some of its
    names. `support` is the module in ``gradcheck/dialects/support`` with what the dialect adds to a file's
    names, where the file lives.
    """

    name: str
    title: str
    names: tuple[str, ...]
    subjects: Callable[[Mapping[str, Any]], tuple[Subject, ...]]
    models: Callable[[Mapping[str, Any]], tuple[Model, ...]] = lambda members: ()
    signs: Callable[[Mapping[str, Any]], bool] = lambda members: True
    support: str = ""
