"""How a notebook shows a tensor: a small one as a table, whose colours are its heat map."""

from __future__ import annotations

import html

import numpy as np

LARGEST = 16  # rows and columns that are shown


def show_html(x: np.ndarray, caption: str) -> str | None:
    """A table of one or two axes, blue below zero and red above; None for what is larger, to be shown as text."""
    if x.ndim not in (1, 2) or not x.size > 0 or max(x.shape) > LARGEST:
        return None
    rows = x.reshape((-1, x.shape[-1]))
    shades = _shades(rows)
    body = "".join(
        "<tr>" + "".join(_cell(v, shade) for v, shade in zip(row, line, strict=True)) + "</tr>"
        for row, line in zip(rows, shades, strict=True)
    )
    return f"<table><caption>Tensor, {html.escape(caption)}</caption>{body}</table>"


def _cell(value: np.generic, shade: float) -> str:
    text = f"{value:.4g}" if value.dtype.kind in "fV" else str(value)
    colour = f"rgba({'214,39,40' if shade > 0 else '31,119,180'},{abs(shade):.2f})"
    return f'<td style="text-align:right;background:{colour}">{html.escape(text)}</td>'


def _shades(rows: np.ndarray) -> np.ndarray:
    """-1 to 1: each value beside the largest; 0 for what is no finite real number."""
    if rows.dtype.kind in "bc":
        return np.zeros(rows.shape)
    values = rows.astype(np.float64)
    finite = np.isfinite(values)
    largest = np.max(np.abs(values), where=finite, initial=0)
    return np.where(finite, values, 0) / (largest or 1)
