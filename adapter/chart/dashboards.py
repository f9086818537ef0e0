"""The panels as Grafana's JSON, the alerts as a file of rules, as Prometheus and its operator take them."""

import json
from collections.abc import Iterator

import yaml

from adapter.chart.monitoring import ALERTS, PANELS, Panel
from crds import Manifest

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS, WIDTH, HEIGHT = 3, 8, 8
"""Panels beside each other, and the size of one, in the squares of Grafana, which has 24 across."""


def dashboard() -> str:
    """The dashboard, as it is imported or found by Grafana's sidecar."""
    whole: Manifest = {
        "uid": "gastown",
        "title": "Gas Town",
        "tags": ["gastown"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
            ]
        },
        "panels": list(_panels()),
    }
    return json.dumps(whole, indent=2) + "\n"


def rules() -> str:
    """The alerts."""
    alerts = [
        {
            "alert": each.name,
            "expr": each.query,
            "for": each.lasts,
            "labels": {"severity": each.severity},
            "annotations": {"summary": each.says, "description": each.step},
        }
        for each in ALERTS
    ]
    return yaml.safe_dump({"groups": [{"name": "gastown", "rules": alerts}]}, sort_keys=False, width=110)


def _panels() -> Iterator[Manifest]:
    for number, panel in enumerate(PANELS):
        row, column = divmod(number, COLUMNS)
        place = {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT}
        yield _panel(panel) | {"id": number + 1, "gridPos": place}


def _panel(panel: Panel) -> Manifest:
    targets = [
        {"refId": chr(ord("A") + number), "datasource": SOURCE, "expr": query, "legendFormat": legend}
        for number, (legend, query) in enumerate(panel.queries)
    ]
    return {
        "title": panel.title,
        "description": panel.meaning,
        "type": "stat" if panel.stat else "timeseries",
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": targets,
    }
