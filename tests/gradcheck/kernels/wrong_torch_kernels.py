"""Convolutions in PyTorch: gradients that are wrong where they are asked one at a time, and inputs that change."""

import torch
from torch.nn import functional, grad


def made(gradients, keeps=lambda context, x, w: context.save_for_backward(x, w)):
    """Return a convolution with these gradients of x, w and b."""

    class Conv(torch.autograd.Function):
        @staticmethod
        def forward(context, x, w, b, stride, padding, dilation, groups):
            keeps(context, x, w)
            context.rest = (x.shape, w.shape), (stride, padding, dilation, groups)
            return functional.conv2d(x, w, b, stride, padding, dilation, groups)

        @staticmethod
        def backward(context, dout):
            return *gradients(context, dout), None, None, None, None

    def conv2d(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
        return Conv.apply(x, w, b, stride, padding, dilation, groups)

    return conv2d


def for_x(context, dout):
    (shape, _), rest = context.rest
    return grad.conv2d_input(shape, context.saved_tensors[1], dout, *rest)


def for_w(context, dout):
    (_, shape), rest = context.rest
    return grad.conv2d_weight(context.saved_tensors[0], shape, dout, *rest)


def for_b(context, dout):
    return dout.sum((0, 2, 3)) if context.needs_input_grad[2] else None


@made
def right(context, dout):
    """Computes what is asked, and nothing else."""
    needs = context.needs_input_grad
    return (
        for_x(context, dout) if needs[0] else None,
        for_w(context, dout) if needs[1] else None,
        for_b(context, dout),
    )


@made
def all_at_once(context, dout):
    """Computes all gradients, whatever is asked: right, though it is more work."""
    return for_x(context, dout), for_w(context, dout), for_b(context, dout)


@made
def frozen_weight_db(context, dout):
    """Sums db together with dw, and takes one sample where there is no dw."""
    needs = context.needs_input_grad
    db = None if not needs[2] else for_b(context, dout) if needs[1] else dout[0].sum((1, 2))
    return for_x(context, dout), for_w(context, dout) if needs[1] else None, db


@made
def frozen_weight_dx(context, dout):
    needs = context.needs_input_grad
    return for_x(context, dout) * (1 if needs[1] else 2), for_w(context, dout), for_b(context, dout)


@made
def frozen_bias_dw(context, dout):
    """Returns the gradients that are asked from the left on, as if the bias were always asked."""
    dw = for_w(context, dout)
    return (
        for_x(context, dout),
        dw if context.needs_input_grad[2] or not dw.shape[0] else dw / 2,
        for_b(context, dout),
    )


def keep_what_is_needed(context, x, w):
    context.save_for_backward(x if w.requires_grad else None, w)


frozen_crash = made(
    lambda context, dout: (for_x(context, dout), for_w(context, dout), for_b(context, dout)),
    keep_what_is_needed,
)
"""Keeps x for dw only, and computes dw nevertheless."""


@made
def frozen_image(context, dout):
    """Forgets dw where the image needs no gradient, as in the first layer."""
    needs = context.needs_input_grad
    return (
        for_x(context, dout) if needs[0] else None,
        for_w(context, dout) if needs[0] else None,
        for_b(context, dout),
    )


def changes_b(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    out = functional.conv2d(x, w, b, stride, padding, dilation, groups)
    if b is not None:
        b.detach().add_(1)
    return out


@made
def only_bias_db(context, dout):
    """Takes a short cut where only the bias is asked, which is wrong for several samples."""
    needs = context.needs_input_grad
    if needs[2] and not needs[0] and not needs[1]:
        return None, None, dout[:1].sum((0, 2, 3))
    return for_x(context, dout), for_w(context, dout), for_b(context, dout)
