"""What is worth watching of the adapter and of gastown-events: panels of a dashboard and alerts, as data.

Gauges are taken as the maximum over the replicas: one of them works, and the others count too or say nothing.
"""

from typing import NamedTuple

PACE = "$__rate_interval"
"""Grafana's window of a rate, which fits how often Prometheus asks."""


class Panel(NamedTuple):
    """One picture: `queries` are legends with what is asked, `unit` is Grafana's word, and a `stat` shows the last value only."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    stat: bool = False
    meaning: str = ""


class Alert(NamedTuple):
    """One alert: what is asked, for how long it must hold, how bad it is, what is said, and what to do."""

    name: str
    query: str
    lasts: str
    severity: str
    says: str
    step: str


def _rate(metric: str, by: str = "", where: str = "") -> str:
    total = f"sum by ({by})" if by else "sum"
    return f"{total} (rate({metric}{where}[{PACE}]))"


def _quantile(metric: str, part: float) -> str:
    return f"histogram_quantile({part}, {_rate(f'{metric}_bucket', 'le')})"


PANELS = (
    Panel(
        "Polecats", (("{{phase}}", 'max by (phase) (gastown_phase{kind="Polecat"})'),), meaning="By phase."
    ),
    Panel("Convoys", (("{{phase}}", 'max by (phase) (gastown_phase{kind="Convoy"})'),), meaning="By phase."),
    Panel("Merges an hour", (("{{result}}", f"3600 * {_rate('gastown_merges_total', 'result')}"),)),
    Panel("Conflicts an hour", (("conflicts", f"3600 * {_rate('gastown_conflicts_total')}"),)),
    Panel(
        "Dollars an hour",
        (("{{agent}}", f"3600 * {_rate('gastown_cost_dollars_total', 'agent')}"),),
        "currencyUSD",
        meaning="As the agents report it.",
    ),
    Panel(
        "Dollars in a day",
        (("spent", "sum (increase(gastown_cost_dollars_total[1d]))"),),
        "currencyUSD",
        stat=True,
    ),
    Panel("Tokens a second", (("{{agent}}", _rate("gastown_tokens_total", "agent")),)),
    Panel(
        "How long polecats work",
        (
            ("median", _quantile("gastown_polecat_seconds", 0.5)),
            ("slowest tenth", _quantile("gastown_polecat_seconds", 0.9)),
        ),
        "s",
    ),
    Panel("How long convoys take", (("median", _quantile("gastown_convoy_seconds", 0.5)),), "s"),
    Panel(
        "From Argo to status",
        (
            ("median", _quantile("gastown_lag_seconds", 0.5)),
            ("slowest hundredth", _quantile("gastown_lag_seconds", 0.99)),
        ),
        "s",
        meaning="From a watch event of a Workflow to the last status of its polecats.",
    ),
    Panel("Reconciles a second", (("{{result}}", _rate("gastown_reconciles_total", "result")),)),
    Panel("Queue", (("waiting", "max (gastown_queue_depth)"),), meaning="Objects that wait for a worker."),
    Panel("Writes a second", (("{{kind}} {{verb}}", _rate("gastown_writes_total", "kind, verb")),)),
    Panel("Leaders", (("leaders", "sum (gastown_leader)"),), stat=True, meaning="One, always."),
    Panel(
        "Deliveries of forges a minute",
        (("{{result}}", f"60 * {_rate('gastown_events_deliveries_total', 'result')}"),),
    ),
    Panel(
        "Decisions about events an hour",
        (("{{reason}}", f"3600 * {_rate('gastown_events_decisions_total', 'reason')}"),),
    ),
)
"""The dashboard, in reading order."""

ALERTS = (
    Alert(
        "GastownNoLeader",
        "sum (gastown_leader) < 1 or absent(gastown_leader)",
        "2m",
        "critical",
        "No adapter works: convoys neither start nor report.",
        "See the pods of the release and the Lease; the log of a pod says what stands in its way.",
    ),
    Alert(
        "GastownTwoLeaders",
        "sum (gastown_leader) > 1",
        "2m",
        "critical",
        "Two adapters of one town work at once.",
        "Let one release have this namespace, or give the second its own; see leaderElection of the chart.",
    ),
    Alert(
        "GastownQueueGrows",
        "max (gastown_queue_depth) > 100",
        "15m",
        "warning",
        "The adapter does not keep up: {{ $value }} objects wait.",
        "Look at the apiserver's answers first, then raise settings.workers.",
    ),
    Alert(
        "GastownReconcilesFail",
        'sum by (kind) (increase(gastown_reconciles_total{result="failed"}[15m])) > 0',
        "5m",
        "warning",
        "Reconciles of {{ $labels.kind }} fail: a fault of the adapter.",
        "Search its log for `reconcile failed`; the stack is in the line.",
    ),
    Alert(
        "GastownChangesMissed",
        "sum (increase(gastown_watch_missed_total[1h])) > 10",
        "5m",
        "warning",
        "Watches lose changes: {{ $value }} in an hour were found by a resync only.",
        "See the apiserver's log for cut watches, and the log of the adapter for `watch`.",
    ),
    Alert(
        "GastownStatusLate",
        "histogram_quantile(0.9, sum by (le) (rate(gastown_lag_seconds_bucket[10m]))) > 5",
        "10m",
        "warning",
        "Statuses are late: one in ten takes more than {{ $value }} s.",
        "See the queue and the apiserver's latency.",
    ),
    Alert(
        "GastownMostPolecatsFail",
        'sum (increase(gastown_polecat_seconds_count{phase="Stuck"}[1h]))'
        " > 0.5 * sum (increase(gastown_polecat_seconds_count[1h]))"
        " and sum (increase(gastown_polecat_seconds_count[1h])) > 5",
        "15m",
        "warning",
        "More than half of the polecats of the last hour are stuck.",
        "Compare their reasons: `kubectl gt polecat list -o wide`; a log-in that ran out stops them all.",
    ),
    Alert(
        "GastownEscalationsLost",
        'sum (increase(gastown_escalations_total{result="lost"}[1h])) > 0',
        "0m",
        "warning",
        "Calls about stuck polecats did not reach their sink.",
        "See that the sink answers; the Witness's status names whom nobody was called about.",
    ),
    Alert(
        "GastownEventsNotRepaired",
        "time() - min by (rig) (gastown_events_last_repair_timestamp_seconds) > 3600",
        "5m",
        "warning",
        "The forge of rig {{ $labels.rig }} has not answered a poll for an hour: lost webhooks stay lost.",
        "`kubectl gt rig connect` checks the token; the log of gastown-events has the forge's answer.",
    ),
)
"""The alerts, the worst first."""
