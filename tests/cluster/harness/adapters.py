"""The adapter as a process of its own, against a cluster of the tests: started, watched, stopped and killed."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from harness import accounts, folders
from harness.errors import Broken
from harness.images import AGENT, STEPS
from harness.processes import tail, until
from harness.running import Cluster

OURS = "gastown.gastown.io/v1alpha1"

_SMALL = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "1Gi"}}


@dataclass
class Adapter:
    """One replica. Its log is a file in `folder`."""

    cluster: Cluster
    folder: Path
    settings: Mapping[str, Any]
    kubeconfig: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def log(self) -> Path:
        """Its log, over all starts."""
        return self.folder / "adapter.log"

    @property
    def config(self) -> Path:
        """Its settings, once it was started."""
        return self.folder / "settings.yaml"

    @property
    def caught_up(self) -> int:
        """How often it has caught up with the cluster, over all starts."""
        return self.log.read_text(encoding="utf-8").count("caught up") if self.log.exists() else 0

    def start(self, *, ready: bool = True) -> None:
        """Start it, and wait until it has caught up, where it is to lead."""
        self.config.write_text(yaml.safe_dump(dict(self.settings)), encoding="utf-8")
        before = self.caught_up
        command = [sys.executable, "-m", "adapter", "--config", str(self.config)]
        command += ["--kubeconfig", str(self.kubeconfig)]
        with self.log.open("ab") as words:
            self.process = subprocess.Popen(
                command,
                cwd=folders.PROJECT,
                env={**os.environ, "PYTHONPATH": str(folders.PROJECT)},
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
            )
        if ready:
            until(lambda: self.caught_up > before, f"the adapter\n{tail(self.log)}", seconds=120)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it; returns its exit code."""
        if self.process is None:
            return 0
        self.process.send_signal(number)
        code = self.process.wait(timeout=60)
        self.process = None
        return code

    def metrics(self) -> dict[str, float]:
        """Its metrics by name and labels."""
        found = re.findall(r"^([a-z_]+(?:\{[^}]*\})?) (\S+)$", self._get("/metrics")[1], re.MULTILINE)
        return {name: float(value) for name, value in found}

    def health(self) -> tuple[int, str]:
        """What /healthz says, as a code and a sentence."""
        return self._get("/healthz")

    def errors(self) -> list[dict[str, Any]]:
        """Everything that it logged as going wrong."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        strange = [{"level": "ERROR", "message": line} for line in lines if not line.startswith("{")]
        return [each for each in found if each["level"] in ("ERROR", "CRITICAL")] + strange

    def _get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.settings['port']}{path}", timeout=10
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


class Forks:
    """Starts a replica in a moment, one process after the other: what it imports is imported once. See `harness.warm`."""

    def __init__(self, replica: Adapter, server: "subprocess.Popen[str]") -> None:
        self._replica = replica
        self._server = server
        self._pid = 0

    def start(self, *, ready: bool) -> None:
        """Start a process, and wait until it has caught up, where it is to."""
        replica = self._replica
        before = replica.caught_up
        arguments = ["--config", str(replica.config), "--kubeconfig", str(replica.kubeconfig)]
        self._say({"arguments": arguments, "log": str(replica.log)})
        self._pid = self._hear()
        if ready:
            until(lambda: replica.caught_up > before, f"the adapter\n{tail(replica.log)}", seconds=60)

    def kill(self) -> None:
        """Kill it; fails for one that had ended by itself."""
        os.kill(self._pid, signal.SIGKILL)
        code = self._hear()
        if code != -signal.SIGKILL:
            raise Broken(f"the adapter had ended by itself with {code}\n{tail(self._replica.log)}")

    def _say(self, request: Mapping[str, Any]) -> None:
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()

    def _hear(self) -> int:
        assert self._server.stdout is not None
        return int(self._server.stdout.readline())


@contextmanager
def forks(replica: Adapter) -> Iterator[Forks]:
    """Starts of this replica, which must not run by itself meanwhile."""
    path = f"{folders.PROJECT}{os.pathsep}{folders.TESTS}"
    server = subprocess.Popen(
        [sys.executable, "-m", "harness.warm"],
        cwd=folders.PROJECT,
        env={**os.environ, "PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        yield Forks(replica, server)


@contextmanager
def adapter(cluster: Cluster, folder: Path, *namespaces: str, **settings: Any) -> Iterator[Adapter]:
    """A replica that runs while the block does, and works in these namespaces only, with the rights of the chart."""
    values = {
        "namespace": namespaces[0],
        "namespaces": list(namespaces),
        "listen": "127.0.0.1",
        "port": free_port(),
        "lease": None,
        "compile": {
            "namespace": namespaces[0],
            "steps_image": STEPS,
            "agent_image": AGENT,
            "steps_resources": _SMALL,
            "agent_resources": _SMALL,
        },
        **settings,
    }
    folder.mkdir(parents=True, exist_ok=True)
    wide = not values["namespaces"]
    accounts.adapter_account(cluster, *namespaces, lease="gastown-adapter", cluster_wide=wide)
    replica = Adapter(cluster, folder, values, accounts.kubeconfig(cluster, folder, namespace=namespaces[0]))
    try:
        replica.start(ready=settings.get("lease") is None)
        yield replica
    finally:
        replica.stop()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
