"""One small operation, called as a user calls it: `python -m workers.eager CASE THREADS LIBRARY`."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from workers.protocol import private_stdout, serve_steps

CALLS = 1000  # a step

ROW, TABLE = np.arange(8, dtype=np.float32), np.ones((4, 8), np.float32)
CASES: dict[str, Callable[[Any, Any, Any], Callable[[], object]]] = {
    "a + b": lambda lib, a, t: lambda: a + a,
    "add(a, b)": lambda lib, a, t: lambda: lib.add(a, a),
    "a < b": lambda lib, a, t: lambda: a < a,
    "a * 2.0": lambda lib, a, t: lambda: a * 2.0,
    "table + row": lambda lib, a, t: lambda: t + a,
    "neg(a)": lambda lib, a, t: lambda: -a,
    "exp(a)": lambda lib, a, t: lambda: lib.exp(a),
    "sum(a)": lambda lib, a, t: lambda: lib.sum(a),
    "matmul(table, row)": lambda lib, a, t: lambda: lib.matmul(t, a),
}
TENSOR = {"wengert": "Tensor", "numpy": "asarray", "torch": "as_tensor"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("case", choices=CASES)
    parser.add_argument("threads", type=int)
    parser.add_argument("library", choices=TENSOR)
    args = parser.parse_args()
    answers = private_stdout()
    library: Any = importlib.import_module(args.library)
    tensor = getattr(library, TENSOR[args.library])
    call = CASES[args.case](library, tensor(ROW), tensor(TABLE))

    def step() -> None:
        for _ in range(CALLS):
            call()

    serve_steps(answers, step, {"versions": {args.library: library.__version__}})


if __name__ == "__main__":
    main()
