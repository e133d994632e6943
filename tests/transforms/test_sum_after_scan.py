import pytest

from tests.transforms.passes import check_same
from tests.transforms.test_keep_steps import record
from wengert.ir.types import TensorType
from wengert.prims.arithmetic import add, mul
from wengert.prims.contraction import dot
from wengert.prims.control import item, scan
from wengert.prims.movement import reduce_sum, reshape
from wengert.prims.slicing import pad
from wengert.transforms.dce import dce
from wengert.transforms.sum_after_scan import sum_after_scan

H, W, XS = TensorType.parse("f32[2,3]"), TensorType.parse("f32[3,3]"), TensorType.parse("f32[4,2,3]")
B, X = TensorType.parse("f32[3]"), TensorType.parse("f32[2,3]")


def outer(x, y):
    return dot(x, y, contract=((0,), (0,)), batch=((), ()))


def looped(body, *types, reverse=True):
    """All carries of a scan over `body`, then its rows."""

    def run(*operands):
        t = scan(*operands, body=body, carries=len(types), length=4, reverse=reverse)
        return tuple(item(t, index=k) for k in range(len(body.outputs)))

    return record(run, *types, XS)


def carries_left(graph):
    return [n.kwargs["carries"] for n in graph.nodes if n.primitive is scan]


def test_products_and_sums_of_rows_are_taken_after_the_loop():
    body = record(
        lambda h, w, b, x: (
            (d := mul(h, x)),
            add(w, outer(x, d)),
            add(reduce_sum(d, axes=(0,)), b),
            d,
        ),
        *(H, W, B, X),
    )
    before = looped(body, H, W, B)
    after = dce(sum_after_scan(before))
    assert carries_left(after) == [1]
    check_same(before, after, ulps=8)


def test_a_sum_that_is_moved_to_its_place_is_moved_after_the_loop():
    def step(h, w, x):
        d = mul(h, x)
        row = reshape(reduce_sum(d, axes=(0,)), shape=(1, 3))
        return d, add(w, pad(row, low=(1, 0), high=(1, 0), interior=(0, 0), value=0)), d

    before = looped(record(step, H, W, X), H, W)
    after = dce(sum_after_scan(before))
    assert carries_left(after) == [1]
    check_same(before, after, ulps=8)


def test_one_operand_is_kept_for_a_product():
    body = record(lambda h, w, x: ((d := mul(h, x)), add(w, outer(x, add(d, x)))), *(H, W, X))
    before = looped(body, H, W)
    after = dce(sum_after_scan(before))
    assert carries_left(after) == [1]
    check_same(before, after, ulps=8)


@pytest.mark.parametrize(
    "body",
    [
        record(lambda h, w, x: (mul(h, x), add(w, mul(w, w))), *(H, W, X)),
        record(
            lambda h, w, x: (add(h, dot(x, w, contract=((1,), (0,)), batch=((), ()))), add(w, outer(x, x))),
            H,
            W,
            X,
        ),
        record(lambda h, w, x: (mul(h, x), add(w, outer(mul(h, h), mul(h, x)))), *(H, W, X)),
        record(lambda h, w, x: (mul(h, x), (s := add(w, outer(x, x))), mul(s, s)), *(H, W, X)),
    ],
    ids=["no product", "read on the way", "two operands to keep", "its steps are given"],
)
def test_other_sums_stay(body):
    graph = looped(body, H, W)
    after = dce(sum_after_scan(graph))
    assert carries_left(after) == carries_left(graph)
    check_same(graph, after, ulps=8)


def test_a_sum_stays_where_keeping_its_operand_takes_more():
    """Gradients of keys: there are fewer keys than scores."""
    scores, keys = TensorType.parse("f32[512,1024]"), TensorType.parse("f32[512,8]")
    rows = TensorType.parse("f32[4,512,8]")
    body = record(
        lambda k, s, x: (add(k, outer(mul(s, s), x)), s), TensorType.parse("f32[1024,8]"), scores, keys
    )

    def run(k, s, xs):
        t = scan(k, s, xs, body=body, carries=2, length=4, reverse=False)
        return (item(t, index=0),)

    graph = record(run, TensorType.parse("f32[1024,8]"), scores, rows)
    assert carries_left(sum_after_scan(graph)) == carries_left(graph)
    (loop,) = [n for n in sum_after_scan(graph).nodes if n.primitive is scan]
    assert len(loop.type) == 2
