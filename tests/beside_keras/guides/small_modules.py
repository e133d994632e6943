"""What Keras keeps in its small modules: trees, settings, policies, scopes, progress bars, files."""

import collections
import os
import tempfile
import wave

import numpy as np


def trees_are_flattened_and_packed(keras):
    tree = {"b": [1, 2], "a": (3, None)}
    assert keras.tree.flatten(tree) == [3, None, 1, 2]
    assert keras.tree.flatten(collections.OrderedDict([("b", 1), ("a", 2)])) == [1, 2]
    assert keras.tree.pack_sequence_as(tree, "wxyz") == {"b": ["y", "z"], "a": ("w", "x")}
    assert [path for path, _ in keras.tree.flatten_with_path(tree)] == [
        ("a", 0),
        ("a", 1),
        ("b", 0),
        ("b", 1),
    ]
    assert keras.tree.is_nested(()) and not keras.tree.is_nested(None)
    assert keras.tree.flatten(collections.deque([1, (2,)])) == [1, 2]


def trees_are_mapped(keras):
    Point = collections.namedtuple("Point", ["x", "y"])
    assert keras.tree.map_structure(lambda v: v * 2, Point(1, 2)) == Point(2, 4)
    assert keras.tree.map_structure(lambda x, y: x * y, [1, {"a": 2}], [3, {"a": 4}]) == [3, {"a": 8}]
    assert keras.tree.map_structure(lambda v: 1, [None, 2], none_is_leaf=False) == [None, 1]
    assert keras.tree.map_structure_up_to([0, [0, 0]], str, [[1, 1], [2, 2]]) == ["[1, 1]", ["2", "2"]]
    assert keras.tree.map_shape_structure(len, {"a": (None, 3), "b": [(2,)]}) == {"a": 2, "b": [1]}
    assert keras.tree.lists_to_tuples([1, {"a": [2]}]) == (1, {"a": (2,)})


def trees_are_traversed(keras):
    seen = []
    keras.tree.traverse(seen.append, [(1, 2), {"a": 4}], top_down=True)
    assert seen == [[(1, 2), {"a": 4}], (1, 2), 1, 2, {"a": 4}, 4]
    seen = []
    keras.tree.traverse(seen.append, [(1, 2), {"a": 4}], top_down=False)
    assert seen == [1, 2, (1, 2), 4, {"a": 4}, [(1, 2), {"a": 4}]]
    none_for_lists = lambda x: keras.tree.MAP_TO_NONE if isinstance(x, list) else None  # noqa: E731
    assert keras.tree.traverse(none_for_lists, {"a": [1], "b": 2}) == {"a": None, "b": 2}


def trees_of_other_forms_are_refused(keras):
    keras.tree.assert_same_structure([(0, 1)], [(2, 3)])
    keras.tree.assert_same_paths([0, 1], (2, 3))
    for call in (
        lambda: keras.tree.assert_same_structure([0, 1], (0, 1)),
        lambda: keras.tree.assert_same_structure({"a": 1}, {"b": 1}),
        lambda: keras.tree.assert_same_paths([0, 1], [0, [1]]),
        lambda: keras.tree.map_structure(max, [1], [1, 2]),
        lambda: keras.tree.pack_sequence_as([0, 0], [1]),
    ):
        try:
            call()
        except ValueError:
            continue
        raise AssertionError("nothing was refused")


def sequences_by_their_older_name(keras):
    padded = keras.preprocessing.sequence.pad_sequences([[1], [2, 3]], padding="post", value=9)
    np.testing.assert_array_equal(padded, [[1, 9], [2, 3]])


def pictures_by_their_older_name(keras):
    pixels = np.arange(6 * 4 * 3).reshape(6, 4, 3).astype("uint8")
    image = keras.preprocessing.image.array_to_img(pixels, scale=False)
    assert image.size == (4, 6)
    np.testing.assert_array_equal(keras.preprocessing.image.img_to_array(image), pixels)
    assert keras.utils.img_to_array(image, data_format="channels_first").shape == (3, 6, 4)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "image.png")
        keras.preprocessing.image.save_img(path, pixels, scale=False)
        small = keras.preprocessing.image.load_img(path, target_size=(3, 2))
        np.testing.assert_array_equal(np.asarray(small), pixels[1::2, 1::2])
        square = keras.utils.load_img(path, target_size=(4, 4), keep_aspect_ratio=True)
        np.testing.assert_array_equal(np.asarray(square), pixels[1:5])
        grey = keras.utils.load_img(
            path, color_mode="grayscale", target_size=(2, 2), interpolation="bilinear"
        )
        assert grey.mode == "L"
    resized = np.asarray(keras.preprocessing.image.smart_resize(pixels.astype("float32"), (2, 2)))
    np.testing.assert_allclose(resized, pixels[1:5].reshape(2, 2, 2, 2, 3).mean((1, 3)), rtol=1e-5)


