"""Settings come from the environment, have defaults, and nonsense is refused by name."""

from pathlib import Path

import pytest

from wengert.base import config
from wengert.base.errors import ValueRangeError


@pytest.fixture
def clean(monkeypatch):
    """An environment without any setting of ours."""
    for name in ("CPU_LEVEL", "CACHE_DIR", "CACHE_MB", "VERIFY", "THREADS", "DEBUG"):
        monkeypatch.delenv(f"WENGERT_{name}", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/someone")
    return monkeypatch


def test_defaults(clean):
    assert config.cpu_level() is None
    assert config.cache_dir() == Path("/home/someone/.cache/wengert")
    assert config.cache_bytes() == 512 * 2**20
    assert config.threads() is None
    assert not config.verify_graphs()
    assert not config.verify_runs()
    assert not config.debug()


def test_settings_are_obeyed(clean):
    for name, value in {
        "CPU_LEVEL": "avx2",
        "CACHE_MB": "7",
        "THREADS": "3",
        "VERIFY": "1",
        "DEBUG": "yes",
    }.items():
        clean.setenv(f"WENGERT_{name}", value)
    assert config.cpu_level() == "avx2"
    assert config.cache_bytes() == 7 * 2**20
    assert config.threads() == 3
    assert config.verify_graphs()
    assert config.verify_runs()
    assert config.debug()


def test_graphs_alone_may_be_verified(clean):
    clean.setenv("WENGERT_VERIFY", "graphs")
    assert config.verify_graphs()
    assert not config.verify_runs()


@pytest.mark.parametrize(
    ("settings", "folder"),
    [
        ({"WENGERT_CACHE_DIR": "/fast/kernels", "XDG_CACHE_HOME": "/xdg"}, Path("/fast/kernels")),
        ({"WENGERT_CACHE_DIR": ""}, None),
        ({"XDG_CACHE_HOME": "/xdg"}, Path("/xdg/wengert")),
    ],
)
def test_where_kernels_are_kept(clean, settings, folder):
    for name, value in settings.items():
        clean.setenv(name, value)
    assert config.cache_dir() == folder


@pytest.mark.parametrize(
    ("name", "read"),
    [("VERIFY", config.verify_graphs), ("VERIFY", config.verify_runs), ("DEBUG", config.debug)],
)
def test_zero_is_off(clean, name, read):
    clean.setenv(f"WENGERT_{name}", "0")
    assert not read()


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("WENGERT_CPU_LEVEL", "avx9", config.cpu_level),
        ("WENGERT_CACHE_MB", "-1", config.cache_bytes),
        ("WENGERT_THREADS", "many", config.threads),
    ],
)
def test_nonsense_is_refused_by_name(clean, name, value, read):
    clean.setenv(name, value)
    with pytest.raises(ValueRangeError, match=f"{name}: must be .*; got '{value}'"):
        read()
