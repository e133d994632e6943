"""Trees: taken apart and put together again, with their structure as a key."""

from collections import namedtuple
from dataclasses import dataclass

import pytest

from wengert.base.errors import UsageError
from wengert.base.tree import LEAF, flatten, tree_map, unflatten

Point = namedtuple("Point", "x y")


@dataclass
class Pair:
    a: object
    b: object = None


TREES = [
    3,
    None,
    [],
    {},
    (1, [2, (3,)]),
    {"b": 1, "a": {"c": [2]}},
    Point(1, [2]),
    [Pair(1, {"x": Pair(2)}), None],
]


@pytest.mark.parametrize("tree", TREES, ids=repr)
def test_unflatten_undoes_flatten(tree):
    leaves, structure = flatten(tree)
    again = unflatten(structure, leaves)
    assert again == tree
    assert type(again) is type(tree)
    hash(structure)


def test_leaves_come_in_a_fixed_order():
    assert flatten({"b": 1, "a": (2, [3]), "c": Pair(4, 5)})[0] == [2, 3, 1, 4, 5]


def test_equal_structures_are_equal_keys():
    assert flatten({"b": 1, "a": 2})[1] == flatten({"a": 3, "b": 4})[1]
    assert flatten([1, 2])[1] != flatten((1, 2))[1]
    assert flatten([1, None])[1] != flatten([1, 2])[1]
    assert flatten(Pair(1, 2))[1] != flatten({"a": 1, "b": 2})[1]
    assert flatten(7)[1] == LEAF


def test_a_leaf_may_be_anything_that_is_no_tree():
    for leaf in ("text", 1.5, object(), {1, 2}, Pair):
        assert flatten(leaf)[0] == [leaf]


def test_tree_map_goes_through_trees_of_one_structure():
    assert tree_map(lambda x, y: x * y, {"a": 2, "b": [3]}, {"a": 5, "b": [7]}) == {"a": 10, "b": [21]}


def test_keys_need_no_common_order():
    tree = {1: "a", "k": "b"}
    leaves, structure = flatten(tree)
    assert unflatten(structure, leaves) == tree


def test_trees_that_differ_are_refused():
    with pytest.raises(UsageError, match="tree_map: trees must have one structure"):
        tree_map(lambda x, y: x, [1, 2], [1, [2]])
