"""The reader of HDF5 gives what h5py wrote, and refuses what it does not know."""

import io

import numpy as np
import pytest

from wengert.base.errors import FormatError
from wengert.train.hdf5 import Dataset, File, Group

h5py = pytest.importorskip("h5py")
PACKED = {"chunks": True, "compression": "gzip", "shuffle": True, "fletcher32": True}
HOW = {"plain": {}, "pieces": {"chunks": (2, 3)}, "packed": PACKED, "growing": {"maxshape": (None, 9)}}


def written(fill, **options) -> File:
    data = io.BytesIO()
    with h5py.File(data, "w", **options) as file:
        fill(file)
    return File(data.getvalue())


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "f8", "f2", "i1", "<i8", ">u4", "bool"])
def test_numbers_of_every_kind_come_back(rng, how, dtype):
    x = (rng.normal(size=(5, 7)) * 50).astype(dtype)
    found = written(lambda f: f.create_dataset("a/b", data=x, **HOW[how])).root.get("a").get("b")
    assert (found.shape, found.dtype) == (x.shape, x.dtype)
    np.testing.assert_array_equal(found.read(), x)


@pytest.mark.parametrize("shape", [(), (0,), (3, 0), (1,), (2, 3, 4, 5)])
def test_shapes_of_every_kind_come_back(shape):
    x = np.arange(np.prod(shape, dtype=int), dtype="f").reshape(shape)
    np.testing.assert_array_equal(written(lambda f: f.create_dataset("x", data=x)).root.get("x").read(), x)


def test_packed_numbers_of_an_odd_count_of_bytes_have_their_checksum():
    x = np.arange(15, dtype="u1").reshape(3, 5)
    np.testing.assert_array_equal(
        written(lambda f: f.create_dataset("x", data=x, **PACKED)).root.get("x").read(), x
    )


def test_groups_of_any_size_are_read_to_the_last_name():
    """More names than fit into a node, and into one level of a tree."""
    names = {f"dense_{k}" for k in range(3000)}
    found = written(lambda f: [f.create_group(f"layers/{name}") for name in names]).root.get("layers")
    assert set(found.links) == names
    assert all(isinstance(found.get(name), Group) for name in list(names)[:5])


@pytest.mark.parametrize("text", ["", "dense", "größe", "x" * 3000])
@pytest.mark.parametrize("kind", [str, np.bytes_, h5py.Empty])
def test_text_in_attributes_is_read(text, kind):
    value = {str: text, np.bytes_: np.bytes_(text.encode()), h5py.Empty: 3.0}[kind]

    def fill(file):
        file.create_group("g").attrs.update({"other": 3, "name": value, "last": [1, 2]})

    assert written(fill).root.get("g").attribute("name") == (None if kind is h5py.Empty else text)
    assert written(fill).root.get("g").attribute("none") is None


def test_links_to_elsewhere_lead_nowhere(tmp_path):
    def fill(file):
        file["x"] = np.ones(3)
        file["soft"] = h5py.SoftLink("/x")
        file["out"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "x")

    root = written(fill).root
    assert set(root.links) == {"x", "soft", "out"}
    assert isinstance(root.get("x"), Dataset)
    assert root.get("soft") is root.get("out") is root.get("none") is None


@pytest.mark.parametrize(
    ("fill", "options"),
    [
        (lambda f: f.create_dataset("x", data=np.ones(9)), {"libver": "latest"}),
        (lambda f: f.create_dataset("x", data=np.ones(9), chunks=(3,), compression="lzf"), {}),
        (lambda f: f.create_dataset("x", data=np.ones(9), chunks=(3,), scaleoffset=2), {}),
    ],
)
def test_what_newer_formats_and_other_filters_have_is_refused(fill, options):
    with pytest.raises(FormatError, match="at byte [0-9]+ there must be .*; got "):
        written(fill, **options).root.get("x").read()
