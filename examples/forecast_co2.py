"""The carbon dioxide in the air over Mauna Loa, week after week: a GRU forecasts the next half year.

python examples/forecast_co2.py [EPOCHS]      needs: pip install 'wengert[datasets]'
"""

import sys

import numpy as np

import wengert as wg

SEEN, AHEAD = 104, 26  # weeks


def windows(series):
    """What was seen, less its last value, and what came after that, less the same value."""
    starts = np.arange(len(series) - SEEN - AHEAD + 1)
    rows = series[starts[:, None] + np.arange(SEEN + AHEAD)]
    last = rows[:, SEEN - 1 : SEEN]
    return (rows[:, :SEEN] - last)[..., None], rows[:, SEEN:] - last


def main(epochs):
    wg.set_random_seed(0)
    _, values = wg.datasets.co2()
    known = np.flatnonzero(np.isfinite(values))  # some weeks are missing
    series = np.interp(np.arange(len(values)), known, values[known]).astype("float32")
    x, y = windows(series)
    kept = len(x) - 200
    train, test = (x[: kept - AHEAD], y[: kept - AHEAD]), (x[kept:], y[kept:])

    model = wg.Sequential(
        [
            wg.Input((SEEN, 1)),
            wg.layers.Rescaling(0.2),
            wg.layers.GRU(32),
            wg.layers.Dense(AHEAD),
        ]
    )
    model.compile(wg.optimizers.Adam(5e-3), "mse", metrics=["mae"])
    model.fit(*train, batch_size=64, epochs=epochs, verbose=2)

    _, error = model.evaluate(*test, verbose=0)
    same = np.abs(test[1]).mean()
    year_ago = np.abs(
        test[1] - test[0][:, SEEN - 52 : SEEN - 52 + AHEAD, 0] + test[0][:, SEEN - 53, :1]
    ).mean()
    print(
        f"mean error over {AHEAD} weeks, in ppm: {error:.2f}; no change: {same:.2f}; as a year ago: {year_ago:.2f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
