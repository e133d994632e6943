"""What a data set says of itself, and what it refuses."""

import functools
import io
import threading

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import ArgumentError, ShapeError, UsageError, ValueRangeError
from wengert.data import Dataset
from wengert.data.pipeline.meter import StageStats, advice
from wengert.ir.dim import Dim
from wengert.ir.types import TensorType

X, Y = np.zeros((10, 4), "float32"), np.arange(10)
R = Dataset.range(10)


def test_specs_have_symbolic_lengths():
    batch, time = Dim.named("batch"), Dim.named("time")
    data = Dataset.from_tensor_slices((X, Y))
    assert data.element_spec == (TensorType((4,), "float32"), TensorType((), "int64"))
    assert data.shuffle().batch(4).element_spec[0] == TensorType((batch, 4), "float32")
    assert data.batch(4, drop_remainder=True).element_spec[1] == TensorType((4,), "int64")
    assert data.map(lambda x, y: {"x": x}).prefetch().element_spec == {"x": TensorType((4,), "float32")}
    ragged = R.map(lambda n: np.ones(n)).padded_batch(2)
    assert ragged.element_spec == TensorType((batch, time), "float64")
    assert R.window(3).element_spec == TensorType((3,), "int64")
    assert R.batch(2).unbatch().element_spec == TensorType((), "int64")
    assert Dataset.zip(R, data).enumerate().element_spec[1][0] == TensorType((), "int64")
    assert Dataset.from_generator(list, element_spec=TensorType((3,))).element_spec == TensorType((3,))


@pytest.mark.parametrize(
    ("data", "length"),
    [
        (R.shuffle(3).batch(4), 3),
        (R.batch(4, drop_remainder=True), 2),
        (R.take(4).repeat(3), 12),
        (R.skip(4), 6),
        (R.shard(3, 1), 3),
        (R.window(3, shift=2), 4),
        (R.window(3, shift=2, drop_remainder=False), 5),
        (R.concatenate(R), 20),
        (Dataset.zip(R, R.skip(3)), 7),
        (Dataset.sample_from([R, R.take(2)]), 12),
        (R.repeat().take(15), 15),
        (R.cache().map(lambda x: x).prefetch(), 10),
        (R.take(0).repeat(), 0),
        (Dataset.from_tensors(X), 1),
    ],
)
def test_lengths_are_those_of_an_epoch(data, length):
    assert len(data) == length
    assert sum(1 for _ in data) == length


@pytest.mark.parametrize(
    "data", [R.filter(lambda x: True), R.repeat(), R.flat_map(lambda x: R), R.shuffle().repeat()]
)
def test_lengths_that_are_not_known_are_an_error(data):
    with pytest.raises(TypeError, match="len: the number of elements must be known"):
        len(data)
    assert bool(data)


def test_maps_take_tensors_and_give_arrays():
    found = next(iter(Dataset.from_tensor_slices(X).map(lambda x: (wg.exp(x), [1, 2]))))
    assert isinstance(found[0], np.ndarray)
    assert found[1].tolist() == [1, 2]


def double(x):
    return x * 2


