"""The number of threads follows the affinity mask and the quotas of both versions of control groups."""

import os

import pytest

from wengert.runtime.cpu import allowed_threads, cgroup_quota, cpu_features, cpu_name


@pytest.fixture
def machine(tmp_path):
    """A root folder made of {file: text}."""

    def make(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return make


V2 = "0::/user.slice/job\n"
V1 = "4:memory:/job\n2:cpu,cpuacct:/job\n1:name=systemd:/\n"
TOP = "sys/fs/cgroup"

MACHINES = {
    "no /proc": ({}, None),
    "no limit": ({"proc/self/cgroup": V2, f"{TOP}/user.slice/job/cpu.max": "max 100000\n"}, None),
    "own limit": ({"proc/self/cgroup": V2, f"{TOP}/user.slice/job/cpu.max": "250000 100000\n"}, 2.5),
    "limit above": (
        {
            "proc/self/cgroup": V2,
            f"{TOP}/user.slice/job/cpu.max": "400000 100000\n",
            f"{TOP}/user.slice/cpu.max": "150000 100000\n",
        },
        1.5,
    ),
    "container without its own /proc": ({"proc/self/cgroup": V2, f"{TOP}/cpu.max": "50000 100000\n"}, 0.5),
    "mixed, version 2 aside": (
        {"proc/self/cgroup": V2 + V1, f"{TOP}/unified/user.slice/job/cpu.max": "300000 100000"},
        3,
    ),
    "version 1": (
        {
            "proc/self/cgroup": V1,
            f"{TOP}/cpu/job/cpu.cfs_quota_us": "200000\n",
            f"{TOP}/cpu/job/cpu.cfs_period_us": "50000\n",
        },
        4,
    ),
    "version 1, both names, no limit": (
        {
            "proc/self/cgroup": V1,
            f"{TOP}/cpu,cpuacct/job/cpu.cfs_quota_us": "-1\n",
            f"{TOP}/cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
        },
        None,
    ),
    "version 1, both names": (
        {
            "proc/self/cgroup": V1,
            f"{TOP}/cpu,cpuacct/job/cpu.cfs_quota_us": "100000\n",
            f"{TOP}/cpu,cpuacct/job/cpu.cfs_period_us": "100000\n",
        },
        1,
    ),
    "nonsense": ({"proc/self/cgroup": V2, f"{TOP}/user.slice/job/cpu.max": "many 0\n"}, None),
}


@pytest.mark.parametrize(("files", "quota"), MACHINES.values(), ids=MACHINES)
def test_quota_of_the_groups(machine, files, quota):
    assert cgroup_quota(machine(files)) == quota


def with_quota(quota):
    return {"proc/self/cgroup": V2, f"{TOP}/user.slice/job/cpu.max": f"{quota} 100000"}


@pytest.mark.parametrize(
    ("mask", "quota", "threads"),
    [(4, "max", 4), (4, 250000, 2), (4, 50000, 1), (2, 800000, 2), (1, "max", 1)],
)
def test_threads_are_the_smaller_of_mask_and_quota(machine, monkeypatch, mask, quota, threads):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(mask)))
    assert allowed_threads(machine(with_quota(quota))) == threads


def test_this_machine_allows_a_thread():
    assert 1 <= allowed_threads() <= os.cpu_count()


def test_this_cpu_has_a_name_and_features():
    assert cpu_name()
    assert all(cpu_features())
