"""Optional libraries are imported where they are used; this says what to install where one is absent."""

import contextlib
from collections.abc import Iterator

from wengert.base.errors import MissingExtraError


@contextlib.contextmanager
def extra(operation: str, package: str, name: str) -> Iterator[None]:
    """Around an import: an error that names the package that is absent and the extra that brings it.

    Example:
        >>> with extra("parquet", "pyarrow", "tables"):
        ...     import no_such_package
        Traceback (most recent call last):
        wengert.base.errors.MissingExtraError: parquet: needs the package pyarrow, which is not installed. \
Install it with: pip install 'wengert[tables]'
    """
    try:
        yield
    except ImportError as error:
        raise MissingExtraError(
            f"{operation}: needs the package {package}, which is not installed. "
            f"Install it with: pip install 'wengert[{name}]'"
        ) from error
