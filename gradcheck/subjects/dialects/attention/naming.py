"""What the constructor of a module of attention takes, and what its parameters are for: by their names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from gradcheck.calling.signature import Described

EXTENTS: Mapping[str, tuple[str, ...]] = {
    "width": (
        *("embed_dim", "d_model", "dim", "dim_in", "emb_dim", "embedding_dim", "embed_size", "model_dim"),
        *("hidden_size", "hidden_dim", "n_embd", "n_embed", "input_dim", "in_dim", "d_in", "emb_size"),
    ),
    "heads": ("num_heads", "n_heads", "heads", "n_head", "h", "nhead", "nheads", "num_head"),
    "keys": ("dim_q", "dim_k", "d_k", "d_q", "dim_qk", "key_dim"),
    "values": ("dim_v", "d_v", "value_dim"),
    "each": ("dim_out", "d_out", "out_dim", "head_dim", "head_size", "dim_head"),
    "dropout": ("dropout", "dropout_p", "dropout_prob", "drop", "p", "attn_dropout", "attn_drop"),
}
"""What the arguments of a constructor are called: the width of inputs, heads, widths of keys, values or either."""

LETTERS: Mapping[str, tuple[str, ...]] = {
    "q": ("q", "query", "queries"),
    "k": ("k", "key", "keys"),
    "v": ("v", "value", "values", "val"),
    "o": ("o", "out", "output", ""),
}
NOISE = frozenset(
    {
        *("proj", "projection", "linear", "lin", "layer", "fc", "dense", "transform", "map", "c", "to"),
        *("w", "weight", "weights", "b", "bias", "head", "heads"),
    }
)
"""Words that do not say which projection a parameter is of: without any others it is that of the output."""


@dataclass(frozen=True)
class Held:
    """A parameter of a module: of which projection, of which head if each has its own, and whether it is the bias."""

    path: str
    letter: str
    head: int | None
    is_bias: bool

    @property
    def ours(self) -> str:
        """Our name for it."""
        return f"{'b' if self.is_bias else 'W'}{self.letter}"

    def of(self, head: int) -> "Held":
        """Return the same parameter of another head."""
        path = ".".join(str(head) if each.isdecimal() else each for each in self.path.split("."))
        return replace(self, path=path, head=head)


def held(path: str) -> Held | None:
    """Return what a parameter is for, by its path: ``heads.0.q.weight``, ``q_proj.bias``, ``W_o``."""
    parts = path.split(".")
    last = parts[-1].lower()
    is_bias = last == "bias" or re.match(r"b(_|[qkvo]$)", last) is not None
    head = next((int(each) for each in parts if each.isdecimal()), None)
    words = [word for each in parts if not each.isdecimal() for word in _words(each)]
    said = [word for word in words if word not in NOISE]
    word = said[-1] if said else ""
    letter = next((letter for letter, names in LETTERS.items() if word in names), None)
    return None if letter is None or len(set(said)) > 1 else Held(path, letter, head, is_bias)


def _words(name: str) -> list[str]:
    """Return the words of a name in lower case: of ``Wq``, w and q."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    words = [each for each in spaced.split("_") if each]
    return [letter for each in words for letter in (each if re.fullmatch(r"[wb][qkvo]", each) else (each,))]


def extents_of(declared: Described) -> dict[str, str] | str:
    """Return what the arguments of a constructor are; an argument that may be left out is, if its name says nothing."""
    made = {}
    for each in declared.parameters:
        found = next((what for what, names in EXTENTS.items() if each.name.lower() in names), None)
        if found is not None:
            made[each.name] = found
        elif each.default is each.empty:
            return f"what its argument {each.name} is for is not known"
    return made if "width" in made.values() else "its constructor takes no width of the inputs"
