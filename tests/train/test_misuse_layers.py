"""Layers: senseless arguments, inputs that do not fit. Each is refused in our words, at the user's line."""

import numpy as np
import pytest

import wengert as wg
from tests.train.misuse import IMG, L, X, built, require_told

SEQUENCES = np.ones((2, 3, 4), "f")


def reuse(layer):
    layer(IMG)
    layer(np.zeros((2, 5, 5, 1), "f"))


def tv():
    return L.TextVectorization()


def noinit():
    class Mine(L.Layer):
        def __init__(self, n):
            self.n = n

        def call(self, x):
            return x

    return Mine(3)(X)


def nocallret():
    class Mine(L.Layer):
        def call(self, x):
            wg.relu(x)

    return wg.Sequential([wg.Input((4,)), Mine(), L.Dense(2)])


def numpyincall():
    class Mine(L.Layer):
        def call(self, x):
            return np.tanh(x)

    m = wg.Sequential([wg.Input((4,)), Mine(), L.Dense(3)])
    m.compile("sgd", "mse")
    m.fit(X, np.ones((6, 3)), verbose=0)


def ifincall():
    class Mine(L.Layer):
        def call(self, x):
            if wg.sum(x) > 0:
                return x
            return -x

    return wg.Sequential([wg.Input((4,)), Mine()])


def floatincall():
    class Mine(L.Layer):
        def call(self, x):
            return x * float(wg.mean(x))

    return wg.Sequential([wg.Input((4,)), Mine()])


def missing_build_weight():
    class Mine(L.Layer):
        def call(self, x):
            return x @ self.w

    return Mine()(X)


def wrong_build():
    class Mine(L.Layer):
        def build(self, x):
            self.w = self.add_weight(4, "glorot")

        def call(self, x):
            return x @ self.w

    return Mine()(X)


def wrong_shape_w():
    class Mine(L.Layer):
        def build(self, x):
            self.w = self.add_weight(shape=(None, 3))

        def call(self, x):
            return x @ self.w

    return Mine()(X)


