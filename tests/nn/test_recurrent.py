"""Recurrent layers: one loop a direction for all lengths, cells of the user's own, masks, state, dropout."""

import numpy as np
import pytest

import wengert as wg
from wengert.base.errors import IndexRangeError, ShapeError, UsageError
from wengert.compiler.jit import host_target
from wengert.compiler.pipeline import compile_graph
from wengert.ir.types import TensorType
from wengert.nn import layers

X = np.random.default_rng(0).normal(size=(2, 5, 3)).astype(np.float32)
MASK = np.array([[True, True, False, True, False], [False, True, True, True, True]])


def graph_of(layer, signature="f32[batch,time,3]"):
    layer(X)
    f = wg.function(layer, signature=(signature,))
    return f.graph(X)


def scans(graph):
    return [n for n in graph.steps if n.primitive.name == "scan"]


@pytest.mark.parametrize(
    ("layer", "count"),
    [(layers.SimpleRNN(4), 1), (layers.LSTM(4), 1), (layers.Bidirectional(layers.GRU(4)), 2)],
)
def test_a_direction_is_one_loop_whose_inputs_are_projected_before(layer, count):
    graph = graph_of(layer)
    assert len(scans(graph)) == count
    for scan in scans(graph):
        body = scan.kwargs["body"]
        products = [n for n in body.steps if n.primitive.name == "dot"]
        assert [p.inputs[1].type.shape[0] for p in products] == [4]  # of the state only


def test_one_program_serves_every_length_and_batch(rng):
    layer = layers.LSTM(4, return_sequences=True)
    layer(X)
    f = wg.function(layer, signature=("f32[batch,time,3]",))
    for shape in ((2, 5, 3), (1, 1, 3), (3, 9, 3)):
        x = rng.normal(size=shape).astype(np.float32)
        np.testing.assert_allclose(f(x), layer(x), rtol=1e-5, atol=1e-6)
    assert f.compiles == 1


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    "layer",
    [
        layers.LSTM(4, return_sequences=True),
        layers.GRU(4, go_backwards=True),
        layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
    ],
)
def test_what_is_compiled_does_not_grow_with_the_length(layer, masked):
    """Nor do the gradients: as many kernels for four steps as for four thousand, of known length."""

    def launches(length):
        def loss(x, mask):
            return wg.sum(layer(x, mask=mask) if masked else layer(x))

        x, mask = np.zeros((2, length, 3), np.float32), np.ones((2, length), bool)
        gradient = wg.function(lambda x, mask: wg.grad(lambda x: loss(x, mask))(x))
        return len(compile_graph(gradient.graph(x, mask), {}, host_target()).launches)

    layer(X)
    assert launches(4) == launches(4000)


class Decay(layers.Layer):
    """A cell of a user's own: the output is not the state."""

    units: int = 3
    state_size = property(lambda self: self.units)

    def build(self, x):
        self.rate = self.add_weight((), lambda shape, dtype: np.float32(0.5), name="rate")

    def call(self, x, states):
        state = states[0] * self.rate + x
        return state * 2, [state]


@pytest.mark.parametrize("backwards", [False, True])
def test_any_cell_can_be_run(backwards):
    layer = layers.RNN(Decay(), return_sequences=True, return_state=True, go_backwards=backwards)
    ys, last = layer(X)
    want, state = [], 0.0
    for t in reversed(range(5)) if backwards else range(5):
        state = state * 0.5 + X[:, t]
        want.append(state * 2)
    np.testing.assert_allclose(ys, np.stack(want, 1), rtol=1e-6)
    np.testing.assert_allclose(last, state, rtol=1e-6)
    np.testing.assert_allclose(layers.RNN(Decay(), go_backwards=backwards)(X), want[-1], rtol=1e-6)


def test_masked_steps_of_any_cell_change_nothing():
    ys = np.asarray(layers.RNN(Decay(), return_sequences=True)(X, mask=MASK))
    np.testing.assert_array_equal(ys[0, 2], ys[0, 1])
    np.testing.assert_array_equal(ys[1, 0], np.zeros(3))
    shorter = np.asarray(layers.RNN(Decay())(X[:, 1:], mask=MASK[:, 1:]))
    np.testing.assert_array_equal(ys[1, -1], shorter[1])


