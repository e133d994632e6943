"""The reader of HDF5 gives what h5py wrote, and refuses what it does not know."""

import io
import tracemalloc
import zlib

import numpy as np
import pytest

from wengert.base.errors import FormatError
from wengert.train import hdf5
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


def changed(fill, change) -> bytes:
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        fill(file)
    found = bytearray(data.getvalue())
    change(found)
    return bytes(found)


def put(data: bytearray, place: int, *numbers: int) -> None:
    for k, n in enumerate(numbers):
        data[place + 8 * k : place + 8 * k + 8] = n.to_bytes(8, "little")


def tree_in_a_ring(data):
    place = data.index(b"TREE")
    data[place + 5] = 1
    put(data, place + 32, place)


def names_beyond_the_file(data):
    put(data, data.index(b"HEAP") + 24, 2**64 - 9)


def text_beyond_the_file(data):
    put(data, data.index(b"GCOL") + 24, 2**62)


def numbers_beyond_memory(data):
    at = data.index((3).to_bytes(8, "little") + (5).to_bytes(8, "little"))
    put(data, at, 2**62, 2**62)


def header_that_goes_on_in_itself(data):
    root = int.from_bytes(data[64:72], "little")
    data[root + 2 : root + 4] = b"\xff\xff"
    data[root + 16 : root + 20] = bytes([0x10, 0, 16, 0])
    put(data, root + 24, root + 16, 24)


HOSTILE = (
    tree_in_a_ring,
    names_beyond_the_file,
    text_beyond_the_file,
    numbers_beyond_memory,
    header_that_goes_on_in_itself,
)


@pytest.mark.parametrize("change", HOSTILE)
def test_a_hostile_file_is_refused_or_empty(change):
    def fill(file):
        file.create_group("g").attrs["name"] = "text"
        file["g/x"] = np.ones((3, 5), "f")

    try:
        group = File(changed(fill, change)).root.get("g")
        refused = group is None or (group.attribute("name"), group.get("x")) == (None, None)
    except FormatError:
        refused = True
    assert refused


def test_a_packed_piece_unpacks_to_its_size_and_no_further():
    """64 MiB of zeros, packed, in the place of a piece of 1 MiB."""
    bomb = zlib.compress(bytes(64 * 2**20), 9)

    def fill(file):
        x = file.create_dataset("x", (2**18,), "f4", chunks=(2**18,), compression="gzip")
        x.id.write_direct_chunk((0,), bomb)

    found = written(fill).root.get("x")
    tracemalloc.start()
    with pytest.raises(FormatError, match="1048576 bytes when unpacked"):
        found.read()
    assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    tracemalloc.stop()


def test_there_is_an_end_to_the_looks_at_a_file(monkeypatch):
    monkeypatch.setattr(hdf5, "MOST_LOOKS", 1000)
    with pytest.raises(FormatError, match="an end after 1000 looks"):
        written(lambda f: [f.create_group(str(k)) for k in range(500)]).root.get("499")


def sample() -> tuple[bytearray, File]:
    """A group with a name and four arrays: plain, in pieces, packed, packed with a checksum."""
    data = io.BytesIO()
    x = np.arange(15, dtype="f").reshape(3, 5)
    with h5py.File(data, "w") as file:
        file.create_group("g").attrs["name"] = "text"
        file["x"] = x
        file.create_dataset("pieces", data=x, chunks=(2, 3))
        file.create_dataset("packed", data=x, chunks=(3, 5), compression="gzip")
        file.create_dataset("checked", data=x, chunks=(3, 5), fletcher32=True)
    return bytearray(data.getvalue()), File(data.getvalue())


def place_of(file: File, name: str, kind: int) -> int:
    """Where a message of an object is."""
    return next(at for k, at, _ in file.messages(file.root.links[name]) if k == kind)


def first_key(file: File, name: str) -> int:
    """Where the first piece of an array is described."""
    return file.number(place_of(file, name, hdf5.LAYOUT) + 3) + 24


DAMAGE = {
    "a structure 'SNOD'": lambda f: [(f.data.index(b"SNOD"), b"\0")],
    "a node of kind 0 below level 256": lambda f: [(f.data.index(b"TREE") + 4, b"\1")],
    "the header of an object, version 1": lambda f: [(f.root.links["x"], b"\2")],
    "a message in the object itself": lambda f: [(place_of(f, "x", hdf5.TYPE) - 4, b"\2")],
    "object 1 of the heap": lambda f: [(f.data.index(b"GCOL") + 16, b"\7")],
    "60 bytes of numbers as they are": lambda f: [(place_of(f, "x", hdf5.LAYOUT) + 10, b"\1")],
    "60 bytes; got 'a file": lambda f: [(place_of(f, "x", hdf5.LAYOUT) + 2, b"\0\0\0\1")],
    "numbers laid out as h5py does": lambda f: [(place_of(f, "x", hdf5.LAYOUT), b"\4")],
    "pieces of an array (3, 5)": lambda f: [(place_of(f, "pieces", hdf5.LAYOUT) + 2, b"\7")],
    "a piece of an array (3, 5)": lambda f: [(first_key(f, "pieces") + 8, b"\1")],
    "pieces of 15 numbers together; got 0": lambda f: [(first_key(f, "pieces") - 18, b"\0\0")],
    "pieces of 15 numbers together; got 10": lambda f: [(first_key(f, "pieces") - 18, b"\2\0")],
    "packed bytes": lambda f: [(f.number(first_key(f, "packed") + 32), b"\xff\xff")],
    "bytes with their checksum": lambda f: [(f.number(first_key(f, "checked") + 32) + 3, b"\xff")],
    "an array with a shape and a type": lambda f: [(place_of(f, "x", hdf5.SPACE) - 8, b"\0\0")],
    "a shape of at most 32 axes": lambda f: [(place_of(f, "x", hdf5.SPACE) + 1, b"\x63")],
    "at most 32 filters": lambda f: [(place_of(f, "packed", hdf5.FILTERS), b"\x09")],
    "filters deflate, shuffle and fletcher32 alone": lambda f: [
        (place_of(f, "packed", hdf5.FILTERS) + 8, b"\x63")
    ],
    "version 0 or 1 with addresses of 8 bytes": lambda f: [(13, b"\4")],
    "the signature of HDF5": lambda f: [(1, b"h")],
}


@pytest.mark.parametrize("must", DAMAGE)
def test_every_kind_of_damage_is_told_with_its_place(must):
    data, file = sample()
    for place, new in DAMAGE[must](file):
        data[place : place + len(new)] = new

    def read_all():
        root = File(bytes(data)).root
        for name in root.links:
            found = root.get(name)
            found.attribute("name") if isinstance(found, Group) else found.read()

    with pytest.raises(FormatError) as told:
        read_all()
    assert must in str(told.value)
