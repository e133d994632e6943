"""`get_file`, from a server of this process: kept, verified, unpacked without trust."""

import hashlib
import io
import tarfile
import zipfile
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.data.serving import serving
from wengert.base.errors import DownloadError, FormatError, UsageError, ValueRangeError
from wengert.train.keras.downloads import get_file

TEXT = b"some text\n" * 1000


def zipped(name):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, TEXT)
    return made.getvalue()


def tarred(name):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(TEXT)
        archive.addfile(info, io.BytesIO(TEXT))
    return made.getvalue()


FILES = {
    "/a.txt": TEXT,
    "/set.zip": zipped("inner/a.txt"),
    "/set.tar.gz": tarred("inner/a.txt"),
    "/evil.zip": zipped("../a.txt"),
    "/torn.txt": TEXT,
}


class Server(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        data = FILES.get(self.path.partition("?")[0])
        if data is None:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:100] if self.path == "/torn.txt" else data)
        return None

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with serving(Server) as server:
        yield server


def test_a_file_is_fetched_once_and_named_after_its_url(server, tmp_path):
    for _ in range(2):
        path = get_file(origin=f"{server.url}/a.txt?version=1", cache_dir=tmp_path)
        assert path == str(tmp_path / "datasets" / "a.txt")
        assert Path(path).read_bytes() == TEXT
    assert len(server.asked) == 1
    get_file(origin=f"{server.url}/a.txt", cache_dir=tmp_path, force_download=True)
    assert len(server.asked) == 2


def test_without_a_folder_it_is_kept_with_the_data_sets(server, tmp_path, monkeypatch):
    monkeypatch.setenv("WENGERT_DATA_DIR", str(tmp_path / "sets"))
    monkeypatch.setenv("WENGERT_CACHE_DIR", str(tmp_path / "cache"))
    assert get_file("b.txt", f"{server.url}/a.txt") == str(tmp_path / "sets" / "b.txt")
    other = get_file("b.txt", f"{server.url}/a.txt", cache_subdir="models")
    assert other == str(tmp_path / "cache" / "models" / "b.txt")


@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_what_has_another_hash_is_not_taken(server, tmp_path, kind):
    right = hashlib.new(kind, TEXT).hexdigest()
    origin = f"{server.url}/a.txt"
    get_file(origin=origin, file_hash=right, cache_dir=tmp_path)
    get_file(origin=origin, file_hash=right.upper(), cache_dir=tmp_path)
    assert len(server.asked) == 1
    with pytest.raises(DownloadError, match="another content"):
        get_file("other.txt", origin, file_hash=right[::-1], cache_dir=tmp_path)
    assert not (tmp_path / "datasets" / "other.txt").exists()


def test_an_old_argument_names_an_md5(server, tmp_path):
    get_file(origin=f"{server.url}/a.txt", md5_hash=hashlib.md5(TEXT).hexdigest(), cache_dir=tmp_path)
    assert len(server.asked) == 1


def test_a_file_that_breaks_off_is_not_taken(server, tmp_path):
    for _ in range(2):
        with pytest.raises(DownloadError, match=r"100 bytes, then the connection broke off|IncompleteRead"):
            get_file(origin=f"{server.url}/torn.txt", cache_dir=tmp_path)
    assert not (tmp_path / "datasets" / "torn.txt").exists()


@pytest.mark.parametrize(
    ("fname", "url", "folder"),
    [
        (None, "/set.zip", "set.zip"),
        ("mine", "/set.tar.gz", "mine"),
        ("mine.tar.gz", "/set.tar.gz", "mine_extracted"),
    ],
)
def test_an_archive_is_unpacked(server, tmp_path, fname, url, folder):
    for _ in range(2):
        made = get_file(fname, f"{server.url}{url}", extract=True, cache_dir=tmp_path)
        assert made == str(tmp_path / "datasets" / folder)
        assert (Path(made) / "inner" / "a.txt").read_bytes() == TEXT
    assert len(server.asked) == 1


def test_an_archive_that_would_write_elsewhere_is_refused(server, tmp_path):
    with pytest.raises(FormatError, match="must hold paths within its folder"):
        get_file(origin=f"{server.url}/evil.zip", extract=True, cache_dir=tmp_path)
    assert list(tmp_path.rglob("a.txt")) == []


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        ({}, UsageError, "origin must be given"),
        ({"fname": "../a", "origin": "http://x/a"}, ValueRangeError, "without folders; got '../a'"),
        ({"origin": "http://x/"}, ValueRangeError, "fname must be the name of a file"),
        ({"origin": "file:///etc/passwd"}, ValueRangeError, "urls must be http or https"),
        ({"origin": "http://x/a", "file_hash": "abc"}, ValueRangeError, "a sha256 or md5 in hexadecimal"),
        ({"origin": "http://x/a", "hash_algorithm": "crc"}, ValueRangeError, "hash_algorithm must be"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(tmp_path, arguments, kind, said):
    with pytest.raises(kind, match=said):
        get_file(**arguments, cache_dir=tmp_path)