def padded(rng):
    """Sequences of two lengths, filled up with 0 at the end."""
    ids = rng.integers(1, 9, (4, 6))
    ids[1:3, 4:] = 0
    return ids


def test_sequential_hands_the_mask_on(rng):
    ids = padded(rng)
    model = wg.Sequential(
        [
            wg.Input((None,), dtype="int64"),
            layers.Embedding(9, 3, mask_zero=True),
            layers.Dropout(0.5),
            layers.LSTM(4, return_sequences=True),
            layers.Bidirectional(layers.GRU(4)),
        ]
    )
    both = model.predict(ids, verbose=0)
    alone = model.predict(ids[1:3, :4], verbose=0)
    np.testing.assert_allclose(both[1:3], alone, rtol=1e-5, atol=1e-6)


def test_a_nested_model_hands_the_mask_on(rng):
    ids = padded(rng)
    inner = wg.Sequential([layers.Embedding(9, 3, mask_zero=True), layers.Dense(3)])
    model = wg.Sequential([wg.Input((None,), dtype="int64"), inner, layers.LSTM(4)])
    both, alone = model.predict(ids, verbose=0), model.predict(ids[1:3, :4], verbose=0)
    np.testing.assert_allclose(both[1:3], alone, rtol=1e-5, atol=1e-6)


def test_a_stateful_layer_goes_on_where_it_was():
    layer, whole = layers.LSTM(4, stateful=True), layers.LSTM(4)
    layer(X)
    whole(X)
    whole.set_weights(layer.get_weights())
    layer.reset_state()
    layer(X[:, :2])
    np.testing.assert_allclose(layer(X[:, 2:]), whole(X), rtol=1e-6)
    layer.reset_state()
    np.testing.assert_allclose(layer(X), whole(X), rtol=1e-6)
    assert len(layer.weights) == 3
    assert len(layer.variables) == 5


def test_a_recorded_stateful_layer_goes_on_too():
    layer = layers.GRU(4, stateful=True)
    first = np.asarray(layer(X))
    layer.reset_state()
    f = wg.function(layer, signature=("f32[2,time,3]",))
    np.testing.assert_allclose(f(X), first, rtol=1e-4, atol=1e-6)
    assert not np.allclose(f(X), first)


@pytest.mark.parametrize("kind", [layers.SimpleRNN, layers.LSTM, layers.GRU])
def test_dropout_is_drawn_anew_for_each_batch_and_leaves_use_alone(kind):
    layer = kind(4, dropout=0.5, recurrent_dropout=0.5, seed=1)
    np.testing.assert_array_equal(layer(X), layer(X))
    assert not np.array_equal(layer(X, training=True), layer(X, training=True))


def test_dropout_takes_the_same_inputs_at_every_step():
    layer = layers.RNN(layers.SimpleRNNCell(3, activation=None, dropout=0.5, seed=2), return_sequences=True)
    ones = np.ones((2, 4, 3), np.float32)
    layer(ones)
    # The output is the input, less what was dropped.
    layer.set_weights([np.eye(3), np.zeros((3, 3)), np.zeros(3)])
    ys = np.asarray(layer(ones, training=True))
    assert set(np.unique(ys)) == {0.0, 2.0}
    np.testing.assert_array_equal(ys, np.broadcast_to(ys[:, :1], ys.shape))


def test_the_forget_gate_starts_open():
    layer = layers.LSTM(3)
    layer(X)
    assert layer.get_weights()[2].tolist() == [0.0] * 3 + [1.0] * 3 + [0.0] * 6


@pytest.mark.parametrize(
    ("layer", "arguments", "message"),
    [
        (
            layers.LSTM(4, name="a"),
            {"mask": MASK[:, :4]},
            r"LSTM 'a': mask must be b1\[2,5\].*got b1\[2,4\]",
        ),
        (layers.GRU(4), {"initial_state": X[0]}, r"initial_state must be f32\[2,4\]; got f32\[5,3\]"),
        (
            layers.GRU(4),
            {"initial_state": [X[0], X[0]]},
            r"initial_state must be f32\[2,4\]; got f32\[5,3\], f32",
        ),
    ],
)
def test_arguments_that_do_not_fit_are_refused(layer, arguments, message):
    with pytest.raises(ShapeError, match=message):
        layer(X, **arguments)


