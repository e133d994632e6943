"""`fn.tune()`: what is measured as faster is kept and run, what is not is left, and results stay the same bits.

Times are made up where the outcome hangs on them: each test says what is fast.
"""

import numpy as np
import pytest

import wengert as wg
from tests.reliability.process import run_python
from wengert.base.errors import UsageError
from wengert.runtime.executable import Executable


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WENGERT_CACHE_DIR", str(tmp_path))
    return tmp_path / "tuned"


@pytest.fixture
def fast(monkeypatch):
    """Makes kernels take 1 s where their choices are as they should be, and 2 s elsewhere."""

    def when(is_fast):
        def times(self, args, repeats):
            decided = [launch.decided for launch in self.plan.launches]
            return [(1.0 if d and is_fast(d.choices) else 2.0, 1) for d in decided]

        monkeypatch.setattr(Executable, "time_launches", times)

    return when


def net(x, w, v):
    return wg.tanh(x @ w) @ v + 1.0


SIGNATURE = ("f32[n,64]", "f32[64,48]", "f32[48,100]")


@pytest.fixture
def args(rng):
    return [rng.normal(size=shape).astype("f") for shape in ((50, 64), (64, 48), (48, 100))]


def vectors(f):
    (program,) = f._programs.values()
    return {
        launch.decided.choices.vectors for launch in program.executable.plan.launches if launch.decided is not None
    }  # fmt: skip


def test_what_is_faster_is_kept_and_obeyed_by_this_and_by_later_functions(args, fast):
    f = wg.function(net, signature=SIGNATURE)
    want = f(*args).numpy()
    assert 1 not in vectors(f)
    fast(lambda c: c.vectors == 1)
    found = f.tune(*args)
    assert (len(found), found.kept) == (2, 2)
    assert all(k.after.choices.vectors == 1 and k.after.seconds == 1.0 for k in found)
    later = wg.function(net, signature=SIGNATURE)
    for g in (f, later):
        assert g(*args).numpy().tobytes() == want.tobytes()
        assert vectors(g) == {1}
    plain = wg.function(net, signature=SIGNATURE, compiled=False)
    np.testing.assert_allclose(f(*args).numpy(), plain(*args).numpy(), atol=1e-4)


def test_another_process_obeys_too(args, fast, folder):
    f = wg.function(net, signature=SIGNATURE)
    fast(lambda c: c.vectors == 1)
    f.tune(*args)
    script = """
    import numpy as np
    import wengert as wg
    from tests.runtime.test_tuning import SIGNATURE, net, vectors
    f = wg.function(net, signature=SIGNATURE)
    f(*(np.ones(shape, "f") for shape in ((9, 64), (64, 48), (48, 100))))
    print(vectors(f))
    """
    assert run_python(script, WENGERT_CACHE_DIR=str(folder.parent)) == "{1}"


def test_where_nothing_is_faster_nothing_is_kept(args, fast, folder):
    f = wg.function(net, signature=SIGNATURE)
    fast(lambda c: False)
    found = f.tune(*args)
    assert found.kept == 0
    assert found.trials > 10
    assert not folder.exists()
    assert "nothing is faster" in str(found)


def test_a_gain_that_is_gone_when_measured_again_is_not_kept(args, fast, folder):
    """As where something else ran during the first measurement."""
    f = wg.function(net, signature=SIGNATURE)
    fast(lambda c: c.vectors == 1)

    def progress(done, most, tried):
        if tried == "panel":  # the last trials: from now on nothing is faster
            fast(lambda c: False)

    assert f.tune(*args, progress=progress).kept == 0
    assert not folder.exists()


def test_the_text_shows_times_choices_and_loops(args, fast):
    f = wg.function(net, signature=SIGNATURE)
    fast(lambda c: c.vectors == 1)
    text = str(f.tune(*args))
    for part in (
        "dot f32[n,48]",
        "2000.0000 ms -> 1000.0000 ms (2.00x)",
        "vectors 1",
        "sum k0 < 64",
        "parallel",
    ):
        assert part in text
    assert text.endswith("together, a call: 4000.000 ms -> 2000.000 ms")


def test_measuring_leaves_variables_as_they_were_and_the_step_goes_on(rng):
    """With real times, until the first trial."""
    v = wg.Variable(np.ones((16, 16), "f"))

    @wg.function(signature=("f32[n,16]",))
    def step(x):
        v.assign(v + wg.transpose(x) @ x)
        return wg.sum(x @ v)

    x = rng.normal(size=(40, 16)).astype("f")
    step(x)
    before = v.numpy()
    found = step.tune(seconds=0)
    assert found.trials == 0
    np.testing.assert_array_equal(v.numpy(), before)
    step(x)
    np.testing.assert_array_equal(v.numpy(), before + (before - 1))


def test_a_model_is_tuned_by_its_steps(data, fast):
    x, y = data

    def trained():
        wg.set_random_seed(1)
        model = wg.Sequential([wg.Input((4,)), wg.layers.Dense(40, activation="relu"), wg.layers.Dense(3)])
        model.compile("adam", wg.losses.SparseCategoricalCrossentropy(from_logits=True))
        losses = [model.train_on_batch(x, y) for _ in range(2)]
        return model, losses

    model, losses = trained()
    fast(lambda c: c.tiles == 2)
    before = [v.numpy() for v in model.variables]
    assert model.train_step.tune(x.astype("f"), y).kept
    for v, a in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(v.numpy(), a)
    again, same = trained()
    assert same == losses
    assert again.train_on_batch(x, y) == model.train_on_batch(x, y)


@pytest.fixture
def data(rng):
    return rng.normal(size=(32, 4)).astype("f"), rng.integers(0, 3, 32)


def test_calls_that_make_no_sense_are_refused(args, monkeypatch):
    with pytest.raises(UsageError, match="the interpreter has no kernels"):
        wg.function(net, compiled=False).tune(*args)
    with pytest.raises(UsageError, match="Call it first"):
        wg.function(net).tune()
    monkeypatch.setenv("WENGERT_CACHE_DIR", "")
    with pytest.raises(UsageError, match="WENGERT_CACHE_DIR"):
        wg.function(net).tune(*args)
