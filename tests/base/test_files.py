"""A file holds the old content or the new; nothing is left beside it."""

import errno
import os
import stat
import sys

import pytest

from tests.reliability.process import python
from wengert.base.files import replace_file

posix = pytest.mark.skipif(os.name != "posix", reason="needs permissions, links and locks")


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def broken():
    yield b"half of it"
    raise KeyboardInterrupt


def test_what_is_written_is_there(tmp_path):
    replace_file(tmp_path / "a", [b"one ", memoryview(b"two"), b""])
    replace_file(tmp_path / "b", [])
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == (b"one two", b"")
    assert names(tmp_path) == ["a", "b"]


def test_an_end_in_the_midst_leaves_the_old_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        replace_file(path, broken())
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


@posix
def test_permissions_and_links_stay(tmp_path):
    path, link = tmp_path / "a", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to("a")
    replace_file(link, [b"new"])
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_an_existing_file_may_be_protected(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(FileExistsError, match="overwrite=True") as error:
        replace_file(path, [b"new"], overwrite=False)
    assert (error.value.errno, error.value.filename) == (errno.EEXIST, str(path))
    assert path.read_bytes() == b"old"


@posix
def test_only_a_regular_file_is_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="must be a regular file"):
        replace_file(pipe, [b"new"])
    with pytest.raises(IsADirectoryError, match="got a folder"):
        replace_file(tmp_path, [b"new"])
    assert names(tmp_path) == ["pipe"]


def test_an_error_names_the_users_path(tmp_path):
    path = tmp_path / "none" / "a"
    with pytest.raises(FileNotFoundError) as error:
        replace_file(path, [b"new"])
    assert (error.value.errno, error.value.filename) == (errno.ENOENT, str(path))


@pytest.mark.parametrize("failing", ["open", "write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch, failing):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, failing, full)
        with pytest.raises(OSError, match="the old file, if any, is as it was") as error:
            replace_file(path, [b"new"])
    assert (error.value.errno, error.value.filename) == (errno.ENOSPC, str(path))
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs locks of files")
def test_leftovers_of_killed_writers_are_swept_those_of_live_ones_are_not(tmp_path):
    """And what only looks like them is nobody's business of ours."""
    script = """
        import sys
        from wengert.base.files import replace_file
        def slowly():
            yield b"begun"
            print("writing", flush=True)
            sys.stdin.readline()
            yield b", done"
        replace_file(sys.argv[1], slowly())
    """
    path = tmp_path / "a[1]"
    dead, alive = (python(script, path) for _ in range(2))
    try:
        assert (dead.stdout.readline(), alive.stdout.readline()) == ("writing\n", "writing\n")
        dead.kill()
        dead.wait()
        (tmp_path / ".b.123.tmp").write_bytes(b"of another file")
        assert len(names(tmp_path)) == 3
        replace_file(path, [b"mine"])
        assert len(names(tmp_path)) == 3  # of the live one, of the other file, and the file
        out, err = alive.communicate("\n", timeout=60)
        assert (alive.returncode, out, err) == (0, "", "")
    finally:
        dead.kill()
        alive.kill()
        dead.communicate()
    assert path.read_bytes() == b"begun, done"
    assert names(tmp_path) == [".b.123.tmp", "a[1]"]
