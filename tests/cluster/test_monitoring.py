"""The dashboard's panels and the chart's alerts, asked of a real Prometheus; no cluster is needed."""

import json
import math
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from harness.charts import CHART
from harness.monitoring import Prometheus, prometheus_over
from harness.packages import prometheus
from harness.skipping import or_skip
from prometheus_client import CollectorRegistry, generate_latest, start_http_server

from adapter.chart.monitoring import ALERTS, PACE, PANELS, Panel
from adapter.metrics.registry import Metrics
from events.metrics import Metrics as EventsMetrics
from events.model import Decision, Reason

ALERTS_FILE = CHART / "files" / "alerts.yaml"
FIRING = {
    "GastownNoLeader": {"gastown_leader": "0x90"},
    "GastownTwoLeaders": {'gastown_leader{pod="a"}': "1x90", 'gastown_leader{pod="b"}': "1x90"},
    "GastownQueueGrows": {"gastown_queue_depth": "150x90"},
    "GastownReconcilesFail": {'gastown_reconciles_total{result="failed",kind="Convoy"}': "0+1x90"},
    "GastownChangesMissed": {'gastown_watch_missed_total{kind="Workflow"}': "0+1x90"},
    "GastownStatusLate": {
        'gastown_lag_seconds_bucket{le="5"}': "0x90",
        'gastown_lag_seconds_bucket{le="10"}': "0+9x90",
        'gastown_lag_seconds_bucket{le="+Inf"}': "0+9x90",
    },
    "GastownMostPolecatsFail": {
        'gastown_polecat_seconds_count{phase="Stuck"}': "0+1x90",
        'gastown_polecat_seconds_count{phase="Done"}': "0x90",
    },
    "GastownEscalationsLost": {'gastown_escalations_total{result="lost"}': "0+1x90"},
    "GastownEventsNotRepaired": {'gastown_events_last_repair_timestamp_seconds{rig="app"}': "0x90"},
}
"""What makes each alert fire, one value a minute."""

QUIET = {
    "gastown_leader": "1x90",
    "gastown_queue_depth": "2x90",
    'gastown_reconciles_total{result="failed",kind="Convoy"}': "3x90",
    'gastown_watch_missed_total{kind="Workflow"}': "3x90",
    'gastown_lag_seconds_bucket{le="5"}': "0+9x90",
    'gastown_lag_seconds_bucket{le="+Inf"}': "0+9x90",
    'gastown_polecat_seconds_count{phase="Stuck"}': "0+1x90",
    'gastown_polecat_seconds_count{phase="Done"}': "0+9x90",
    'gastown_escalations_total{result="lost"}': "3x90",
    'gastown_events_last_repair_timestamp_seconds{rig="app"}': "0+60x90",
}
"""A town in which all is well."""


@pytest.fixture(scope="module", autouse=True)
def server() -> Path:
    """Prometheus' server, with promtool beside it."""
    with or_skip("Prometheus"):
        return prometheus()


def _promtool(*arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(prometheus().with_name("promtool")), *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def _work(metrics: Metrics, events: EventsMetrics) -> None:
    """Something of everything."""
    for phase in ("Done", "Stuck"):
        metrics.phases.labels("Polecat", phase).set(3)
        metrics.phases.labels("Convoy", phase).set(1)
        metrics.polecat_seconds.labels(phase).observe(70)
        metrics.convoy_seconds.labels(phase).observe(400)
    metrics.merges.labels("succeeded").inc()
    metrics.conflicts.inc()
    metrics.cost.labels("claude-code").inc(0.25)
    metrics.tokens.labels("claude-code").inc(900)
    metrics.lag.observe(0.04)
    metrics.seconds.labels("Convoy").observe(0.01)
    metrics.reconciles.labels("Convoy", "done").inc()
    metrics.writes.labels("Polecat", "status").inc()
    metrics.events.labels("Workflow").inc()
    metrics.missed.labels("Workflow").inc()
    metrics.escalations.labels("sent").inc()
    metrics.objects.labels("Workflow").set(4)
    metrics.depth.set(2)
    metrics.leader.set(1)
    events.delivery("accepted")
    events.decided(Decision(rig="app", trigger="ai", occurrence=None, reason=Reason.SLUNG, message=""))
    events.repair("app", "done", at=1.0)


@pytest.fixture(scope="module")
def looking() -> Iterator[Prometheus]:
    """A Prometheus that looks at an adapter and a gastown-events that have work."""
    metrics, events, over = Metrics(), EventsMetrics(), threading.Event()
    both = CollectorRegistry()
    for each in (metrics.registry, events.registry):
        both.register(each)

    def go_on() -> None:
        while not over.wait(0.2):
            _work(metrics, events)

    worker = threading.Thread(target=go_on)
    worker.start()
    served, _ = start_http_server(0, addr="127.0.0.1", registry=both)
    try:
        with prometheus_over(f"127.0.0.1:{served.server_port}") as found:
            yield found
    finally:
        over.set()
        worker.join()
        served.shutdown()
        served.server_close()


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.title)
def test_each_panel_shows_something(panel: Panel, looking: Prometheus) -> None:
    """Each of its queries finds numbers where there is work: a name that no metric has would find none."""
    for _, query in panel.queries:
        values = [float(each["value"][1]) for each in looking.ask(query.replace(PACE, "1m"))]
        assert values, query
        assert all(map(math.isfinite, values)), query


def test_the_dashboard_has_each_panel_once() -> None:
    """In Grafana's form, beside each other without overlap."""
    drawn = json.loads((CHART / "files" / "dashboard.json").read_text(encoding="utf-8"))["panels"]
    assert [panel.title for panel in PANELS] == [each["title"] for each in drawn]
    assert len(drawn) == len({(each["gridPos"]["x"], each["gridPos"]["y"]) for each in drawn})
    assert len(drawn) == len({each["id"] for each in drawn})


def test_metrics_and_rules_pass_prometheus_own_linter() -> None:
    """The names and help texts of both programs, and the file of alerts."""
    metrics, events = Metrics(), EventsMetrics()
    _work(metrics, events)
    for registry in (metrics.registry, events.registry):
        done = _promtool("check", "metrics", text=generate_latest(registry).decode())
        assert (0, "", "") == (done.returncode, done.stdout, done.stderr)
    done = _promtool("check", "rules", "--lint=all", "--lint-fatal", str(ALERTS_FILE))
    assert 0 == done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("alert", [each.name for each in ALERTS])
def test_each_alert_fires_when_it_should_and_only_then(alert: str, tmp_path: Path) -> None:
    """By Prometheus' own tester, over an hour and a half of values."""
    counting = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})'
    cases = [
        {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "promql_expr_test": [{"expr": counting, "eval_time": "85m", "exp_samples": expected}],
        }
        for series, expected in ((FIRING[alert], [{"labels": "{}", "value": 1}]), (QUIET, []))
    ]
    file = tmp_path / "test.yaml"
    whole = {"rule_files": [str(ALERTS_FILE)], "evaluation_interval": "1m", "tests": cases}
    file.write_text(yaml.safe_dump(whole), encoding="utf-8")
    done = _promtool("test", "rules", str(file))
    assert 0 == done.returncode, done.stdout + done.stderr
