"""The kernels of a scheduled contraction as LLVM modules."""

from __future__ import annotations

from wengert.compiler.emit.nest import emit_nest
from wengert.compiler.emit.pack import emit_pack
from wengert.compiler.emit.product import emit_product
from wengert.compiler.emit.target import Target
from wengert.compiler.product import Pack, Product
from wengert.loop.nest import Nest


def emit_contraction(kernel: Product | Pack | Nest, target: Target, name: str) -> str:
    """The text of an LLVM module with one function, `void name(table, slots, tid, threads)`."""
    match kernel:
        case Product():
            return emit_product(kernel, target, name)
        case Pack():
            return emit_pack(kernel, target, name)
    return emit_nest(kernel, target, name)
