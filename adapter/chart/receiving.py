"""The values of the chart that are about gastown-events: what receives webhooks and slings convoys."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from adapter.chart.part import GROUP, Named, NamedOrNot
from crds import Manifest
from crds.sinks import Sink


class _Part(BaseModel):
    model_config = GROUP


class Ingress(_Part):
    """An Ingress for the receiver."""

    enabled: bool = False
    """Make an Ingress."""
    class_name: NamedOrNot = ""
    """Its class; the cluster's default when empty."""
    host: str = ""
    """The host name that forges send to."""
    tls_secret: NamedOrNot = ""
    """Secret with the certificate; without it the Ingress speaks no TLS of its own."""
    annotations: dict[str, str] = {}
    """Annotations, as your controller wants them; deliveries may have 25 MB."""


class HttpRoute(_Part):
    """An HTTPRoute of the Gateway API for the receiver."""

    enabled: bool = False
    """Make an HTTPRoute; its definition must be in the cluster."""
    parent_refs: list[Manifest] = []
    """The Gateways that it belongs to, as the Gateway API has them."""
    hostnames: list[str] = []
    """The host names that forges send to."""


class EventsPolicy(_Part):
    """Who may reach the receiver, and what it may reach; it holds only where the network plug-in enforces it."""

    enabled: bool = True
    """Make a NetworkPolicy."""
    from_: Annotated[list[Manifest], Field(alias="from")] = []
    """NetworkPolicy peers that may send deliveries, such as the namespace of your ingress; anybody when empty."""


class Events(_Part):
    """gastown-events: webhooks and CloudEvents in, convoys out."""

    enabled: bool = False
    """Run it."""
    replica_count: Annotated[int, Field(ge=1)] = 2
    """Pods. All of them receive; one polls and answers."""
    namespace: Annotated[str, Field(pattern=r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$", max_length=63)] = ""
    """Namespace that its convoys are made in; the first of `workers.namespaces` when empty."""
    secrets: list[Named] = []
    """Secrets of the release's namespace with tokens and webhook secrets of forges, as Rigs name them; mounted, never read by API."""
    events_secret: str = ""
    """Secret and key that POST /events asks for, as name/key; the Secret must be one of `secrets`."""
    sinks: list[Sink] = []
    """Addresses that are told what happens, as CloudEvents: name, url, and if wanted format, secret and types."""
    poll: Annotated[float, Field(gt=0)] = 300
    """Seconds between two looks at what no webhook told."""
    reviews: Annotated[float, Field(gt=0)] = 60
    """Seconds between two lists of a rig's pull requests, while merges wait for people."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    """Port of the receiver and of its Service."""
    metrics_port: Annotated[int, Field(ge=1, le=65535)] = 8081
    """Port of /metrics and /healthz."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """What is logged, as one JSON object a line."""
    service_annotations: dict[str, str] = {}
    """Annotations of its Service."""
    ingress: Ingress = Ingress()
    """An Ingress."""
    http_route: HttpRoute = HttpRoute()
    """An HTTPRoute."""
    network_policy: EventsPolicy = EventsPolicy()
    """Who may reach it."""
    resources: Manifest = {"requests": {"cpu": "50m", "memory": "96Mi"}, "limits": {"memory": "256Mi"}}
    """Resources of its container."""
