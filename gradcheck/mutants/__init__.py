"""The catalogue of known mistakes, one file a family of layers."""

from gradcheck.contract import Mutant
from gradcheck.mutants import activations, batch_norm, conv, dropout, loss, norm, pool

MUTANTS: tuple[Mutant, ...] = (
    *activations.MUTANTS,
    *conv.MUTANTS,
    *pool.MUTANTS,
    *batch_norm.MUTANTS,
    *norm.MUTANTS,
    *dropout.MUTANTS,
    *loss.MUTANTS,
)
