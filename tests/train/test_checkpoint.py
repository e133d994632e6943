"""Training that is resumed is the training that was interrupted, or an error says what is not as it was."""

import itertools
import signal

import numpy as np
import pytest

import wengert as wg
from tests.train.models import everything, images
from wengert.base.errors import FormatError, UsageError
from wengert.train import checkpoint


class StopAt(wg.callbacks.Callback):
    """Break off after so many steps, in the midst of everything."""

    kept = ("steps",)

    def __init__(self, count):
        self.count, self.steps = count, 0

    def on_train_batch_end(self, batch, logs=None):
        self.steps += 1
        wg.random.fresh_seed()  # as whatever draws from the global stream does
        if self.steps == self.count:
            raise KeyboardInterrupt


def backup(folder, **more):
    return wg.callbacks.BackupAndRestore(folder, **{"save_freq": 1, **more})


def train(folder, data=None, stop=0, make=everything, callbacks=(), **fit):
    """A new process's model and data, trained with a backup; interrupted after `stop` steps. (model, history)"""
    model = make()
    x, y = images() if data is None else (data, None)
    hooks = [backup(folder), StopAt(stop), *callbacks]
    try:
        history = model.fit(x, y, **{"batch_size": 6, "epochs": 3, "verbose": 0, "callbacks": hooks, **fit})
    except KeyboardInterrupt:
        return model, None
    return model, history


def same(a, b) -> bool:
    """Whether two models are in the same state, to the bit."""
    mine, theirs = ({**m.named_variables, "iterations": m.optimizer.iterations} for m in (a, b))
    slots = zip(a.optimizer.variables, b.optimizer.variables, strict=True)
    return all(np.array_equal(mine[k].numpy(), theirs[k].numpy()) for k in mine) and all(
        np.array_equal(p.numpy(), q.numpy()) for p, q in slots
    )


class Batches:
    """Batches that start again with each epoch."""

    def __iter__(self):
        x, y = images()
        return ((x[k : k + 6], y[k : k + 6]) for k in range(0, 18, 6))


def for_ever():
    for _ in itertools.count():
        yield from Batches()


def dataset():
    """Shuffled anew each epoch, augmented at random, made by two threads, ahead of time."""
    x, y = images()
    rows = wg.data.Dataset.from_tensor_slices((x, y)).shuffle(seed=3)
    return rows.map(lambda x, y: (x + 0.5, y), num_threads=2).batch(6).prefetch(2)


ways = {
    "data set": {"data": dataset},
    "data set in steps": {"data": dataset, "steps_per_epoch": 3},
    "data set to validate on": {"validation_data": dataset()},
    "arrays": {},
    "epochs of another length": {"steps_per_epoch": 3},
    "validation": {"validation_split": 0.2},
    "validation within epochs": {"validation_split": 0.2, "validation_interval": 2},
    "weights": {"class_weight": {1: 2.0}},
    "iterable": {"data": Batches},
    "iterable in steps": {"data": Batches, "steps_per_epoch": 2},
    "generator": {"data": for_ever, "steps_per_epoch": 4},
}


@pytest.mark.parametrize("way", ways)
def test_interrupted_after_any_step_it_ends_the_same(tmp_path, way):
    def run(folder, stop=0, make=everything):
        options = dict(ways[way])
        data = options.pop("data", None)
        return train(folder, data and data(), stop, make, **options)

    def by_other_luck():
        """The model of a process whose seed is another one: all that matters comes from the checkpoint."""
        model = everything()
        wg.set_random_seed(99)
        return model

    whole, history = run(tmp_path)
    drawn = wg.random.fresh_seed()
    for stop in itertools.count(1, 2):
        _, finished = run(tmp_path, stop)
        if finished is not None:
            break
        resumed, again = run(tmp_path, make=by_other_luck if any(tmp_path.iterdir()) else everything)
        assert same(resumed, whole)
        assert wg.random.fresh_seed() == drawn
        assert again.history == history.history
        assert again.epoch == history.epoch
        assert not list(tmp_path.glob("*"))
    assert stop > 5


def test_a_seed_generator_of_the_globals_is_part_of_it(tmp_path):
    def draws(stop):
        wg.set_random_seed(5)
        seen = []
        draw = wg.callbacks.LambdaCallback(
            on_epoch_end=lambda e, logs: seen.append((float(wg.random.normal(())), wg.random.fresh_seed()))
        )
        model = wg.Sequential([wg.Input((4,)), wg.layers.Dense(3)])
        model.compile("sgd", "mse", run_eagerly=True)
        x = np.ones((6, 4), "f")
        try:
            model.fit(x, x[:, :3], epochs=3, verbose=0, callbacks=[draw, backup(tmp_path), StopAt(stop)])
        except KeyboardInterrupt:
            assert stop
        return seen

    whole = draws(0)
    assert draws(2) + draws(0) == whole


