"""Control flow, and functions of functions."""

from tests.beside_keras.ops_cases.case import with_call
from tests.beside_keras.ops_cases.elementwise import X, Y
from tests.beside_keras.ops_cases.reductions import BOX, FLAT


def turn(carry, x):
    return carry + x, carry * x


def straight(ops):
    """A function with a rule of its own, in the way of Keras: the rule is given the upstream gradient."""

    def f(x):
        return ops.floor(x), lambda g: g * 2.0

    return f


CASES = [
    with_call("cond", lambda ops, x: ops.cond(ops.sum(x) > 0, lambda: ops.sin(x), lambda: x * 2), X),
    with_call(
        "cond", lambda ops, x: ops.cond(pred=ops.sum(x) > 99, true_fn=lambda: x, false_fn=lambda: x * x), X
    ),
    with_call("switch", lambda ops, x: ops.switch(1, [ops.sin, ops.cos], x), X),
    with_call(
        "while_loop", lambda ops: ops.while_loop(lambda i, s: i < 4, lambda i, s: (i + 1, s * 2.0), (0, 1.5))
    ),
    with_call(
        "while_loop",
        lambda ops: ops.while_loop(
            cond=lambda i: i < 9, body=lambda i: [i + 1], loop_vars=[0], maximum_iterations=3
        ),
    ),
    with_call("fori_loop", lambda ops, x: ops.fori_loop(0, 3, lambda i, s: s * x + i, x), X),
    with_call("scan", lambda ops, x: ops.scan(turn, x[0], x), X),
    with_call("scan", lambda ops, x: ops.scan(f=turn, init=x[0], xs=x, reverse=True, unroll=2), X),
    with_call("scan", lambda ops, x: ops.scan(lambda c, _: (c * x, c), x, length=3), FLAT),
    with_call("associative_scan", lambda ops, x: ops.associative_scan(lambda a, b: a + b, x), X),
    with_call(
        "associative_scan", lambda ops, x: ops.associative_scan(lambda a, b: a * b, x, reverse=True), FLAT
    ),
    with_call("associative_scan", lambda ops, x: ops.associative_scan(ops.maximum, x, axis=1), BOX),
    with_call(
        "associative_scan",
        lambda ops, x, y: ops.associative_scan(
            f=lambda a, b: (a[0] * b[0], a[1] * b[0] + b[1]), elems=(x, y), axis=-1
        ),
        X,
        Y,
    ),
    with_call("map", lambda ops, x: ops.map(lambda row: ops.sum(row) * row, x), X),
    with_call("vectorized_map", lambda ops, x: ops.vectorized_map(lambda row: ops.sum(row) * row, x), X),
    with_call(
        "vectorized_map",
        lambda ops, x, y: ops.vectorized_map(
            function=lambda rows: rows[0] * ops.max(rows[1]), elements=(x, y)
        ),
        X,
        Y,
    ),
    with_call("vectorize", lambda ops, x: ops.vectorize(lambda a, b: a * ops.exp(b))(x, x[0]), X),
    with_call("vectorize", lambda ops, x: ops.vectorize(ops.dot, signature="(n),(n)->()")(x, x[0]), X),
    with_call(
        "vectorize", lambda ops, x: ops.vectorize(ops.matmul, signature="(m,n),(n)->(m)")(x, x[0, 0]), BOX
    ),
    with_call("jvp", lambda ops, x, y: ops.jvp(lambda a: ops.sin(a) * a, (x,), (y,)), X, Y),
    with_call(
        "jvp",
        lambda ops, x, y: ops.jvp(
            fun=lambda a: (ops.sin(a), a * 2), primals=(x,), tangents=(y,), has_aux=True
        ),
        X,
        Y,
    ),
]
