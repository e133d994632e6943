"""Downloads from a server of this process: mirrors in order, resumed, checked; a clear error where there is none."""

import contextlib
import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from tests.data.serving import serving
from wengert.base.errors import DownloadError, ValueRangeError
from wengert.data.download import Download, fetch

CONTENT = bytes(range(256)) * 4000
SHA = hashlib.sha256(CONTENT).hexdigest()


class Mirror(BaseHTTPRequestHandler):
    """/good whole or in parts; /whole never in parts; /torn breaks off; /wrong has other bytes; /long has more."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        if self.path == "/none":
            return self.send_error(404)
        data = {"/wrong": CONTENT[::-1], "/long": CONTENT * 2}.get(self.path, CONTENT)
        start = 0
        if self.headers.get("Range") and self.path != "/whole":
            start = int(re.fullmatch(r"bytes=(\d+)-", self.headers["Range"])[1])
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        end = start + 300_000 if self.path == "/torn" else len(data)
        with contextlib.suppress(ConnectionError):  # who asked has had enough
            self.wfile.write(data[start:end])
        return None

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with serving(Mirror) as server:
        yield server


def file(server, *paths: str) -> Download:
    return Download("data.bin", [server.url + path for path in paths], SHA, len(CONTENT))


def test_a_file_is_fetched_once(server, tmp_path):
    for _ in range(2):
        path = fetch(file(server, "/good"), tmp_path)
        assert path == tmp_path / "data.bin"
        assert path.read_bytes() == CONTENT
    assert server.asked == [("/good", None)]
    assert list(tmp_path.iterdir()) == [path]


def test_the_folder_can_be_set(server, tmp_path, monkeypatch):
    monkeypatch.setenv("WENGERT_DATA_DIR", str(tmp_path / "sets"))
    assert fetch(file(server, "/good")) == tmp_path / "sets" / "data.bin"


def test_mirrors_are_asked_in_order(server, tmp_path):
    assert fetch(file(server, "/none", "/wrong", "/long", "/good"), tmp_path).read_bytes() == CONTENT
    assert [path for path, _ in server.asked] == ["/none", "/wrong", "/long", "/good"]


def test_what_came_before_a_break_is_not_asked_for_again(server, tmp_path):
    with pytest.raises(DownloadError, match=r"300,000 bytes, then the connection broke off|IncompleteRead"):
        fetch(file(server, "/torn"), tmp_path)
    assert (tmp_path / "data.bin.part").stat().st_size == 300_000
    assert fetch(file(server, "/good"), tmp_path).read_bytes() == CONTENT
    assert server.asked[-1] == ("/good", "bytes=300000-")


def test_a_server_that_knows_no_parts_sends_the_whole(server, tmp_path):
    (tmp_path / "data.bin.part").write_bytes(CONTENT[:1000])
    assert fetch(file(server, "/whole"), tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("size", [1000, len(CONTENT), len(CONTENT) + 5])
def test_rests_of_another_file_are_thrown_away(server, tmp_path, size):
    (tmp_path / "data.bin.part").write_bytes(bytes(size))
    assert fetch(file(server, "/good"), tmp_path).read_bytes() == CONTENT


def test_a_damaged_file_in_the_folder_is_fetched_anew(server, tmp_path):
    (tmp_path / "data.bin").write_bytes(b"damaged")
    assert fetch(file(server, "/good"), tmp_path).read_bytes() == CONTENT


def test_without_a_network_the_error_says_what_to_do(server, tmp_path):
    nobody = Download("data.bin", ["http://127.0.0.1:1/x", server.url + "/none"], SHA, len(CONTENT))
    with pytest.raises(DownloadError) as caught:
        fetch(nobody, tmp_path)
    message = str(caught.value)
    assert "127.0.0.1:1/x: " in message
    assert "/none: 404 Not Found" in message
    assert f"Without a network, copy the file to {tmp_path / 'data.bin'}" in message
    assert isinstance(caught.value, OSError)
    assert list(tmp_path.iterdir()) == []


def test_two_at_once_get_one_file(server, tmp_path):
    paths = []
    threads = [
        threading.Thread(target=lambda: paths.append(fetch(file(server, "/good"), tmp_path)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert paths == [tmp_path / "data.bin"] * 4
    assert len(server.asked) == 1


def test_other_addresses_and_names_are_refused():
    with pytest.raises(ValueRangeError, match=r"urls must be http or https; got file:///etc/passwd"):
        Download("x", ["file:///etc/passwd"], SHA, 1)
    with pytest.raises(ValueRangeError, match=r"name must be that of a file, without folders; got '\.\./x'"):
        Download("../x", [], SHA, 1)
