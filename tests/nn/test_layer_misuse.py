"""Misuse of every layer: each argument that makes no sense, and each input that does not fit, is refused.

The error is one of Wengert's, begins with the layer, says what must hold and what it got, and ends with the line.
"""

import dataclasses

import numpy as np
import pytest

import wengert as wg
from tests.beside_keras.layer_cases import CASES
from tests.beside_keras.layer_cases.case import arguments, layer_of, made
from wengert.base.errors import WengertError

NO_COUNT = (0, -1, 2.5, "3", None, True)
NO_COUNTS = (0, -1, 2.5, "3", (), (1, 2, 3, 4), (0, 0, 0))
NO_RATE = (-0.1, 1.0, 2, "0.5", None)
NO_TRUTH = ("yes", 2, None)
NO_AXIS = (99, 1.5, "last")
BY_NAME = {
    **dict.fromkeys(
        ("units", "filters", "groups", "depth_multiplier", "n", "input_dim", "output_dim"), NO_COUNT
    ),
    **dict.fromkeys(("num_heads", "key_dim", "power_iterations", "sequence_length"), NO_COUNT),
    **dict.fromkeys(("kernel_size", "dilation_rate", "output_size", "size", "pool_size"), NO_COUNTS),
    **dict.fromkeys(("rate", "dropout", "recurrent_dropout"), NO_RATE),
    "strides": (0, -1, 2.5, "3", (), (1, 2, 3, 4)),
    **dict.fromkeys(("momentum", "renorm_momentum"), (-1, 2, "x")),
    "renorm_clipping": ({"max": 1}, {"rmin": 2, "rmax": 1}, {"dmax": -1}, 3),
    "epsilon": (0, -1, "x"),
    "stddev": (-1, "x", None),
    "axis": NO_AXIS,
    "axes": (0, 99, "last", (1, 2, 3)),
    "dims": ((0, 1), (1, 1), "12", 3),
    "cropping": (-1, 2.5, "x", ((1,), (2,), (3,)), 99),
    "output_padding": (-1, 99, "x"),
    "target_shape": (3, (-1, -1), (2.5,), "x"),
    "equation": ("ab,bc", "ab,bc->ad", 3),
    "bias_axes": ("z", 3),
    "shared_axes": ((0,), (99,), ("a",)),
    "noise_shape": (3, (7, 7)),
    "padding": ("sme", 3.5, None),
    "data_format": ("channel_last", 3),
    "interpolation": ("biliner", None),
    "merge_mode": ("concatenate",),
    "score_mode": ("dots",),
    "layer": (3, "Dense", None),
    "cell": (3, "LSTMCell"),
    "l1": (-1, "x"),
    "l2": (-1, "x"),
    "logit_soft_cap": (0, "x"),
    "negative_slope": ("x", None),
    "alpha": ("x", None),
    "name": (3,),
    "dtype": ("flaot32",),
    "activity_regularizer": ("l22",),
}
"""Values that make no sense, by the argument's name; for others by its kind."""
BY_ENDING = {
    "_initializer": ("glorot_unifrom", 3),
    "_regularizer": ("l22", 3, wg.constraints.NonNeg()),
    "_constraint": ("max_nrm", 3, wg.regularizers.L2()),
    "activation": ("rellu", 3),
}
LOOKUPS = ("StringLookup", "IntegerLookup", "TextVectorization")
SENSIBLE = {
    *(
        (kind, "pad_to_max_tokens", value) for kind in LOOKUPS for value in ("yes", 2)
    ),  # max_tokens is missing anyway
    ("ActivityRegularization", "activity_regularizer", "l22"),
    ("Discretization", "epsilon", 0),
    ("Discretization", "epsilon", -1),
    ("GroupNormalization", "groups", -1),
    ("ReLU", "negative_slope", None),
    ("MelSpectrogram", "sequence_length", None),
}
"""What is allowed here, or refused for another reason."""


