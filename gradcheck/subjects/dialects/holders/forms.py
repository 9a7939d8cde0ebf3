"""How a class that holds its layer's weights is called: what it is passed, and what it returns."""

from collections.abc import Iterable
from typing import Any, Protocol

from gradcheck.contract import Array, Arrays
from gradcheck.grammar import Params


class Form(Protocol):
    """How a class is called as a layer. What most classes have in common has a body here."""

    @property
    def is_ordered(self) -> bool:
        """Whether the gradients of its inputs are returned in their order, if not by name. Not, unless said."""
        return False

    @property
    def inputs_asked(self) -> frozenset[str]:
        """Our names of what it has gradients for besides its weights."""

    def express(self, params: Params) -> dict[str, Any]:
        """Return the nearest parameters that it can express."""

    def extents(self, params: Params) -> dict[str, Any]:
        """Return what the constructor is passed for each role of its arguments."""

    def width(self, params: Params) -> int:
        """Return how many columns a block of its weights has."""

    def widened(self, params: Params, tensors: Arrays) -> Arrays:
        """Return the tensors as the class holds them. As they are, unless said."""
        return tensors

    def narrowed(self, params: Params, gradients: dict[str, Any]) -> dict[str, Any]:
        """Return the gradients of the layer's tensors, from those of what the class has. As they are, unless said."""
        return gradients

    def given(self, params: Params, tensors: Arrays) -> dict[str, Any]:
        """Return what forward is passed, by name."""

    @property
    def supplied(self) -> frozenset[str]:
        """The layer's weights that the class lacks: its output is multiplied by them. None, unless said."""
        return frozenset()

    @property
    def unpassed(self) -> frozenset[str]:
        """The layer's inputs that the class does not take: zeros. None, unless said."""
        return frozenset()

    @property
    def has_rate(self) -> bool:
        """Whether one of its methods takes a learning rate. None does, unless said."""
        return False

    def fixed(self, params: Params) -> Arrays:
        """Return what is put into arrays of something else than the layer's weights, by path. Nothing, unless said."""
        return {}

    def joined(self, params: Params, returned: Any) -> Any:
        """Return what backward returned, with a list that is one tensor made into one. As it is, unless said."""
        return returned

    def output(self, params: Params, tensors: Arrays, returned: Any) -> tuple[Any, Any]:
        """Return the layer's output, and what backward may want besides. Raises SubjectError."""

    def back(self, params: Params, tensors: Arrays, dout: Array, cache: Any) -> dict[str, Any]:
        """Return what backward is passed, by name."""

    def inputs(self, params: Params, tensors: Arrays) -> Arrays:
        """Return what is passed as inputs that have gradients, by the layer's names, as the class takes them."""

    def spread(self, names: Iterable[str]) -> frozenset[str]:
        """Return the layer's inputs that some of what is passed stand for. Themselves, unless said."""
        return frozenset(names)

    def folded(self, name: str, values: Any, params: Params) -> Any:
        """Return the gradient of an input in the layer's layout. As it is, unless said."""
        return values