def test_the_folder_is_empty_after_training_unless_it_is_kept(tmp_path):
    train(tmp_path / "a")
    assert not (tmp_path / "a").exists()
    keep = backup(tmp_path / "b", delete_checkpoint=False, keep=3)
    train(tmp_path / "b", callbacks=[keep])
    assert [p.name for p in checkpoint.files(tmp_path / "b")] == []  # the other one deletes
    model = everything()
    model.fit(*images(), batch_size=6, epochs=2, verbose=0, callbacks=[keep])
    assert [p.name for p in checkpoint.files(tmp_path / "b")] == [
        "epoch-00002-step-00000000.wengert", "epoch-00001-step-00000004.wengert", "epoch-00001-step-00000003.wengert",
    ]  # fmt: skip


def test_more_epochs_go_on_from_the_last_one(tmp_path):
    keep = {"callbacks": [backup(tmp_path, delete_checkpoint=False)], "batch_size": 6, "verbose": 0}
    whole = everything()
    whole.fit(*images(), batch_size=6, epochs=4, verbose=0)
    first, second = everything(), everything()
    first.fit(*images(), epochs=2, **keep)
    assert second.fit(*images(), epochs=4, **keep).epoch == [0, 1, 2, 3]
    assert same(second, whole)


def test_training_that_early_stopping_ended_does_not_go_on(tmp_path):
    def stopping():
        return [
            wg.callbacks.EarlyStopping("loss", mode="max", patience=1),
            backup(tmp_path, delete_checkpoint=False),
        ]

    first, second = everything(), everything()
    epochs = first.fit(*images(), epochs=9, verbose=0, callbacks=stopping()).epoch
    assert len(epochs) < 9
    assert second.fit(*images(), epochs=9, verbose=0, callbacks=stopping()).epoch == epochs
    assert same(first, second)


# --- damage ---------------------------------------------------------------------------------------


def test_of_damaged_checkpoints_the_newest_whole_one_is_taken(tmp_path):
    train(tmp_path, stop=3)
    newest, older = checkpoint.files(tmp_path)
    whole = newest.read_bytes()
    newest.write_bytes(whole[:-1])
    with pytest.warns(RuntimeWarning, match=f"{newest.name}.*must be .* bytes long.*{older.name} is taken"):
        assert checkpoint.newest(tmp_path).path == older
    older.write_bytes(b"")
    with pytest.raises(FormatError, match="no checkpoint in .* is whole.*Delete them to start again"):
        train(tmp_path)


def test_a_model_file_is_no_checkpoint(tmp_path):
    model, _ = train(tmp_path / "a")
    model.save(tmp_path / "epoch-00001-step-00000000.wengert")
    with pytest.raises(FormatError, match="must hold a checkpoint; got 'model'"):
        checkpoint.newest(tmp_path)


# --- what is not as it was ------------------------------------------------------------------------


def another():
    model = everything()
    model.compile(wg.optimizers.SGD(0.05, momentum=0.9, nesterov=True), model.loss, metrics=["accuracy"])
    return model


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"make": another}, "the model, its loss, metrics and optimizer must be those it was written with"),
        ({"batch_size": 5}, "batch_size must be as before; got 5 for 6"),
        ({"shuffle": False}, "shuffle must be as before"),
        ({"steps_per_epoch": 2}, "steps must be as before; got 2 for 4"),
        ({"validation_data": images()}, "validation data must be given as before, or not at all"),
        ({"callbacks": [backup("x"), wg.callbacks.EarlyStopping("loss")]}, "callbacks must be those"),
    ],
)
def test_what_differs_is_refused_by_name(tmp_path, changes, message):
    train(tmp_path, stop=2)
    if "callbacks" in changes:
        changes = {"callbacks": changes["callbacks"][1:]}
    with pytest.raises(UsageError, match=f"(?s){message}"):
        train(tmp_path, **changes)


def test_other_data_are_refused(tmp_path):
    train(tmp_path, stop=2)
    x, y = images()
    with pytest.raises(UsageError, match="the values of the data must be as before"):
        everything().fit(x + 1, y, batch_size=6, verbose=0, callbacks=[backup(tmp_path), StopAt(0)])


def test_a_checkpoint_gives_its_weights_to_another_training(tmp_path):
    trained, model = everything(), everything()
    trained.fit(*images(), epochs=2, verbose=0, callbacks=[backup(tmp_path, delete_checkpoint=False)])
    model.load_weights(next(checkpoint.files(tmp_path)))
    for a, b in zip(model.get_weights(), trained.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_callback_whose_state_cannot_be_saved_is_named(tmp_path):
    class Odd(wg.callbacks.Callback):
        kept = ("thing",)
        thing = object()

    model = everything()
    with pytest.raises(
        UsageError, match="training/callbacks/Odd/thing: must be a number, a string, an array"
    ):
        model.fit(*images(), verbose=0, callbacks=[Odd(), backup(tmp_path)])


def test_signals_are_the_users_again_after_training(tmp_path):
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(n) for n in numbers]
    train(tmp_path, stop=2)
    assert [signal.getsignal(n) for n in numbers] == before