def test_fingerprints_tell_data_functions_and_seeds_apart():
    makes = [
        lambda: Dataset.range(9),
        lambda: Dataset.range(10),
        lambda: Dataset.range(10).map(double),
        lambda: Dataset.range(10).map(lambda x: x * 3),
        lambda: Dataset.range(10).map(functools.partial(max, 3)),
        lambda: Dataset.range(10).map(double, seed=1),
        lambda: Dataset.range(10).shuffle(),
        lambda: Dataset.range(10).shuffle(seed=1),
        lambda: Dataset.range(10).batch(2),
        lambda: Dataset.range(10).batch(5),
        lambda: Dataset.from_tensor_slices(Y),
        lambda: Dataset.from_tensor_slices(Y + 1),
        lambda: Dataset.from_tensor_slices({"y": Y}),
        lambda: Dataset.from_tensor_slices(Y).window(2),
        lambda: Dataset.zip(Dataset.range(9), Dataset.range(10)),
    ]
    prints = [make().fingerprint() for make in makes]
    assert len(set(prints)) == len(prints)
    assert [make().fingerprint() for make in makes] == prints
    assert R.map(double, 4).fingerprint() == R.map(double).fingerprint()
    large = np.zeros(2**21)
    assert (
        Dataset.from_tensor_slices(large).fingerprint() != Dataset.from_tensor_slices(large[1:]).fingerprint()
    )


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: R.batch(0), ValueRangeError, "batch: size must be a positive int; got 0"),
        (lambda: R.map(double, -1), ValueRangeError, "num_threads"),
        (
            lambda: R.map(double, on_error="ignore"),
            ValueRangeError,
            "on_error must be 'raise' or 'skip'; got 'ignore'",
        ),
        (lambda: R.shuffle(0), ValueRangeError, "buffer"),
        (lambda: R.repeat(-1), ValueRangeError, "count"),
        (lambda: R.shard(3, 3), ValueRangeError, "index must be from 0 to count - 1; got 3 of 3"),
        (lambda: R.split(0.5, 0.6), ValueRangeError, "add up to 1"),
        (lambda: R.window(2, stride=0), ValueRangeError, "stride"),
        (lambda: R.bucket_by_length(len, [3, 2], [1, 1, 1]), ValueRangeError, "boundaries must rise"),
        (lambda: R.bucket_by_length(len, [3], [1]), ValueRangeError, "batch_sizes be one more"),
        (lambda: Dataset.sample_from([R], [0.0]), ValueRangeError, "a weight >= 0 for each of 1"),
        (lambda: Dataset.zip(), ArgumentError, "zip: there must be a data set"),
        (lambda: R.concatenate([1]), ArgumentError, "concatenate: must be given a Dataset; got list"),
        (lambda: next(iter(R.flat_map(lambda x: [x]))), ArgumentError, "must be given a Dataset; got list"),
        (
            lambda: Dataset.from_tensor_slices((X, Y[:3])),
            ShapeError,
            r"one length along the first axis; got \[3, 10\]",
        ),
        (lambda: Dataset.from_tensor_slices(3), ShapeError, "a first axis"),
        (lambda: Dataset.from_records([1]), UsageError, "from_records: a source must have iterate"),
        (lambda: next(iter(Dataset.from_tensors((X, Y[:2])).unbatch())), ShapeError, r"unbatch.*\[2, 10\]"),
        (lambda: R.iterate(timeout=0), ValueRangeError, "timeout must be a number of seconds above 0"),
        (lambda: R.iterate({"epoch": 1}), UsageError, "state must be one that an iterator's state"),
        (lambda: R.iterate(R.batch(2).iterate().state()), UsageError, "state must be of this data set"),
        (lambda: R.map(double, 2, ordered=False).iterate().state(), UsageError, "Use ordered=True"),
    ],
)
def test_what_makes_no_sense_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_unordered_maps_give_each_element_once():
    assert sorted(int(x) for x in R.map(double, 3, ordered=False)) == list(range(0, 20, 2))


def test_statistics_name_the_bottleneck():
    import time

    def slow(x):
        time.sleep(0.002)
        return x

    with Dataset.range(60).map(slow, 1).batch(4).iterate() as iterator:
        for _ in iterator:
            pass
        (stage,) = iterator.stats()
        assert (stage.elements, stage.threads) == (15, 1)
        assert max(stage.busy, key=stage.busy.get) == "map(slow)"
        assert iterator.waited > 0.5
        assert "map(slow) is the bottleneck" in iterator.advice()
        assert iterator.advice(least=1.0) is None
        assert str(stage).startswith("map(slow) -> batch: ")


def test_watching_gives_the_elements_and_says_at_the_end_what_held_it_up(capsys):
    data = Dataset.range(10).map(double, 2).batch(4)
    assert [b.tolist() for b in data.watch()] == [[0, 2, 4, 6], [8, 10, 12, 14], [16, 18]]
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("map(double) -> batch: ")
    assert "of the time" in second


def test_watching_ends_with_the_loop(capsys):
    for _ in Dataset.range(10**6).map(double, 2).watch():
        break
    assert "map(double): " in capsys.readouterr().err
    assert not [t for t in threading.enumerate() if t.name.startswith("wengert map(double)")]


def test_a_terminal_shows_stages_while_it_goes(monkeypatch):
    pytest.importorskip("tqdm")

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("wengert.data.pipeline.iterator.REDRAW", 0.0)
    watched = Dataset.range(100).map(double, 1).watch()
    next(watched), next(watched), next(watched)
    assert "map(double) " in screen.getvalue()
    assert " busy (queue " in screen.getvalue()
    watched.close()


@pytest.mark.parametrize(
    ("own", "end"),
    [(1.0, "with 1 thread: 4 would feed the step."), (1e-3, "with 1 thread.")],
)
def test_advice_says_no_number_that_nobody_can_know(own, end):
    busy = StageStats("map(f)", "range", 1, 10, 4.0, {"map(f)": 4.0}, 0.0, 0)
    assert advice([busy], 4.0 - own, 4.0).endswith(end)


def test_an_iterator_that_was_closed_is_at_its_end():
    iterator = R.iterate()
    next(iterator)
    iterator.close()
    assert next(iterator, None) is None
