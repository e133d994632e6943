"""Turn timings into the record that is stored, and the record into the table that is read."""

from __future__ import annotations

import statistics
from typing import Any

from interleave import Contestant, Timing
from workloads import Workload

WORTH_A_RATE = 100_000  # FLOPs of a step, below which a rate says nothing
NAMES = {
    "wengert": "Wengert",
    "torch": "PyTorch eager",
    "jax": "JAX jit",
    "keras": "Keras on TensorFlow",
    "onnxruntime": "ONNX Runtime",
}


def row(contestant: Contestant, result: Timing | str) -> dict[str, Any]:
    """One contestant's line of the record, in plain JSON values."""
    start = {"framework": contestant.framework, "variant": contestant.variant}
    if isinstance(result, str):
        return {**start, "error": result}
    return {
        **start,
        **result.ready,
        "steps": len(result.seconds),
        "median": statistics.median(result.seconds),
        "minimum": min(result.seconds),
        "rounds": result.rounds,
        "others": max(0.0, result.others) / result.wall,
    }


def record(workload: Workload, results: dict[Contestant, Timing | str]) -> dict[str, Any]:
    """The record of one workload."""
    return {
        "name": workload.name,
        "title": workload.title,
        "flops": workload.flops(),
        "rows": [row(c, r) for c, r in results.items()],
    }


def time_text(seconds: float) -> str:
    """A duration with three digits and its unit."""
    return f"{seconds * 1e3:.3g} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.3g} us"


def fastest_peer(rows: list[dict[str, Any]], figure: str) -> float | None:
    """The least `figure` among the frameworks that are not ours."""
    return min((r[figure] for r in rows if r["framework"] != "wengert" and "error" not in r), default=None)


def workload_table(stored: dict[str, Any], peak: float) -> list[str]:
    """The lines of one workload; `peak` in GFLOP/s."""
    rows, flops = stored["rows"], stored["flops"]
    lines = [
        "",
        f"{stored['title']}  ({flops / 1e6:,.4g} MFLOP a step)" if flops > WORTH_A_RATE else stored["title"],
        f"  {'':34}{'median':>9}{'minimum':>10}{'x peer':>8}{'(min)':>8}"
        f"{'GFLOP/s':>9}{'of peak':>9}{'loss 1 -> 20':>25}{'others':>8}",
    ]
    for r in rows:
        name = NAMES.get(r["framework"], r["framework"]) + (f", {r['variant']}" if r["variant"] else "")
        if "error" in r:
            lines.append(f"  {name:34}failed: {r['error']}")
            continue
        ratios = ""
        for figure in ("median", "minimum"):
            best = fastest_peer(rows, figure)
            ratios += f"{r[figure] / best:8.2f}" if best else f"{'-':>8}"
        rate = flops / r["median"] / 1e9
        share = f"{rate:9.0f}{rate / peak:9.0%}" if flops > WORTH_A_RATE else f"{'-':>9}{'-':>9}"
        losses = " -> ".join(f"{loss:.4g}" for loss in r["losses"])
        lines.append(
            f"  {name:34}{time_text(r['median']):>9}{time_text(r['minimum']):>10}{ratios}{share}"
            f"{losses:>25}{r['others']:8.1%}"
        )
    return lines


def table(stored: dict[str, Any]) -> str:
    """The whole record as text."""
    machine, peak, settings = stored["machine"], stored["peak"], stored["settings"]
    versions: dict[str, str] = {}
    for workload in stored["workloads"]:
        for r in workload["rows"]:
            versions |= r.get("versions", {})
    lines = [
        f"{stored['date']}  {machine['cpu']}, {settings['threads']} threads each, {machine['system']}",
        f"peak measured beside it: {peak['gflops']:.0f} GFLOP/s float32, {peak['triad_gb']:.0f} GB/s (triad)",
        "  ".join(f"{name} {version}" for name, version in sorted(versions.items())),
        f"{settings['rounds']} rounds: each worker in turn makes a burst of steps while the others sleep;",
        f"{settings['pause_ms']} ms of silence before a burst; its first tenth (at least a step) is dropped.",
        "x peer: time / the fastest peer's.  loss 1 -> 20: at the first and at the twentieth step.",
        "others: share of the CPUs' time that went to anything but the framework being timed.",
    ]
    for workload in stored["workloads"]:
        lines += workload_table(workload, peak["gflops"])
    return "\n".join(lines)
