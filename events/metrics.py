"""The metrics of gastown-events."""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from events.model import Decision


class Metrics:
    """What is counted."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._deliveries = Counter(
            "gastown_events_deliveries", "Deliveries by result", ["result"], registry=self.registry
        )
        self._results: dict[str, Counter] = {}
        self._decisions = Counter(
            "gastown_events_decisions",
            "Decisions about events by rig, trigger and reason",
            ["rig", "trigger", "reason"],
            registry=self.registry,
        )
        self._repairs = Counter(
            "gastown_events_repairs",
            "Polls of forges by rig and result",
            ["rig", "result"],
            registry=self.registry,
        )
        self._repaired = Gauge(
            "gastown_events_last_repair_timestamp_seconds",
            "Time of the last successful poll of a rig's forge",
            ["rig"],
            registry=self.registry,
        )
        self._comments = Counter(
            "gastown_events_comments", "Comments written or edited by rig", ["rig"], registry=self.registry
        )

        self._sent = Counter(
            "gastown_events_sent",
            "CloudEvents by sink and result: taken, refused, later",
            ["sink", "result"],
            registry=self.registry,
        )
        self._waiting = Gauge(
            "gastown_events_waiting", "CloudEvents that wait for their sink", ["sink"], registry=self.registry
        )

    def delivery(self, result: str) -> None:
        """Count a delivery."""
        counter = self._results.get(result)
        if counter is None:
            counter = self._results[result] = self._deliveries.labels(result)
        counter.inc()

    def decided(self, decision: Decision) -> None:
        """Count a decision."""
        self._decisions.labels(decision.rig, decision.trigger, decision.reason.value).inc()

    def repair(self, rig: str, result: str, *, at: float | None = None) -> None:
        """Count a poll; `at` is when a successful one began."""
        self._repairs.labels(rig, result).inc()
        if at is not None:
            self._repaired.labels(rig).set(at)

    def comment(self, rig: str, count: int) -> None:
        """Count written comments."""
        self._comments.labels(rig).inc(count)

    def sent(self, sink: str, result: str) -> None:
        """Count a request to a sink."""
        self._sent.labels(sink, result).inc()

    def waiting(self, sink: str, count: int) -> None:
        """How many events wait for a sink."""
        self._waiting.labels(sink).set(count)

    def text(self) -> bytes:
        """The metrics as Prometheus reads them."""
        return generate_latest(self.registry)
