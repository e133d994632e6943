"""Seconds from `fit(...)` to the end of the first step: `python -m workers.first_step WORKLOAD`."""

from __future__ import annotations

import json
import sys
import time

from workers.wengert import model_of
from workloads import WORKLOADS


def main() -> None:
    workload = WORKLOADS[sys.argv[1]]
    model, (x, y) = model_of(workload), workload.data()
    start = time.perf_counter()
    model.fit(x, y, batch_size=workload.batch, epochs=1, verbose=0)
    print(json.dumps(time.perf_counter() - start))


if __name__ == "__main__":
    main()