def test_inputs_that_are_no_sequences_are_refused():
    with pytest.raises(ShapeError, match=r"must be \[batch, time, features\]; got f32\[2,3\]. Add an axis"):
        layers.LSTM(4)(X[:, 0])
    with pytest.raises(ShapeError, match="must be built for a known batch size"):
        layers.LSTM(4, stateful=True).output_type(TensorType.parse("f32[batch,5,3]"))


def test_fields_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="LSTM: units must be a positive int; got 0"):
        layers.LSTM(0)
    with pytest.raises(ValueError, match=r"GRU: dropout must be in \[0, 1\); got 1"):
        layers.GRU(3, dropout=1)
    with pytest.raises(UsageError, match="cell must be a layer with a state_size"):
        layers.RNN(layers.Dense(3))
    with pytest.raises(UsageError, match="Bidirectional: layers must be recurrent"):
        layers.Bidirectional(layers.Dense(3))
    with pytest.raises(ValueError, match="merge_mode must be one of"):
        layers.Bidirectional(layers.LSTM(3), merge_mode="max")
    with pytest.raises(ValueError, match="must go in different directions"):
        layers.Bidirectional(layers.LSTM(3), backward_layer=layers.LSTM(3))


@pytest.mark.parametrize("number", [-1, 9])
def test_a_number_without_a_vector_is_an_error(number):
    with pytest.raises(IndexRangeError, match="0..8"):
        layers.Embedding(9, 3)(np.array([[1, number]]))


# --- stacks, convolutions ---------------------------------------------------------------------------


def stack(**options):
    return layers.StackedRNNCells([layers.GRUCell(4, **options), layers.LSTMCell(3, **options)])


def test_a_stack_is_one_loop_with_its_first_projection_before_it():
    layer = layers.RNN(stack())
    (scan,) = scans(graph_of(layer))
    products = [n for n in scan.kwargs["body"].steps if n.primitive.name == "dot"]
    assert len(products) == 3  # two of states, one of the second cell's input


def test_a_stack_gives_what_layers_one_after_the_other_give():
    both = layers.RNN(stack(), return_sequences=True)
    first, second = layers.GRU(4, return_sequences=True), layers.LSTM(3, return_sequences=True)
    ys, zs = both(X), second(first(X))
    assert ys.shape == zs.shape
    first.set_weights(both.get_weights()[:3])
    second.set_weights(both.get_weights()[3:])
    np.testing.assert_allclose(both(X), second(first(X)), rtol=1e-5, atol=1e-6)


def test_states_of_a_stack_are_lists_that_it_takes_back():
    layer = layers.RNN(stack(), return_state=True)
    y, *states = layer(X)
    assert [[s.shape for s in of_cell] for of_cell in states] == [[(2, 4)], [(2, 3), (2, 3)]]
    np.testing.assert_array_equal(states[1][0], y)
    halves, *_ = layer(X[:, 3:], initial_state=layer(X[:, :3])[1:])
    np.testing.assert_allclose(halves, y, rtol=1e-5, atol=1e-6)


def test_dropout_of_a_stack_takes_the_same_at_every_step():
    cells = [layers.SimpleRNNCell(3, activation=None, dropout=0.5, seed=k) for k in (3, 4)]
    layer = layers.RNN(cells, return_sequences=True)
    ones = np.ones((2, 6, 3), np.float32)
    layer(ones)
    layer.set_weights([np.eye(3), np.zeros((3, 3)), np.zeros(3)] * 2)
    ys = np.asarray(layer(ones, training=True))
    assert set(np.unique(ys)) <= {0.0, 4.0}
    np.testing.assert_array_equal(ys, np.broadcast_to(ys[:, :1], ys.shape))
    assert not np.array_equal(layer(ones, training=True), ys)


def test_a_stateful_stack_in_both_directions_goes_on():
    layer = layers.Bidirectional(layers.RNN(stack(), stateful=True))
    first = np.asarray(layer(X))
    assert not np.allclose(layer(X), first)
    layer.reset_state()
    np.testing.assert_allclose(layer(X), first, rtol=1e-6)


