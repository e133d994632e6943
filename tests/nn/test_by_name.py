"""Objects by name: each family knows its own members, and no more than these."""

import pytest

import wengert as wg
from wengert.nn.config import CLASSES

FAMILIES = {
    "losses": wg.losses,
    "metrics": wg.metrics,
    "optimizers": wg.optimizers,
    "initializers": wg.initializers,
    "constraints": wg.constraints,
    "regularizers": wg.regularizers,
}


def listed(family):
    """The names that a message offers."""
    with pytest.raises(ValueError, match="must be an object or one of") as error:
        FAMILIES[family].get("no such thing")
    return str(error.value).partition("one of ")[2].partition(" (in lower")[0].split(", ")


@pytest.mark.parametrize("family", FAMILIES)
def test_names_that_are_offered_are_public(family):
    public = {*vars(FAMILIES[family]), "DataParallel"}  # which is in wg.distribute
    assert [name for name in listed(family) if name not in public] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_each_name_gives_its_class(family):
    for name in listed(family):
        assert type(FAMILIES[family].get(name)) is CLASSES[f"{family}.{name}"]


def test_none_stays_none_where_there_may_be_none():
    assert wg.constraints.get(None) is wg.regularizers.get(None) is None
    with pytest.raises(ValueError, match="initializer: must be an object or one of .*; got None"):
        wg.initializers.get(None)