def sounds_in_folders(keras):
    with tempfile.TemporaryDirectory() as folder:
        for name, length in (("high", 8), ("low", 6)):
            os.makedirs(os.path.join(folder, name))
            with wave.open(os.path.join(folder, name, "0.wav"), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8000)
                file.writeframes(np.full(length, 2**14, "<i2").tobytes())
        dataset = keras.utils.audio_dataset_from_directory(folder, batch_size=2, shuffle=False, verbose=False)
        ((x, y),) = [(np.asarray(x), np.asarray(y)) for x, y in dataset]
        assert dataset.class_names == ["high", "low"] and y.tolist() == [0, 1]
        np.testing.assert_allclose(x[:, :, 0], [[0.5] * 8, [0.5] * 6 + [0] * 2])


def texts_in_two_subsets(keras):
    with tempfile.TemporaryDirectory() as folder:
        for name in ("cats", "dogs"):
            os.makedirs(os.path.join(folder, name))
            for k in range(5):
                with open(os.path.join(folder, name, f"{k}.txt"), "w") as file:
                    file.write(f"{name} {k}")
        train, held = keras.utils.text_dataset_from_directory(
            folder, validation_split=0.2, subset="both", seed=1, batch_size=None, verbose=False
        )
        for _ in range(2):  # no text is in both, in any epoch
            seen = [{bytes(np.asarray(x).item().encode()) if isinstance(np.asarray(x).item(), str) else
                     np.asarray(x).item() for x, _ in part} for part in (train, held)]  # fmt: skip
            assert [len(s) for s in seen] == [8, 2] and not seen[0] & seen[1]


def a_progress_bar(keras):
    bar = keras.utils.Progbar(3, verbose=0, stateful_metrics=["accuracy"])
    for step in range(1, 4):
        bar.update(step, values=[("loss", 1 / step), ("accuracy", 0.5)])
    keras.utils.Progbar(None, verbose=0).add(2, [("loss", 1.0)])


def settings_of_logging_and_tracebacks(keras):
    assert keras.config.is_interactive_logging_enabled() and keras.config.is_traceback_filtering_enabled()
    keras.config.disable_interactive_logging()
    keras.config.disable_traceback_filtering()
    assert not keras.config.is_interactive_logging_enabled()
    assert not keras.config.is_traceback_filtering_enabled()
    keras.utils.enable_interactive_logging()
    keras.config.enable_traceback_filtering()
    assert keras.utils.is_interactive_logging_enabled() and keras.config.is_traceback_filtering_enabled()
    assert keras.config.is_nnx_enabled() is False


def epsilon_is_what_losses_use(keras):
    try:
        keras.config.set_epsilon(1e-2)
        assert keras.backend.epsilon() == 1e-2
        loss = keras.losses.binary_crossentropy(np.array([[1.0]], "float32"), np.array([[0.0]], "float32"))
        np.testing.assert_allclose(np.asarray(loss), -np.log(1e-2), rtol=1e-5)
    finally:
        keras.config.set_epsilon(1e-7)


def training_is_cut_short(keras):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.ones((12, 3), "float32"), np.ones((12, 1), "float32")
    steps = []
    count = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: steps.append(batch))
    keras.config.set_max_epochs(2)
    keras.config.set_max_steps_per_epoch(3)
    try:
        history = model.fit(x, y, batch_size=2, epochs=5, verbose=0, callbacks=[count])
        assert len(model.predict(x, batch_size=2, verbose=0)) == 6
    finally:
        keras.config.set_max_epochs(None)
        keras.config.set_max_steps_per_epoch(None)
    assert len(history.history["loss"]) == 2 and steps == [0, 1, 2] * 2
    assert keras.config.max_epochs() is None and keras.config.max_steps_per_epoch() is None


def policies_of_dtypes(keras):
    policy = keras.DTypePolicy("mixed_bfloat16")
    assert (policy.compute_dtype, policy.variable_dtype) == ("bfloat16", "float32")
    layer = keras.layers.Dense(2, dtype=policy)
    assert layer.dtype_policy == policy and layer.compute_dtype == "bfloat16"
    again = keras.dtype_policies.deserialize(keras.dtype_policies.serialize(policy))
    assert again == policy and keras.dtype_policies.get("float32").name == "float32"
    assert keras.mixed_precision.DTypePolicy is keras.DTypePolicy
    assert keras.mixed_precision.LossScaleOptimizer is keras.optimizers.LossScaleOptimizer
    assert repr(policy) == '<DTypePolicy "mixed_bfloat16">'