IMAGES = np.random.default_rng(1).normal(size=(2, 4, 5, 6, 3)).astype(np.float32)


@pytest.mark.parametrize("strides", [1, 2])
def test_a_convolution_of_all_steps_is_done_before_the_loop(strides):
    layer = layers.ConvLSTM2D(2, 3, strides=strides, padding="same", return_sequences=True)
    layer(IMAGES)
    f = wg.function(layer, signature=("f32[batch,time,5,6,3]",))
    (scan,) = scans(f.graph(IMAGES))
    assert [n.primitive.name for n in scan.kwargs["body"].steps].count("conv") == 1
    for x in (IMAGES, IMAGES[:1, :2]):
        np.testing.assert_allclose(f(x), layer(x), rtol=1e-4, atol=1e-5)
    assert f.compiles == 1


def test_masked_images_change_nothing():
    layer = layers.ConvLSTM2D(2, 3, return_sequences=True)
    mask = np.array([[True, False, True, True], [False, True, True, False]])
    ys = np.asarray(layer(IMAGES, mask=mask))
    np.testing.assert_array_equal(ys[0, 1], ys[0, 0])
    np.testing.assert_array_equal(ys[1, 0], np.zeros_like(ys[1, 0]))
    np.testing.assert_allclose(ys[1, 1:3], np.asarray(layer(IMAGES[1:, 1:3]))[0], rtol=1e-5, atol=1e-6)


def test_dropout_of_convolutions_is_for_training_only():
    layer = layers.ConvLSTM1D(2, 2, dropout=0.5, recurrent_dropout=0.5, seed=1)
    x = IMAGES[:, :, 0]
    np.testing.assert_array_equal(layer(x), layer(x))
    assert not np.array_equal(layer(x, training=True), layer(x, training=True))


def test_a_time_distributed_layer_gets_the_mask_of_each_step():
    layer = layers.TimeDistributed(layers.LSTM(3))
    x = IMAGES[:, :, :, 0]
    mask = np.random.default_rng(2).random((2, 4, 5)) < 0.6
    y = np.asarray(layer(x, mask=mask))
    for t in range(4):
        np.testing.assert_allclose(y[:, t], layer.layer(x[:, t], mask=mask[:, t]), rtol=1e-5, atol=1e-6)
    with pytest.raises(ShapeError, match=r"mask must be \[batch, time, ...\]"):
        layer(x, mask=mask[:, :2])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.StackedRNNCells([]), "cells must be a list of layers with a state_size"),
        (lambda: layers.RNN([layers.Dense(2)]), "cells must be a list of layers with a state_size"),
        (lambda: layers.ConvLSTM2D(0, 3), "ConvLSTM2D: filters must be a positive int; got 0"),
        (lambda: layers.ConvLSTM2D(2, 3, strides=2, dilation_rate=2), "must not both exceed 1"),
        (lambda: layers.ConvLSTM2D(2, 3, dropout=1.0), r"dropout must be in \[0, 1\)"),
        (lambda: layers.ConvLSTM2D(2, 3)(IMAGES[:, 0]), r"must be \[batch, time, 2 spatial axes, channels\]"),
        (lambda: layers.ConvLSTM1D(2, 9)(IMAGES[:, :, 0]), "the window, 9, must fit"),
    ],
)
def test_stacks_and_convolutions_that_make_no_sense_are_refused(make, message):
    with pytest.raises((UsageError, ValueError), match=message):
        make()


def test_a_stateful_layer_refuses_batches_of_another_size():
    layer = layers.LSTM(4, stateful=True)
    layer(X)
    with pytest.raises(ShapeError, match=r"batches of 2 as before; got f32\[1,5,3\]"):
        layer(X[:1])


class Counting(Decay):
    """Begins with ones."""

    def get_initial_state(self, batch_size):
        return [np.ones((batch_size, self.units), np.float32)]


def test_cells_may_say_how_they_begin():
    with_ones, given = layers.RNN(Counting()), layers.RNN(Decay())
    np.testing.assert_array_equal(with_ones(X), given(X, initial_state=[np.ones((2, 3), np.float32)]))
    assert [s.shape for s in layers.LSTMCell(4).get_initial_state(2)] == [(2, 4), (2, 4)]
