"""What a program may change while it runs, by functions of `wg.config`. Variables of the environment: `config.py`."""

from __future__ import annotations


class Settings:
    """One object of it is there for a process."""

    epsilon: float = 1e-7
    """What keeps divisors and logarithms from 0, of losses, metrics and constraints that are recorded from now on."""
    max_epochs: int | None = None
    max_steps_per_epoch: int | None = None
    interactive_logging: bool = True
    """False: what `fit` tells goes to the logger "wengert", a line an epoch, and not to stdout."""
    full_traceback: bool | None = None
    """Whether tracebacks show Wengert's own frames; None: as WENGERT_TRACEBACK says."""


SETTINGS = Settings()


def epsilon() -> float:
    """1e-7, unless `wg.config.set_epsilon` was called."""
    return SETTINGS.epsilon
