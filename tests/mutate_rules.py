"""Do the checks catch wrong rules? This puts wrong ones in, one at a time, and counts.

    PYTHONPATH=src python -m tests.mutate_rules [COUNT]

A mutant is a primitive whose jvp or vjp has a wrong sign, a wrong factor, a missing term, or swapped
operands. One that gives the same numbers as the true rule is no mutant (x + y, swapped) and is not counted.
It is caught if the primitive's own rows in tests/prims/cases.py fail.
"""

import random
import sys
from collections import Counter

import numpy as np

from tests.prims.cases import CASES
from tests.prims.checks import Part, check_derivatives, recorded
from wengert.base.dtypes import is_float
from wengert.ir.graph import Graph, evaluate
from wengert.ir.node import graph_input
from wengert.transforms.jvp import jvp, zeros_like
from wengert.transforms.vjp import vjp


def scaled(x, factor):
    return None if x is None else x * factor


def made(x):
    return x() if callable(x) else x


def change_jvp(factor, which):
    """The jvp with the tangent of input `which` times a factor."""

    def mutate(rule):
        def jvp(dots, out, *xs, **params):
            moved = [scaled(d, factor) if k == which else d for k, d in enumerate(dots)]
            return rule([d if d is not None else None for d in moved], out, *xs, **params)

        return jvp

    return mutate


def drop_jvp(which):
    def mutate(rule):
        def jvp(dots, out, *xs, **params):
            kept = [None if k == which else d for k, d in enumerate(dots)]
            return None if all(d is None for d in kept) else rule(kept, out, *xs, **params)

        return jvp

    return mutate


def change_vjp(factor, which):
    """The vjp with the cotangent of input `which` times a factor, or, for None, without it."""

    def mutate(rule):
        def vjp(g, out, *xs, **params):
            parts = [made(p) for p in rule(g, out, *xs, **params)]
            parts[which] = None if factor is None else scaled(parts[which], factor)
            return tuple(parts)

        return vjp

    return mutate


def swap(kind):
    """The rule with its operands swapped: x and y, or, where there is one, x and the result."""

    def mutate(rule):
        def swapped(g, out, *xs, **params):
            if len(xs) > 1 and xs[-1].type == xs[-2].type:
                return rule(g, out, *xs[:-2], xs[-1], xs[-2], **params)
            return (
                rule(g, xs[0], out, *xs[1:], **params)
                if xs[0].type == out.type
                else rule(g, out, *xs, **params)
            )

        return swapped

    return mutate


def primitive(case):
    """Whose rules a row checks."""
    return case.prim.prim if isinstance(case.prim, Part) else case.prim


def mutants():
    """(primitive, rule, what is wrong, how to make it so), in random order."""
    smooth = {primitive(c): c for c in CASES if c.smooth and any(is_float(t.dtype) for t in c.types(c.main))}
    found = []
    for prim, case in smooth.items():
        floats = [k for k, t in enumerate(case.types(case.main)) if is_float(t.dtype)]
        for k in floats:
            found += [
                (prim, "jvp", f"sign, input {k}", change_jvp(-1.0, k)),
                (prim, "vjp", f"sign, input {k}", change_vjp(-1.0, k)),
                (prim, "jvp", f"factor, input {k}", change_jvp(1.001, k)),
                (prim, "vjp", f"factor, input {k}", change_vjp(1.001, k)),
                (prim, "jvp", f"missing term, input {k}", drop_jvp(k)),
                (prim, "vjp", f"missing term, input {k}", change_vjp(None, k)),
            ]
        found += [(prim, mode, "swapped operands", swap(mode)) for mode in ("jvp", "vjp")]
    random.Random(0).shuffle(found)
    return [m for m in found if getattr(m[0], m[1]) is not None]


class Changed:
    """A with-block in which the primitive has another rule. Primitives are frozen: by force."""

    def __init__(self, prim, mode, mutate):
        self.prim, self.mode, self.rule = prim, mode, getattr(prim, mode)
        self.new = mutate(self.rule)

    def __enter__(self):
        object.__setattr__(self.prim, self.mode, self.new)

    def __exit__(self, *_):
        object.__setattr__(self.prim, self.mode, self.rule)


def rows(prim):
    return [c for c in CASES if primitive(c) is prim and c.smooth]


def derivatives(case, mode, change):
    """The derivatives of a row, made while the rule is as given, evaluated when it is itself again."""
    n = max(case.sizes)
    ins, out = recorded(case, n)
    if not is_float(out.dtype):
        return None
    floats = [i for i in ins if is_float(i.dtype)]
    seeds = [graph_input(i.type, f"s{k}") for k, i in enumerate(floats if mode == "jvp" else [out])]
    with change:
        found = jvp([out], floats, seeds) if mode == "jvp" else vjp([out], floats, seeds)
    like = [out] if mode == "jvp" else floats
    outputs = tuple(zeros_like(x) if d is None else d for x, d in zip(like, found, strict=True))
    rng = np.random.default_rng(5)
    given = [*case.arrays(case.main, n), *(rng.standard_normal(s.shape) for s in seeds)]
    return evaluate(Graph((*ins, *seeds), outputs), given)


def is_wrong(prim, mode, mutate):
    """Whether the mutant gives other numbers than the true rule, or none at all, on some row."""
    for case in rows(prim):
        want = derivatives(case, mode, Changed(prim, mode, lambda rule: rule))
        try:
            got = derivatives(case, mode, Changed(prim, mode, mutate))
        except Exception:
            return True
        if want is not None and not all(
            np.array_equal(a, b, equal_nan=True) for a, b in zip(got, want, strict=True)
        ):
            return True
    return False


def is_caught(prim, mode, mutate):
    """Whether the checks of the primitive's rows fail."""
    for case in rows(prim):
        with Changed(prim, mode, mutate):
            try:
                check_derivatives(case)
            except Exception:
                return True
    return False


def run(count):
    """(wrong rules tried, names of those not caught)."""
    tried, missed = 0, []
    kinds = Counter()
    for prim, mode, what, mutate in mutants():
        if tried == count:
            break
        if not is_wrong(prim, mode, mutate):
            continue
        tried += 1
        kinds[what.split(",")[0]] += 1
        if not is_caught(prim, mode, mutate):
            missed.append(f"{prim} {mode}: {what}")
    return tried, missed, kinds


if __name__ == "__main__":
    tried, missed, kinds = run(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    print(f"{tried - len(missed)} of {tried} wrong rules caught ({dict(kinds)})")
    print(*missed, sep="\n")
