"""SwapEMAWeights: evaluate with the moving averages of the weights."""

from __future__ import annotations

from wengert.base.errors import UsageError
from wengert.nn.optimizers.optimizer import Optimizer
from wengert.train.callbacks.callback import Callback, Logs


class SwapEMAWeights(Callback):
    """Let weights and their moving averages change places while the model is evaluated, or predicts.

    The optimizer must keep averages: `Adam(use_ema=True)`.

    Args:
        swap_on_epoch: also from the end of an epoch to the begin of the next, for callbacks that come after this one,
            such as `ModelCheckpoint`.
    """

    kept = ("swapped",)

    def __init__(self, swap_on_epoch: bool = False) -> None:
        self.swap_on_epoch = swap_on_epoch
        self.swapped = False

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._optimizer()

    def _optimizer(self) -> Optimizer:
        found = getattr(self.model.optimizer, "inner_optimizer", self.model.optimizer)
        if not any(one.use_ema for one in getattr(found, "optimizers", [found])):
            raise UsageError(
                f"SwapEMAWeights: the optimizer must keep averages; got {found.name}, which does not. Make it with "
                f"use_ema=True."
            )
        return found

    def _swap(self, into_model: bool) -> None:
        """Averages into the model, or weights back into it, unless they are there."""
        if self.swapped == into_model:
            return
        optimizer = self._optimizer()
        optimizer.build(self.model.trainable_weights)
        for v in self.model.trainable_weights:
            average = optimizer.average(v)
            weight = v.numpy()
            v.assign(average.array)
            average.assign(weight)
        self.swapped = into_model

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._swap(into_model=False)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.swap_on_epoch:
            self._swap(into_model=True)

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._swap(into_model=False)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        self._swap(into_model=True)

    def on_test_end(self, logs: Logs | None = None) -> None:
        self._swap(into_model=False)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._swap(into_model=True)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._swap(into_model=False)
