"""Archives: what is packed comes out; what would harm is refused, and leaves nothing behind."""

import gzip
import io
import stat
import tarfile
import zipfile

import pytest

from wengert.base.errors import FormatError, UsageError
from wengert.data import archive
from wengert.data.archive import unpack

FILES = {"a.txt": b"one", "folder/b.bin": bytes(300_000), "folder/deep/c": b""}


def tar(path, members, mode="w:gz"):
    """An archive of (name, content) or of TarInfos."""
    with tarfile.open(path, mode) as out:
        for member in members:
            info, content = (
                (tarfile.TarInfo(member[0]), member[1]) if isinstance(member, tuple) else (member, b"")
            )
            info.size = len(content)
            out.addfile(info, io.BytesIO(content))
    return path


def zipped(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as out:
        for name, content in members:
            out.writestr(name, content)
    return path


def refused(path, tmp_path, match):
    """It must be refused, and the folder must look as before, inside and around."""
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FormatError, match=match):
        unpack(path, tmp_path / "out")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w", "zip"])
def test_files_come_out(tmp_path, mode):
    make = zipped if mode == "zip" else lambda *a: tar(*a, mode)
    folder = unpack(make(tmp_path / "a", FILES.items()), tmp_path / "out")
    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert found == FILES
    with pytest.raises(UsageError, match=r"the folder must not be there"):
        unpack(tmp_path / "a", folder)


@pytest.mark.parametrize("make", [tar, zipped])
@pytest.mark.parametrize(
    "name", ["../x", "/tmp/x", "a/../../x", "a/..", "c:\\x", "a\\..\\..\\x", "x/" * 40 + "y", "C:x"]
)
def test_names_that_lead_out_are_refused(tmp_path, make, name):
    refused(
        make(tmp_path / "a", [("good", b"1"), (name, b"2")]), tmp_path, "must hold paths within its folder"
    )


@pytest.mark.parametrize("kind", ["SYMTYPE", "LNKTYPE", "CHRTYPE", "BLKTYPE", "FIFOTYPE", "CONTTYPE"])
def test_what_is_no_file_is_refused(tmp_path, kind):
    info = tarfile.TarInfo("thing")
    info.type, info.linkname = getattr(tarfile, kind), "/etc/passwd"
    if kind == "CONTTYPE":  # a file that lies in one piece: the one kind among these that is a file
        assert (unpack(tar(tmp_path / "a", [info]), tmp_path / "out") / "thing").is_file()
    else:
        refused(
            tar(tmp_path / "a", [info]),
            tmp_path,
            r"must hold files and folders alone; got a (link|device), 'thing'",
        )


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_in_zip_files_are_refused(tmp_path, kind):
    info = zipfile.ZipInfo("thing")
    info.external_attr = (kind | 0o777) << 16
    refused(zipped(tmp_path / "a", [(info, "/etc/passwd")]), tmp_path, r"must hold files and folders alone")


def test_a_file_through_a_link_is_refused(tmp_path):
    """The link comes first, then a file whose path goes through it."""
    link = tarfile.TarInfo("d")
    link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path)
    refused(tar(tmp_path / "a", [link, ("d/x", b"1")]), tmp_path, "got a link, 'd'")


@pytest.mark.parametrize("make", [tar, zipped])
def test_bombs_are_refused(tmp_path, make):
    refused(
        make(tmp_path / "a", [("zeros", bytes(2**27))]),
        tmp_path,
        r"a, zeros: may unpack to [\d,]+ bytes; it is more",
    )


def test_many_small_files_count_together(tmp_path):
    path = zipped(tmp_path / "a", [(f"{k}", bytes(2**20)) for k in range(100)])
    refused(path, tmp_path, r"may unpack to")


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MAX_FILES", 3)
    refused(tar(tmp_path / "a", [(f"{k}", b"") for k in range(4)]), tmp_path, r"may hold 3 files")


def test_a_header_that_says_it_is_long_is_not_believed(tmp_path):
    """The extended header of a tar file, which tarfile reads into memory."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 2**33
    with gzip.open(tmp_path / "a", "wb") as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT))
        file.write(bytes(10_000))
    refused(tmp_path / "a", tmp_path, r"a header may have 1048576 bytes; it says 8589934592")


def test_a_name_that_comes_twice_is_refused(tmp_path):
    refused(
        tar(tmp_path / "a", [("x", b"1"), ("./x", b"2")]),
        tmp_path,
        r"must hold each file once; got './x' twice",
    )


@pytest.mark.parametrize("make", [tar, zipped])
@pytest.mark.parametrize("cut", [0, 3, 100, -100])
def test_torn_archives_are_refused(tmp_path, rng, make, cut):
    path = make(tmp_path / "a", [("x", rng.bytes(5000))])
    path.write_bytes(path.read_bytes()[:cut])
    refused(path, tmp_path, r"unpack: .*a must be a whole archive; got")
