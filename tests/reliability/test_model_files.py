"""R4 and R6: damaged files are told from whole ones; hostile ones run nothing, read nothing else, cost little."""

import json
import os
import tracemalloc
import zipfile

import numpy as np
import pytest

import wengert as wg
from tests.train.models import everything
from wengert.base.errors import FormatError
from wengert.train import container

MIB = 2**20
TRIALS = 1000  # times the effort: 10,000 of each kind for a release


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A model's file: its bytes, where its header ends, and what it holds."""
    path = tmp_path_factory.mktemp("whole") / "model.wg"
    x, z = wg.Input((6, 6, 2), name="x"), wg.Input((3,), name="z")
    flat = wg.layers.Flatten()(wg.layers.Conv2D(3, 3)(x))
    model = wg.Model([x, z], wg.layers.Dense(2)(wg.concatenate([flat, z], axis=-1)))
    model.compile("adam", "mse", run_eagerly=True)
    model.save(path)
    data = path.read_bytes()
    return data, 8 + int.from_bytes(data[:8], "little"), container.read(path)[1]


def mutated(data, rng, start, stop):
    """One of the changes that storage and networks make, somewhere in data[start:stop]."""
    at = int(rng.integers(start, stop))
    n = int(rng.integers(1, min(64, stop - at) + 1))
    new = bytearray(data)
    match int(rng.integers(0, 7)):
        case 0:
            new[at] ^= 1 << int(rng.integers(0, 8))
        case 1:
            new[at : at + n] = rng.integers(0, 256, n, dtype=np.uint8).tobytes()
        case 2:
            new[at : at + n] = bytes(n)
        case 3:
            del new[at : at + n]
        case 4:
            new[at:at] = rng.integers(0, 256, n, dtype=np.uint8).tobytes()
        case 5:
            del new[at:]
        case 6:
            other = int(rng.integers(start, stop - n + 1))
            new[at : at + n], new[other : other + n] = data[other : other + n], data[at : at + n]
    return bytes(new)


