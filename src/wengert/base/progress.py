"""How what takes long shows how far it is: a bar of tqdm, which an extra brings."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any

from wengert.base.terminal import is_terminal


@contextlib.contextmanager
def bar(shown: bool = True, **options: Any) -> Iterator[Any]:
    """A bar on stderr, which draws nothing unless that is a terminal; None where tqdm is not installed.

    Args:
        options: those of `tqdm.tqdm`.
    """
    try:
        from tqdm import tqdm
    except ImportError:
        yield None
        return
    with tqdm(disable=not (shown and is_terminal(sys.stderr)), dynamic_ncols=True, **options) as made:
        yield made
