"""The harness keeps its word: one cluster at a time, idempotent, a death is named, nothing is left."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from harness import folders, network
from harness.cluster import end, start
from harness.errors import Broken
from harness.processes import until
from harness.running import Cluster
from harness.site import HUB, Mode

TRACES = (network.LINK, network.BRIDGE, HUB, "10.88.", "10.96.", "KUBE-SERVICES")
"""What a full cluster would leave behind in interfaces, routes and rules, did it leave anything."""


def _harness(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        env={**os.environ, "PYTHONPATH": str(folders.TESTS)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_second_start_starts_nothing(light: Cluster) -> None:
    """`up` on a running cluster finds every process and leaves it alone."""
    before = [(each.name, each.pid) for each in light.processes.all()]
    start(Mode.LIGHT, lambda _: None)
    assert before == [(each.name, each.pid) for each in light.processes.all()]


def test_the_holder_is_named(light: Cluster) -> None:
    """While tests hold the cluster nobody else may end it, and is told who holds it and since when."""
    assert light.own.mode is Mode.LIGHT
    done = _harness("down", "--light")
    assert (
        done.returncode,
        f"held by process {os.getpid()}" in done.stderr,
        "since 2" in done.stderr,
    ) == (1, True, True)


def test_a_dead_process_is_named_with_its_last_words(light: Cluster) -> None:
    """A process that ends by itself is reported by name, with how it ended and the tail of its log."""
    victim = light.processes.find("kube-controller-manager")
    os.kill(victim.pid, signal.SIGKILL)
    until(lambda: light.processes.find("kube-controller-manager").dead, "the death", seconds=10)
    with pytest.raises(Broken, match=r"kube-controller-manager died \(SIGKILL\).*\n  \| "):
        light.processes.check()
    status = _harness("status", "--light")
    assert (status.returncode, "kube-controller-manager died (SIGKILL)" in status.stderr) == (1, True)
    light.processes.revive("kube-controller-manager")
    light.processes.check()


def test_no_packet_leaves_the_machine(cluster: Cluster) -> None:
    """The kernel has no way for a pod's packet to another machine; asked of the kernel, nothing is sent."""
    root = cluster.processes.root
    assert root is not None
    answers = [network.way_out(root, "10.88.0.5", target) for target in ("192.0.2.1", "198.51.100.7")]
    assert ["unreachable" in answer for answer in answers] == [True, True], answers
    assert "local" in network.way_out(root, "10.88.0.5", HUB)


@pytest.mark.very_last
def test_an_end_leaves_nothing(cluster: Cluster) -> None:
    """After `down` there is no process, mount, interface, route, rule, control group or file of the cluster."""
    _assert_an_end_leaves_nothing(cluster, Mode.FULL, TRACES)


@pytest.mark.very_last
def test_an_end_of_a_light_cluster_leaves_nothing(light: Cluster) -> None:
    """As above, for the processes that have no namespaces to go with."""
    _assert_an_end_leaves_nothing(light, Mode.LIGHT, ())


def _assert_an_end_leaves_nothing(running: Cluster, mode: Mode, words: tuple[str, ...]) -> None:
    """Nothing comes after it, so a cluster that was up before the tests is down after them."""
    folder = running.own.folder
    assert end(mode) == []
    assert _traces(folder, words) == []


def _traces(folder: Path, words: tuple[str, ...]) -> list[str]:
    """Every line about this machine that tells of a cluster in this folder; `words` are looked for in the network's."""
    network_lines: list[str] = []
    for command in (["ip", "-o", "address"], ["ip", "route"], ["iptables-save"]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        network_lines += done.stdout.splitlines()
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
    for command_line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(command_line.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    groups = Path("/sys/fs/cgroup").glob("*/gastown*") if words else ()
    return [
        *(line for line in network_lines if any(word in line for word in words)),
        *(line for line in lines if str(folder) in line),
        *(str(group) for group in groups),
    ]
