"""Config: a dict whose values are attributes."""

import json

import pytest

from wengert.base.errors import UsageError
from wengert.train.keras.named_values import Config


def test_values_are_attributes_and_items():
    config = Config(rate=0.1)
    config.steps = 3
    config["seed"] = 1
    assert (config.seed, config["steps"], config.get("absent", 7)) == (1, 3, 7)
    assert dict(config) == config.as_dict() == json.loads(config.to_json())
    del config["seed"]
    assert "seed" not in config
    assert list(config) == ["rate", "steps"]


def test_a_copy_as_dict_is_a_copy():
    config = Config(rate=0.1)
    config.as_dict()["rate"] = 2
    assert config.rate == 0.1


@pytest.mark.parametrize(
    "change",
    [
        lambda c: setattr(c, "rate", 1),
        lambda c: c.update(rate=1),
        lambda c: c.pop("rate"),
        lambda c: c.__delitem__("rate"),
    ],
)
def test_what_is_frozen_cannot_be_changed(change):
    config = Config(rate=0.1)
    config.freeze()
    with pytest.raises(UsageError, match="must not be frozen"):
        change(config)
    assert config.frozen
    assert config.rate == 0.1
    config.unfreeze()
    change(config)


def test_a_name_that_is_not_there_is_told_with_the_one_meant():
    with pytest.raises(AttributeError, match="got 'rtae'. Did you mean 'rate'"):
        _ = Config(rate=0.1).rtae