@pytest.mark.parametrize("part", ["anywhere", "header", "tensors"])
def test_a_mutated_file_is_an_error_that_names_it(part, whole, effort, tmp_path):
    """Never another model, never another error; where a tensor was hit, its name and place are told."""
    data, header, tensors = whole
    start, stop = {"anywhere": (0, len(data)), "header": (0, header), "tensors": (header, len(data))}[part]
    path = tmp_path / "model.wg"
    for seed in range(TRIALS * effort if part != "anywhere" else TRIALS * effort // 2):
        new = mutated(data, np.random.default_rng(seed), start, stop)
        path.write_bytes(new)
        if new == data:
            wg.load_model(path)
            continue
        with pytest.raises(FormatError, match="model.wg") as found:
            wg.load_model(path)
        if part == "tensors" and len(new) == len(data):
            assert any(f"tensor {name!r} (bytes " in str(found.value) for name in tensors), f"seed {seed}"


def test_a_damaged_file_costs_no_more_than_its_size(whole, tmp_path):
    data, header, _ = whole
    path = tmp_path / "model.wg"
    for seed in range(50):
        path.write_bytes(mutated(data, np.random.default_rng(seed), 0, header))
        assert peak_of(lambda: pytest.raises(FormatError, wg.load_model, path)) < len(data) + 64 * MIB


def peak_of(action):
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# --- hostile files --------------------------------------------------------------------------------


def own(tmp_path, description, tensors=None):
    """A file of our own format, digests and all, as an attacker would write it."""
    path = tmp_path / "hostile.wg"
    container.write(path, {"format": 1, "kind": "model", "compile": None, **description}, tensors or {})
    return path


def described(config, kind="layers.Functional", shape="f32[batch,3]"):
    return {"model": {"class": kind, "config": config}, "input": ["value", shape]}


def functional(**changes):
    layer = {"class": "layers.InputLayer", "config": {"shape": [3], "name": "x"}}
    node = ["node", 0]
    config = {"layers": [layer], "calls": [[0, ["tuple"], ["dict"], 1]], "inputs": node, "outputs": node,
              "graph": "graph(%x: f32[batch,3]) {\n  return %x\n}"}  # fmt: skip
    return described(config | changes)


def dense(units, **more):
    return {"class": "layers.Dense", "config": {"units": units, **more}}


def deep(depth):
    found = dense(2)
    for _ in range(depth):
        found = {"class": "layers.Sequential", "config": {"layers": [found]}}
    return found


def graph(body, result="%0"):
    return f"graph(%x: f32[batch,3]) {{\n{body}\n  return {result}\n}}"


CYCLE = "graph(%x: f32[batch,3]) {\n  %0: f32[batch,3] = add(%0, %x)\n  return %0\n}"
SELF = {"layers": [{"class": "layers.InputLayer", "config": {"shape": [3]}}, dense(3)],
        "calls": [[1, ["tuple", ["node", 0]], ["dict"], 1], [0, ["tuple"], ["dict"], 1]],
        "graph": "graph(%a: f32[batch,3], %x: f32[batch,3]) {\n  return %a, %x\n}"}  # fmt: skip

OWN = {
    "nested deeper than Python": described({"layers": [deep(500)]}, "layers.Sequential"),
    "nested deeper than allowed": described({"layers": [deep(60)]}, "layers.Sequential"),
    "a class of the system": described({"command": "touch pwned"}, "os.system"),
    "a class by path": described({}, "layers.Dense.__init__"),
    "no layer": described({}, "optimizers.Adam"),
    "units beyond memory": described({"layers": [dense(2**40)]}, "layers.Sequential"),
    "an input beyond memory": described(
        {"layers": [dense(2)]}, "layers.Sequential", "f32[batch,100000,100000]"
    ),
    "negative lengths": described({"layers": [dense(2)]}, "layers.Sequential", "f32[batch,-3]"),
    "an activation that is code": described(
        {"layers": [dense(2, activation="__import__('os')")]}, "layers.Sequential"
    ),
    "a cyclic graph": functional(graph=CYCLE),
    "a call before its input": functional(**SELF),
    "an unknown primitive": functional(graph=graph("  %0: f32[batch,3] = system(%x)")),
    "a constant beyond memory": functional(graph=graph("  %0: f32[1099511627776] = const full 1.0")),
    "an array beyond memory": functional(
        graph=graph(
            "  %0: f32[batch,3,4611686018427387904] = broadcast_to(%x, shape=(batch, 3, 4611686018427387904))"
        )
    ),
    "a dimension bomb": functional(
        graph=f"graph(%x: f32[{'(' * 5000}batch{')' * 5000},3]) {{\n  return %x\n}}"
    ),
    "a graph that is no text": functional(graph=["node", 0]),
    "a graph of a hundred thousand steps": functional(
        graph=graph(
            "\n".join(f"  %{k}: f32[batch,3] = neg(%{k - 1 if k else 'x'})" for k in range(100_000)), "%99999"
        )
    ),
    "a node that is not there": functional(outputs=["node", 7]),
    "calls of a layer that is not there": functional(calls=[[9, ["tuple"], ["dict"], 1]]),
    "arguments nested deeper than Python": functional(outputs=json.loads("[" * 900 + "]" * 900)),
    "arguments of a wrong kind": functional(calls=[[0, ["value", 3], ["value", 3], 1]]),
    "results that are not there": functional(calls=[[0, ["tuple"], ["dict"], 10**9]]),
}


@pytest.mark.parametrize("name", OWN)
def test_hostile_files_of_our_own_are_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        path = own(tmp_path, OWN[name])
    except (wg.errors.UsageError, RecursionError):
        return  # it cannot even be written
    peak = peak_of(lambda: pytest.raises(FormatError, wg.load_model, path))
    assert peak < 256 * MIB
    assert [p.name for p in tmp_path.iterdir()] == ["hostile.wg"]


PLACES = ["/proc/self/mem", "/proc/self/environ", "/dev/zero", "/dev/stdin", "."]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("ending", ["", ".keras", ".safetensors"])
def test_what_is_no_regular_file_is_not_read(place, ending, tmp_path):
    link = tmp_path / f"model{ending}"
    link.symlink_to(place)
    with pytest.raises((FormatError, OSError)):
        wg.load_model(link)
    with pytest.raises((FormatError, OSError)):
        everything().load_weights(link)


@pytest.mark.parametrize("ending", ["", ".keras", ".weights.h5", ".safetensors"])
def test_a_pipe_is_not_waited_for(ending, tmp_path):
    os.mkfifo(tmp_path / f"model{ending}")
    with pytest.raises(FormatError, match="must be a regular file"):
        everything().load_weights(tmp_path / f"model{ending}")


@pytest.mark.parametrize("path", ["a\0.wengert", "", b"model.wengert", None, 0])
def test_what_is_no_path_is_no_file(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for call in (wg.load_model, everything().load_weights, everything().save, everything().save_weights):
        with pytest.raises(wg.errors.ArgumentError, match="the path must be a str or a pathlib.Path; got"):
            call(path)
    assert list(tmp_path.iterdir()) == []


# --- files of Keras -------------------------------------------------------------------------------


def keras(tmp_path, config, weights=b"", extra=(), compression=zipfile.ZIP_STORED):
    path = tmp_path / "hostile.keras"
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", config if isinstance(config, bytes | str) else json.dumps(config))
        archive.writestr("model.weights.h5", weights)
        for name, data in extra:
            archive.writestr(name, data)
    return path


def sequential(*layers):
    given = {"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": [None, 3]}}
    made = [{"module": "keras.layers", **layer} for layer in layers]
    return {"module": "keras", "class_name": "Sequential", "config": {"layers": [given, *made]}}


def keras_dense(**config):
    return {"class_name": "Dense", "config": config}


LAMBDA = {
    "class_name": "Lambda",
    "config": {"function": {"class_name": "__lambda__", "config": {"code": "YQ=="}}},
}
KERAS = {
    "a Lambda": sequential(LAMBDA),
    "a function of Python": sequential(
        keras_dense(units=1, activation={"module": "os", "class_name": "function", "config": "system"})
    ),
    "a module of the system": {"module": "os", "class_name": "system", "config": {"command": "touch pwned"}},
    "units beyond memory": sequential(keras_dense(units=2**40)),
    "no JSON": "{",
    "nested JSON": "[" * 200_000,
    "JSON with a key twice": '{"class_name": "Sequential", "class_name": "Sequential"}',
    "nested objects": json.dumps(sequential()).replace("[null, 3]", "[" * 300 + "]" * 300),
    "a cycle": {
        "module": "keras", "class_name": "Functional", "config": {"name": "m", "input_layers": ["d", 0, 0],
        "output_layers": ["d", 0, 0], "layers": [{"module": "keras.layers", "name": "d", **keras_dense(units=3),
        "inbound_nodes": [{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": ["d", 0, 0]}}],
        "kwargs": {}}]}]},
    },
}  # fmt: skip


@pytest.mark.parametrize("name", KERAS)
def test_hostile_files_of_keras_are_refused(name, tmp_path, monkeypatch):
    pytest.importorskip("h5py")
    monkeypatch.chdir(tmp_path)
    path = keras(tmp_path, KERAS[name])
    peak = peak_of(lambda: pytest.raises(FormatError, wg.load_model, path))
    assert peak < 256 * MIB
    assert [p.name for p in tmp_path.iterdir()] == ["hostile.keras"]


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    path = keras(
        tmp_path, sequential(keras_dense(units=1)), bytes(300 * MIB), compression=zipfile.ZIP_DEFLATED
    )
    assert peak_of(lambda: pytest.raises(FormatError, wg.load_model, path)) < 64 * MIB


def test_names_that_lead_out_of_the_archive_write_nothing(tmp_path):
    pytest.importorskip("h5py")
    path = keras(
        tmp_path, sequential(keras_dense(units=1)), b"", [("../escaped", "x"), ("/tmp/escaped", "x")]
    )
    with pytest.raises(FormatError):
        wg.load_model(path)
    assert not (tmp_path.parent / "escaped").exists()


def hdf5(tmp_path, fill):
    h5py = pytest.importorskip("h5py")
    model = wg.Sequential([wg.Input((3,)), wg.layers.Dense(2, name="d")])
    path = tmp_path / "hostile.weights.h5"
    model.save_weights(path)
    with h5py.File(path, "a") as file:
        fill(h5py, file, file["layers/dense/vars"], tmp_path)
    return model, path


def external_link(h5py, file, group, folder):
    with h5py.File(folder / "secret.h5", "w") as secret:
        secret["kernel"] = np.full((3, 2), 7, "float32")
    del group["0"]
    group["0"] = h5py.ExternalLink(str(folder / "secret.h5"), "kernel")


def external_storage(h5py, file, group, folder):
    (folder / "secret.bin").write_bytes(np.full((3, 2), 7, "float32").tobytes())
    del group["0"]
    group.create_dataset("0", (3, 2), "float32", external=[(str(folder / "secret.bin"), 0, 24)])


def soft_link(h5py, file, group, folder):
    del group["0"]
    group["0"] = h5py.SoftLink("/layers/dense/vars/1")


def huge(h5py, file, group, folder):
    del group["0"]
    group.create_dataset("0", (2**20, 2**20), "float32", chunks=(64, 64), compression="gzip")


def loop(h5py, file, group, folder):
    group["again"] = file["layers"]


def text(h5py, file, group, folder):
    del group["0"]
    group.create_dataset("0", data=np.array([[b"a", b"b"]] * 3))


@pytest.mark.parametrize("fill", [external_link, external_storage, soft_link, huge, text, loop])
def test_weights_of_keras_come_from_the_file_alone(fill, tmp_path):
    model, path = hdf5(tmp_path, fill)
    before = model.get_weights()
    if fill is loop:  # a ring of groups only has to end
        model.load_weights(path)
    else:
        refuse = pytest.raises(FormatError, match="hostile.weights.h5")
        assert peak_of(lambda: refusing(refuse, model, path)) < 64 * MIB
    np.testing.assert_array_equal(model.get_weights()[0], before[0])


def refusing(refuse, model, path):
    with refuse:
        model.load_weights(path)


def test_a_file_that_is_no_hdf5_is_refused(tmp_path):
    pytest.importorskip("h5py")
    path = tmp_path / "w.weights.h5"
    for data in (b"", b"\x89HDF\r\n\x1a\n", os.urandom(1000), b"PK"):
        path.write_bytes(data)
        with pytest.raises(FormatError, match="w.weights.h5"):
            everything().load_weights(path)


# --- any safetensors file -------------------------------------------------------------------------


def test_a_mutated_safetensors_file_is_refused_or_differs_in_numbers_only(effort, tmp_path):
    """Such a file has no digests: only what it says of itself can be wrong."""
    safetensors = pytest.importorskip("safetensors.numpy")
    model = everything()
    path = tmp_path / "w.safetensors"
    data = safetensors.save({k: v.numpy() for k, v in model.named_variables.items()})
    path.write_bytes(data)
    assert model.load_weights(path).complete
    for seed in range(TRIALS * effort // 4):
        path.write_bytes(mutated(data, np.random.default_rng(seed), 0, len(data)))
        told = ""
        try:
            model.load_weights(path)
        except FormatError as e:
            told = str(e)
        assert told == "" or "w.safetensors" in told
