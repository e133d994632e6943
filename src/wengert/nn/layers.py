"""Every layer, under the names Keras has for them: `wg.layers`."""

from wengert.nn.attention import Attention, MultiHeadAttention
from wengert.nn.cells import GRUCell, LSTMCell, SimpleRNNCell
from wengert.nn.config import descriptions
from wengert.nn.conv import Conv1D, Conv2D, Conv3D
from wengert.nn.core import (
    ELU,
    Activation,
    Dense,
    Dropout,
    Flatten,
    Input,
    InputLayer,
    LeakyReLU,
    ReLU,
    Reshape,
    Softmax,
)
from wengert.nn.embed import Embedding, PositionEmbedding
from wengert.nn.layer import Layer
from wengert.nn.merge import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from wengert.nn.norm import BatchNormalization, LayerNormalization
from wengert.nn.pad import ZeroPadding2D
from wengert.nn.pool import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from wengert.nn.recurrent import GRU, LSTM, RNN, SimpleRNN
from wengert.nn.wrappers import Bidirectional, TimeDistributed

serialize, deserialize = descriptions(Layer)

__all__ = [
    "Activation",
    "Add",
    "Attention",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "BatchNormalization",
    "Bidirectional",
    "Concatenate",
    "Conv1D",
    "Conv2D",
    "Conv3D",
    "Dense",
    "Dropout",
    "ELU",
    "Embedding",
    "Flatten",
    "GRU",
    "GRUCell",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "Input",
    "InputLayer",
    "LSTM",
    "LSTMCell",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "Maximum",
    "Minimum",
    "MultiHeadAttention",
    "Multiply",
    "PositionEmbedding",
    "RNN",
    "ReLU",
    "Reshape",
    "SimpleRNN",
    "SimpleRNNCell",
    "Softmax",
    "Subtract",
    "TimeDistributed",
    "ZeroPadding2D",
    "serialize",
    "deserialize",
]
