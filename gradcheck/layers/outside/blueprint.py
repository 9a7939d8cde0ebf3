"""What follows from a declaration: the shape of the output, the cases, and which of them are possible."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradcheck.calling.quiet import quiet
from gradcheck.contract import Cases, Shape
from gradcheck.evidence.fill import SALT
from gradcheck.grammar import Params
from gradcheck.layers.outside.axes import DeclarationError
from gradcheck.layers.outside.drawing import Drawn
from gradcheck.layers.outside.numbers import Filling
from gradcheck.layers.outside.references import Declared
from gradcheck.text import one_line

Tried = Shape | ValueError


@dataclass(frozen=True)
class Blueprint:
    """A reference, what is drawn for it, and its numbers; `seen` keeps the shapes of outputs, by parameters."""

    reference: Declared
    drawn: Drawn
    filled: Filling
    seen: dict[tuple[Any, ...], Tried] = field(default_factory=dict)

    def options(self, params: Params) -> dict[str, Any]:
        """Return the keyword arguments of the reference."""
        return {name: params[name] for name in self.drawn.options}

    def floats(self) -> tuple[str, ...]:
        """Return the tensors of a floating dtype, which have gradients."""
        shapes, rng = self.drawn.axes.shapes(self.drawn.least), np.random.default_rng(SALT)
        made = self.filled.once(shapes, self.drawn.least, rng)
        return tuple(name for name, values in made.items() if values.dtype.kind == "f")

    def output(self, params: Params) -> Shape:
        """Return the shape of the output: the declared one, or that of what the reference returns."""
        declared = self.drawn.axes.output(params)
        if declared is not None:
            return declared
        found = self._tried(params)
        if isinstance(found, ValueError):
            raise found
        return found

    def flaw(self, params: Params) -> str | None:
        """Return why parameters are impossible, or None: they were not declared, or the reference refuses them."""
        why = self.drawn.flaw(params)
        found = self._tried(params) if why is None else None
        return one_line(f"the reference refuses it: {found}") if isinstance(found, ValueError) else why

    def cases(self) -> Cases:
        """Return the cases.

        Raises
        ------
        DeclarationError
            If the reference fails on the smallest case.
        """
        drawn, name = self.drawn, self.reference.layer
        grammar, smallest = drawn.grammar(), self._tried(drawn.least)
        if isinstance(smallest, ValueError):
            raise DeclarationError(
                f"{name}: the reference refuses the smallest case that is declared, {grammar.write(drawn.least)}: "
                f"{one_line(smallest)}; restrict what is drawn, as in draw={{'d': range(2, 6)}}"
            )
        battery = drawn.battery(lambda params: self.flaw(params) is None)
        return Cases(
            grammar=grammar,
            draw=drawn.draw,
            battery=tuple(dict.fromkeys(grammar.write(params) for params in battery)),
            tiny=grammar.write(drawn.least),
            flaw=self.flaw,
            allows_empty=self._allows_empty(),
        )

    def _allows_empty(self) -> bool:
        """Return whether a batch of no samples has an output without entries."""
        if "n" not in self.drawn.axes.names:
            return False
        try:
            found = self._tried({**self.drawn.least, "n": 0})
        except DeclarationError:
            return False
        return not isinstance(found, ValueError) and 0 in found

    def _tried(self, params: Params) -> Tried:
        """Return the shape of the output, or the ValueError with which the reference refuses the parameters.

        Raises
        ------
        DeclarationError
            If the reference raises anything else.
        """
        key = tuple(sorted(params.items()))
        if key not in self.seen:
            shapes, rng = self.drawn.axes.shapes(params), np.random.default_rng(SALT)
            try:
                with quiet(0):
                    tensors = self.filled.once(shapes, params, rng)
                    self.seen[key] = self.reference.out(tensors, self.options(params)).shape
            except DeclarationError:
                raise
            except ValueError as problem:
                self.seen[key] = problem
            except Exception as problem:
                geometry = self.drawn.grammar().write(params)
                what = one_line(f"{type(problem).__name__}: {problem}")
                raise DeclarationError(
                    f"{self.reference.layer}: the reference raised {what} on {geometry}; it must return an output, or "
                    "refuse an impossible case with ValueError"
                ) from problem
        return self.seen[key]
