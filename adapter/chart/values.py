"""The values of the chart: one model, of which `values.yaml`, its schema and the page of the documentation are made.

Names that gastown-operator's chart has mean the same here.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from adapter.chart.part import GROUP, NamedOrNot
from adapter.chart.pods import Pods, PullSecret, Variable, Workers
from adapter.chart.receiving import Events
from crds import Manifest

Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0)]


class _Part(BaseModel):
    model_config = GROUP


class Image(_Part):
    """Where an image is."""

    repository: str = "gastown/adapter"
    """Its name, with the registry before it."""
    tag: str = ""
    """Its tag; the chart's `appVersion` when empty."""
    pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """When the kubelet pulls it."""


class Crds(_Part):
    """The definitions of the six kinds."""

    install: bool = True
    """Install and upgrade the definitions with the chart. They are kept when it is removed, and with them everything of these kinds."""


class Rbac(_Part):
    """Rights."""

    create: bool = True
    """Make the roles of the adapter and of the accounts of pods, and bind them."""
    aggregate: bool = True
    """Let Kubernetes' own roles `view`, `edit` and `admin` speak of the kinds of Gas Town too."""


class ServiceAccount(_Part):
    """Who the adapter is."""

    create: bool = True
    """Make the adapter's account."""
    name: NamedOrNot = ""
    """The account's name; that of the release when empty."""
    annotations: dict[str, str] = {}
    """Annotations of the account."""


class LeaderElection(_Part):
    """How replicas agree on one that works."""

    enabled: bool = True
    """Let replicas agree by a Lease. Needed for more than one, and while one pod replaces another."""
    duration: Seconds = 10
    """Seconds after which a leader that has not renewed is replaced."""
    renew: Seconds = 6
    """Seconds after which a leader that could not renew gives up; less than `duration`."""
    retry: Seconds = 2
    """Seconds between two tries."""


class LastAction(_Part):
    """What the agents at work did last, as `status.lastAction` of their Polecats."""

    enabled: bool = True
    """Read the ends of the agents' logs, for which the adapter gets the right `get` on `pods/log` where it works."""
    interval: Annotated[float, Field(ge=1)] = 15
    """Seconds between two looks at the log of one polecat."""
    rate: Annotated[float, Field(gt=0, le=100)] = 5
    """How many logs are read, and statuses written for it, in a second at most, of all polecats together."""


class Settings(_Part):
    """The adapter itself."""

    workers: Annotated[int, Field(ge=1, le=64)] = 8
    """How many objects are worked on at once."""
    resync: Seconds = 300
    """Seconds between two comparisons of all that is known with all that there is."""
    grace: Seconds = 20
    """Seconds that what is under way gets to end when the pod is told to stop."""
    sink: Annotated[str, Field(pattern=r"^(https?://[^/]+.*)?$")] = ""
    """Address that takes a CloudEvent for each polecat that is stuck, where its Witness names none; nowhere when empty."""
    escalation_targets: list[str] = []
    """Globs of addresses that a Witness may name as its escalationTarget, such as https://hooks.example.org/**; none when empty."""
    last_action: LastAction = LastAction()
    """What the agents at work did last."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """What is logged, as one JSON object a line."""


class ArgoServer(_Part):
    """argo-server, asked for the nodes that Argo keeps in its database (`persistence.nodeStatusOffLoad`)."""

    url: Annotated[str, Field(pattern=r"^(https?://[^/]+)?$")] = ""
    """Its address, such as https://argo-server.argo:2746; not asked when empty."""
    ca_config_map: NamedOrNot = ""
    """ConfigMap of the release's namespace with the certificates that it is trusted by, under `ca.crt`; the image's own when empty."""


class ServiceMonitor(_Part):
    """For the Prometheus operator."""

    enabled: bool = False
    """Make a ServiceMonitor; its definition must be in the cluster."""
    interval: Annotated[str, Field(pattern=r"^(\d+(ms|[smhdwy]))+$")] = "30s"
    """How often it is asked."""
    labels: dict[str, str] = {}
    """Labels by which your Prometheus finds it."""


class Dashboard(_Part):
    """For Grafana."""

    enabled: bool = False
    """Make a ConfigMap with the dashboard, for the sidecar of Grafana's chart."""
    labels: dict[str, str] = {"grafana_dashboard": "1"}
    """Labels by which the sidecar finds it."""


