"""Every layer, under the names Keras has for them: `wg.layers`."""

from wengert.nn.attention import (
    GroupedQueryAttention,
    GroupQueryAttention,
    MultiHeadAttention,
)
from wengert.nn.cells import GRUCell, LSTMCell, SimpleRNNCell
from wengert.nn.config import descriptions
from wengert.nn.conv import Conv1D, Conv2D, Conv3D
from wengert.nn.conv_lstm import ConvLSTM1D, ConvLSTM2D, ConvLSTM3D
from wengert.nn.conv_transpose import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
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
from wengert.nn.depthwise import DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D
from wengert.nn.embed import Embedding, PositionEmbedding
from wengert.nn.layer import Layer
from wengert.nn.merge import Add, Average, Concatenate, Maximum, Minimum, Multiply, Subtract
from wengert.nn.norm import BatchNormalization, LayerNormalization
from wengert.nn.pad import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from wengert.nn.pool import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from wengert.nn.preprocessing.colours import (
    AutoContrast,
    CutMix,
    MixUp,
    RandomBrightness,
    RandomContrast,
    RandomGrayscale,
    Solarization,
)
from wengert.nn.preprocessing.hashing import HashedCrossing, Hashing
from wengert.nn.preprocessing.images import CenterCrop, RandomCrop, RandomErasing, RandomFlip, Resizing
from wengert.nn.preprocessing.lookup import IntegerLookup, StringLookup
from wengert.nn.preprocessing.numbers import CategoryEncoding, Discretization, Normalization, Rescaling
from wengert.nn.preprocessing.text import TextVectorization
from wengert.nn.preprocessing.warps import RandomRotation, RandomShear, RandomTranslation, RandomZoom
from wengert.nn.recurrent import GRU, LSTM, RNN, SimpleRNN
from wengert.nn.scored import AdditiveAttention, Attention
from wengert.nn.stacked import StackedRNNCells
from wengert.nn.wrappers import Bidirectional, TimeDistributed

serialize, deserialize = descriptions(Layer)

__all__ = [
    "Activation",
    "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D",
    "AdaptiveMaxPooling3D",
    "Add",
    "AdditiveAttention",
    "Attention",
    "AutoContrast",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "BatchNormalization",
    "Bidirectional",
    "CategoryEncoding",
    "CenterCrop",
    "Concatenate",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "CutMix",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Discretization",
    "Dropout",
    "ELU",
    "Embedding",
    "Flatten",
    "GRU",
    "GRUCell",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GroupQueryAttention",
    "GroupedQueryAttention",
    "HashedCrossing",
    "Hashing",
    "Input",
    "InputLayer",
    "IntegerLookup",
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
    "MixUp",
    "MultiHeadAttention",
    "Multiply",
    "Normalization",
    "PositionEmbedding",
    "RNN",
    "RandomBrightness",
    "RandomContrast",
    "RandomCrop",
    "RandomErasing",
    "RandomFlip",
    "RandomGrayscale",
    "RandomRotation",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "ReLU",
    "Rescaling",
    "Reshape",
    "Resizing",
    "SeparableConv1D",
    "SeparableConv2D",
    "SimpleRNN",
    "SimpleRNNCell",
    "Softmax",
    "Solarization",
    "StackedRNNCells",
    "StringLookup",
    "Subtract",
    "TextVectorization",
    "TimeDistributed",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "deserialize",
    "serialize",
]
