"""Programs that were once compiled wrongly, made small. Each is its text, as `test_differential.py` prints it."""

import numpy as np
import pytest

from tests.compiler.differential import Compiled, complaint
from tests.compiler.random_graphs import Program, array_of
from wengert.ir.graph import substitute
from wengert.ir.parse import parse_graph

PROGRAMS = {
    "a repeated number that a product reads as memory": """
        graph(%x: f32[n,16,7,3]) {
          %0: f32[] = const 0.5
          %1: f32[3,1,3,1] = broadcast_to(%0, shape=(3, 1, 3, 1))
          %2: f32[n,14,8,1] = conv(%x, %1, dilation=(1, 1), groups=1, padding=((0, 0), (1, 0)), strides=(1, 1))
          return %2
        }""",
    "a scatter starts as a copy": """
        graph(%x: i64[n,7,16], %g: i64[n,7]) {
          %0: u8[] = const 3
          %1: i64[n,7,16] = scatter_add(%x, %0, %g, axis=2)
          return %1
        }""",
    "windows of one element have offsets too, and they are checked": """
        graph(%x: f64[n], %i: i32[n]) {
          %0: f64[n] = window_gather(%x, %i, padding=((0, 0),), size=(1,), strides=(1,))
          return %0
        }""",
    "the maximum of an empty batch": """
        graph(%x: f32[n,1,31]) {
          %0: f32[] = reduce_max(%x, axes=(0, 2, 1))
          return %0
        }""",
    "the variance of one number": """
        graph(%x: f32[n], %y: f32[]) {
          %0: f32[] = reduce_var(%y, axes=())
          %1: f32[n] = reduce_var(%x, axes=())
          return %0, %1
        }""",
    "an axis that is spread has no length for n = 0": """
        graph(%x: f32[n,3]) {
          %0: f32[2*n - 1,3] = pad(%x, high=(0, 0), interior=(1, 0), low=(0, 0), value=0.0)
          return %0
        }""",
    "an index that no element needs is not checked": """
        graph(%x: f32[n], %y: f32[4,2], %g: f32[33,0,2]) {
          %0: i64[] = const 255
          %1: i64[33,0] = broadcast_to(%0, shape=(33, 0))
          %2: f32[4,2] = scatter_add(%y, %1, %g, axis=0)
          return %2
        }""",
    "a root of minus infinity by a power": """
        graph(%x: f32[n]) {
          %0: f32[] = const 0.5
          %1: f32[n] = broadcast_to(%0, shape=(n,))
          %2: f32[n] = pow(%x, %1)
          return %2
        }""",
    "a result of a branch that is reshaped": """
        graph(%x: i32[n,2,7], %y: i32[2*n,7], %p: b1[]) {
          %0: (i32[n,2,7],) = cond(%p, %x, false=graph(%a: i32[n,2,7]) {
            %0: i32[n,2,7] = mul(%a, %a)
            return %0
          }, true=graph(%a: i32[n,2,7]) {
            return %a
          })
          %1: i32[n,2,7] = item(%0, index=0)
          %2: i32[2*n,7] = reshape(%1, shape=(2*n, 7))
          %3: b1[2*n,7] = not_equal(%2, %y)
          return %3
        }""",
    "whole powers multiply 63 times": """
        graph(%x: i64[n], %y: i64[n]) {
          %0: i64[n] = pow(%x, %y)
          return %0
        }""",
    "sums in chunks inside of sums in chunks": """
        graph(%x: f64[n,16]) {
          %0: f64[] = reduce_var(%x, axes=(0, 1))
          return %0
        }""",
    "a large angle gives a number from -1 to 1": """
        graph(%x: f32[n]) {
          %0: f32[] = const 1e+38
          %1: f32[n] = broadcast_to(%0, shape=(n,))
          %2: f32[n] = mul(%x, %1)
          %3: f32[n] = cos(%2)
          %4: f32[n] = abs(%3)
          %5: f32[] = const 1.0
          %6: f32[n] = broadcast_to(%5, shape=(n,))
          %7: b1[n] = less_equal(%4, %6)
          return %7
        }""",
    "an infinite weight over a border of zeros": """
        graph(%x: f32[n,4,17,8], %w: f32[2,2,4,8]) {
          %0: f32[n,3,18,8] = conv(%x, %w, dilation=(1, 2), groups=2, padding=((0, 0), (1, 2)), strides=(1, 1))
          return %0
        }""",
    "the sign of a bfloat16 that is no vector": """
        graph(%x: bf16[n,5]) {
          %0: bf16[n] = reduce_sum(%x, axes=(1,))
          %1: b1[n] = signbit(%0)
          return %1
        }""",
    "a constant index outside, in a branch that may not be taken": """
        graph(%x: f32[n]) {
          %0: f32[] = reduce_sum(%x, axes=(0,))
          %1: f32[] = const 0.0
          %2: b1[] = less(%0, %1)
          %3: (f32[n],) = cond(%2, %x, false=graph(%a: f32[n]) {
            return %a
          }, true=graph(%a: f32[n]) {
            %0: u8[] = const 255
            %1: i64[] = wrap_index(%0, axis=0, name="take", size=8, wrap=False)
            %2: f32[] = cast(%1, dtype="float32")
            %3: f32[n] = broadcast_to(%2, shape=(n,))
            return %3
          })
          %4: f32[n] = item(%3, index=0)
          return %4
        }""",
    "the minimum of nothing inside of a call": """
        graph(%x: f32[n,3,n]) {
          %0: (f32[n],) = custom(%x, backward=None, body=graph(%a: f32[n,3,n]) {
            %0: f32[n] = reduce_min(%a, axes=(0, 1))
            return %0
          }, forward=None)
          %1: f32[n] = item(%0, index=0)
          return %1
        }""",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_compiled_is_interpreted(name):
    graph = parse_graph(PROGRAMS[name])
    program = Program(graph, len(graph.inputs), {})
    rng = np.random.default_rng(0)
    compiled = None
    for n in (0, 1, 5, 33):
        for how in ({"whole": True}, {"special": 0.2}):
            args = [array_of(rng, substitute(t.shape, {"n": n}), t.dtype, **how) for t in graph.in_types]
            compiled = compiled or Compiled.of(program, args)
            assert complaint(program, compiled, args) is None
