"""Choices: those of a search are obeyed, none changes a bit, and what is not one is refused."""

import math

import numpy as np
import pytest

from tests.compiler.contractions import batched, conv, conv_dw, conv_dx, dense, dense_dw, dense_dx
from tests.compiler.emit.jit_for_tests import HOST, kernel_of
from wengert.base.dtypes import available
from wengert.base.errors import FormatError
from wengert.compiler.choices import DECISIONS, MODEL, Choices, alternatives
from wengert.compiler.contraction import schedule_contraction
from wengert.compiler.emit.contraction import emit_contraction
from wengert.compiler.product import Pack, Product
from wengert.loop.interpret import evaluate

CASES = [
    dense(45, 700, 101, symbolic=("m",)),
    dense(37, 1100, 1024),  # a sum in parts
    dense(70, 300, 130, dtype=available("bfloat16")),
    dense(70, 301, 130, dtype="int8"),
    dense_dx(37, 50, 121),
    dense_dw(4500, 5, 9, symbolic=("m",)),  # in chunks
    dense_dw(4100, 110, 1010),  # in blocks
    batched(3, 20, 30, 40, symbolic=("b",)),
    conv(2, 12, 12, 4, 40, symbolic=("b",)),
    conv_dw(40, 13, 13, 3, 20),
    conv_dx(2, 9, 9, 33, 20, symbolic=("b",)),
]


def result(case, given, threads):
    """What a contraction stores when it is scheduled so."""
    scheduled = schedule_contraction(case.contraction, HOST, given=given)
    slots = (*case.contraction.slots, *scheduled.scratch)
    rng = np.random.default_rng(0)
    buffers = [(9 * rng.standard_normal(n)).astype(x.dtype) for n, x in zip(case.sizes, slots, strict=False)]
    sizes = [math.prod(case.out), *(evaluate(x.size, case.params) for x in scheduled.scratch)]
    buffers += [np.full(n, 7).astype(x.dtype) for n, x in zip(sizes, slots[2:], strict=True)]
    for kernel in scheduled.kernels:
        kernel_of(emit_contraction(kernel, HOST, "kernel"), HOST)(buffers, case.params, threads)
    return buffers[2].tobytes()


def made(case, given=MODEL):
    return schedule_contraction(case.contraction, HOST, given=given)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_no_choice_changes_a_bit(case):
    """On any number of threads."""
    now, seen = made(case).choices, {made(case).choices}
    want = result(case, MODEL, 1)
    for decision in DECISIONS:
        for given in alternatives(decision, now):
            found = made(case, given).choices
            if found not in seen:
                seen.add(found)
                assert result(case, given, 3) == want, given
    assert len(seen) > 5


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_choices_made_once_are_made_again(case):
    for decision in DECISIONS:
        for given in alternatives(decision, made(case).choices):
            first = made(case, given)
            assert str(made(case, first.choices)) == str(first)


def test_each_choice_is_obeyed():
    case = dense(300, 700, 600)

    def product(**given):
        *before, found = made(case, Choices(**given)).kernels
        assert isinstance(found, Product)
        return found, before

    found, _ = product(rows=5, vectors=1)
    assert (found.tiling.rows[0], found.tiling.columns[0].vectors) == (5, 1)
    assert not product(pack=0)[1]
    assert isinstance(product(pack=1)[1][0], Pack)
    for first in (0, 1):
        levels = product(columns_first=first)[0].levels
        assert (levels[0].axis == found.n) == bool(first)
    steps = {tiles: str(product(rows=5, vectors=1, tiles=tiles)[0].levels) for tiles in (1, 2, 3)}
    assert len(set(steps.values())) == 3
    assert all(f"by {5 * tiles}" in str(product(rows=5, tiles=tiles)[0]) for tiles in steps)
    levels = product(vectors=1, panel=100 * 16 * 4)[0].levels
    assert [(v.axis.reduced, str(v).rpartition(" ")[2]) for v in levels if v.axis.reduced] == [(True, "100")]


def test_a_tile_that_does_not_fit_is_left_to_the_model():
    case = dense(300, 700, 600)
    assert made(case, Choices(rows=64, vectors=64)).choices == made(case).choices


def test_alternatives_differ_in_what_is_asked_and_stay_within_the_limits():
    now = made(dense(300, 700, 600)).choices
    for decision in DECISIONS:
        found = alternatives(decision, now)
        assert found
        for other in found:
            assert getattr(other, decision) != getattr(now, decision)
            assert Choices.parse(other.as_dict()) == other
        assert not alternatives(decision, MODEL)


GOOD = Choices(rows=8, tiles=3).as_dict()


@pytest.mark.parametrize(
    "values",
    [None, [], "rows", {}, {"rows": 1}, GOOD | {"more": 1}]
    + [GOOD | {"rows": v} for v in (0, -1, 65, 1.0, "8", True, [8], 2**70)]
    + [GOOD | {"tiles": 2**21}, GOOD | {"panel": 1}, GOOD | {"pack": 2}],
    ids=str,
)
def test_what_is_no_choice_is_refused(values):
    with pytest.raises(FormatError, match=r"^choices: .* got "):
        Choices.parse(values)


def test_choices_are_told_by_name():
    assert str(Choices(rows=8, tiles=3)) == "rows 8, tiles 3"
    assert str(MODEL) == "as the model says"