def wrong_values(kind, field):
    values = BY_NAME.get(field.name)
    if values is None:
        values = next((v for ending, v in BY_ENDING.items() if field.name.endswith(ending)), None)
    if values is None and str(field.type) == "bool":
        values = NO_TRUTH
    if values is None and str(field.type) == "int":
        values = (2.5, "x")
    return [
        v
        for v in values or ()
        if not any((kind, field.name, v) == s for s in SENSIBLE if type(v) is type(s[2]))
    ]


def first_cases():
    for name, case in CASES.items():
        if name.endswith("-0"):
            yield name, case, getattr(wg.layers, case.kind)


WRONG = [
    pytest.param(name, field.name, value, id=f"{case.kind}-{field.name}-{value!r}")
    for name, case, cls in first_cases()
    for field in dataclasses.fields(cls)
    if field.init
    for value in wrong_values(case.kind, field)
]


def told(error, name):
    """The message, which must say whom it concerns and where."""
    message = str(error)
    assert message.endswith("]"), message
    assert "[test_layer_misuse.py:" in message, message
    assert "documentation says" not in message, f"nobody foresaw this: {message}"
    return message


@pytest.mark.parametrize(("name", "argument", "value"), WRONG)
def test_an_argument_that_makes_no_sense_is_refused_at_the_users_line(name, argument, value):
    case = CASES[name]
    given = {k: made(v, wg) for k, v in case.arguments.items()} | {argument: value}
    x, call = arguments(name, case)
    with pytest.raises((WengertError, TypeError, ValueError)) as caught:
        getattr(wg.layers, case.kind)(**given)(x, **call)
    message = told(caught.value, name)
    words = value if isinstance(value, str) else repr(value)
    assert words in message, f"the message must show {words}: {message}"


LAYERS = [name for name, _, _ in first_cases()]


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("wrong", ["text", "nothing", "layer", "objects"])
def test_what_is_no_array_is_refused_at_the_users_line(name, wrong):
    layer, (_, call) = layer_of(CASES[name], wg), arguments(name, CASES[name])
    if type(layer).__module__.startswith("wengert.nn.preprocessing"):
        pytest.skip("takes text, or values of any kind")
    x = {"text": "hello", "nothing": None, "layer": wg.layers.Flatten(), "objects": np.array([object()])}[
        wrong
    ]
    with pytest.raises((WengertError, TypeError, ValueError)) as caught:
        layer(x, **call)
    told(caught.value, name)


ANY_SHAPE = {
    "Activation", "ReLU", "LeakyReLU", "ELU", "Dropout", "Identity", "Flatten", "GaussianNoise", "GaussianDropout",
    "AlphaDropout", "ActivityRegularization", "Embedding", "ReversibleEmbedding", "PReLU",
}  # fmt: skip
"""Layers that take any number of axes."""


@pytest.mark.parametrize("name", [n for n in LAYERS if CASES[n].kind not in ANY_SHAPE])
def test_a_single_number_is_refused_at_the_users_line(name):
    layer, (_, call) = layer_of(CASES[name], wg), arguments(name, CASES[name])
    if type(layer).__module__.startswith("wengert.nn.preprocessing"):
        pytest.skip("takes any number of axes")
    with pytest.raises((WengertError, TypeError, ValueError)) as caught:
        layer(np.float32(1), **call)
    told(caught.value, name)


@pytest.mark.parametrize("name", LAYERS)
def test_other_channels_than_it_was_built_for_are_refused_at_the_users_line(name):
    layer, (x, call) = layer_of(CASES[name], wg), arguments(name, CASES[name])
    if not isinstance(x, np.ndarray) or x.dtype != np.float32 or call:
        pytest.skip("takes something else than one array of floats")
    layer(x)
    at = 1 if getattr(layer, "data_format", None) == "channels_first" else -1
    if not any(x.shape[at] in w.shape for w in layer.trainable_weights):
        pytest.skip("has no weights for channels")
    with pytest.raises((WengertError, TypeError, ValueError)) as caught:
        layer(np.concatenate([x, x], at))
    told(caught.value, name)


def test_hundreds_of_arguments_are_tried():
    assert len(WRONG) > 800
