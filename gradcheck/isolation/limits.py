"""How much a subject in a worker may use."""

from dataclasses import dataclass

MEGABYTE = 2**20


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a submission may use, by default enough for slow loops on small cases.

    Attributes
    ----------
    call : float
        Seconds that one call may take.
    load : float
        Seconds that importing the submission may take.
    total : float
        Seconds that all its calls together may take, with what loading takes.
    memory : int
        Bytes of address space of the process, NumPy and what is shared included.
    result : int
        Bytes of one result.
    file : int
        Bytes of one file that it writes, where it can write at all.
    scratch : int
        Bytes of all files in its working folder.
    losses : int
        A function that has ended its process, or timed out, so often is not called again.
    """

    call: float = 10.0
    load: float = 20.0
    total: float = 300.0
    memory: int = 4096 * MEGABYTE
    result: int = 1024 * MEGABYTE
    file: int = 16 * MEGABYTE
    scratch: int = 64 * MEGABYTE
    losses: int = 2
