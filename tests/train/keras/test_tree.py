"""`wg.tree`: Keras's order of leaves, and what it refuses."""

from collections import OrderedDict, defaultdict, deque, namedtuple

import pytest

from wengert.base.errors import ArgumentError, UsageError
from wengert.train.keras import tree

Point = namedtuple("Point", ["x", "y"])
CONTAINERS = [
    [1, 2],
    (1, 2),
    Point(1, 2),
    deque([1, 2], maxlen=3),
    {"a": 1, "b": 2},
    OrderedDict(b=1, a=2),
    defaultdict(list, a=1, b=2),
]


@pytest.mark.parametrize("container", CONTAINERS, ids=lambda c: type(c).__name__)
def test_a_container_is_taken_apart_and_put_together(container):
    assert tree.flatten(container) == [1, 2]
    packed = tree.pack_sequence_as(container, [3, 4])
    assert type(packed) is type(container)
    assert tree.flatten(packed) == [3, 4]


def test_what_belongs_to_a_container_stays():
    assert tree.map_structure(abs, deque([-1], maxlen=3)).maxlen == 3
    assert tree.map_structure(abs, defaultdict(list, a=-1)).default_factory is list


def test_a_dict_keeps_its_order_though_leaves_are_sorted():
    assert list(tree.pack_sequence_as({"b": 0, "a": 0}, [1, 2]).items()) == [("b", 2), ("a", 1)]


def test_keys_of_several_types_have_an_order():
    assert tree.flatten({1: "one", "a": "letter"}) == ["one", "letter"]


def test_a_kind_of_list_of_ones_own_is_a_leaf():
    class Rows(list):
        pass

    rows = Rows([1, 2])
    assert tree.flatten([rows]) == [rows]
    assert not tree.is_nested(rows)


def test_dicts_of_other_kinds_are_alike():
    tree.assert_same_structure({"a": 1}, OrderedDict(a=2))
    assert tree.map_structure(max, {"a": 1, "b": 5}, OrderedDict(b=2, a=3)) == {"a": 3, "b": 5}


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ([1, 2], (1, 2), "a list of 2 and a tuple of 2"),
        ([1, [2]], [1, 2], r"a list of 1 and a leaf \(int\) at \[1\]"),
        ({"a": {"b": 1}}, {"a": {"c": 1}}, r"the keys \['b'\] and .* the keys \['c'\] at \['a'\]"),
        (Point(1, 2), (1, 2), "a Point of 2 and a tuple of 2"),
    ],
)
def test_structures_that_differ_are_refused_with_the_place(a, b, said):
    with pytest.raises(UsageError, match=said):
        tree.assert_same_structure(a, b)


def test_check_types_is_deprecated():
    with pytest.warns(DeprecationWarning, match="check_types has no effect"):
        tree.assert_same_structure([1], [2], check_types=False)


def test_paths_that_differ_are_named():
    with pytest.raises(
        UsageError, match=r"got \[\(1,\)\] in the first only, \[\(1, 0\)\] in the second only"
    ):
        tree.assert_same_paths([0, 1], (0, [1]))


@pytest.mark.parametrize("leaves", [[1], [1, 2, 3]])
def test_leaves_must_be_as_many_as_there_are(leaves):
    with pytest.raises(UsageError, match=f"there must be 2 leaves; got {len(leaves)}"):
        tree.pack_sequence_as([0, 0], leaves)


def test_what_is_deeper_may_go_on_where_the_shallow_one_ends():
    assert tree.map_structure_up_to({"a": 0}, len, {"a": [1, 2]}) == {"a": 2}
    with pytest.raises(UsageError, match="a list of 1 and a leaf"):
        tree.map_structure_up_to([[0]], len, [1])


@pytest.mark.parametrize(
    "call",
    [
        lambda: tree.map_structure(3, [1]),
        lambda: tree.traverse(None, [1]),
        lambda: tree.pack_sequence_as([1], 3),
    ],
)
def test_other_kinds_of_arguments_are_refused(call):
    with pytest.raises(ArgumentError):
        call()


def test_a_map_needs_a_structure():
    with pytest.raises(UsageError, match="at least one structure"):
        tree.map_structure(abs)