MISUSES = [
    ("Dense: units must be a positive int; got -1.", lambda: L.Dense(-1)),
    ("Dense: units must be a positive int; got '64'.", lambda: L.Dense("64")),
    ("Dense: units must be given; got nothing.", lambda: L.Dense()),
    ("Dense: units must be a positive int; got 64.0.", lambda: L.Dense(64.0)),
    ("; got unit=3. Did you mean 'unit", lambda: L.Dense(unit=3)),
    ("or a function; got 'rellu'. Did you mean 'rel", lambda: L.Dense(3, "rellu")),
    ("or a function; got <class 'wengert.nn.core.Re", lambda: L.Dense(3, activation=L.ReLU)),
    ("or a function; got 0.5.", lambda: L.Dense(3, activation=0.5)),
    ("(in lower case, too); got 'he_nromal'. Did you m", lambda: L.Dense(3, kernel_initializer="he_nromal")),
    ("(in lower case, too); got 0.01.", lambda: L.Dense(3, kernel_regularizer=0.01)),
    ("Dense: use_bias must be a bool; got 'no'.", lambda: L.Dense(3, use_bias="no")),
    ("values: must be numbers, in rows of equal length; got ndarray", lambda: L.Dense(3)(np.array([["a", "b"]]))),
    ("numbers, in rows of equal length; got list [[1.0, 2.0], [3.0]].", lambda: L.Dense(3)([[1.0, 2.0], [3.0]])),
    ("must be [batch, ..., features]; got f32[4]. Add an axis: x[:,", lambda: L.Dense(3)(np.ones(4, "f"))),
    ("must be numbers, in rows of equal length; got NoneType None.", lambda: L.Dense(3)(None)),
    ("call: must be given at most 1 arguments by position (x); got 2.", lambda: L.Dense(3)(X, X)),
    ("Dense: x must be given; got nothing.", lambda: L.Dense(3)()),
    ("': call: arguments must be among x; got traning=True.", lambda: L.Dense(3)(X, traning=True)),
    ("Dense: units must be a positive int; got", lambda: L.Dense(X)),
    ("': set_weights: 0 arrays are needed; got 2.", lambda: L.Dense(3).set_weights([np.ones((4, 3)), np.ones(3)])),
    ("': set_weights: 2 arrays are needed; got 1.", lambda: built(L.Dense(3)).set_weights([np.ones((4, 3))])),
    ("/kernel' must have the shape f32[4,3]; got f64[3,4].",
     lambda: built(L.Dense(3)).set_weights([np.ones((3, 4)), np.ones(3)])),
    ("must be numbers, in rows of equal length; got str: 'a'.", lambda: built(L.Dense(3)).set_weights(["a", "b"])),
    ("': set_weights: 2 arrays are needed; got None.", lambda: built(L.Dense(3)).set_weights(None)),
    ("': an attribute must be there; got 'kernel'. Weights are ther", lambda: L.Dense(3).kernel),
    ("x 9, must fit into f32[2,5,5,3]; got, along axis 1, L = (W - F", lambda: L.Conv2D(8, 9)(IMG)),
    ("must fit into f32[batch,5,5,3]; got, along axis 1, L = (W - F", lambda: L.Conv2D(8, 9)(wg.Input((5, 5, 3)))),
    ("into f32[batch,5,5,3]; got, along axis 1, L =", lambda: wg.Sequential([wg.Input((5, 5, 3)), L.Conv2D(8, 9)])),
    ("Conv2D: kernel_size must be given; got filters.", lambda: L.Conv2D(8)),
    ("must be a positive int, or 2 of them; got (3, 3, 3).", lambda: L.Conv2D(8, (3, 3, 3))),
    ("must be \"valid\" or \"same\"; got 'Same'. Did you mean 'same", lambda: L.Conv2D(8, 3, padding="Same")),
    ("Conv2D: padding must be \"valid\" or \"same\"; got 1.", lambda: L.Conv2D(8, 3, padding=1)),
    ("must be \"channels_last\" or \"channels_first\"; got 'NCHW'.", lambda: L.Conv2D(8, 3, data_format="NCHW")),
    ("must not both exceed 1; got (2, 2) and (2, 2).", lambda: L.Conv2D(8, 3, strides=2, dilation_rate=2)),
    ("divide into the groups; got 8 in 3 groups.", lambda: L.Conv2D(8, 3, groups=3)(np.zeros((2, 5, 5, 4), "f"))),
    ("2 spatial axes, channels]; got f32[5,5,3]. Add a channel", lambda: L.Conv2D(8, 3)(IMG[0])),
    ("input must be [batch, 2 spatial axes, channels]; got f32[6,4].", lambda: L.Conv2D(8, 3)(X)),
    ("must be [batch, 1 spatial axis, channels]; got f32[2,5,5,3].", lambda: L.Conv1D(8, 3)(IMG)),
    ("its filters a multiple of them; got x: f32[2,5,5,1], kernel: f", lambda: reuse(L.Conv2D(8, 3))),
    ("x 9, must fit into f32[2,5,5,3]; got, along axis 1, L = (W - F", lambda: L.MaxPooling2D(9)(IMG)),
    ("pool_size must be a positive int, or 2 of them; got -2.", lambda: L.MaxPooling2D(-2)),
    ("Dropout: rate must be in [0, 1); got 1.5.", lambda: L.Dropout(1.5)),
    ("Dropout: rate must be in [0, 1); got '0.5'.", lambda: L.Dropout("0.5")),
    ("Dropout: rate must be given; got nothing.", lambda: L.Dropout()),
    ("data_format must be \"channels_last\" or \"channels_first\"; got 3.", lambda: L.Flatten(3)),
    ("the shape must hold the 24 elements of f32[6,4]; got [6,5].", lambda: L.Reshape((5,))(X)),
    ("without the batch, one of them -1 at most; got (-1, -1).", lambda: L.Reshape((-1, -1))(X)),
    ("dims must be the axes 1, 2, ... in some order; got (0, 1).", lambda: L.Permute((0, 1))(X)),
    ("along axis 0 of f32[10,4]; got index 12. Check the lab", lambda: L.Embedding(10, 4)(np.array([[3, 12]]))),
    ("along axis 0 of f32[10,4]; got index -1. Check the lab", lambda: L.Embedding(10, 4)(np.array([[3, -1]]))),
    ("be numbers, in rows of equal length; got ndarray", lambda: L.Embedding(10, 4)(np.array([["the", "cat"]]))),
    ("must be [batch, time, features]; got f32[6,4]. Add an axis: x[.", lambda: L.LSTM(4)(X)),
    ("': initial_state must be f32[2,4], f32[2,4]; got f32[2,4].",
     lambda: L.LSTM(4)(np.ones((2, 3, 5), "f"), initial_state=[np.ones((2, 4), "f")])),
    ("time, features]; got f32[batch,4]. Add", lambda: wg.Sequential([wg.Input((7, 3)), L.LSTM(4), L.LSTM(4)])),
    ("layers must be built for a known batch size; got f32[batch,7,3]. Say it: wg.Input((7, 3), bat",
     lambda: wg.Sequential([wg.Input((7, 3)), L.LSTM(4, stateful=True)])),
    ("RNN: cell must be a layer with a state_size; got <LSTM", lambda: L.RNN(L.LSTM(4))),
    ("Bidirectional: layers must be recurrent; got <Dense", lambda: L.Bidirectional(L.Dense(3))),
    ("layers must be recurrent; got <class 'wengert.nn.recurre", lambda: L.Bidirectional(L.LSTM)),
    ("layer must be a layer; got <class 'wengert.nn.core.De", lambda: L.TimeDistributed(L.Dense)),
    ("': the input must be [batch, time, ...]; got f32[6,4].", lambda: L.TimeDistributed(L.Dense(2))(X)),
    ("num_heads must be a positive int; got -2.", lambda: L.MultiHeadAttention(num_heads=-2, key_dim=4)),
    ("value must be given; got query.", lambda: L.MultiHeadAttention(2, 4)(np.ones((2, 3, 4), "f"))),
    ("shapes must agree from the right, or be 1; got [7,1,7] and [2,2,3,3], which differ at axis",
     lambda: L.MultiHeadAttention(2, 4)(SEQUENCES, SEQUENCES, attention_mask=np.ones((7, 7), bool))),
    ("BatchNormalization: axis must be in -2..1 for f32[6,4]; got 7.", lambda: L.BatchNormalization(axis=7)(X)),
    ("LayerNormalization: axis must be an int; got 'last'.", lambda: L.LayerNormalization(axis="last")(X)),
    ("-1, must be known and divide into 32 groups; got f32[2,5,5,3].", lambda: L.GroupNormalization(32)(IMG)),
    ("Concatenate 'concatenate': all axes but axis -1 must be equally long; got f32[2,3], f32[3,3].",
     lambda: L.Concatenate()([np.ones((2, 3), "f"), np.ones((3, 3), "f")])),
    ("': the input must be a list of arrays; got one ndarray.", lambda: L.Concatenate()(X)),
    ("the right, or be 1; got [2,3] and [2,4], w", lambda: L.Add()([np.ones((2, 3), "f"), np.ones((2, 4), "f")])),
    ("': the input must be a list of arrays; got one ndarray.", lambda: L.Add()(X, X)),
    ("': the input must be a list of at least 2 arrays; got 1.", lambda: L.Add()([X])),
    ("Dot 'dot': axes (1, 1) must be equally long, and not the batch; got f32[2,3] and f32[2,4].",
     lambda: L.Dot(axes=1)([np.ones((2, 3), "f"), np.ones((2, 4), "f")])),
    ("Lambda: function must be a function of an array; got 'x*2'.", lambda: L.Lambda("x*2")),
    ("Activation: activation must be given; got nothing.", lambda: L.Activation()),
    ("or a function; got 'sofmax'. Did you mean 'so", lambda: L.Activation("sofmax")),
    ("Rescaling: scale must be given; got nothing.", lambda: L.Rescaling()),
    ("\"lanczos3\" or \"lanczos5\"; got 'cubicc'. Did you mean", lambda: L.UpSampling2D(2, interpolation="cubicc")),
    ("must be an int >= 0, 2 of them or 2 pairs; got (1, 2, 3).", lambda: L.ZeroPadding2D((1, 2, 3))),
    ("left of f32[2,5,5,3] along spatial axis 1; got cropping 3 + 3.", lambda: L.Cropping2D(3)(IMG)),
    ("the vocabulary must be known; got none. Call adapt(data)", lambda: L.TextVectorization()(np.array(["a b"]))),
    ("layers of text: inputs must be strings; got float32.", lambda: tv().adapt(X)),
    ("the vocabulary must be known; got none. Call adapt(data) fir", lambda: L.StringLookup()(np.array(["a"]))),
    ("classes must be in 0..2; got 1..5.", lambda: L.CategoryEncoding(num_tokens=3)(np.array([1, 5]))),
    ("\"vertical\" or \"horizontal_and_vertical\"; got 'diagonal'.", lambda: L.RandomFlip("diagonal")),
    ("factor must be a number, or two, in -1..1; got '10'.", lambda: L.RandomRotation("10")),
    ("Resizing: height must be a positive int; got -1.", lambda: L.Resizing(-1, 3)),
    ("must be one of dir(wengert); got 'Sequental'. Did you mean", lambda: wg.Sequental([])),
    ("Dense: name must be a str or None; got 3.", lambda: L.Dense(3, name=3)),
    ("or 'mixed_float16'; got 'flot16'. Did you mean 'float16'?", lambda: L.Dense(3, dtype="flot16")),
    ("of a float dtype to be trained; got i32[4,3]. Give the layer a", lambda: L.Dense(3, dtype="int32")(X)),
    ("Mine: must have a method call(self, x); got none.", lambda: type("Mine", (L.Layer,), {})()(X)),
    ("must come first in __init__; got none, so there is no 'buil", noinit),
    ("'>: call must return tensors; got none.", nocallret),
    ("': np.tanh: takes NumPy's arrays; got f32[batch,4]. Use wg.tanh,", numpyincall),
    ("it, loop over it or convert it; got less: b1[]", ifincall),
    ("it, loop over it or convert it; got div: f32[]", floatincall),
    ("': an attribute must be there; got 'w'.", missing_build_weight),
    ("must be known when it is made; got 4. Give a tuple of lengths", wrong_build),
    ("must be known when it is made; got (None, 3). Give a tuple of", wrong_shape_w),
    ("the axes of 'abc,cd->abd'; got f32[6,4].", lambda: L.EinsumDense("abc,cd->abd", output_shape=(None, 4))(X)),
    ("be known when it is made; got [4, '3']. Give a tu", lambda: L.EinsumDense("ab,bc->ac", output_shape="3")(X)),
    ("strides must be a positive int, or 2 of them; got 0.", lambda: L.Conv2DTranspose(3, 3, strides=0)),
    ("depth_multiplier must be a positive int; got -1.", lambda: L.DepthwiseConv2D(3, depth_multiplier=-1)),
    ("input must be [batch, 2 spatial axes, channels]; got f32[6,4].", lambda: L.SeparableConv2D(4, 3)(X)),
    ("3 spatial axes, channels]; got f32[2,5,5,3]. Add a channe", lambda: L.Conv3D(4, 3)(IMG)),
    ("input must be [batch, 2 spatial axes, channels]; got f32[6,4].", lambda: L.GlobalAveragePooling2D()(X)),
    ("must be [batch, 1 spatial axis, channels]; got f32[2,5,5,3].", lambda: L.AveragePooling1D()(IMG)),
    ("GRU: units must be a positive int; got [4].", lambda: L.GRU([4])),
    ("GRU: return_sequences must be a bool; got 'yes'.", lambda: L.GRU(4, return_sequences="yes")),
    ("or a function; got 'tahn'. Did you mean 'tanh", lambda: L.SimpleRNN(4, activation="tahn")),
    ("cells must be a list of layers with a state_size; got [<Dense", lambda: L.StackedRNNCells([L.Dense(3)])),
    ("cells must be a list of layers with a state_size; got [].", lambda: L.StackedRNNCells([])),
    ("of ('concat', 'sum', 'mul', 'ave', None); got 'add'.", lambda: L.Bidirectional(L.LSTM(3), merge_mode="add")),
    ("channels], all but the first two known; got steps f32[2,5,3].", lambda: L.ConvLSTM2D(3, 3)(IMG)),
    ("Masking: mask_value must be a float; got '0'.", lambda: L.Masking("0")),
    ("RepeatVector: n must be a positive int; got 0.", lambda: L.RepeatVector(0)),
    ("': the input must be [batch, features]; got f32[2,3,4].", lambda: L.RepeatVector(3)(np.ones((2, 3, 4), "f"))),
    ("the input must be a list of 2..3 arrays; got 1.", lambda: L.Attention()([np.ones((2, 3, 4), "f")])),
    ("': the input must be a list of arrays; got one ndarray.", lambda: L.Attention()(np.ones((2, 3, 4), "f"))),
    ("num_key_value_heads must divide num_query_heads; got 4 and 6.", lambda: L.GroupedQueryAttention(8, 6, 4)),
    ("GaussianNoise: stddev must be a number >= 0; got -1.0.", lambda: L.GaussianNoise(-1.0)),
    ("input must be [batch, 2 spatial axes, channels]; got f32[6,4].", lambda: L.SpatialDropout2D(0.5)(X)),
    ("'maximum': the input must be a list of arrays; got one dict.", lambda: L.Maximum()({"a": X, "b": X})),
    ("'subtract': the input must be a list of 2 arrays; got 3.", lambda: L.Subtract()([X, X, X])),
    ("axis must be in -2..1 for f32[6,4]; got 9.", lambda: L.Softmax(axis=9)(X)),
    ("LeakyReLU: negative_slope must be a float; got 'a'.", lambda: L.LeakyReLU(negative_slope="a")),
    ("shared_axes must be axes behind the batch, 1..1; got (7,).", lambda: L.PReLU(shared_axes=[7])(X)),
    ("and be fewer than num_bins; got [3, 1, 2] and num_bins", lambda: L.Discretization(bin_boundaries=[3, 1, 2])),
    ("Hashing: num_bins must be a positive int; got 0.", lambda: L.Hashing(num_bins=0)),
    ("RandomCrop: height must be a positive int; got '4'.", lambda: L.RandomCrop("4", 4)),
    ("height_factor must be a number, or two, in -1..1; got None.", lambda: L.RandomZoom(None)),
    ("inside must have a kernel or embeddings; got <Flatten", lambda: L.SpectralNormalization(L.Flatten())(X)),
    ("\"count\" or \"tf_idf\"; got 'integer'. Did you mea", lambda: L.TextVectorization(output_mode="integer")),
    ("must have terms, each once; got ['a'] twice, or the mask", lambda: L.StringLookup(vocabulary=["a", "a"])),
    ("terms must be integers; got 'a'. StringLookup takes te", lambda: L.IntegerLookup(vocabulary=["a"])),
    ("; got weights=[", lambda: L.Embedding(10, 4, weights=[np.ones((10, 4))])),
    ("Embedding: output_dim must be given; got input_dim.", lambda: L.Embedding(10)),
    ("(in lower case, too); got",
     lambda: L.Embedding(10, 4, embeddings_initializer=np.ones((10, 4)))),
    ("LSTMCell 'lstm_cell': call: states must be given; got x.", lambda: L.LSTMCell(4)(X)),
    ("': states must be 2 arrays; got 1.", lambda: L.LSTMCell(4)(X, [np.ones((6, 4), "f")])),
    ("': call: arguments must be among x; got mask=", lambda: L.Dense(3)(X, mask=np.ones(6))),
    ("L2: l2 must be a finite number >= 0; got -1.", lambda: wg.regularizers.L2(-1)),
    ("MaxNorm: max_value must be ", lambda: wg.constraints.MaxNorm(-1)),
    ("Constant: value must be a float; got 'a'.", lambda: wg.initializers.Constant("a")),
    ("must be fan_in, fan_out or fan_avg; got 'fan_inn'.", lambda: wg.initializers.VarianceScaling(mode="fan_inn")),
    ("RandomUniform: minval must be at most maxval; got 1 and -1.", lambda: wg.initializers.RandomUniform(1, -1)),
    ("the weight must have two axes at least; got shape (3,).", lambda: wg.initializers.Orthogonal()((3,))),
    ("Dense: trainable must be a bool; got 'no'.", lambda: L.Dense(3, trainable="no")),
    ("Dense: trainable must be a bool; got 'no'.", lambda: setattr(L.Dense(3), "trainable", "no")),
    ("as it is once there are weights; got 5. Make a new one.", lambda: setattr(built(L.Dense(3)), "units", 5)),
    ("must keep its shape f32[4,3]; got f64[2,2].", lambda: built(L.Dense(3)).kernel.assign(np.ones((2, 2)))),
]  # fmt: skip


@pytest.mark.parametrize(("says", "program"), MISUSES)
def test_layers_misused_are_told(says, program, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    require_told(program, says)
