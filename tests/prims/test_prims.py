"""Every primitive, by its rows in cases.py."""

import pytest

from tests.prims.cases import CASES
from tests.prims.checks import check_batch, check_derivatives, check_lowering, check_symbolic, check_type
from wengert.ir.primitive import REGISTRY


@pytest.mark.parametrize(
    "check", [check_type, check_lowering, check_derivatives, check_symbolic, check_batch]
)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_primitive(case, check):
    check(case)


def test_every_primitive_has_a_case():
    elsewhere = {
        "cond",
        "while_loop",
        "scan",
        "item",
        "checkpoint",
        "custom",
    }  # test_control.py, test_calls.py
    assert {c.prim.name for c in CASES} | elsewhere == set(REGISTRY)
