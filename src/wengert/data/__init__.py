"""Where training data comes from: data sets, readers, pictures."""

from wengert.data.pipeline.dataset import Dataset
from wengert.data.pipeline.iterator import Iterator

__all__ = ["Dataset", "Iterator"]


def __dir__() -> list[str]:
    return __all__
