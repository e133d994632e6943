"""What this process may use of the machine: how many threads, and which CPU it runs on."""

import os
from pathlib import Path, PurePosixPath


def allowed_threads(root: Path = Path("/")) -> int:
    """How many threads can run at once: the affinity mask, cut to the cgroup's CPU quota; at least 1.

    A quota of 2.5 CPUs gives 2 threads: a third would be put to sleep while the others wait at a barrier.

    Args:
        root: where /proc and /sys are looked for.
    """
    quota = cgroup_quota(root)
    masked = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return masked if quota is None else max(1, min(masked, int(quota)))


def cgroup_quota(root: Path = Path("/")) -> float | None:
    """CPUs that the control groups of this process grant it, or None where there is no limit.

    A group is bound by its own limit and by those of all groups above it, in version 1 and version 2 alike.
    In a container the path that /proc names may lie outside of what is mounted; the mount's top counts then.
    """
    quotas = [quota for folder in _cgroup_folders(root) if (quota := _quota(folder)) is not None]
    return min(quotas, default=None)


def _cgroup_folders(root: Path) -> list[Path]:
    """The folders of the process's cpu groups, each with those above it."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    mounts = root / "sys/fs/cgroup"
    folders = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            tops = [mounts, mounts / "unified"]
        elif "cpu" in controllers.split(","):
            tops = [mounts / "cpu", mounts / controllers]
        else:
            continue
        group = PurePosixPath(path.lstrip("/"))
        folders += [top / part for top in tops for part in (group, *group.parents)]
    return folders


def _quota(folder: Path) -> float | None:
    """CPUs granted by one group: quota / period, from `cpu.max` (version 2) or `cpu.cfs_*` (version 1)."""
    try:
        if (folder / "cpu.max").exists():
            quota, period = (folder / "cpu.max").read_text().split()
        else:
            quota = (folder / "cpu.cfs_quota_us").read_text().strip()
            period = (folder / "cpu.cfs_period_us").read_text().strip()
        return None if quota in ("max", "-1") else int(quota) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None


def cpu_name() -> str:
    """LLVM's name of this CPU, e.g. "znver5". Loads llvmlite."""
    import llvmlite.binding as llvm

    return str(llvm.get_host_cpu_name())


def cpu_features() -> tuple[str, ...]:
    """The instruction sets that this CPU has and the operating system lets it use. Loads llvmlite."""
    import llvmlite.binding as llvm

    return tuple(sorted(name for name, there in llvm.get_host_cpu_features().items() if there))
