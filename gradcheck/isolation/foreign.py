"""Objects that live in a worker, as the judge sees them: every touch is a request."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from gradcheck.calling.raising import Relayed, Trouble
from gradcheck.contract import Array, SubjectError


class Failed(Relayed, SubjectError):
    """A request gave no result. `guarded` turns it into the error that says whose function failed."""

    def __init__(self, trouble: Trouble) -> None:
        Relayed.__init__(self, trouble)
        self.kind = trouble.cause


class Link(Protocol):
    """The way to a worker."""

    def request(self, what: str, label: str, *arguments: Any) -> Any:
        """Have the worker do something. Raises Failed."""

    def facts(self, thing: "Foreign") -> Any:
        """Have the worker describe a function or a class. Raises Failed."""

    def free(self, node: list[Any], life: int) -> None:
        """Note that the worker may forget an object."""


class Foreign:
    """An object in a worker.

    Parameters
    ----------
    link : Link
        The way to the worker.
    node : list
        What the worker knows it by.
    label : str
        What it is called when its calls are counted.
    sort : str
        The name of its type.
    life : int, optional
        In which life of the worker it came to be; None for what every fresh worker has.
    """

    __slots__ = (
        "__weakref__",
        "foreign_label_",
        "foreign_life_",
        "foreign_link_",
        "foreign_node_",
        "foreign_sort_",
    )

    def __init__(
        self, link: Link, node: list[Any], label: str, sort: str = "object", life: int | None = None
    ) -> None:
        own = {"link": link, "node": node, "label": label, "sort": sort, "life": life}
        for name, value in own.items():
            object.__setattr__(self, f"foreign_{name}_", value)

    def __repr__(self) -> str:
        return f"<{self.foreign_sort_} in a worker>"

    def __getattr__(self, name: str) -> Any:
        # Of what Python itself asks for only a function's parameters are of interest: what a dialect knows it by.
        if name.startswith(("foreign_", "__")) and name != "__code__":
            raise AttributeError(name)
        return self.foreign_link_.request("getattr", f"{self.foreign_label_}.{name}", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self.foreign_link_.request("setattr", f"{self.foreign_label_}.{name}", self, name, value)

    def __getitem__(self, key: Any) -> Any:
        return self.foreign_link_.request("getitem", f"{self.foreign_label_}[]", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.foreign_link_.request("setitem", f"{self.foreign_label_}[]", self, key, value)

    def __len__(self) -> int:
        found = self.foreign_link_.request("len", f"len({self.foreign_label_})", self)
        return found if isinstance(found, int) and 0 <= found < 2**62 else 0

    def __iter__(self) -> Iterator[Any]:
        return iter(self.foreign_link_.request("iter", f"iter({self.foreign_label_})", self))

    def __contains__(self, value: Any) -> bool:
        return bool(self.foreign_link_.request("contains", f"in {self.foreign_label_}", self, value))

    def __bool__(self) -> bool:
        return True

    def __del__(self) -> None:
        if self.foreign_life_ is not None:
            self.foreign_link_.free(self.foreign_node_, self.foreign_life_)

    def facts_inside_(self) -> Any:
        """Return what it is declared as, if it is a function or a class, as the worker says."""
        return self.foreign_link_.facts(self)

    def arrays_inside_(self) -> list[Array]:
        """Return the arrays in it, as they are now."""
        found = self.foreign_link_.request("arrays", f"cache of {self.foreign_label_}", self)
        return [each for each in found if hasattr(each, "dtype")]

    def overwrite_inside_(self, replaced: dict[int, Array]) -> bool:
        """Write into the arrays in it, by position; return whether all could be written."""
        label = f"cache of {self.foreign_label_}"
        places, values = list(replaced), list(replaced.values())
        return self.foreign_link_.request("overwrite", label, self, places, values) is True


class ForeignFunction(Foreign):
    """An object in a worker that can be called."""

    __slots__ = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it."""
        return self.foreign_link_.request("call", self.foreign_label_, self, args, kwargs)

    def forgets_return_(self) -> bool:
        """Return whether it has no return statement, and does its work nonetheless."""
        return self.foreign_link_.request("forgets", self.foreign_label_, self) is True


def foreign(
    link: Link, node: list[Any], label: str, sort: str, is_callable: bool, life: int | None = None
) -> Foreign:
    """Return what stands for an object in a worker."""
    kind: Callable[..., Foreign] = ForeignFunction if is_callable else Foreign
    return kind(link, node, label, sort, life)
