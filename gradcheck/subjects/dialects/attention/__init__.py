"""Attention as functions or modules: scaled_dot_product_attention(q, k, v, mask), on arrays or on PyTorch's tensors."""

from gradcheck.contract import Subject
from gradcheck.subjects.dialects.attention.classes import NAMES as CLASSES
from gradcheck.subjects.dialects.attention.classes import subjects as classes
from gradcheck.subjects.dialects.attention.functions import PAIRS
from gradcheck.subjects.dialects.attention.functions import subjects as functions
from gradcheck.subjects.dialects.attention.modules import NAMES
from gradcheck.subjects.dialects.attention.modules import subjects as modules
from gradcheck.subjects.dialects.dialect import Dialect, Members


def subjects(members: Members) -> tuple[Subject, ...]:
    """Return a subject for each function, and each module, that takes queries, keys and values."""
    return (*functions(members), *modules(members), *classes(members))


ATTENTION = Dialect(
    name="attention",
    title="scaled_dot_product_attention(q, k, v, mask), with a backward or by autograd",
    names=tuple(dict.fromkeys([*PAIRS, *PAIRS.values(), *NAMES, *CLASSES])),
    subjects=subjects,
)
