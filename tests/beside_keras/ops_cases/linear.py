"""Products, equations and decompositions of matrices. Of vectors that only go up to a sign, what they put together."""

import numpy as np

from tests.beside_keras.ops_cases.case import each, of, values, with_call
from tests.beside_keras.ops_cases.elementwise import COMPLEX, WHOLE, X, Y, some
from tests.beside_keras.ops_cases.reductions import BOX, FLAT

SQUARE = some(3, 3) + 3 * np.eye(3, dtype="float32")
BATCH = some(2, 3, 3) + 3 * np.eye(3, dtype="float32")
DEFINITE = (SQUARE @ SQUARE.T).astype("float32")
DEFINITES = (BATCH @ BATCH.transpose(0, 2, 1)).astype("float32")
FACTOR = np.linalg.cholesky(DEFINITE)
THREES, PAIRS = some(4, 3), some(4, 2)
SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]], "float32")


def put_together(ops, x):
    u, s, v = ops.svd(x, full_matrices=False)
    return ops.matmul(u * s, v), s


def of_eigenvalues(ops, x):
    values, vectors = ops.eigh(x)
    return values, ops.matmul(vectors * values, ops.transpose(vectors))


def by_lu(ops, x):
    both, pivots = ops.lu_factor(x)
    return both, pivots


CASES = [
    of("matmul", X, Y.T.copy()),
    of("matmul", x1=BOX, x2=some(4, 2)),
    of("matmul", WHOLE, WHOLE.T.copy()),
    of("dot", X, Y.T.copy()),
    of("dot", BOX, some(5, 4, 2)),
    of("dot", X, X[0]),
    of("dot", 2.0, X),
    of("inner", X, Y),
    of("inner", BOX, X),
    of("inner", 2.0, X),
    of("inner", X[0], X[1]),
    of("vdot", X, Y),
    of("vdot", COMPLEX, COMPLEX[::-1].copy()),
    of("outer", X, THREES),
    of("outer", X[0], Y[0]),
    of("kron", X, SQUARE),
    of("kron", X[0], BOX),
    of("tensordot", BOX, some(3, 4, 2), axes=2),
    of("tensordot", X, Y, ([0], [0])),
    of("tensordot", X, Y.T.copy(), axes=1),
    of("cross", THREES, some(4, 3)),
    of("cross", PAIRS, THREES),
    of("cross", PAIRS, some(4, 2)),
    of("cross", THREES, some(3, 4), axisb=0, axisc=0),
    of("cross", some(3, 4), some(3, 4), axis=0),
    of("einsum", "ij,kj->ik", X, Y),
    of("einsum", "ij->j", X),
    of("cdist", THREES, some(5, 3)),
    of("cdist", BOX, some(2, 5, 4)),
    *each("det inv slogdet", BATCH),
    of("logdet", DEFINITE),
    of("logdet", DEFINITES),
    *each("det inv slogdet", SQUARE),
    of("solve", SQUARE, THREES.T.copy()),
    of("solve", a=BATCH, b=BATCH),
    of("solve", SQUARE, THREES[0]),
    of("solve_triangular", SQUARE, THREES.T.copy()),
    of("solve_triangular", a=SQUARE, b=THREES.T.copy(), lower=True),
    with_call("cholesky", lambda ops, x: ops.cholesky((x + ops.transpose(x)) / 2), DEFINITE),
    with_call("cholesky", lambda ops, x: ops.cholesky((x + ops.transpose(x)) / 2, upper=True), DEFINITE),
    of("cholesky_inverse", FACTOR),
    of("cholesky_inverse", FACTOR.T.copy(), upper=True),
    of("lstsq", some(5, 3), some(5)),
    of("lstsq", some(5, 3), some(5, 2), rcond=1e-3),
    of("pinv", some(4, 3)),
    of("pinv", X, rcond=1e-3),
    of("matrix_rank", SINGULAR),
    of("matrix_rank", BATCH, tol=2.5),
    of("matrix_rank", SQUARE),
    with_call("lu_factor", by_lu, SQUARE),
    with_call("lu_factor", by_lu, DEFINITES),
    with_call("lu_factor", by_lu, some(4, 3)),
    with_call("lu_factor", by_lu, some(3, 4)),
    *values(with_call("lu_factor", by_lu, SINGULAR)),
    with_call("svd", put_together, some(4, 3)),
    of("svd", BATCH, compute_uv=False),
    with_call("eigh", lambda ops, x: of_eigenvalues(ops, (x + ops.transpose(x)) / 2), DEFINITE),
    with_call("eig", lambda ops: ops.sort(ops.real(ops.eig(DEFINITE)[0]))),
    with_call("qr", lambda ops, x: ops.matmul(*ops.qr(x)), some(4, 3)),
    with_call("qr", lambda ops, x: ops.abs(ops.qr(x, "complete")[1]), SQUARE),
    of("norm", X),
    of("norm", X, ord=1),
    of("norm", X, "fro"),
    of("norm", X, axis=1, keepdims=True),
    of("norm", FLAT, 3),
    of("norm", BOX, ord="nuc", axis=(1, 2)),
    of("norm", BOX, 2, (0, 2), True),
    of("norm", X, np.inf, 0),
    of("norm", X, "fro", (0, 1), True),
    of("norm", X, np.inf),
    of("norm", BOX),
]
