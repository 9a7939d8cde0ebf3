"""The catalogue of known mistakes, one file a family of layers."""

from gradcheck.mistakes.catalogue import (
    activations,
    affine,
    batch_norm,
    conv,
    conv_transpose,
    curves,
    dropout,
    linear_loss,
    loss,
    mean_pool,
    norm,
    norm_family,
    pool,
    recurrent,
    sample_norm,
    sequence,
    sliding,
    targets,
)
from gradcheck.mistakes.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    *affine.MUTANTS,
    *activations.MUTANTS,
    *conv.MUTANTS,
    *sliding.MUTANTS,
    *conv_transpose.MUTANTS,
    *pool.MUTANTS,
    *mean_pool.MUTANTS,
    *batch_norm.MUTANTS,
    *norm.MUTANTS,
    *norm_family.MUTANTS,
    *sample_norm.MUTANTS,
    *dropout.MUTANTS,
    *loss.MUTANTS,
    *sequence.MUTANTS,
    *curves.MUTANTS,
    *targets.MUTANTS,
    *linear_loss.MUTANTS,
    *recurrent.MUTANTS,
)
