"""Damaged files of every format: read or refused with file and place; never a crash, a hang, or memory without end.
Of our own models and checkpoints, none that is changed is ever read.

`--reliability 100` tries 10,000 of each. `mutated_files.py FORMAT SEED 1 FOLDER` tries one again.
"""

import importlib.util
from pathlib import Path

import pytest

from tests.reliability import mutated_files
from tests.reliability.process import python

TRIALS = 100
NEEDS = {
    "parquet": "pyarrow",
    "arrow_file": "pyarrow",
    "arrow_stream": "pyarrow",
    "store": "pyarrow",
    **dict.fromkeys(("weights.h5", "packed.weights.h5", "keras", "h5.keras", "json.keras"), "h5py"),
    **dict.fromkeys(("png", "jpeg", "gif", "webp", "bmp", "ppm", "drawing"), "PIL"),
}
# Formats without a check of their own: text is text, tokens are numbers, pixels are pixels.
RARELY_REFUSED = 0.01


@pytest.mark.parametrize("name", mutated_files.READERS)
def test_mutated_files_are_read_or_refused(name, effort, tmp_path):
    if importlib.util.find_spec(NEEDS.get(name, "numpy")) is None:
        pytest.skip(f"{NEEDS[name]} is not installed")
    script = Path(mutated_files.__file__).read_text(encoding="utf-8")
    process = python(script, name, 0, TRIALS * effort, tmp_path)
    out, err = process.communicate(timeout=60 + 120 * effort)
    assert process.returncode == 0, f"at seed {(tmp_path / 'seed').read_text()}: {out}{err}"
    kept, refused = map(int, out.split())
    assert kept + refused == TRIALS * effort
    assert refused > RARELY_REFUSED * TRIALS
