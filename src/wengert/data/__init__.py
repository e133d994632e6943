"""Where training data comes from: data sets, readers, pictures."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wengert.data.pipeline.dataset import Dataset
    from wengert.data.pipeline.iterator import Iterator

__all__ = ["Dataset", "Iterator"]


def __getattr__(name: str) -> Any:
    """The input pipeline is loaded by its first use: `import wengert` stays light."""
    if name == "Dataset":
        from wengert.data.pipeline.dataset import Dataset

        return Dataset
    if name == "Iterator":
        from wengert.data.pipeline.iterator import Iterator

        return Iterator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """What is promised, whatever modules are loaded."""
    return sorted(__all__)