def a_layer_says_what_it_takes(keras):
    class Rows(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.input_spec = keras.layers.InputSpec(min_ndim=2, axes={-1: 3})

        def call(self, inputs):
            return inputs

    assert Rows()(np.ones((2, 3), "float32")).shape == (2, 3)
    for wrong in (np.ones((3,), "float32"), np.ones((2, 4), "float32")):
        try:
            Rows()(wrong)
        except ValueError:
            continue
        raise AssertionError("nothing was refused")


def symbols_are_keras_tensors(keras):
    x = keras.Input((3,))
    y = keras.layers.Dense(2)(x) + 1.0
    assert isinstance(x, keras.KerasTensor) and isinstance(y, keras.KerasTensor)
    assert not isinstance(np.ones(3), keras.KerasTensor)
    (source,) = keras.utils.get_source_inputs(y)
    assert source is x
    given = keras.layers.Dense(5).compute_output_spec(keras.KerasTensor((4, 3), "float32"))
    assert tuple(given.shape) == (4, 5)


def an_operation_of_a_user(keras):
    class Double(keras.Operation):
        def call(self, x):
            return x * 2

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape, x.dtype)

    assert isinstance(keras.layers.Dense(2), keras.Operation)
    assert np.asarray(Double()(np.array([1.0, 2.0], "float32"))).tolist() == [2.0, 4.0]


def names_within_a_scope(keras):
    with keras.name_scope("outer"), keras.name_scope("inner"):
        v = keras.Variable(0.0, name="v")
    assert v.path == "outer/inner/v" and v.name == "v"


def the_device_is_the_cpu(keras):
    with keras.device("cpu:0"):
        assert keras.ops.ones((2,)).shape == (2,)


def values_computed_again(keras):
    class Block(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(3)
            self.inner = keras.remat(lambda x: keras.ops.tanh(x) * 2.0)

        def build(self, input_shape):
            self.dense.build(input_shape)

        def call(self, x):
            return self.inner(self.dense(x))

    with keras.RematScope(mode="list_of_layers", layer_names=["wide"]):
        wide = keras.layers.Dense(16, activation="relu", name="wide")
    model = keras.Sequential([keras.Input((3,)), wide, Block(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    history = model.fit(x, x[:, :1], epochs=3, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]


def several_optimizers(keras):
    optimizers = keras.optimizers.OptimizerMap(
        keras.optimizers.SGD(0.0), {".*first/.*": keras.optimizers.Adam(0.1)}
    )
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, name="first"), keras.layers.Dense(1, name="last")]
    )
    model.compile(keras.optimizers.MultiOptimizer(optimizers), "mse")
    before = [np.array(w) for w in model.get_weights()]
    model.fit(np.ones((4, 3), "float32"), np.zeros((4, 1), "float32"), verbose=0)
    changed = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert changed == [True, True, False, False]
    assert isinstance(optimizers["first/kernel"], keras.optimizers.Adam)
    assert isinstance(optimizers["last/kernel"], keras.optimizers.SGD)


def a_clone_is_compiled(keras):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.5), "mse", metrics=["mae"])
    clone = keras.models.clone_model(model)
    assert clone.compiled and clone.optimizer is not model.optimizer
    assert float(np.asarray(clone.optimizer.learning_rate)) == 0.5
    clone.fit(np.ones((4, 3), "float32"), np.zeros((4, 1), "float32"), verbose=0)


def named_values(keras):
    config = keras.utils.Config(learning_rate=0.1)
    config.momentum = 0.9
    assert config["momentum"] == 0.9 and sorted(config) == ["learning_rate", "momentum"]
    assert config.as_dict() == {"learning_rate": 0.1, "momentum": 0.9}
    config.freeze()
    try:
        config.momentum = 0
    except ValueError:
        return
    raise AssertionError("nothing was refused")


def the_version(keras):
    assert keras.version() == keras.__version__


def arguments_without_effect_here(keras):
    metric = keras.metrics.Mean("loss", dtype="float32")
    metric.update_state([1.0, 3.0])
    assert float(metric.result()) == 2.0
    assert keras.losses.MeanSquaredError(dtype="float32").name == "mean_squared_error"
    assert issubclass(keras.utils.Sequence, keras.utils.PyDataset)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.weights.h5")
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        model.save_weights(path)
        before = [np.array(w) for w in model.get_weights()]
        model.load_weights(path, skip_mismatch=True)
        for a, b in zip(before, model.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)
