"""A real Prometheus over metrics that a test makes, for as long as it looks."""

import contextlib
import json
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from harness.packages import prometheus
from harness.processes import until
from harness.site import free_ports

PATIENCE = 60.0
"""Seconds that it may take to start and to ask for the second time."""


class Prometheus:
    """One that runs."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ask(self, query: str) -> list[dict[str, Any]]:
        """The series that a query finds now. Raises ValueError with Prometheus' words for a query that it refuses."""
        address = f"{self._url}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            raise ValueError(error.read().decode()) from error
        return found

    def ready(self) -> bool:
        """Whether it answers."""
        with contextlib.suppress(OSError):
            return bool(urllib.request.urlopen(f"{self._url}/-/ready", timeout=5).status == 200)
        return False


@contextlib.contextmanager
def prometheus_over(target: str) -> Iterator[Prometheus]:
    """A Prometheus that asks `target`, host and port, each second, and has asked it twice. Raises Missing where there is no Prometheus."""
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory() as folder:
        jobs = [{"job_name": "gastown", "static_configs": [{"targets": [target]}]}]
        config = {"global": {"scrape_interval": "1s"}, "scrape_configs": jobs}
        file = Path(folder) / "prometheus.yml"
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        options = (
            f"--config.file={file}",
            f"--storage.tsdb.path={folder}",
            f"--web.listen-address=127.0.0.1:{port}",
        )
        with subprocess.Popen([prometheus(), *options], stderr=subprocess.DEVNULL, cwd=folder) as process:
            try:
                found = Prometheus(f"http://127.0.0.1:{port}")
                until(found.ready, "Prometheus", seconds=PATIENCE)
                until(lambda: _asked(found) > 1, "its second look at the metrics", seconds=PATIENCE)
                yield found
            finally:
                process.terminate()


def _asked(found: Prometheus) -> int:
    answer = found.ask("count_over_time(up{job='gastown'}[1m])")
    return int(answer[0]["value"][1]) if answer else 0
