"""What wraps another optimizer: it does something about the gradients; the steps are the other's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from wengert.base.errors import ValueRangeError
from wengert.nn.optimizers.optimizer import Optimizer, get
from wengert.ops.operands import Array
from wengert.runtime.variable import Variable

INNER = (
    "weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "loss_scale_factor", "use_ema",
    "gradient_accumulation_steps", "decay_exclude",
)  # fmt: skip


class Wrapper(Optimizer, base=True):
    """Base of what wraps another optimizer. Learning rate and slots are the other's. Write `apply`."""

    learning_rate: Any = field(default=None, init=False)
    inner_optimizer: Any = "sgd"

    def __post_init__(self) -> None:
        self.inner_optimizer = get(self.inner_optimizer)
        super().__post_init__()
        self.learning_rate = self.inner_optimizer.learning_rate

    def check_fields(self) -> None:
        for name in INNER:
            if getattr(self, name):
                raise ValueRangeError(
                    f"{type(self).__name__}: {name} must be left out; got {getattr(self, name)!r}. "
                    f"Give it to the inner optimizer."
                )

    @property
    def frozen(self) -> bool:
        return bool(getattr(self.__dict__.get("inner_optimizer"), "frozen", False))

    def build(self, variables: Iterable[Variable]) -> None:
        self.inner_optimizer.build(variables)

    @property
    def own_variables(self) -> dict[str, Variable]:
        """State of its own, by name."""
        return {"iterations": self.iterations}

    @property
    def variables(self) -> list[Variable]:
        return [*self.own_variables.values(), *self.inner_optimizer.variables]

    def named_variables(self, names: Mapping[str, Variable]) -> dict[str, Variable]:
        inner = self.inner_optimizer.named_variables(names)
        return {**self.own_variables, **{f"inner/{k}": v for k, v in inner.items()}}

    def scale_loss(self, loss: Array) -> Array:
        return self.inner_optimizer.scale_loss(loss)

    def apply(
        self, grads: Sequence[Array | None], trainable_variables: Sequence[Variable] | None = None
    ) -> None:
        raise NotImplementedError

    def finalize_variable_values(self, variables: Sequence[Variable]) -> None:
        self.inner_optimizer.finalize_variable_values(variables)
