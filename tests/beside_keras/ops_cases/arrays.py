"""Arrays made, moved, put together and taken apart; elements by position."""

import numpy as np

from tests.beside_keras.ops_cases.case import each, of, with_call
from tests.beside_keras.ops_cases.elementwise import TRUE, WHOLE, X, Y, some
from tests.beside_keras.ops_cases.reductions import BOX, FLAT

LONG, SHORT = some(7, 2), some(6, 4, 2)
PLACES = np.array([[2, 0], [1, 3], [0, 0]])
THREE = some(3)
START, STOP = some(3, low=0.5, high=1.0), some(3, low=2.0, high=4.0)

CASES = [
    of("array", X), of("convert_to_tensor", X, dtype="float32"), of("copy", X), of("zeros", (2, 3)), of("ones", (2,), "int32"),
    of("empty_like", WHOLE * 0), of("full", (2, 3), 7.0), of("full", shape=(2,), fill_value=3, dtype="int32"),
    of("zeros_like", X), of("ones_like", WHOLE), of("full_like", X, 2.5), of("zeros_like", x=X, dtype="int32"),
    of("arange", 5), of("arange", 1, 6, 2), of("arange", start=0.0, stop=1.0, step=0.25), of("arange", 3, dtype="float32"),
    of("identity", 3), of("eye", 3), of("eye", N=3, M=4, k=1), of("eye", 2, 3, -1, "int32"), of("tri", 3), of("tri", 3, 4, k=-1),
    of("linspace", 0, 1, 5), of("linspace", 0.0, 2.0, num=4, endpoint=False), of("linspace", 0, 1, 5, retstep=True),
    of("linspace", START, STOP, 4), of("linspace", START, STOP, num=4, axis=1), of("linspace", START, 3.0, 4, False, True),
    of("logspace", 0, 2, 5), of("logspace", START, STOP, 3, base=2.0), of("geomspace", 1, 100, 5), of("geomspace", START, STOP, 4, axis=-1),
    of("logspace", 0.0, 2.0, num=3, endpoint=False, base=3),
    *each("bartlett blackman hamming hanning", 7), of("kaiser", 8, 3.5), of("bartlett", 1),
    *each("ravel transpose flip fliplr flipud squeeze", BOX), of("transpose", BOX, axes=(2, 0, 1)), of("reshape", BOX, newshape=(4, -1)),
    of("reshape", BOX, (6, 4)), of("flip", BOX, axis=1), of("flip", BOX, (0, 2)), of("squeeze", BOX[:, :1], axis=1),
    of("expand_dims", BOX, 1), of("expand_dims", BOX, axis=(0, -1)), of("swapaxes", BOX, axis1=0, axis2=2),
    of("moveaxis", BOX, source=0, destination=-1), of("moveaxis", BOX, [0, 1], [2, 0]), of("broadcast_to", FLAT, (2, 9)),
    *[of("rot90", BOX, k) for k in range(-1, 5)], of("rot90", BOX, axes=(1, 2)), of("rot90", array=WHOLE, k=1),
    of("roll", BOX, 2), of("roll", BOX, shift=1, axis=2), of("tile", X, repeats=(2, 1)), of("tile", X, 2),
    of("repeat", X, 2), of("repeat", X, repeats=2, axis=1), with_call("repeat", lambda ops, x: ops.repeat(x, np.array([1, 0, 2]), axis=0), X),
    of("pad", X, ((1, 0), (2, 1))), of("pad", X, 1, "constant", 3.0), of("pad", X, 1, constant_values=2.0),
    of("pad", X, ((1, 1), (0, 2)), mode="reflect"), of("pad", X, 2, "symmetric"),
    of("concatenate", [X, Y]), of("concatenate", [X, Y], axis=1), of("concatenate", xs=[X, Y], axis=-1), of("stack", [X, Y], axis=1),
    of("stack", x=[X, Y]), *each("vstack hstack dstack", [X, Y]), *each("vstack hstack dstack", [THREE, THREE]), of("dstack", [BOX, BOX]),
    of("append", X, Y), of("append", X, Y, axis=1), of("unstack", X), of("unstack", X, axis=1), of("unstack", X, 3, 0),
    of("split", LONG[:6], 3), of("split", LONG, indices_or_sections=[2, 5]), of("split", X, 2, axis=1),
    of("array_split", LONG, 3), of("array_split", X, 3, axis=1),
    of("vsplit", SHORT, 3), of("hsplit", SHORT, 2), of("hsplit", FLAT, 3), of("dsplit", SHORT, 2), of("vsplit", SHORT, [1, 3]),
    of("meshgrid", THREE, FLAT), of("meshgrid", THREE, FLAT, indexing="ij"),
    of("tril", BOX), of("triu", BOX, k=1), of("diag", THREE), of("diag", THREE, k=-2), of("diag", X), of("diag", X, 1),
    of("diagflat", X[:2, :2], k=1), of("diagonal", BOX), of("diagonal", BOX, offset=1, axis1=1, axis2=2), of("trace", BOX),
    of("trace", BOX, 1, 0, 2), of("trace", X, axis1=1, axis2=0), of("diagonal", X, -1),
    of("take", BOX, np.array([1, 0]), axis=1), of("take", BOX, np.array([5, 2])), of("take_along_axis", X, WHOLE[:1] % 3, axis=0),
    of("take_along_axis", X, WHOLE[0] % 12), with_call("take_along_axis", lambda ops, x: ops.take_along_axis(x, ops.argsort(x, 1), 1), X),
    with_call("get_item", lambda ops, x: ops.get_item(x, (slice(None), 1)), BOX), of("nonzero", TRUE), of("nonzero", WHOLE),
    of("slice", BOX, (0, 1, 1), (2, 2, 2)), of("slice_update", BOX, (0, 1, 1), SHORT[:1, :2, :2].copy()),
    of("scatter", PLACES, THREE, (3, 4)), of("scatter_update", X, PLACES, THREE), of("scatter_update", X, PLACES[:, :1], Y),
    *[of("scatter_update", X, PLACES // 2, THREE, reduction=r) for r in ("add", "max", "min", "mul")],
    of("unravel_index", np.array([0, 5, 11]), (3, 4)), of("unravel_index", WHOLE % 24, shape=(2, 3, 4)),
    of("rearrange", SHORT, "a b c -> c (a b)"), of("rearrange", SHORT, "(h k) b c -> k h b c", k=2),
    of("rearrange", SHORT, "(h k) b c -> (b k) (c h)", h=2), of("rearrange", tensor=X, pattern="a b -> b a"),
    with_call("shape", lambda ops, x: [np.asarray(ops.shape(x)), np.asarray(ops.ndim(x)), np.asarray(ops.size(x))], WHOLE),
]  # fmt: skip
