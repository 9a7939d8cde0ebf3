"""Mistakes in dropout."""

from gradcheck.mistakes.mutant import Mutant

MUTANTS = (
    Mutant(
        layer="dropout",
        part="forward",
        name="scale-missing",
        was="x * kept / keep_prob",
        now="x * kept",
        why="Kept entries are not scaled up, so that in training the next layer gets smaller sums than in "
        "evaluation. Divide by the probability of being kept: x * mask / keep_prob.",
        stands_for="courses: plain dropout, with an evaluation that does not make up for it",
    ),
    Mutant(
        layer="dropout",
        part="forward",
        name="scaled-by-drop-probability",
        was="x * kept / keep_prob",
        now="x * kept / (1 - keep_prob)",
        why="Kept entries are divided by the probability to drop one. The share that remains is keep_prob, and "
        "dividing by it restores the mean: x * mask / keep_prob.",
        stands_for="courses: p to keep and p to drop mixed up; invisible at 0.5",
    ),
    Mutant(
        layer="dropout",
        part="forward",
        name="mask-inverted",
        was="x * kept / keep_prob",
        now="x * (1 - kept) / keep_prob",
        why="Entries that should be kept are dropped, and the other way round. The mask is true where an entry is "
        "kept: x * mask / keep_prob.",
        stands_for="courses: p to keep and p to drop mixed up in the mask",
    ),
    Mutant(
        layer="dropout",
        part="forward",
        name="mask-of-first-sample",
        was="x * kept / keep_prob",
        now="x * kept[:1] / keep_prob",
        why="All samples lose the same features: the mask of the first one is used for the whole batch. Each entry "
        "has its own chance: the mask has the shape of x.",
        stands_for="courses: a mask of shape (D,) that is broadcast",
    ),
    Mutant(
        layer="dropout",
        part="forward",
        name="scaled-at-test",
        was="out = x.copy()",
        now="out = x * keep_prob",
        why="The output is scaled in evaluation although training has already made up for the dropped entries. "
        "With the division by keep_prob in training, evaluation returns x as it is.",
        stands_for="courses: plain and inverted dropout mixed up",
    ),
    Mutant(
        layer="dropout",
        part="forward",
        name="argument-returned",
        was="out = x.copy()",
        now="out = x",
        why="In evaluation the result is the argument itself: a later change of one in place changes the other. "
        "Return a copy: x.copy().",
        stands_for="courses: if not training: return x",
    ),
    Mutant(
        layer="dropout",
        part="backward",
        name="scale-missing",
        was="dout * kept / keep_prob",
        now="dout * kept",
        why="Forward divided the kept entries by keep_prob, and so the gradient must be divided too. Write dout * "
        "mask / keep_prob.",
        stands_for="courses: the scale in forward only",
    ),
    Mutant(
        layer="dropout",
        part="backward",
        name="mask-missing",
        was="dout * kept / keep_prob",
        now="dout / keep_prob",
        why="The gradient passes everywhere, also where the input was dropped and the output did not depend on it. "
        "Multiply by the mask of forward: dout * mask / keep_prob.",
        stands_for="courses: the mask used in forward only",
    ),
    Mutant(
        layer="dropout",
        part="backward",
        name="new-mask",
        was="dx = dout * kept / keep_prob",
        now="kept = np.random.default_rng(1).random(shape) < keep_prob\n    dx = dout * kept / keep_prob",
        why="Backward draws a mask of its own, so that the gradient passes where the input was dropped. Which "
        "entries were kept is decided once, in forward: put that mask into the cache and use it here.",
        stands_for="courses: the line that draws the mask copied to backward",
    ),
    Mutant(
        layer="dropout",
        part="backward",
        name="mask-scaled-in-place",
        was="dx = dout * kept / keep_prob",
        now="kept /= keep_prob\n    dx = dout * kept",
        why="The division is written into the cached mask, so that a second backward divides once more. Do not "
        "change the cache: dx = dout * mask / keep_prob makes a new array.",
        stands_for="courses: mask /= p",
    ),
    Mutant(
        layer="dropout",
        part="backward",
        name="scaled-at-test",
        was="return dout.copy()",
        now="return dout * keep_prob",
        why="After evaluation the gradient is scaled, but there forward returned x as it was. Its derivative is 1: "
        "return a copy of dout.",
        stands_for="courses: plain and inverted dropout mixed up",
    ),
    Mutant(
        layer="dropout",
        part="backward",
        name="cache-shared",
        was="return out, DropoutCache(x.shape, x.dtype, kept, keep_prob)",
        now='last = globals().setdefault("_last", [])\n'
        "    last[:] = x.shape, x.dtype, kept, keep_prob\n"
        "    return out, last",
        why="All calls keep the mask in the same place, so that after a second forward the first one's backward "
        "uses the wrong mask. Return a new cache from every call.",
        stands_for="courses: self.mask of a dropout object that several layers share",
        function="dropout_forward",
    ),
    Mutant(
        layer="dropout",
        part="forward",
        name="not-inverted",
        was="        out = x.copy()\n"
        "        return out, DropoutCache(x.shape, x.dtype, None, keep_prob)\n"
        "    kept = _given(mask, x) if mask is not None else _drawn(rng, x, keep_prob)\n"
        '    out = np.asarray(x * kept / keep_prob, order="C")',
        now="        out = x * keep_prob\n"
        "        return out, DropoutCache(x.shape, x.dtype, None, keep_prob)\n"
        "    kept = _given(mask, x) if mask is not None else _drawn(rng, x, keep_prob)\n"
        '    out = np.asarray(x * kept, order="C")',
        why="This is the plain form of dropout, which scales by the keep probability in evaluation. Inverted "
        "dropout is meant: it divides by the keep probability in training, so that evaluation returns x "
        "as it is.",
        stands_for="courses: the form of the first paper; one decision, not two mistakes",
    ),
    Mutant(
        layer="dropout",
        part="backward",
        name="not-inverted",
        was="        return dout.copy()\n    dx = dout * kept / keep_prob",
        now="        return dout * keep_prob\n    dx = dout * kept",
        why="This is the plain form of dropout, which scales by the keep probability in evaluation. Inverted "
        "dropout is meant: divide by the keep probability in training, and return dout as it is in "
        "evaluation.",
        stands_for="courses: the form of the first paper; one decision, not two mistakes",
    ),
    Mutant(
        layer="dropout",
        part="forward",
        name="multiplied-by-keep-prob",
        was="x * kept / keep_prob",
        now="x * kept * keep_prob",
        why="The kept entries are multiplied by the probability to keep one. They must be divided by it, so "
        "that the mean of the output stays that of x: write x * mask / p.",
        stands_for="courses: * p for / p",
    ),
    Mutant(
        layer="dropout",
        part="backward",
        name="multiplied-by-keep-prob",
        was="dout * kept / keep_prob",
        now="dout * kept * keep_prob",
        why="The gradient is multiplied by the probability to keep an entry. Forward divides by it, and so "
        "must backward: write dout * mask / p.",
        stands_for="courses: * p for / p",
    ),
    Mutant(
        layer="dropout",
        part="backward",
        name="scaled-twice",
        was="dout * kept / keep_prob",
        now="dout * kept / keep_prob**2",
        why="The gradient is divided by the keep probability twice: once in the mask that the cache holds, "
        "and once more. If the mask is scaled already, write dx = dout * mask.",
        stands_for="courses: a mask that holds 1 / p, divided by p again",
    ),
    Mutant(
        layer="dropout",
        part="backward",
        name="mask-inverted",
        was="dout * kept / keep_prob",
        now="dout * (1 - kept) / keep_prob",
        why="The gradient passes where forward dropped an entry, and not where it kept one. Use the mask as "
        "forward does: dx = dout * mask / p.",
        stands_for="courses: 1 - mask, or a comparison the other way round",
    ),
    Mutant(
        layer="dropout",
        part="forward",
        name="divided-in-evaluation",
        was="out = x.copy()",
        now="out = x / keep_prob",
        why="In evaluation x is divided by the keep probability. Inverted dropout scales in training only: in "
        "evaluation return x as it is.",
        stands_for="courses: the branch of training copied",
    ),
)
