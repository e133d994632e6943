"""Understanding masking and padding; working with RNNs."""

import numpy as np


def mask_layers(keras):
    layers = keras.layers
    raw_inputs = [[711, 632, 71], [73, 8, 3215, 55, 927], [83, 91, 1, 645, 1253, 927]]
    padded_inputs = keras.utils.pad_sequences(raw_inputs, padding="post")
    embedding = layers.Embedding(input_dim=5000, output_dim=16, mask_zero=True)
    embedding(padded_inputs)
    mask = embedding.compute_mask(padded_inputs)
    assert np.asarray(mask).sum(axis=1).tolist() == [3, 5, 6]
    masking_layer = layers.Masking()
    unmasked_embedding = np.tile(np.expand_dims(padded_inputs, axis=-1), [1, 1, 10]).astype("float32")
    mask = masking_layer.compute_mask(unmasked_embedding)
    assert np.asarray(mask).sum(axis=1).tolist() == [3, 5, 6]


def masks_flow(keras):
    layers = keras.layers
    model = keras.Sequential([layers.Embedding(input_dim=50, output_dim=16, mask_zero=True), layers.LSTM(8)])
    a = model(np.array([[1, 2, 0, 0]]))
    b = model(np.array([[1, 2]]))
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-5, atol=1e-6)
    inputs = keras.Input(shape=(None,), dtype="int32")
    x = layers.Embedding(input_dim=50, output_dim=16, mask_zero=True)(inputs)
    model = keras.Model(inputs, layers.LSTM(8)(x))
    c = model(np.array([[1, 2, 0, 0]]))
    d = model(np.array([[1, 2]]))
    np.testing.assert_allclose(np.asarray(c), np.asarray(d), rtol=1e-5, atol=1e-6)


