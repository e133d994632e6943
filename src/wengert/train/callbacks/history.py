"""History: what `fit` returns."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from wengert.base.errors import UsageError
from wengert.base.extras import extra
from wengert.train.callbacks.callback import Callback, Logs


class History(Callback):
    """What `fit` returns: `history["loss"]`, ... with one number an epoch, and `epoch`, their numbers."""

    kept = ("history", "epoch")

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for k, v in (logs or {}).items():
            self.history.setdefault(k, []).append(v)

    def plot(self, path: str | Path | None = None) -> Any:
        """Draw the learning curves: one picture a number, what was trained on beside what was validated on.

        Args:
            path: where to write the picture; the ending says its format (PNG, SVG, PDF). Without it the figure is one
                of pyplot's: `plt.show()` shows it.

        Returns:
            The matplotlib figure.

        Raises:
            UsageError: no epoch has ended yet. MissingExtraError: matplotlib is not installed.
        """
        if not self.epoch:
            raise UsageError("History.plot: at least one epoch must have ended; got none.")
        names = [k for k in self.history if not (k.startswith("val_") and k[4:] in self.history)]
        figure = _figure(5 * len(names), 3.5, shown=path is None)
        for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
            for curve, label in ((name, "training"), (f"val_{name}", "validation")):
                values = self.history.get(curve, [])
                # Validation may be rarer than epochs: its numbers belong to the last epoch of each stretch.
                every = -(-len(self.epoch) // max(len(values), 1))
                epochs = [e + 1 for e in self.epoch[every - 1 :: every]][: len(values)]
                if values:
                    axes.plot(epochs, values[: len(epochs)], marker="o", markersize=3, label=label)
            axes.set(xlabel="epoch", ylabel=name)
            axes.xaxis.get_major_locator().set_params(integer=True)
            axes.grid(alpha=0.3)
            axes.legend()
        figure.tight_layout()
        if path is not None:
            figure.savefig(path)
        return figure


def _figure(width: float, height: float, shown: bool) -> Any:
    """One of pyplot's if it is to be shown, by `plt.show()`; else one of no window, which needs no display.

    A notebook shows what a cell ends with, and pyplot's figures besides: there it is none of those.
    """
    with extra("History.plot", "matplotlib", "plot"):
        import matplotlib as mpl
        from matplotlib.figure import Figure

    class Picture(Figure):
        def _repr_png_(self) -> bytes:
            written = io.BytesIO()
            self.savefig(written, format="png")
            return written.getvalue()

    if shown and "inline" not in mpl.get_backend():
        from matplotlib import pyplot

        return pyplot.figure(figsize=(width, height))
    return Picture(figsize=(width, height))
