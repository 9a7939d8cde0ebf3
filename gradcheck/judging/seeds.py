"""Seeds that a submission cannot know: of a run that counts, and of its own random numbers."""

import hashlib
import secrets

WORD = 32


def secret_seed() -> int:
    """Return a seed that nobody can know before: a table of the results for another one is of no use."""
    return secrets.randbelow(2**WORD)


def its_own(seed: int) -> int:
    """Return the seed of the random numbers that a submission draws; it must not tell the seed of the run."""
    digest = hashlib.sha256(f"the subject of {seed}".encode()).digest()
    return int.from_bytes(digest[: WORD // 8])
