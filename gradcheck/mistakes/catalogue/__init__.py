"""The catalogue of known mistakes, one file a family of layers."""

from gradcheck.mistakes.catalogue import (
    activations,
    affine,
    attention,
    batch_norm,
    conv,
    conv_transpose,
    dropout,
    loss,
    norm,
    norm_family,
    pool,
    sequence,
)
from gradcheck.mistakes.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    *affine.MUTANTS,
    *activations.MUTANTS,
    *conv.MUTANTS,
    *conv_transpose.MUTANTS,
    *pool.MUTANTS,
    *batch_norm.MUTANTS,
    *norm.MUTANTS,
    *norm_family.MUTANTS,
    *dropout.MUTANTS,
    *loss.MUTANTS,
    *sequence.MUTANTS,
    *attention.MUTANTS,
)
