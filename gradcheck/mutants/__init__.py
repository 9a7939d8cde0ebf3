"""The catalogue of known mistakes, one file a family of layers."""

from gradcheck.contract import Mutant
from gradcheck.mutants import pool

MUTANTS: tuple[Mutant, ...] = (*pool.MUTANTS,)
