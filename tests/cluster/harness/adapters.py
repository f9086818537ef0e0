"""The adapter as a process of its own, against a cluster of the tests: started, watched, stopped and killed."""

import json
import re
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from harness import accounts
from harness.images import AGENT, STEPS
from harness.launching import Launch, Running, fork
from harness.processes import tail, until
from harness.running import Cluster
from harness.site import free_ports

OURS = "gastown.gastown.io/v1alpha1"

_SMALL = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "1Gi"}}


@dataclass
class Adapter:
    """One replica. Its log is a file in `folder`."""

    cluster: Cluster
    folder: Path
    settings: Mapping[str, Any]
    kubeconfig: Path
    launch: Launch
    process: Running | None = None

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
        return self.log.read_text(encoding="utf-8").count("cache filled") if self.log.exists() else 0

    def start(self, *, ready: bool = True) -> None:
        """Start it, and wait until it has caught up, where it is to lead."""
        self.config.write_text(yaml.safe_dump(dict(self.settings)), encoding="utf-8")
        before = self.caught_up
        arguments = ["--config", str(self.config), "--kubeconfig", str(self.kubeconfig)]
        self.process = self.launch(arguments, self.log)
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


@contextmanager
def adapter(
    cluster: Cluster, folder: Path, *namespaces: str, launch: Launch = fork, **settings: Any
) -> Iterator[Adapter]:
    """A replica that runs while the block does, and works in these namespaces only, with the rights of the chart."""
    values = {
        "namespace": namespaces[0],
        "namespaces": list(namespaces),
        "listen": "127.0.0.1",
        "port": free_ports(1)[0],
        "lease": None,
        "escalation_targets": ["http://**"],
        "compile": {
            "namespace": namespaces[0],
            "steps_image": STEPS,
            "agent_image": AGENT,
            "steps_resources": _SMALL,
            "agent_resources": _SMALL,
            "parks_reviews": True,
        },
        **settings,
    }
    folder.mkdir(parents=True, exist_ok=True)
    wide = not values["namespaces"]
    accounts.adapter_account(cluster, *namespaces, lease="gastown-adapter", cluster_wide=wide)
    kubeconfig = accounts.kubeconfig(cluster, folder, namespace=namespaces[0])
    replica = Adapter(cluster, folder, values, kubeconfig, launch)
    try:
        replica.start(ready=settings.get("lease") is None)
        yield replica
    finally:
        replica.stop()
