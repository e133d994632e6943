"""Borders of zeros: which terms of a convolution they make 0, so that sums may leave them out.

Of an image 8 pixels high, a third of the terms of its first and last row lie in a border of one pixel.
"""

from __future__ import annotations

from wengert.ir.node import Node
from wengert.loop.forms import Affine, ContractForm
from wengert.loop.nest import Inside
from wengert.prims.slicing import has_border


def inside_of(core: Node, form: ContractForm) -> tuple[Inside, ...]:
    """What is known of a contraction whose operands are padded with zeros."""
    found = []
    for x, dims in zip(core.inputs, (form.a, form.b), strict=True):
        if has_border(x):
            lows, lengths = x.kwargs["low"], x.inputs[0].shape
            found += [_inside(form, *at) for at in zip(dims, lows, lengths, strict=True)]
    return tuple(i for i in found if i is not None)


def _inside(form: ContractForm, index: Affine, low: object, length: object) -> Inside | None:
    terms = sorted(index.terms, key=lambda t: t[0] in form.reduced)
    if len(terms) != 2 or [v in form.reduced for v, _ in terms] != [False, True]:
        return None
    (outer, step), (reduced, turn) = terms
    extents = form.extents[outer], form.extents[reduced]
    first, last = extents
    if not (isinstance(first, int) and isinstance(last, int)):
        return None
    if not (isinstance(low, int) and isinstance(length, int)):
        return None
    low -= index.offset
    found = Inside(outer, reduced, (first, last), step, turn, low, low + length)
    return found if found.pairs() < first * last else None
