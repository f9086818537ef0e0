"""How long `kubectl-gt --help` takes, beside a bare interpreter that does nothing. Target: 150 ms."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 15
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "kubectl-gt --help": [str(Path(sys.executable).parent / "kubectl-gt"), "--help"],
}


def milliseconds(command: list[str]) -> float:
    """Wall time of one run."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    """Run both in turn, so that a busy machine is busy for both, and print medians."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, command in COMMANDS.items():
            times[name].append(milliseconds(command))
    medians = {name: statistics.median(found) for name, found in times.items()}
    baseline = medians["python -c pass"]
    for name, found in medians.items():
        print(f"{name:<20}{found:>7.0f} ms{found / baseline:>7.1f}x   fastest {min(times[name]):.0f} ms")


if __name__ == "__main__":
    main()
