"""With one rank: what several do is nothing special, and needs no MPI. tests/reliability/test_ranks.py has several."""

import json

import numpy as np
import pytest

import wengert as wg
from tests.reliability.process import run_python
from wengert.base.errors import ShapeError, ValueRangeError
from wengert.nn import config

SGD, DataParallel = wg.optimizers.SGD, wg.distribute.DataParallel


def trained(optimizer) -> list[np.ndarray]:
    wg.set_random_seed(3)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 5)).astype("f"), rng.normal(size=(40, 1)).astype("f")
    model = wg.Sequential([wg.Input((5,)), wg.layers.Dense(7, activation="tanh"), wg.layers.Dense(1)])
    model.compile(optimizer, "mse")
    model.fit(x, y, batch_size=8, epochs=2, verbose=0)
    return [v.numpy() for v in model.variables]


def test_one_rank_takes_the_steps_of_the_optimizer_inside():
    for a, b in zip(
        trained(DataParallel(SGD(0.1, momentum=0.9))), trained(SGD(0.1, momentum=0.9)), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_one_rank_sums_to_itself():
    x = wg.Tensor([1.0, 2.0])
    assert (wg.distribute.rank(), wg.distribute.size()) == (0, 1)
    assert wg.distribute.all_sum(x).numpy().tolist() == [1, 2]
    total, mean = wg.function(wg.distribute.all_mean)(x, 2 * x)
    assert (total.numpy().tolist(), mean.numpy().tolist()) == ([1, 2], [2, 4])


def test_learning_rate_and_state_are_those_of_the_optimizer_inside():
    optimizer = DataParallel(wg.optimizers.Adam(0.5))
    optimizer.learning_rate = 0.25
    assert float(optimizer.inner_optimizer.learning_rate) == 0.25
    p = wg.Variable(np.ones(2, np.float32), name="p")
    optimizer.build([p])
    assert set(optimizer.named_variables({"p": p})) >= {"iterations", "inner/iterations", "inner/p/momentum"}
    again = config.decode(json.loads(json.dumps(config.encode(optimizer, "test"))))
    assert again.config() == optimizer.config()


def test_a_model_comes_back_from_its_file(tmp_path):
    model = wg.Sequential([wg.Input((2,)), wg.layers.Dense(1)])
    model.compile(DataParallel("adam"), "mse")
    model.fit(np.ones((4, 2), "f"), np.ones((4, 1), "f"), verbose=0)
    model.save(tmp_path / "model.wengert")
    again = wg.load_model(tmp_path / "model.wengert")
    assert isinstance(again.optimizer, DataParallel)
    for a, b in zip(model.optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_array_equal(a.array, b.array)


@pytest.mark.parametrize(
    "inner", [DataParallel(), wg.optimizers.LossScaleOptimizer()], ids=["ranks", "scale"]
)
def test_loss_scaling_goes_inside(inner):
    """Whether a step is left out must be decided on the mean: else one rank would wait for the others."""
    with pytest.raises(ValueRangeError, match="must not wrap another"):
        wg.optimizers.LossScaleOptimizer(inner)
    assert (
        float(DataParallel(wg.optimizers.LossScaleOptimizer(initial_scale=8.0)).scale_loss(wg.Tensor(2.0)))
        == 16
    )


@pytest.mark.parametrize("field", ["weight_decay", "clipnorm", "gradient_accumulation_steps"])
def test_what_the_optimizer_inside_does_is_not_asked_of_the_wrapper(field):
    with pytest.raises(ValueRangeError, match=f"{field} must be left out"):
        DataParallel(**{field: 2})


def test_shares_are_rows_of_every_array():
    x, y = wg.distribute.shard(np.arange(6).reshape(3, 2), [7, 8, 9])
    assert (x.tolist(), y.tolist()) == ([[0, 1], [2, 3], [4, 5]], [7, 8, 9])
    with pytest.raises(ShapeError, match="shard: arrays must have rows, and as many"):
        wg.distribute.shard(np.ones(2), np.ones(3))
    with pytest.raises(ValueRangeError, match="a row for each of 1 ranks; got 0"):
        wg.distribute.shard(np.ones((0, 3)))


@pytest.mark.parametrize("word", ["PMI_SIZE", "OMPI_COMM_WORLD_SIZE"])
def test_several_ranks_without_mpi4py_ask_for_the_extra(word):
    script = """
        import sys
        sys.modules["mpi4py"] = None
        import wengert as wg
        try:
            wg.distribute.size()
        except ImportError as e:
            print(e)
    """
    assert "pip install 'wengert[mpi]'" in run_python(script, **{word: "2"})
