from tests.transforms.passes import check_same
from tests.transforms.test_keep_steps import XS, H, W, bodies, matmul, record, trained
from wengert.ir.types import TensorType
from wengert.prims.arithmetic import add, mul
from wengert.prims.contraction import dot
from wengert.prims.control import item, scan
from wengert.prims.transcendental import tanh
from wengert.transforms.dce import dce
from wengert.transforms.keep_steps import keep_steps
from wengert.transforms.products_outside import products_outside

X = TensorType.parse("f32[2,3]")


def looped(body, *types, results):
    def run(*operands):
        t = scan(*operands, body=body, carries=len(types) - 1, length=4, reverse=False)
        return tuple(item(t, index=k) for k in results)

    return record(run, *types)


def test_inputs_are_projected_before_the_loop():
    body = record(lambda h, w, x: (tanh(add(h, matmul(x, w))), w), H, W, X)
    before = looped(body, H, W, XS, results=[0])
    after = dce(products_outside(before))
    assert bodies(after) == [["add", "tanh"]]
    check_same(before, after)


def test_a_weight_in_front_of_the_row():
    turned = TensorType.parse("f32[3,2]")
    body = record(lambda h, w, x: (add(h, dot(w, x, contract=((0,), (1,)), batch=((), ()))), w), turned, W, X)
    before = looped(body, turned, W, XS, results=[0])
    after = dce(products_outside(before))
    assert bodies(after) == [["add"]]
    check_same(before, after, ulps=4)


def test_results_are_multiplied_after_the_loop():
    body = record(lambda h, w, x: ((y := tanh(add(h, x))), w, matmul(y, w)), H, W, X)
    before = looped(body, H, W, XS, results=[0, 2])
    after = dce(products_outside(before))
    assert bodies(after) == [["add", "tanh"]]
    check_same(before, after, ulps=4)


def test_training_leaves_the_products_with_the_state_inside():
    before = trained(lambda h, w, x: tanh(add(matmul(h, w), matmul(x, w))))
    after = dce(products_outside(keep_steps(before)))
    assert [names.count("dot") for names in bodies(before)] == [2, 5]
    assert [names.count("dot") for names in bodies(after)] == [
        1,
        3,
    ]  # of the state; its gradient and the weight's
    check_same(before, after, ulps=64)


def test_products_that_need_the_state_stay():
    body = record(lambda h, w, x: (mul(h, x), w, matmul(mul(h, x), x)), W, W, W)
    graph = looped(body, W, W, TensorType.parse("f32[4,3,3]"), results=[0, 2])
    assert products_outside(graph) is graph
