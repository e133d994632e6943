"""Notation: a node as infix text, `sin(x*y) + exp(x)/y`, or as LaTeX. Parentheses where they are needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from wengert.ir.node import Node, toposort
from wengert.ir.pattern import VIEWS, number_of
from wengert.ir.show import show_param

COMPARE, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)  # how tightly a piece of text holds together
Names = Mapping[Node, str]
Piece = tuple[str, int]

INFIX = {"add": ("+", SUM), "sub": ("-", SUM), "mul": ("*", PRODUCT), "div": ("/", PRODUCT)}
COMPARISONS = {"less": "<", "less_equal": "<=", "equal": "==", "not_equal": "!="}
FUNCTION = {"reduce_sum": "sum", "reduce_max": "max", "reduce_min": "min", "reduce_prod": "prod"}
GREEK = (
    " alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega "
)
LATEX_FUNCTIONS = ("sin", "cos", "tanh", "log", "max", "min")
LATEX_COMPARISONS = {"less": "<", "less_equal": r"\le", "equal": "=", "not_equal": r"\ne"}


def text(node: Node, names: Names) -> str:
    """The node as infix text.

    Args:
        names: what nodes are called; those without are written out.
    """
    return _write([node], names, _text_step)[0]


def latex(node: Node, names: Names) -> str:
    """The node as LaTeX, for math mode."""
    return _write([node], {n: symbol(name) for n, name in names.items()}, _latex_step)[0]


def _write(roots: list[Node], names: Names, step: Callable[[Node, list[Piece]], Piece]) -> list[str]:
    done: dict[Node, Piece] = {}
    for node in toposort(roots):
        done[node] = (names[node], ATOM) if node in names else step(node, [done[i] for i in node.inputs])
    return [done[r][0] for r in roots]


def _within(piece: Piece, least: int) -> str:
    return piece[0] if piece[1] >= least else f"({piece[0]})"


def number_text(x: Any) -> str:
    """The shortest text for a number: whole ones without a point."""
    value = np.asarray(x)
    if value.dtype.kind == "b":
        return str(bool(value))
    number = float(value)
    return str(int(number)) if number.is_integer() and abs(number) < 1e16 else repr(number)


def _leaf(node: Node) -> Piece | None:
    number = number_of(node)
    if number is not None:
        return number_text(number), (SIGN if number < 0 else ATOM)
    if node.primitive is None:
        value = node.value
        if value is None:
            return str(node.name), ATOM
        return (str(value.tolist()) if value.size <= 16 else f"constant {node.type}"), ATOM
    return None


def _text_step(node: Node, args: list[Piece]) -> Piece:
    leaf = _leaf(node)
    if leaf is not None:
        return leaf
    assert node.primitive is not None
    name = node.primitive.name
    if name in VIEWS:
        return args[0]
    if name in INFIX:
        sign, level = INFIX[name]
        space = " " if level == SUM else ""
        right = level + (name in ("sub", "div"))
        return f"{_within(args[0], level)}{space}{sign}{space}{_within(args[1], right)}", level
    if name in COMPARISONS:
        return f"{_within(args[0], SUM)} {COMPARISONS[name]} {_within(args[1], SUM)}", COMPARE
    if name == "neg":
        return f"-{_within(args[0], PRODUCT)}", SIGN if args[0][1] > PRODUCT else PRODUCT
    if name == "pow":
        return f"{_within(args[0], ATOM)}**{_within(args[1], SIGN)}", POWER
    if name == "dot" and _is_matmul(node):
        return f"{_within(args[0], PRODUCT)} @ {_within(args[1], SIGN)}", PRODUCT
    return f"{FUNCTION.get(name, name)}({', '.join([*(a for a, _ in args), *_params(node)])})", ATOM


def _is_matmul(node: Node) -> bool:
    x, y = (len(i.type.shape) for i in node.inputs)
    return node.kwargs == {"contract": ((x - 1,), (max(y - 2, 0),)), "batch": ((), ())} and y <= 2


def _params(node: Node) -> list[str]:
    if node.primitive is not None and node.primitive.name in FUNCTION:
        axes = node.kwargs["axes"]
        if axes == tuple(range(len(node.inputs[0].shape))):
            return []
    return [f"{k}={show_param(v)}" for k, v in node.params]


# --- LaTeX ----------------------------------------------------------------------------------------


def symbol(name: str) -> str:
    r"""A name in LaTeX: `alpha` is \alpha, `x1` is x_{1}, `learning_rate` is \mathrm{learning\_rate}.

    A name that is LaTeX already (it has a backslash) stays.
    """
    if "\\" in name or "{" in name:
        return name
    stem = name.rstrip("0123456789")
    index = name[len(stem) :]
    stem = stem.removesuffix("_") if index else stem
    body = f"\\{stem}" if f" {stem} " in GREEK else stem if len(stem) == 1 else _word(stem)
    return f"{body}_{{{index}}}" if index else body


def _word(name: str) -> str:
    return r"\mathrm{" + name.replace("_", r"\_") + "}"


def _bracket(piece: Piece, least: int) -> str:
    return piece[0] if piece[1] >= least else rf"\left({piece[0]}\right)"


def _latex_step(node: Node, args: list[Piece]) -> Piece:
    leaf = _leaf(node)
    if leaf is not None:
        return _latex_number(leaf) if number_of(node) is not None else (symbol(leaf[0]), ATOM)
    assert node.primitive is not None
    name = node.primitive.name
    if name in VIEWS:
        return args[0]
    if name == "div":
        return rf"\frac{{{args[0][0]}}}{{{args[1][0]}}}", PRODUCT
    if name == "mul":
        times = r" \cdot " if args[1][0][:1].isdigit() or args[1][0][:1] == "-" else r" \, "
        return f"{_bracket(args[0], PRODUCT)}{times}{_bracket(args[1], PRODUCT)}", PRODUCT
    if name in INFIX:
        return f"{_bracket(args[0], SUM)} {INFIX[name][0]} {_bracket(args[1], SUM + (name == 'sub'))}", SUM
    if name == "neg":
        return f"-{_bracket(args[0], PRODUCT)}", SIGN if args[0][1] > PRODUCT else PRODUCT
    return _latex_function(node, name, args)


def _latex_function(node: Node, name: str, args: list[Piece]) -> Piece:
    inside = [a for a, _ in args]
    match name:
        case "pow":
            return f"{_bracket(args[0], ATOM)}^{{{inside[1]}}}", POWER
        case "exp":
            return f"e^{{{inside[0]}}}", POWER
        case "sqrt":
            return rf"\sqrt{{{inside[0]}}}", ATOM
        case "abs":
            return rf"\left|{inside[0]}\right|", ATOM
        case "where":
            return (
                rf"\begin{{cases}}{inside[1]} & \text{{if }} {inside[0]} \\ {inside[2]} & \text{{otherwise}}"
                r"\end{cases}"
            ), ATOM
    if name in COMPARISONS:
        return f"{_bracket(args[0], SUM)} {LATEX_COMPARISONS[name]} {_bracket(args[1], SUM)}", COMPARE
    if name == "dot" and _is_matmul(node):
        return rf"{_bracket(args[0], PRODUCT)} \, {_bracket(args[1], SIGN)}", PRODUCT
    if name == "reduce_sum" and not _params(node):
        return rf"\sum {_bracket(args[0], PRODUCT)}", PRODUCT
    head = (
        rf"\{name}" if name in LATEX_FUNCTIONS else rf"\operatorname{{{_escaped(FUNCTION.get(name, name))}}}"
    )
    params = [rf"\text{{{_escaped(p)}}}" for p in _params(node)]
    return rf"{head}\left({', '.join([*inside, *params])}\right)", ATOM


def _escaped(name: str) -> str:
    return name.replace("_", r"\_")


def _latex_number(piece: Piece) -> Piece:
    mantissa, e, exponent = piece[0].partition("e")
    special = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{NaN}"}.get(piece[0])
    if special is not None or not e:
        return special or piece[0], piece[1]
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}", PRODUCT
