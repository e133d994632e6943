"""Arguments of constructors beside Keras's: names, order, and values that are taken when none is given."""

import ast
import json

import pytest

import wengert as wg
from tests.beside_keras.arguments_in_keras import functions, main

pytestmark = pytest.mark.slow
ABSENT = {
    "layers": {
        "FlaxLayer",
        "JaxLayer",
        "TFSMLayer",
        "TorchModuleWrapper",
        "MaxNumBoundingBoxes",
    },
    "callbacks": {"OrbaxCheckpoint", "RemoteMonitor"},
}
"""Classes that only wrap another framework, or are not here yet."""
LEFT_OUT = {
    "sparse", "ragged", "encoding", "vocabulary_dtype",  # there are no sparse or ragged arrays
    "lora_rank", "lora_alpha", "quantization_config", "gptq_unpacked_column_size", "weights", "use_cudnn",
    "flash_attention", "synchronized", "bounding_box_format", "dtype", "name", "tensor", "input_tensor", "optional",
    "batch_shape", "profile_batch", "embeddings_freq", "embeddings_metadata", "double_checkpoint", "add_history",
    "add_progbar",
}  # fmt: skip
"""Arguments for what there is not here; `dtype` of what computes in the dtype of its inputs."""
OTHERWISE = {"callbacks.CallbackList", "layers.InputLayer", "losses.Loss"}
"""What `fit` and `Input` alone make; a base whose arguments by place are those of its subclasses."""
FREE = {
    "name",
    "exclude_layers",
    "num_tokens",
    "inner_optimizer",
    "target_shape",
    "pool_size",
    "learning_rate",
}
"""Arguments whose value by default may differ: None is a name made of the class; others must be given in Keras."""


@pytest.fixture(scope="module")
def both(ask):
    theirs, ours = json.loads(ask("arguments_in_keras")["arguments"].item()), main(wg)
    return {name: (found, ours.get(name)) for name, found in theirs.items() if name not in OTHERWISE}


def plain(text):
    """The value that a default means: (2, 2) is 2, 'Zeros' is 'zeros', 1e-07 is 1e-7."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    while isinstance(value, tuple | list) and value and all(v == value[0] for v in value):
        value = value[0]
    return value.lower().replace("_", "") if isinstance(value, str) else value


def test_every_class_is_there(both):
    missing = {name for name, (_, ours) in both.items() if ours is None}
    assert missing == {f"{family}.{name}" for family, names in ABSENT.items() for name in names} & set(both)


FUNCTIONS = {
    "backend.result_type": ["dtypes"],  # two or more, by place, as in the array API
    "models.clone_model": ["call_function", "input_tensors", "recursive"],
    "saving.load_weights": ["skip_mismatch"],  # which it hands on
    "saving.save_model": ["zipped"],
    "saving.save_weights": ["max_shard_size"],
    "utils.model_to_dot": [
        "dpi",
        "expand_nested",
        "splines",
        "subgraph",
    ],  # which is text, not an object of pydot
    "utils.plot_model": ["expand_nested", "splines"],
    "utils.split_dataset": ["preferred_backend"],
}
"""Arguments of functions that are not here."""


def test_every_function_of_the_small_modules_takes_the_same(ask):
    theirs, ours = json.loads(ask("arguments_in_keras")["functions"].item()), functions(wg)
    missing = {name: sorted(set(wanted) - set(ours.get(name, ()))) for name, wanted in theirs.items()}
    known = FUNCTIONS | {f"models.{n.partition('.')[2]}": v for n, v in FUNCTIONS.items()}
    assert {n: m for n, m in missing.items() if set(m) - {"args", "kwargs"} - set(known.get(n, ()))} == {}
    assert [name for name in theirs if name not in ours] == []


def test_every_argument_is_there(both):
    for name, (theirs, ours) in both.items():
        if ours is not None:
            missing = {a for a, _, _ in theirs} - {a for a, _, _ in ours} - LEFT_OUT
            assert not missing, f"{name} takes {sorted(missing)}, too"


def test_arguments_by_place_have_the_order_of_keras(both):
    for name, (theirs, ours) in both.items():
        known = {a for a, _, _ in ours or ()}
        want = [a for a, placed, _ in theirs if placed and a in known][:5]
        got = [a for a, placed, _ in ours or () if placed and a in {b for b, _, _ in theirs}]
        assert got[: len(want)] == want[: len(got)], name


def test_what_is_not_given_has_the_value_of_keras(both):
    for name, (theirs, ours) in both.items():
        values = {a: default for a, _, default in ours or ()}
        for a, _, default in theirs:
            if a in values and a not in FREE:
                assert plain(str(values[a])) == plain(str(default)), f"{name}({a})"
