"""Broadcasting: NumPy's rule for shapes, what to say where it does not hold, and a way to forbid half of it."""

from __future__ import annotations

import sys
from types import FrameType

from wengert.base.errors import ShapeError
from wengert.ir.dim import Dim
from wengert.ir.source import is_ours
from wengert.ir.types import Shape, TensorType
from wengert.ir.watch import WATCH, watch

_STRICT = "strict_broadcast"
# What stands between the user's `a + b` and the rule; what else of ours is in between broadcasts on purpose.
_DOORS = (
    *("ir/operators.py", "ir/broadcast.py", "ir/boundary.py", "runtime/tensor.py"),
    *("ops/operands.py", "ops/math.py", "ops/inverse.py", "ops/bits.py"),
)


class strict_broadcast:  # noqa: N801  # used as a function
    """From here on, or in a with-block, the user's operations may not add axes: [32] + [64,32] is an error.

    A vector that meets a matrix by accident is a wrong result without a message; `x[None, :]` says that it is meant.
    Numbers and tensors without axes still go with everything, and so does an axis of length 1. It holds for this
    thread, eagerly and while a function is recorded; not for what Wengert does inside of layers and losses.

    Args:
        on: False allows it again.

    Example:
        >>> import wengert as wg
        >>> with wg.strict_broadcast():
        ...     wg.ones((2, 3)) + wg.ones(3)
        Traceback (most recent call last):
        wengert.base.errors.ShapeError: add: shapes must have equally many axes under strict_broadcast; got [2,3] and
        [3]. Add axes of length 1 where they belong: x[None, :]. [...]
    """

    def __init__(self, on: bool = True) -> None:
        self._before = _STRICT in WATCH.who
        watch(_STRICT, on)

    def __enter__(self) -> strict_broadcast:
        return self

    def __exit__(self, *error: object) -> None:
        watch(_STRICT, self._before)


def broadcast_shapes(*shapes: Shape, name: str = "broadcast") -> Shape:
    """NumPy's rule; a symbolic length fits itself and 1. name: of the operation, for messages.

    Raises:
        ShapeError: two lengths differ and neither is 1.
    """
    if _STRICT in WATCH.who:
        _require_equal_ranks(name, shapes)
    rank = max(map(len, shapes), default=0)
    out: list[int | Dim] = []
    for axis in range(-rank, 0):
        lengths = {s[axis] for s in shapes if len(s) >= -axis} - {1}
        if len(lengths) > 1:
            raise ShapeError(
                f"{name}: shapes must agree from the right, or be 1; "
                f"got {' and '.join(map(show_shape, shapes))}, "
                f"which differ at axis {axis} ({' against '.join(sorted(map(str, lengths)))}).{_missing_axis(shapes)}"
            )
        out.append(lengths.pop() if lengths else 1)
    return tuple(out)


def show_shape(shape: Shape) -> str:
    """`[batch,784]`, as in types."""
    return f"[{','.join(map(str, shape))}]"


def _missing_axis(shapes: tuple[Shape, ...]) -> str:
    """What to do where the shorter shape would fit from the left."""
    low, high = min(shapes, key=len), max(shapes, key=len)
    apart = len(high) - len(low)
    if not low or not apart or any(n not in (1, m) for n, m in zip(low, high, strict=False)):
        return ""
    index = ", ".join([":"] * len(low) + ["None"] * apart)
    return f" Did you mean x[{index}], of shape {show_shape((*low, *(1,) * apart))}?"


def _require_equal_ranks(name: str, shapes: tuple[Shape, ...]) -> None:
    """Raise ShapeError where the user's own operation adds axes to what has some."""
    if len({len(s) for s in shapes if s}) > 1 and _is_users(sys._getframe(2)):
        raise ShapeError(
            f"{name}: shapes must have equally many axes under strict_broadcast; "
            f"got {' and '.join(map(show_shape, shapes))}. Add axes of length 1 where they belong: x[None, :]."
        )


def _is_users(frame: FrameType | None) -> bool:
    while frame is not None and is_ours(frame.f_code):
        if not frame.f_code.co_filename.endswith(_DOORS):
            return False
        frame = frame.f_back
    return True


def transposing(a: TensorType, b: TensorType) -> str:
    """Which transposes would make a @ b fit, as a question; nothing where none does."""
    if a.rank < 2 or b.rank < 2:
        return ""
    t = ".T" if max(a.rank, b.rank) == 2 else ".mT"
    (m, k), (n, p) = a.shape[-2:], b.shape[-2:]
    fits = {f"a @ b{t}": k == p, f"a{t} @ b": m == n, "b @ a": p == m}
    found = [how for how, does in fits.items() if does]
    return f" Did you mean {' or '.join(found)}?" if found else ""