class Alerts(_Part):
    """For the Prometheus operator."""

    enabled: bool = False
    """Make a PrometheusRule with the alerts; its definition must be in the cluster."""
    labels: dict[str, str] = {}
    """Labels by which your Prometheus finds it."""


class Metrics(_Part):
    """What Prometheus reads."""

    enabled: bool = True
    """Make a Service for /metrics and say so in the pod's annotations."""
    port: Port = 8080
    """Port of /metrics and /healthz."""
    service_monitor: ServiceMonitor = ServiceMonitor()
    """A ServiceMonitor for the Prometheus operator."""
    dashboard: Dashboard = Dashboard()
    """The dashboard, `files/dashboard.json` of the chart."""
    alerts: Alerts = Alerts()
    """The alerts, `files/alerts.yaml` of the chart."""


class PodDisruptionBudget(_Part):
    """Protection against drains."""

    enabled: bool = True
    """Keep a drain from taking all replicas at once; made only where there are at least two."""
    max_unavailable: Annotated[int, Field(ge=1)] = 1
    """How many may be away at once."""


class Values(_Part):
    """All values of the chart."""

    replica_count: Annotated[int, Field(ge=0)] = 1
    """Pods of the adapter. One works; each further one takes over when it is gone."""
    image: Image = Image()
    """The adapter's image."""
    image_pull_secrets: list[PullSecret] = []
    """Secrets with log-ins for registries, as `- name: …`, for the adapter and for the pods of convoys."""
    name_override: Annotated[
        str, Field(pattern=r"^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$", max_length=63)
    ] = ""
    """The name of the chart in labels; `gastown-argo` when empty."""
    fullname_override: Annotated[str, Field(pattern=r"^([a-z]([-a-z0-9]*[a-z0-9])?)?$", max_length=52)] = ""
    """The name of all that is made for the adapter; `<release>-adapter` when empty."""
    openshift: bool = False
    """Name no user ids, so that OpenShift gives each namespace its own. True by itself where the cluster is OpenShift."""
    cluster_wide: bool = True
    """Watch all namespaces. When false: those of `workers.namespaces` and the release's own, with rights in these alone."""
    crds: Crds = Crds()
    """The definitions of the six kinds."""
    rbac: Rbac = Rbac()
    """Rights."""
    service_account: ServiceAccount = ServiceAccount()
    """Who the adapter is."""
    workers: Workers = Workers()
    """The namespaces that convoys stand in and their pods run in."""
    pods: Pods = Pods()
    """The pods of polecats and merges."""
    events: Events = Events()
    """What receives webhooks and CloudEvents."""
    settings: Settings = Settings()
    """How the adapter works."""
    argo_server: ArgoServer = ArgoServer()
    """Where nodes are read that Argo keeps in its database."""
    leader_election: LeaderElection = LeaderElection()
    """How replicas agree on one that works."""
    metrics: Metrics = Metrics()
    """What Prometheus reads."""
    pod_disruption_budget: PodDisruptionBudget = PodDisruptionBudget()
    """Protection against drains."""
    resources: Manifest = {
        "requests": {"cpu": "100m", "memory": "128Mi"},
        "limits": {"memory": "512Mi"},
    }
    """Resources of the adapter's container."""
    pod_annotations: dict[str, str] = {}
    """Further annotations of the adapter's pod."""
    pod_labels: dict[str, str] = {}
    """Further labels of the adapter's pod."""
    pod_security_context: Manifest = {}
    """Merged over the pod's security context, which is what Pod Security `restricted` asks for."""
    security_context: Manifest = {}
    """Merged over the container's security context: no root, no capabilities, a read-only root file system."""
    node_selector: dict[str, str] = {}
    """Labels of nodes that the adapter may run on."""
    tolerations: list[Manifest] = []
    """Taints that the adapter bears."""
    affinity: Manifest = {}
    """Affinity of the adapter's pod."""
    topology_spread_constraints: list[Manifest] = []
    """How replicas are spread; over the nodes where possible, when empty."""
    priority_class_name: NamedOrNot = ""
    """Priority class of the adapter's pod."""
    extra_env: list[Variable] = []
    """Further environment of the adapter, as `- name: …`."""
    global_: Annotated[Manifest, Field(alias="global")] = {}
    """Not used: Helm puts it here where this chart is a part of another."""
