"""The checks of derivatives are worth something: they catch wrong rules."""

import pytest

from tests.mutate_rules import run


def test_a_few_wrong_rules_are_caught():
    tried, missed, _ = run(8)
    assert tried == 8
    assert missed == []


@pytest.mark.slow
def test_a_hundred_wrong_rules_are_caught():
    tried, missed, kinds = run(100)
    assert tried == 100
    assert len(missed) <= 1, missed
    assert set(kinds) == {"sign", "factor", "missing term", "swapped operands"}
