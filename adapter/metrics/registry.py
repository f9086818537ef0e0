"""The adapter's metrics. Labels are kinds, results and verbs, of which there are few; never names, of which there is no end.

docs/monitoring.md has the table of them.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SLOW = (1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """All of them, in a registry of their own, so that two adapters in one process don't add up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        reg = self.registry
        self.reconciles = Counter(
            "gastown_reconciles", "Reconciles by kind and result", ["kind", "result"], registry=reg
        )
        self.seconds = Histogram(
            "gastown_reconcile_seconds",
            "Seconds that a reconcile took, by kind",
            ["kind"],
            buckets=_FAST,
            registry=reg,
        )
        self.writes = Counter(
            "gastown_writes", "Writes to the apiserver by kind and verb", ["kind", "verb"], registry=reg
        )
        self.depth = Gauge("gastown_queue_depth", "Keys that wait for a worker", registry=reg)
        self.events = Counter("gastown_watch_events", "Watch events by kind", ["kind"], registry=reg)
        self.missed = Counter(
            "gastown_watch_missed", "Changes that only a resync found, by kind", ["kind"], registry=reg
        )
        self.leader = Gauge("gastown_leader", "1 while this replica holds the lease", registry=reg)
        self.phases = Gauge("gastown_phase", "Objects by kind and phase", ["kind", "phase"], registry=reg)
        self.polecat_seconds = Histogram(
            "gastown_polecat_seconds",
            "Seconds from start to end of a polecat, by its last phase",
            ["phase"],
            buckets=_SLOW,
            registry=reg,
        )
        self.convoy_seconds = Histogram(
            "gastown_convoy_seconds",
            "Seconds from start to end of a convoy, by its last phase",
            ["phase"],
            buckets=_SLOW,
            registry=reg,
        )
        self.lag = Histogram(
            "gastown_lag_seconds",
            "Seconds from a Workflow's watch event to the status of its polecats",
            buckets=_FAST,
            registry=reg,
        )
        self.merges = Counter("gastown_merges", "Merges by result", ["result"], registry=reg)
        self.conflicts = Counter(
            "gastown_conflicts", "Merges that conflicted with the target branch", registry=reg
        )
        self.cost = Counter(
            "gastown_cost_dollars", "US dollars that agents reported, by agent", ["agent"], registry=reg
        )
        self.tokens = Counter(
            "gastown_tokens", "Tokens that agents reported, by agent", ["agent"], registry=reg
        )
        self.escalations = Counter(
            "gastown_escalations", "CloudEvents to a sink by result", ["result"], registry=reg
        )
        self.log_reads = Counter(
            "gastown_log_reads",
            "Logs of agents at work that were asked for, by result",
            ["result"],
            registry=reg,
        )
        self.objects = Gauge("gastown_objects", "Objects in the cache by kind", ["kind"], registry=reg)

    def wrote(self, kind: str, verb: str) -> None:
        """Count a write."""
        self.writes.labels(kind, verb).inc()
