"""Figures as they are printed: what was measured beside what it is to be."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Lags:
    """Seconds that many changes took, told in milliseconds."""

    seconds: Sequence[float]

    @property
    def p50(self) -> float:
        """The median."""
        return 1000 * statistics.median(self.seconds)

    @property
    def p99(self) -> float:
        """What one in a hundred is longer than."""
        return 1000 * sorted(self.seconds)[min(len(self.seconds) - 1, int(0.99 * len(self.seconds)))]

    def show(self, name: str, *, beside: "Lags | None" = None) -> None:
        """Print them, and how often longer they are than others."""
        ratio = (
            f"   {self.p50 / beside.p50:.1f} and {self.p99 / beside.p99:.1f} times the floor"
            if beside
            else ""
        )
        print(
            f"{name:30} n={len(self.seconds):5}  p50 {self.p50:7.1f} ms  p99 {self.p99:7.1f} ms"
            f"  max {1000 * max(self.seconds):7.1f} ms{ratio}"
        )


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used, with all its threads."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def held(name: str, value: float, unit: str, *, target: float | None = None) -> None:
    """Print a figure beside its target, which it is to stay under."""
    verdict = (
        "" if target is None else f"   target < {target:g} {unit}: {'held' if value < target else 'MISSED'}"
    )
    print(f"{name:46} {value:9.2f} {unit}{verdict}")
