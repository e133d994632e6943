"""Random programs over every primitive in the registry, and arguments for them.

A `Grower` holds the values that a program has so far. A *recipe* applies one primitive to some of them; where
none fits, it makes an input that does. Pointwise primitives and reductions need no recipe of their own, so a
new one is covered as soon as it is registered; for any other, `test_differential.py` fails until it has one.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

import wengert.prims  # noqa: F401  (fills the registry)
from wengert.base.dtypes import TABLE, available, finfo, is_float
from wengert.base.errors import ShapeError, WengertError
from wengert.ir.dim import Dim
from wengert.ir.graph import Graph, substitute
from wengert.ir.node import Node, among, constant, graph_input
from wengert.ir.primitive import REGISTRY, Primitive
from wengert.ir.types import TensorType
from wengert.ir.verify import verify
from wengert.transforms.vjp import vjp

N = Dim.named("n")
LENGTHS = (0, 1, 1, 2, 3, 4, 5, 7, 8, 11, 16, 17, 31, 33)
WEIGHTS = np.array([0.2, *[1.0] * (len(LENGTHS) - 1)]) / (len(LENGTHS) - 0.8)
BYTES = ("int8", "uint8")
DTYPES = (
    available("bfloat16"), "float32", "float64", "int32", "int64", "uint8", "int8", "uint32", "bool",
    "float16", "int16", "uint16", "uint64",
)  # fmt: skip
DTYPE_WEIGHTS = (0.15, 0.45, 0.15, 0.1, 0.1, 0.05, 0.04, 0.05, 0.1, 0.1, 0.02, 0.02, 0.03)
LONG_LENGTHS = (1, 2, 3, 10, 17, 48, 64, 65, 100, 127, 130, 257)
MOST_ELEMENTS, MANY_ELEMENTS = 6000, 150_000
TYPICAL = 7  # the length that n is taken for when sizes are bounded
BATCHES = (0, 1, 2, 3, 5, 8, 16, 17, 33, 64, 100)
SPECIAL = (np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0)


@dataclasses.dataclass(frozen=True, eq=False)
class Program:
    """A graph whose first inputs are arguments and whose others are state; outputs may replace state."""

    graph: Graph
    arguments: int
    donated: dict[int, int]

    def __str__(self) -> str:
        return f"{self.graph}\narguments={self.arguments}, donated={self.donated}"


class Grower:
    """The values of a program so far, and ways to choose among them."""

    def __init__(
        self,
        rng: np.random.Generator,
        inputs: Sequence[Node] = (),
        depth: int = 0,
        large: bool = False,
    ) -> None:
        self.rng, self.large, self.most = rng, large, MANY_ELEMENTS if large else MOST_ELEMENTS
        self.inputs = list(inputs)
        self.values = list(inputs)
        self.depth = depth  # of graphs inside of graphs; those inside take what they are given, and no more

    # --- chance -------------------------------------------------------------------------------
    def chance(self, p: float) -> bool:
        return bool(self.rng.random() < p)

    def upto(self, most: int, least: int = 0) -> int:
        return int(self.rng.integers(least, most + 1))

    def one_of(self, options: Sequence):
        return options[int(self.rng.integers(len(options)))]

    def some_of(self, options: Sequence, least: int = 0) -> tuple:
        count = self.upto(len(options), min(least, len(options)))
        return tuple(options[k] for k in self.rng.permutation(len(options))[:count])

    def length(self, least: int = 0) -> int:
        if self.large:
            return max(least, self.one_of(LONG_LENGTHS))
        return max(least, int(self.rng.choice(LENGTHS, p=WEIGHTS)))

    def dtype(self, kinds: str = "fiub") -> str:
        allowed = [(d, w) for d, w in zip(DTYPES, DTYPE_WEIGHTS, strict=True) if TABLE[d].kind in kinds]
        weights = np.array([w for _, w in allowed])
        return allowed[int(self.rng.choice(len(allowed), p=weights / weights.sum()))][0]

    def shape(self, rank: int | None = None) -> tuple[int | Dim, ...]:
        rank = int(self.rng.choice(5, p=(0.1, 0.2, 0.4, 0.2, 0.1))) if rank is None else rank
        shape: list[int | Dim] = []
        for _ in range(rank):
            room = self.most // max(1, size_of([*shape]))
            shape.append(min(self.length(), room))
        if rank and self.chance(0.7):
            shape[0] = N
            if self.chance(0.1):
                shape[self.upto(rank - 1)] = N
        return tuple(shape)

    # --- values -------------------------------------------------------------------------------
    def add_input(self, t: TensorType) -> Node:
        if self.depth:
            raise ShapeError("a graph inside of another has no inputs of its own")
        new = graph_input(t, f"x{len(self.inputs)}")
        self.inputs.append(new)
        self.values.append(new)
        return new

    def value(self, kinds: str = "fiub", rank: int | None = None, least: int = 0) -> Node:
        """A value of a dtype of these kinds, with `rank` axes, all of which are at least `least` long."""

        def fits(v: Node) -> bool:
            return (
                TABLE[v.dtype].kind in kinds
                and rank in (None, v.ndim)
                and all(isinstance(n, Dim) or n >= least for n in v.shape)
            )

        found = [v for v in self.values if fits(v)]
        if found and self.chance(0.95):
            recent = self.chance(0.6)
            return self.one_of(found[-4:] if recent else found)
        shape = tuple(n if isinstance(n, Dim) else max(n, least) for n in self.shape(rank))
        return self.add_input(TensorType(shape, self.dtype(kinds)))

    def like(self, t: TensorType) -> Node:
        """A value of exactly this type: one that is there, or made from one, or a constant, or an input."""
        same = [v for v in self.values if v.type == t]
        if same and self.chance(0.8):
            return self.one_of(same)
        castable = [v for v in self.values if v.shape == t.shape]
        if castable and self.chance(0.5):
            return REGISTRY["cast"](self.one_of(castable), dtype=t.dtype)
        smaller = [v for v in self.values if v.dtype == t.dtype and self.broadcasts(v.shape, t.shape)]
        if smaller and self.chance(0.5):
            return REGISTRY["broadcast_to"](self.one_of(smaller), shape=t.shape)
        if self.chance(0.4):
            return self.number(t)
        if not t.dims() and self.chance(0.5):
            return constant(array_of(self.rng, t.shape, t.dtype, special=0))
        compound = any(isinstance(n, Dim) and not n.is_name for n in t.shape)
        if self.depth or compound or self.chance(0.2):
            return self.number(t)
        return self.add_input(t)

    def factor(self, dtype: str) -> str:
        """A dtype of what may be multiplied with such values and summed."""
        return self.one_of(BYTES) if dtype in BYTES else dtype

    def index(self, shape: tuple, size: int, dtype: str) -> Node:
        """Integers in 0..size - 1; now and then any integers."""
        t = TensorType(shape, dtype)
        if self.chance(0.03):
            return self.like(t)
        return REGISTRY["remainder"](self.like(t), constant_of(min(size, 255), t))

    def number(self, t: TensorType) -> Node:
        """One small number, repeated."""
        with np.errstate(invalid="ignore"):
            return constant_of(np.asarray(self.one_of((0, 1, 2, -1, 0.5, 3, -2.5, 255))).astype(t.dtype), t)

    @staticmethod
    def broadcasts(a: Sequence, b: Sequence) -> bool:
        return len(a) <= len(b) and all(x in (1, y) for x, y in zip(a, b[len(b) - len(a) :], strict=True))


def constant_of(value: float, t: TensorType) -> Node:
    """One number, repeated."""
    one = constant(np.asarray(value, t.dtype))
    return REGISTRY["broadcast_to"](one, shape=t.shape) if t.shape else one


def size_of(shape: Sequence[int | Dim]) -> int:
    """The number of elements, with TYPICAL for what is unknown."""
    return int(math.prod(substitute(tuple(shape), {"n": TYPICAL})))


# --- recipes --------------------------------------------------------------------------------------

Recipe = Callable[[Grower], Node]
RECIPES: dict[str, Recipe] = {}


def recipe(
    *names: str,
) -> Callable[[Callable[[Grower, Primitive], Node]], Callable[[Grower, Primitive], Node]]:
    """Register how to apply the primitives of these names, as far as they exist."""

    def register(f):
        for name in names:
            if name in REGISTRY:
                RECIPES[name] = lambda g, prim=REGISTRY[name]: f(g, prim)
        return f

    return register


def apply_pointwise(g: Grower, prim: Primitive) -> Node:
    """To one, two or three values of one type, in a dtype that it takes."""
    for kinds in ("fiub", "fiu", "f", "iub", "iu", "b"):
        x = g.value(kinds)
        for count in (1, 2, 3):
            others = [g.like(x.type) for _ in range(count - 1)]
            try:
                return prim(x, *others)
            except WengertError:
                continue
    raise ShapeError(f"{prim}: takes nothing that there is")


@recipe("where")
def _(g, prim):
    x = g.value()
    return prim(g.like(TensorType(x.shape, "bool")), x, g.like(x.type))


@recipe("cast")
def _(g, prim):
    return prim(g.value(), dtype=g.dtype())


@recipe("nextafter")
def _(g, prim):
    x = g.value("f")
    return prim(x, g.like(x.type), dtype=x.dtype)


@recipe("bitcast")
def _(g, prim):
    """Floats as integers of their bits and back: bits of others may be those of NaN."""
    x = g.value("f")
    x = x if TABLE[x.dtype].size > 2 else REGISTRY["cast"](x, dtype="float32")
    return prim(prim(x, dtype="int32" if x.dtype == "float32" else "int64"), dtype=x.dtype)


@recipe("join", "conj", "real", "imag")
def _(g, prim):
    """Complex numbers and back: programs have real values only."""
    x = g.value("f")
    z = REGISTRY["join"](x, g.like(x.type))
    if prim.name in ("real", "imag"):
        return prim(z)
    return real_of(g, REGISTRY["conj"](z) if prim.name == "conj" else z)


@recipe("broadcast_to")
def _(g, prim):
    x = g.value()
    shape = [g.length() if n == 1 and g.chance(0.7) else n for n in x.shape]
    lead = [N if g.chance(0.3) else g.length() for _ in range(g.upto(2))]
    return prim(x, shape=(*lead, *shape))


@recipe("reshape")
def _(g, prim):
    x = g.value()
    shape = list(x.shape)
    for _ in range(g.upto(3, 1)):
        at = g.upto(len(shape))
        move = g.upto(2)
        if move == 0:
            shape.insert(at, 1)
        elif move == 1 and at + 1 < len(shape):
            shape[at : at + 2] = [shape[at] * shape[at + 1]]
        elif move == 2 and at < len(shape) and isinstance(shape[at], int) and shape[at] > 1:
            d = g.one_of([k for k in range(1, shape[at] + 1) if shape[at] % k == 0])
            shape[at : at + 1] = [d, shape[at] // d]
    if 1 in shape and g.chance(0.3):
        shape.remove(1)
    return prim(x, shape=tuple(shape))


@recipe("transpose")
def _(g, prim):
    x = g.value()
    return prim(x, perm=tuple(int(a) for a in g.rng.permutation(x.ndim)))


@recipe("reverse")
def _(g, prim):
    x = g.value()
    return prim(x, axes=g.some_of(range(x.ndim)))


@recipe("slice")
def _(g, prim):
    x = g.value()
    start, stop, step = [], [], []
    for n in x.shape:
        if isinstance(n, Dim):
            start.append(0)
            stop.append(n)
        else:
            start.append(g.upto(n) if g.chance(0.5) else 0)
            stop.append(g.upto(n, start[-1]) if g.chance(0.5) else n)
        step.append(g.one_of((1, 1, 1, 2, 3)))
    return prim(x, start=tuple(start), stop=tuple(stop), step=tuple(step))


@recipe("pad")
def _(g, prim):
    x = g.value()
    low, high, interior = [], [], []
    for n in x.shape:
        spread = g.one_of((0, 0, 0, 1, 2))
        length = TYPICAL if isinstance(n, Dim) else n + max(n - 1, 0) * spread
        cut = 0 if isinstance(n, Dim) else length // 2
        low.append(g.upto(3, -min(cut, 2)) if g.chance(0.5) else 0)
        high.append(g.upto(3, -min(cut, 2)) if g.chance(0.5) else 0)
        interior.append(spread)
    value = g.one_of((0, 0, 1)) if not is_float(x.dtype) else g.one_of((0, 0, -1.5, float("-inf")))
    return prim(x, low=tuple(low), high=tuple(high), interior=tuple(interior), value=value)


@recipe("concatenate")
def _(g, prim):
    x = g.value()
    while not x.ndim:
        x = REGISTRY["reshape"](x, shape=(1,))
    axis = g.upto(x.ndim - 1)
    parts = [x]
    for _ in range(g.upto(3)):
        n = g.length() if not isinstance(x.shape[axis], Dim) else g.one_of((N, 1, 3))
        parts.append(g.like(TensorType((*x.shape[:axis], n, *x.shape[axis + 1 :]), x.dtype)))
    return prim(*(parts[int(k)] for k in g.rng.permutation(len(parts))), axis=axis)


def starts_for(g: Grower, rank: int) -> list[Node]:
    """Integer scalars: positions, some of them outside."""
    return [g.like(TensorType((), g.one_of(("int64", "int32", "uint8")))) for _ in range(rank)]


@recipe("dynamic_slice")
def _(g, prim):
    x = g.value()
    sizes = tuple(n if isinstance(n, Dim) else g.upto(n) for n in x.shape)
    return prim(x, *starts_for(g, x.ndim), sizes=sizes)


@recipe("dynamic_update_slice")
def _(g, prim):
    x = g.value()
    sizes = tuple(n if isinstance(n, Dim) else g.upto(n) for n in x.shape)
    return prim(x, g.like(TensorType(sizes, x.dtype)), *starts_for(g, x.ndim))


@recipe("reduce_sum", "reduce_prod", "reduce_max", "reduce_min", "reduce_any", "reduce_all")
def _(g, prim):
    extremum = prim.name in ("reduce_max", "reduce_min")
    x = g.value("b" if prim.name in ("reduce_any", "reduce_all") else "fiu", least=int(extremum))
    return prim(x, axes=g.some_of(range(x.ndim), least=1))


@recipe("reduce_var")
def _(g, prim):
    x = g.value("f", least=1)
    return prim(x, axes=g.some_of(range(x.ndim), least=1))


@recipe("argmax", "argmin")
def _(g, prim):
    x = g.value("fiu", rank=g.upto(4, 1), least=1)
    return prim(x, axis=g.upto(x.ndim - 1))


@recipe("cumsum", "cumprod", "recurrence")
def _(g, prim):
    x = g.value("f" if prim.name == "recurrence" else "fiu", rank=g.upto(4, 1))
    axis = g.upto(x.ndim - 1)
    if prim.name == "cumprod":
        return prim(x, axis=axis)
    others = [g.like(x.type)] if prim.name == "recurrence" else []
    return prim(x, *others, axis=axis, reverse=g.chance(0.5))


@recipe("sort", "argsort")
def _(g, prim):
    x = g.value("fiu", rank=g.upto(4, 1))
    return prim(x, axis=g.upto(x.ndim - 1), descending=g.chance(0.5))


@recipe("searchsorted")
def _(g, prim):
    """In what is sorted: nothing is promised of anything else."""
    x = g.value("fiu", rank=1)
    values = TensorType(g.one_of([v.shape for v in g.values]), x.dtype)
    return prim(
        REGISTRY["sort"](x, axis=0, descending=False), g.like(values), side=g.one_of(("left", "right"))
    )


@recipe("dot")
def _(g, prim):
    x = g.value("fiu")
    axes = [int(a) for a in g.rng.permutation(x.ndim)]
    shared = g.upto(min(1, x.ndim))
    summed = g.upto(min(2, x.ndim - shared))
    batch, contract = axes[:shared], axes[shared : shared + summed]
    own = [g.length() for _ in range(g.upto(2))]
    roles = [*(("b", a) for a in batch), *(("k", a) for a in contract), *(("n", n) for n in own)]
    roles = [roles[int(k)] for k in g.rng.permutation(len(roles))]
    y = g.like(TensorType(tuple(v if r == "n" else x.shape[v] for r, v in roles), g.factor(x.dtype)))
    return prim(
        x,
        y,
        contract=(tuple(contract), tuple(roles.index(("k", a)) for a in contract)),
        batch=(tuple(batch), tuple(roles.index(("b", a)) for a in batch)),
    )


def window_params(g: Grower, shape: tuple) -> dict:
    """Windows that fit into a shape."""
    size, strides, padding = [], [], []
    for n in shape:
        most = 1 if isinstance(n, Dim) and g.chance(0.9) else 3
        k = g.upto(min(most, n) if isinstance(n, int) else most, 1)
        pair = (g.upto(k - 1), g.upto(k - 1)) if k > 1 and g.chance(0.5) else (0, 0)
        size.append(k)
        strides.append(1 if isinstance(n, Dim) else g.upto(3, 1))
        padding.append(pair)
    return {"size": tuple(size), "strides": tuple(strides), "padding": tuple(padding)}


def windows_type(x: Node, params: dict) -> TensorType:
    return REGISTRY["window_sum"].type_rule(x.type, **params)


@recipe("window_sum", "window_max", "window_argmax")
def _(g, prim):
    x = g.value("fiu", rank=g.upto(4, 1), least=1)
    return prim(x, **window_params(g, x.shape))


@recipe("window_spread")
def _(g, prim):
    x = g.value("fiu", rank=g.upto(4, 1), least=1)
    params = window_params(g, x.shape)
    return prim(g.like(windows_type(x, params)), in_shape=x.shape, **params)


@recipe("window_gather", "window_scatter")
def _(g, prim):
    x = g.value("f", rank=g.upto(4, 1), least=1)
    params = window_params(g, x.shape)
    out = windows_type(x, params)
    index = g.index(out.shape, math.prod(params["size"]), "int32")
    if prim.name == "window_gather":
        return prim(x, index, **params)
    return prim(g.like(out), index, in_shape=x.shape, **params)


# --- matrices, and transforms of signals ------------------------------------------------------------


def calm(x: Node) -> Node:
    """What is not within -4..4, NaN and infinities too, made 0."""
    near = REGISTRY["less"](REGISTRY["abs"](x), constant_of(4, x.type))
    return REGISTRY["where"](near, x, constant_of(0, x.type))


def matrices(g: Grower, rows: int, columns: int) -> Node:
    """A matrix or a batch of them; mostly of numbers that LAPACK takes."""
    batch = g.one_of(((), (), (2,), (N,), (3, 1)))
    x = g.like(TensorType((*batch, rows, columns), g.dtype("f")))
    return calm(x) if g.chance(0.9) else x


def square(g: Grower) -> Node:
    n = g.upto(4, int(g.chance(0.9)))
    return matrices(g, n, n)


def regular(g: Grower) -> Node:
    """Square matrices, mostly with diagonals larger than all else in their rows: invertible, positive definite."""
    x = square(g)
    n = x.shape[-1]
    if g.chance(0.1):
        return x
    eye = constant(np.eye(n).astype(x.dtype))
    diagonal = REGISTRY["mul"](eye, constant_of(4 * n + 1, eye.type))
    return REGISTRY["add"](x, REGISTRY["broadcast_to"](diagonal, shape=x.shape))


def separated(g: Grower) -> Node:
    """Square matrices whose eigenvalues, pairs of complex ones among them, lie far apart: so eigenvectors have
    derivatives, and rounding does not decide whether a matrix of them can be inverted.

    What is added is normal, with eigenvalues 20 n apart, and each moves by less than the norm of x, at most 4 n (Bauer
    and Fike).
    """
    x = calm(square(g))
    n = x.shape[-1]
    pairs = np.diag([20.0 * n * (k // 2 + 1) for k in range(n)])
    for k in range(0, n - 1, 2):
        pairs[k, k + 1], pairs[k + 1, k] = 10.0 * n, -10.0 * n
    return REGISTRY["add"](x, REGISTRY["broadcast_to"](constant(pairs.astype(x.dtype)), shape=x.shape))


def real_of(g: Grower, z: Node) -> Node:
    """A part of complex numbers: programs have real values only."""
    return REGISTRY[g.one_of(("real", "imag"))](z)


@recipe("det", "expm", "eigvalsh")
def _(g, prim):
    return prim(square(g))


@recipe("inv", "cofactor", "cholesky")
def _(g, prim):
    return prim(regular(g))


@recipe("solve")
def _(g, prim):
    a = regular(g)
    return prim(a, g.like(TensorType((*a.shape[:-1], g.upto(3)), a.dtype)))


@recipe("slogdet")
def _(g, prim):
    return some_result(g, prim(regular(g)))


@recipe("pinv")
def _(g, prim):
    x = matrices(g, g.upto(4, 1), g.upto(4, 1))
    rtol = constant_of(g.one_of((1e-6, 1e-2)), TensorType(x.shape[:-2], g.one_of((x.dtype, "float64"))))
    return prim(x, rtol)


@recipe("svdvals")
def _(g, prim):
    return prim(matrices(g, g.upto(4, 1), g.upto(4, 1)))


@recipe("svd", "qr")
def _(g, prim):
    how = {"full" if prim.name == "svd" else "complete": g.chance(0.4)}
    return some_result(g, prim(matrices(g, g.upto(4, 1), g.upto(4, 1)), **how))


@recipe("eigh")
def _(g, prim):
    return some_result(g, prim(square(g)))


@recipe("eig", "eigvals")
def _(g, prim):
    found = prim(separated(g))
    return real_of(g, found if prim.name == "eigvals" else some_result(g, found))


@recipe("fft", "rfft", "irfft")
def _(g, prim):
    x = g.value("f", rank=g.upto(3, 1), least=1)
    axis, norm = g.upto(x.ndim - 1), g.one_of(("backward", "ortho", "forward"))
    if prim.name == "rfft":
        return real_of(g, prim(x, axis=axis, norm=norm))
    z = REGISTRY["join"](x, g.like(x.type))
    if prim.name == "fft":
        return real_of(g, prim(z, axes=g.some_of(range(x.ndim), least=1), inverse=g.chance(0.5), norm=norm))
    return prim(z, axis=axis, length=2 * x.shape[axis] - g.upto(2, 1), norm=norm)


@recipe("iota")
def _(g, prim):
    shape = g.shape(g.upto(3, 1))
    if any(isinstance(n, Dim) for n in shape) and not any(N in i.shape for i in g.inputs):
        g.add_input(TensorType((N,), "float32"))
    params = {"shape": shape, "axis": g.upto(len(shape) - 1), "dtype": g.dtype("fiu")}
    return Node.interpret(prim, (), params)  # without symbolic lengths it would run at once


@recipe("random_bits")
def _(g, prim):
    scalar = TensorType((), "int64")
    shape = g.one_of([v.shape for v in g.values])
    return prim(g.like(scalar), g.like(scalar), shape=shape)


def known_axis(g: Grower, x: Node) -> int:
    axes = [a for a, n in enumerate(x.shape) if isinstance(n, int)]
    if not axes:
        raise ShapeError("no axis has a known length")
    return g.one_of(axes)


@recipe("wrap_index")
def _(g, prim):
    """Indices of either sign; now and then some that are outside."""
    size, wrap = g.length(1), g.chance(0.5)
    index = g.index(g.shape(g.upto(2)), size, g.one_of(("int32", "int64", "uint8")))
    if wrap and index.dtype != "uint8" and g.chance(0.5):
        index = REGISTRY["sub"](index, constant_of(size, index.type))
    return prim(index, size=size, axis=g.upto(2), name="take", wrap=wrap)


@recipe("gather", "scatter_add", "scatter_set", "scatter_mul", "scatter_max", "scatter_min")
def _(g, prim):
    x = g.value("fiub" if prim.name == "scatter_set" else "fiu", rank=g.upto(3, 1), least=1)
    axis = known_axis(g, x)
    index = g.index(g.shape(g.upto(2)), x.shape[axis], g.one_of(("int32", "int64", "uint8")))
    if prim.name == "gather":
        return prim(x, index, axis=axis)
    updates = TensorType(x.shape[:axis] + index.shape + x.shape[axis + 1 :], x.dtype)
    return prim(x, index, g.like(updates), axis=axis)


@recipe("take_along_axis", "add_along_axis")
def _(g, prim):
    x = g.value("fiu", rank=g.upto(3, 1), least=1)
    axis = known_axis(g, x)
    shape = (*x.shape[:axis], g.one_of((1, 2, 5)), *x.shape[axis + 1 :])
    index = g.index(shape, x.shape[axis], g.one_of(("int32", "int64", "uint8")))
    if prim.name == "take_along_axis":
        return prim(x, index, axis=axis)
    return prim(x, index, g.like(TensorType(shape, x.dtype)), axis=axis)


@recipe("conv", "conv_input_grad", "conv_kernel_grad")
def _(g, prim):
    """Two tensors of the three that belong together."""
    dtype = g.one_of(BYTES) if prim.name == "conv" and g.chance(0.3) else g.dtype("f")
    x = g.value("f", rank=g.upto(4, 3)) if dtype not in BYTES and g.chance(0.3) else None
    if g.large and g.chance(0.3):
        return large_convolution(g, prim)
    groups = g.one_of((1, 1, 1, 2))
    if x is None or not isinstance(x.shape[-1], int) or x.shape[-1] % groups:
        spatial = [g.length(2) for _ in range(g.one_of((1, 2, 2)))]
        x_type = TensorType((N, *spatial, groups * g.upto(5, 1)), dtype)
    else:
        x_type, dtype = x.type, x.dtype
    rank = x_type.rank - 2
    window = tuple(g.upto(3, 1) for _ in range(rank))
    params = {
        "strides": tuple(g.one_of((1, 1, 2, 3)) for _ in range(rank)),
        "padding": tuple((g.upto(2), g.upto(2)) if g.chance(0.5) else (0, 0) for _ in range(rank)),
        "dilation": tuple(g.one_of((1, 1, 2)) for _ in range(rank)),
        "groups": groups,
    }
    shape = (*window, x_type.shape[-1] // groups, groups * g.upto(5, 1))
    kernel = TensorType(shape, g.factor(dtype) if prim.name == "conv" else dtype)
    out = REGISTRY["conv"].type_rule(x_type, kernel, **params)
    if prim.name == "conv":
        return prim(x if x is not None and x.type == x_type else g.like(x_type), g.like(kernel), **params)
    if prim.name == "conv_input_grad":
        return prim(g.like(out), g.like(kernel), in_shape=x_type.shape, **params)
    return prim(g.like(x_type), g.like(out), kernel_shape=kernel.shape, **params)


def large_convolution(g, prim):
    """One that may be done in tiles: a window of 3 x 3, many channels."""
    x = TensorType((N, g.upto(9, 3), g.upto(9, 3), g.upto(64, 24)), "float32")
    kernel = TensorType((3, 3, x.shape[-1], g.upto(64, 24)), "float32")
    padding = tuple((g.upto(2), g.upto(2)) for _ in range(2))
    params = {"strides": (1, 1), "padding": padding, "dilation": (1, 1), "groups": 1}
    out = REGISTRY["conv"].type_rule(x, kernel, **params)
    if prim.name == "conv":
        return prim(g.like(x), g.like(kernel), **params)
    if prim.name == "conv_input_grad":
        return prim(g.like(out), g.like(kernel), in_shape=x.shape, **params)
    return prim(g.like(x), g.like(out), kernel_shape=kernel.shape, **params)


@recipe("winograd_data", "winograd_kernel", "winograd_output")
def _(g, prim):
    dtype, tile, n, c = g.dtype("f"), g.one_of((2, 4)), g.one_of((N, 1, 2)), g.length(1)
    rows, columns = g.upto(2, 1), g.upto(2, 1)
    if prim.name == "winograd_data":
        x = TensorType((n, 2 + tile * rows, 2 + tile * columns, c), dtype)
        return prim(g.like(x), tile=tile)
    if prim.name == "winograd_kernel":
        return prim(g.like(TensorType((3, 3, g.upto(3, 1), c), dtype)), tile=tile, flip=g.chance(0.5))
    return prim(g.like(TensorType(((tile + 2) ** 2, n, rows, columns, c), dtype)), tile=tile)


def inner_graph(g: Grower, inputs: Sequence[TensorType], outputs: Sequence[TensorType | None]) -> Graph:
    """A graph of a few steps for control flow; an output whose type is None may have any."""
    nodes = [graph_input(t, f"a{k}") for k, t in enumerate(inputs)]
    inner = Grower(g.rng, nodes, g.depth + 1)
    grow_steps(inner, g.upto(4), None if g.depth < 1 else [n for n in recipes() if n not in CONTROL])
    results = tuple(inner.one_of(inner.values) if t is None else inner.like(t) for t in outputs)
    return verify(Graph(tuple(nodes), results))  # refuses one whose n none of its inputs has


def some_result(g: Grower, several: Node) -> Node:
    return REGISTRY["item"](several, index=g.upto(len(several.type) - 1))


CONTROL = ("cond", "while_loop", "scan", "item", "checkpoint", "custom")


@recipe("checkpoint", "custom")
def _(g, prim):
    operands = [g.value() for _ in range(g.upto(3, 1))]
    body = inner_graph(g, [v.type for v in operands], [None] * g.upto(2, 1))
    rules = {"forward": None, "backward": None} if prim.name == "custom" else {}
    return some_result(g, prim(*operands, body=body, **rules))


@recipe("cond", "item")
def _(g, prim):
    operands = [g.value() for _ in range(g.upto(3, 1))]
    types = [v.type for v in operands]
    outputs = [g.one_of(types) for _ in range(g.upto(2, 1))]
    branches = {name: inner_graph(g, types, outputs) for name in ("true", "false")}
    choice = g.like(TensorType((), "bool"))
    if g.chance(0.5):
        many = g.like(TensorType((4,), "bool"))
        one = REGISTRY["slice"](many, start=(2,), stop=(3,), step=(1,))
        choice = REGISTRY["reshape"](one, shape=())
    return some_result(g, REGISTRY["cond"](choice, *operands, **branches))


@recipe("while_loop")
def _(g, prim):
    """A counter that ends it, and other values that go round."""
    counter, types = TensorType((), "int64"), [v.type for v in (g.value() for _ in range(g.upto(2, 1)))]
    body = inner_graph(g, [counter, *types], [counter, *types])
    more = REGISTRY["add"](body.inputs[0], constant_of(1, counter))
    body = Graph(body.inputs, (more, *body.outputs[1:]))
    inputs = [graph_input(t, f"c{k}") for k, t in enumerate(body.in_types)]
    test = Graph(tuple(inputs), (REGISTRY["less"](inputs[0], constant_of(g.upto(4), counter)),))
    start = REGISTRY["maximum"](g.like(counter), constant_of(-3, counter))
    return some_result(g, prim(start, *map(g.like, types), cond=test, body=body))


@recipe("scan")
def _(g, prim):
    carries = [g.value() for _ in range(g.upto(2))]
    xs = [g.value() for _ in range(g.upto(2))]
    length = next((x.shape[0] for x in xs if x.ndim), g.upto(4))
    xs = [x for x in xs if x.ndim and x.shape[0] == length]
    if size_of((length,)) > 17 or not carries + xs:
        raise ShapeError("too long a loop to interpret, or nothing to loop over")
    types = [v.type for v in carries]
    rows = [TensorType(x.shape[1:], x.dtype) for x in xs]
    body = inner_graph(g, [*types, *rows], [*types, *[None] * g.upto(2, not types)])
    params = {"carries": len(carries), "length": length, "reverse": g.chance(0.5)}
    return some_result(g, prim(*carries, *xs, body=body, **params))


# --- programs -------------------------------------------------------------------------------------


@recipe("all_sum")
def _(g, prim):
    several = [g.value("fiu") for _ in range(g.upto(3, 2))]
    return some_result(g, prim(*several, place="here", alike=g.upto(1)))


def recipes(names: Sequence[str] | None = None) -> dict[str, Recipe]:
    """How to apply each primitive that has a recipe, or is pointwise."""
    found = dict(RECIPES)
    for name, prim in REGISTRY.items():
        if prim.pointwise:
            found.setdefault(name, lambda g, prim=prim: apply_pointwise(g, prim))
    return {k: v for k, v in found.items() if names is None or k in names}


def grow(
    rng: np.random.Generator, steps: int, names: Sequence[str] | None = None, large: bool = False
) -> Program:
    """A random program of about `steps` steps over the primitives of these names (all of them if None)."""
    g = Grower(rng, large=large)
    for _ in range(g.upto(3, 1)):
        g.add_input(TensorType(g.shape(), g.dtype()))
    if g.chance(0.5):  # state that an optimizer could update
        t = TensorType(tuple(n if isinstance(n, int) else 4 for n in g.shape()), g.dtype("fi"))
        for _ in range(g.upto(2, 1)):
            g.add_input(t)
    made = grow_steps(g, steps, names)
    if g.chance(0.3):
        made += gradients(g, made)
    return choose_outputs(g, made)


def gradients(g: Grower, made: Sequence[Node]) -> list[Node]:
    """What reverse mode adds to a program: the derivative of one value by all inputs that are floats."""
    floats = [v for v in made if is_float(v.dtype)]
    inputs = [i for i in g.inputs if is_float(i.dtype)]
    if not floats or not inputs:
        return []
    target = g.one_of(floats[-3:])
    try:
        found = vjp([target], inputs, [g.number(target.type)])
    except WengertError:  # a step has no reverse mode
        return []
    new = [n for n in found if n is not None and size_of(n.shape) <= g.most]
    g.values += new
    return new


def grow_steps(g: Grower, steps: int, names: Sequence[str] | None) -> list[Node]:
    """Apply `steps` primitives; choices that do not fit are made again."""
    table = recipes(names)
    order = sorted(table)
    made: list[Node] = []
    for _ in range(10 * steps):
        if len(made) >= steps:
            break
        try:
            new = table[g.one_of(order)](g)
        except WengertError:
            continue
        if size_of(new.shape) <= g.most:
            g.values.append(new)
            made.append(new)
    return made


def choose_outputs(g: Grower, made: Sequence[Node]) -> Program:
    """Some values become outputs: mostly the last; now and then an input, or one value twice."""
    read = {i for v in made for i in v.inputs}
    unread = [v for v in made if v not in read]
    outputs = list(unread[-4:]) or list(made[-1:]) or g.values[:1]
    outputs += [v for v in made if g.chance(0.1)][:2]
    if g.chance(0.1):
        outputs.append(g.one_of(g.values))
    if g.chance(0.1):
        outputs.append(g.one_of(outputs))
    if not any(N in i.shape for i in g.inputs):
        g.add_input(TensorType((N,), "float32"))
    fixed = [i for i in g.inputs if not i.type.dims()]
    state = [i for i in fixed if g.chance(0.5)]
    arguments = [i for i in g.inputs if not among(i, state)]
    replaced: list[tuple[int, Node]] = []
    for s in state:
        new = [v for v in g.values if v.type == s.type and not among(v, outputs)]
        if g.chance(0.8):
            outputs.append(g.one_of(new) if new and g.chance(0.8) else g.like(s.type))
            replaced.append((len(outputs) - 1, s))
    known = {*arguments, *state}
    arguments += [i for i in g.inputs if i not in known]  # `like` may have made some
    place = {s: len(arguments) + k for k, s in enumerate(state)}
    donated = {o: place[s] for o, s in replaced}
    return Program(Graph((*arguments, *state), tuple(outputs)), len(arguments), donated)


# --- arguments ------------------------------------------------------------------------------------


def array_of(
    rng: np.random.Generator, shape: tuple[int, ...], dtype: str, *, whole: bool = False, special: float = 0.0
) -> np.ndarray:
    """Random numbers. whole: small integers in every dtype; special: the share of NaN, infinities, extremes."""
    kind = TABLE[dtype].kind
    if kind == "b":
        return np.asarray(rng.random(shape) < 0.5)
    if kind == "f" and not whole:
        a = np.asarray(rng.normal(0, 1.5, shape), dtype)
    elif dtype in BYTES and not whole:
        a = np.asarray(rng.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, shape, dtype, endpoint=True))
    else:
        a = np.asarray(rng.integers(0 if kind == "u" else -4, 5, shape)).astype(dtype)
    if special:
        info = finfo(dtype) if kind == "f" else np.iinfo(dtype)
        extremes = [
            info.max,
            info.min,
            *((*SPECIAL, info.tiny, info.smallest_subnormal * 3) if kind == "f" else (0,)),
        ]
        hit = rng.random(shape) < special
        a = np.where(hit, rng.choice(np.array(extremes, dtype), shape), a).astype(dtype)
    return a


def arguments_for(program: Program, rng: np.random.Generator, n: int, **how) -> list[np.ndarray]:
    """An array for each input of the program, state included, where the unknown length is n."""
    return [array_of(rng, substitute(t.shape, {"n": n}), t.dtype, **how) for t in program.graph.in_types]
