"""Modules that are imported by their first use."""

import sys
import types

import pytest

from wengert.base.late import Late, stand_in


@pytest.fixture
def package(monkeypatch):
    """A package whose module `rooms` is made when somebody asks for it."""
    made = []

    def absent(name):
        if name != "rooms":
            raise AttributeError(name)
        rooms = types.ModuleType("rooms")
        rooms.__all__ = ["door"]
        rooms.door = "open"
        made.append(rooms)
        house.rooms = rooms
        return rooms

    house = types.ModuleType("house")
    house.__getattr__, house.made = absent, made
    monkeypatch.setitem(sys.modules, "house", house)
    monkeypatch.delitem(sys.modules, "house.rooms", raising=False)
    stand_in("house.rooms")
    yield house
    sys.modules.pop("house.rooms", None)


def test_a_name_in_it_imports_it_and_no_other_question_does(package):
    late = sys.modules["house.rooms"]
    assert isinstance(late, Late)
    assert not hasattr(late, "__file__")
    assert package.made == []
    assert late.door == "open"
    assert package.made == [sys.modules["house.rooms"]]


def test_it_can_be_imported_from(package):
    from house.rooms import door

    assert door == "open"
    with pytest.raises(ImportError, match="window"):
        from house.rooms import window  # noqa: F401


def test_what_is_there_is_not_replaced(package):
    rooms = types.ModuleType("house.rooms")
    sys.modules["house.rooms"] = rooms
    stand_in("house.rooms")
    assert sys.modules["house.rooms"] is rooms


def test_completion_sees_its_names(package):
    assert "door" in dir(sys.modules["house.rooms"])