def pass_a_mask(keras):
    layers = keras.layers

    class MyLayer(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.embedding = layers.Embedding(input_dim=50, output_dim=16, mask_zero=True)
            self.lstm = layers.LSTM(8)

        def call(self, inputs):
            x = self.embedding(inputs)
            mask = self.embedding.compute_mask(inputs)
            return self.lstm(x, mask=mask)

    x = np.random.default_rng(0).integers(0, 50, (4, 10)).astype("int32")
    assert tuple(MyLayer()(x).shape) == (4, 8)


def masks_of_ones_own(keras):
    ops = keras.ops

    class TemporalSplit(keras.layers.Layer):
        def call(self, inputs):
            return ops.split(inputs, 2, axis=1)

        def compute_mask(self, inputs, mask=None):
            if mask is None:
                return None
            return ops.split(mask, 2, axis=1)

    class CustomEmbedding(keras.layers.Layer):
        def __init__(self, input_dim, output_dim, mask_zero=False, **kwargs):
            super().__init__(**kwargs)
            self.input_dim = input_dim
            self.output_dim = output_dim
            self.mask_zero = mask_zero

        def build(self, input_shape):
            self.embeddings = self.add_weight(
                shape=(self.input_dim, self.output_dim), initializer="random_normal", dtype="float32"
            )

        def call(self, inputs):
            inputs = ops.cast(inputs, "int32")
            return ops.take(self.embeddings, inputs, axis=0)

        def compute_mask(self, inputs, mask=None):
            if not self.mask_zero:
                return None
            return ops.not_equal(inputs, 0)

    first, second = TemporalSplit()(np.ones((2, 6, 3), "float32"))
    assert tuple(first.shape) == (2, 3, 3) and tuple(second.shape) == (2, 3, 3)
    layer = CustomEmbedding(10, 32, mask_zero=True)
    x = np.random.default_rng(0).integers(0, 9, (3, 10)).astype("float32")
    assert tuple(layer(x).shape) == (3, 10, 32)
    assert tuple(layer.compute_mask(x).shape) == (3, 10)


def masks_pass_through(keras):
    class MyActivation(keras.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.supports_masking = True

        def call(self, inputs):
            return keras.ops.relu(inputs)

    class TemporalSoftmax(keras.layers.Layer):
        def call(self, inputs, mask=None):
            assert mask is not None
            broadcast = keras.ops.expand_dims(keras.ops.cast(mask, "float32"), -1)
            e = keras.ops.exp(inputs) * broadcast
            return e / keras.ops.sum(e, axis=1, keepdims=True)

    inputs = keras.Input(shape=(None,), dtype="int32")
    x = keras.layers.Embedding(input_dim=20, output_dim=4, mask_zero=True)(inputs)
    x = MyActivation()(x)
    x = keras.layers.Dense(1)(x)
    outputs = TemporalSoftmax()(x)
    model = keras.Model(inputs, outputs)
    y = np.asarray(model(np.array([[3, 4, 0], [5, 0, 0]])))
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=1e-5)
    assert y[0, 2, 0] == 0 and y[1, 1, 0] == 0


def masked_softmax(keras):
    y = keras.layers.Softmax()(
        np.array([[1.0, 2.0, 1.0], [1.0, 2.0, 1.0]], "float32"),
        mask=np.array([[True, False, True], [True, True, True]]),
    )
    np.testing.assert_allclose(np.asarray(y)[0], [0.5, 0, 0.5], atol=1e-6)


def recurrent_layers(keras):
    layers = keras.layers
    model = keras.Sequential()
    model.add(layers.Embedding(input_dim=1000, output_dim=64))
    model.add(layers.GRU(16, return_sequences=True))
    model.add(layers.SimpleRNN(8))
    model.add(layers.Dense(10))
    assert tuple(model(np.ones((2, 5), "int32")).shape) == (2, 10)


def encoder_decoder_state(keras):
    layers = keras.layers
    encoder_input = keras.Input(shape=(None,))
    encoder_embedded = layers.Embedding(input_dim=100, output_dim=8)(encoder_input)
    output, state_h, state_c = layers.LSTM(8, return_state=True, name="encoder")(encoder_embedded)
    encoder_state = [state_h, state_c]
    decoder_input = keras.Input(shape=(None,))
    decoder_embedded = layers.Embedding(input_dim=200, output_dim=8)(decoder_input)
    decoder_output = layers.LSTM(8, name="decoder")(decoder_embedded, initial_state=encoder_state)
    output = layers.Dense(10)(decoder_output)
    model = keras.Model([encoder_input, decoder_input], output)
    assert model.predict([np.ones((2, 4)), np.ones((2, 3))], verbose=0).shape == (2, 10)


def cross_batch_state(keras):
    lstm_layer = keras.layers.LSTM(8, stateful=True)
    paragraph = np.random.default_rng(0).random((4, 6, 5)).astype("float32")
    whole = np.asarray(lstm_layer(paragraph))
    lstm_layer.reset_states() if hasattr(lstm_layer, "reset_states") else lstm_layer.reset_state()
    lstm_layer(paragraph[:, :3])
    parts = np.asarray(lstm_layer(paragraph[:, 3:]))
    np.testing.assert_allclose(parts, whole, rtol=1e-5, atol=1e-6)


def bidirectional(keras):
    layers = keras.layers
    model = keras.Sequential()
    model.add(keras.Input(shape=(5, 10)))
    model.add(layers.Bidirectional(layers.LSTM(8, return_sequences=True)))
    model.add(layers.Bidirectional(layers.LSTM(4)))
    model.add(layers.Dense(10))
    assert model.output_shape == (None, 10)
    assert tuple(model.layers[0].output.shape) == (None, 5, 16)


def custom_cell(keras):
    ops = keras.ops

    class MinimalRNNCell(keras.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.state_size = units

        def build(self, input_shape):
            self.kernel = self.add_weight(
                shape=(input_shape[-1], self.units), initializer="uniform", name="kernel"
            )
            self.recurrent_kernel = self.add_weight(
                shape=(self.units, self.units), initializer="uniform", name="recurrent_kernel"
            )

        def call(self, inputs, states):
            prev_output = states[0]
            h = ops.matmul(inputs, self.kernel)
            output = h + ops.matmul(prev_output, self.recurrent_kernel)
            return output, [output]

    cell = MinimalRNNCell(32)
    x = keras.Input((None, 5))
    layer = keras.layers.RNN(cell)
    y = layer(x)
    assert y.shape == (None, 32)
    cells = [MinimalRNNCell(32), MinimalRNNCell(64)]
    layer = keras.layers.RNN(cells)
    y = layer(x)
    model = keras.Model(x, y)
    assert model.predict(np.ones((2, 3, 5)), verbose=0).shape == (2, 64)


def narrow_cells(keras):
    keras.mixed_precision.set_global_policy("mixed_bfloat16")
    try:
        layer = keras.layers.RNN([keras.layers.LSTMCell(4), keras.layers.LSTMCell(3)])
        y = layer(np.ones((2, 3, 5), "float32"))
        assert layer.compute_dtype == "bfloat16" and tuple(y.shape) == (2, 3)
    finally:
        keras.mixed_precision.set_global_policy("float32")


def time_distributed(keras):
    inputs = keras.Input(shape=(4, 8, 8, 3))
    conv = keras.layers.Conv2D(4, 3)
    outputs = keras.layers.TimeDistributed(conv)(inputs)
    assert outputs.shape == (None, 4, 6, 6, 4)


def attention_block(keras):
    layers = keras.layers

    class TransformerBlock(layers.Layer):
        def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1):
            super().__init__()
            self.att = layers.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)
            self.ffn = keras.Sequential([layers.Dense(ff_dim, activation="relu"), layers.Dense(embed_dim)])
            self.layernorm1 = layers.LayerNormalization(epsilon=1e-6)
            self.layernorm2 = layers.LayerNormalization(epsilon=1e-6)
            self.dropout1 = layers.Dropout(rate)
            self.dropout2 = layers.Dropout(rate)

        def call(self, inputs):
            attn_output = self.att(inputs, inputs)
            attn_output = self.dropout1(attn_output)
            out1 = self.layernorm1(inputs + attn_output)
            ffn_output = self.ffn(out1)
            ffn_output = self.dropout2(ffn_output)
            return self.layernorm2(out1 + ffn_output)

    class TokenAndPositionEmbedding(layers.Layer):
        def __init__(self, maxlen, vocab_size, embed_dim):
            super().__init__()
            self.token_emb = layers.Embedding(input_dim=vocab_size, output_dim=embed_dim)
            self.pos_emb = layers.Embedding(input_dim=maxlen, output_dim=embed_dim)

        def call(self, x):
            maxlen = keras.ops.shape(x)[-1]
            positions = keras.ops.arange(start=0, stop=maxlen, step=1)
            positions = self.pos_emb(positions)
            x = self.token_emb(x)
            return x + positions

    inputs = layers.Input(shape=(12,))
    x = TokenAndPositionEmbedding(12, 50, 8)(inputs)
    x = TransformerBlock(8, 2, 16)(x)
    x = layers.GlobalAveragePooling1D()(x)
    x = layers.Dropout(0.1)(x)
    outputs = layers.Dense(2, activation="softmax")(x)
    model = keras.Model(inputs=inputs, outputs=outputs)
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    history = model.fit(rng.integers(0, 50, (32, 12)), rng.integers(0, 2, 32), epochs=1, verbose=0)
    assert np.isfinite(history.history["loss"][0])
