"""R7: loading opens the file and nothing else, and runs nothing. (`tests/test_public.py` looks at the source.)"""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import wengert as wg
from tests.train.models import everything, images

WATCHED = ("open", "socket.connect", "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "exec", "compile",
           "pickle.find_class", "marshal.loads", "import", "os.fork")  # fmt: skip


class Watch:
    """What this process does while `on` is True, as Python's audit events tell."""

    def __init__(self):
        self.on, self.seen = False, []
        sys.addaudithook(self.hook)  # which cannot be taken off again

    def hook(self, event, arguments):
        if self.on and event in WATCHED:
            self.seen.append((event, str(arguments[0])))


@pytest.fixture(scope="module")
def watch():
    return Watch()


def test_loading_opens_the_file_alone_and_runs_nothing(watch, effort, tmp_path):
    model = everything()
    model.fit(*images(), verbose=0)
    model.save(tmp_path / "model.wengert")
    model.save_weights(tmp_path / "weights.safetensors")
    if importlib.util.find_spec("h5py") is not None:
        model.save(tmp_path / "model.keras")
        model.save_weights(tmp_path / "keras.weights.h5")
    files = [p for p in tmp_path.iterdir() if p.suffix not in (".wengert", ".keras")]

    def load():
        again = wg.load_model(tmp_path / "model.wengert")
        for path in files:
            again.load_weights(path)
        if (tmp_path / "model.keras").exists():
            wg.load_model(tmp_path / "model.keras")
        return again

    load()  # imports what it needs
    watch.seen.clear()
    for _ in range(100 * effort):
        watch.on = True
        try:
            again = load()
        finally:
            watch.on = False
    assert {event for event, _ in watch.seen} == {"open"}
    assert {Path(what).parent for _, what in watch.seen} == {tmp_path}
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])
