"""docs/monitoring.md lists each metric of the adapter, and none that it does not have."""

import re
from pathlib import Path

from adapter.metrics.registry import Metrics

PAGE = (Path(__file__).parents[2] / "docs" / "monitoring.md").read_text(encoding="utf-8")


def test_the_table_is_whole():
    """Under the name and with the labels that Prometheus sees."""
    metrics = [metric for metric in vars(Metrics()).values() if hasattr(metric, "_labelnames")]
    shown = {
        f"{name}{{{','.join(metric._labelnames)}}}" if metric._labelnames else name
        for metric in metrics
        for name in [metric._name + ("_total" if metric._type == "counter" else "")]
    }
    assert shown == set(re.findall(r"^\| `(gastown_\S+)` \|", PAGE, re.MULTILINE))
