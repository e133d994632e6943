import numpy as np

from tests.transforms.passes import after, expect
from wengert.ir.graph import Graph
from wengert.ir.node import constant
from wengert.ir.source import Source, at
from wengert.prims.contraction import dot
from wengert.prims.movement import broadcast_to
from wengert.prims.transcendental import exp
from wengert.transforms.fold import MAX_BYTES, fold


def test_what_depends_on_constants_only_is_a_constant():
    got = after(
        fold,
        """
        graph(%x: f32[2]) {
          %0: f32[2] = const [1.0, 2.0]
          %1: f32[2] = neg(%0)
          %2: f32[] = reduce_sum(%1, axes=(0,))
          %3: f32[2] = broadcast_to(%2, shape=(2,))
          %4: f32[2] = add(%x, %3)
          return %4
        }""",
    )
    assert got == expect("""
        graph(%x: f32[2]) {
          %0: f32[] = const -3.0
          %1: f32[2] = broadcast_to(%0, shape=(2,))
          %2: f32[2] = add(%x, %1)
          return %2
        }""")


def test_numbers_fold_in_any_shape_and_are_not_spread_out():
    got = after(
        fold,
        """
        graph(%x: f32[n,1000000]) {
          %0: f32[] = const 2.0
          %1: f32[n,1000000] = broadcast_to(%0, shape=(n, 1000000))
          %2: f32[n,1000000] = mul(%1, %1)
          %3: f32[n,1000000] = sub(%2, %1)
          return %3
        }""",
    )
    assert got == expect("""
        graph(%x: f32[n,1000000]) {
          %0: f32[] = const 2.0
          %1: f32[n,1000000] = broadcast_to(%0, shape=(n, 1000000))
          return %1
        }""")


def test_equal_elements_are_one_number():
    (out,) = fold(Graph((), (constant(np.full((3, 4), -0.0)),))).outputs
    assert out.primitive is broadcast_to
    assert np.signbit(out.inputs[0].value)
    (out,) = fold(Graph((), (constant(np.array([0.0, -0.0])),))).outputs
    assert out.primitive is None


def test_programs_do_not_grow():
    a, b = constant(np.arange(float(MAX_BYTES))[:, None]), constant(np.arange(4.0)[None])
    outer = dot(a, b, contract=((1,), (0,)), batch=((), ()))
    (out,) = fold(Graph((), (outer,))).outputs
    assert out.primitive is dot


def test_the_source_stays():
    source = Source("train.py", 12)
    with at(source):
        graph = Graph((), (exp(constant(1.0)),))
    (out,) = fold(graph).outputs
    assert out.value == np.exp(1.0)
    assert out.source == source
