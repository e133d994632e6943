"""Every error Wengert raises on purpose. Each also derives from the builtin a user would catch.

    WengertError
    ├── ShapeError          (ValueError)   shapes do not fit an operation
    │   └── AxisError       (IndexError)   there is no such axis
    ├── DTypeError          (TypeError)    dtypes do not fit an operation
    ├── ArgumentError       (TypeError)    an argument is of a kind that a function does not take
    ├── ValueRangeError     (ValueError)   a value is outside of what an operation allows
    ├── IndexRangeError     (IndexError)   an index is outside of its axis
    ├── NotFiniteError      (ArithmeticError) a loss or an input is NaN or infinite
    ├── TraceError          (TypeError)    Python asked a recorded value for its number
    ├── GraphError          (AssertionError) a graph breaks the rules of `ir/verify.py`
    ├── CompileError        (RuntimeError) LLVM refuses generated code: a bug of ours
    ├── FormatError         (ValueError)   a file is not what it should be
    │   ├── FormulaError                   a formula in text cannot be read
    │   └── RecordError                    one record of a file is damaged; reading can go on after it
    ├── DownloadError       (OSError)      a file cannot be had from any place that has it
    ├── BudgetError         (MemoryError)  a program cannot be made to fit into its memory budget
    ├── StallError          (TimeoutError) a stage of an input pipeline gives nothing for too long
    ├── MissingExtraError   (ImportError)  an optional dependency is not installed
    ├── RankError           (RuntimeError) processes that train together do not come together
    └── UsageError          (ValueError)   calls came in an order that makes no sense

A message reads `{operation}: {what must hold}; got {values}. {what to do}`.
"""

__all__ = [
    "ArgumentError",
    "AxisError",
    "BudgetError",
    "CompileError",
    "DTypeError",
    "DownloadError",
    "FormatError",
    "FormulaError",
    "GraphError",
    "IndexRangeError",
    "MissingExtraError",
    "NotFiniteError",
    "RecordError",
    "ShapeError",
    "StallError",
    "TraceError",
    "UsageError",
    "ValueRangeError",
    "WengertError",
]


class WengertError(Exception):
    """Base of all errors raised by Wengert."""

    def __str__(self) -> str:  # some builtins print what they were made with, whatever `args` is now
        return ", ".join(map(str, self.args))


class ShapeError(WengertError, ValueError):
    """Shapes do not fit an operation."""


class AxisError(ShapeError, IndexError):
    """There is no such axis."""


class DTypeError(WengertError, TypeError):
    """Dtypes do not fit an operation."""


class ArgumentError(WengertError, TypeError):
    """An argument is of a kind that a function does not take."""


class ValueRangeError(WengertError, ValueError):
    """A value is outside of what an operation allows."""


class IndexRangeError(WengertError, IndexError):
    """An index is outside of its axis."""


class NotFiniteError(WengertError, ArithmeticError):
    """A value that must be finite is NaN or infinite."""


class TraceError(WengertError, TypeError):
    """Python asked a value that is only being recorded for its number."""


class GraphError(WengertError, AssertionError):
    """A graph breaks the rules of `ir/verify.py`."""


class CompileError(WengertError, RuntimeError):
    """LLVM refuses generated code, or it refers to what it may not: a bug in Wengert."""


class FormatError(WengertError, ValueError):
    """A file is not what it should be."""


class FormulaError(FormatError):
    """A formula in text cannot be read; the message shows where."""


class RecordError(FormatError):
    """One record of a file is damaged. `resume` is the position after it; None: there is no way on."""

    def __init__(self, message: str, resume: object = None) -> None:
        super().__init__(message)
        self.resume = resume


class DownloadError(WengertError, OSError):
    """A file cannot be had from any place that has it: no network, not there, or not the right content."""


class BudgetError(WengertError, MemoryError):
    """A program cannot be made to fit into its memory budget; the message says what it could fit into."""


class StallError(WengertError, TimeoutError):
    """A stage of an input pipeline gives nothing for too long; the message shows what its threads are doing."""


class MissingExtraError(WengertError, ImportError):
    """An optional dependency is not installed."""


class RankError(WengertError, RuntimeError):
    """Processes that train together do not come together: one does something else, or has ended."""


class UsageError(WengertError, ValueError):
    """Calls came in an order, or with a combination of arguments, that makes no sense."""
