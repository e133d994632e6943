"""How what takes long shows how far it is: a bar of tqdm, which an extra brings."""

import contextlib
from collections.abc import Iterator
from typing import Any


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
    # None: unless it is piped
    with tqdm(disable=None if shown else True, dynamic_ncols=True, **options) as made:
        yield made
