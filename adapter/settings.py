"""The adapter's settings: one frozen model, read from a YAML file, every field with a default that fits the chart."""

from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapter.errors import Denied
from workflows.compile import CompileSettings


class LeaseSettings(BaseModel):
    """How replicas agree on one that works. A takeover takes `duration` plus one `retry` at most, then the time to read all."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str = "gastown-adapter"
    """Name of the Lease, in the adapter's own namespace."""
    duration: Annotated[float, Field(gt=0)] = 10.0
    """Seconds after which a leader that has not renewed is replaced."""
    renew: Annotated[float, Field(gt=0)] = 6.0
    """Seconds after which a leader that could not renew gives up. Less than `duration`, or two would lead for a while."""
    retry: Annotated[float, Field(gt=0)] = 2.0
    """Seconds between two tries."""


class LastActionSettings(BaseModel):
    """How often the logs of agents at work are read, for the last action in their Polecats' statuses."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    interval: Annotated[float, Field(ge=1)] = 15.0
    """Seconds between two looks at the log of one polecat."""
    rate: Annotated[float, Field(gt=0, le=100)] = 5.0
    """How many logs are read in a second at most, and so how many statuses are written. Of more polecats at work than `interval` times
    this, each is read less often."""


class ArgoServerSettings(BaseModel):
    """Where nodes are read that Argo keeps in its database (`persistence.nodeStatusOffLoad`)."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    url: Annotated[str, Field(pattern=r"^https?://[^/]+")]
    """Address of argo-server, such as https://argo-server.argo:2746. The adapter's own token is sent there."""
    ca_file: str = ""
    """File of the certificates that it is trusted by; the system's where empty."""


class AdapterSettings(BaseModel):
    """What the operator of a cluster may choose."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    namespace: str = "gastown-system"
    """The adapter's own namespace: its Lease stands there, and the Witness and the Refinery of each rig."""
    namespaces: tuple[str, ...] = ()
    """Namespaces to watch; all where empty."""
    compile: CompileSettings = CompileSettings()
    """Images, accounts and resources of the pods. A convoy's pods run where the convoy stands; in `namespace` the repositories of
    rigs are asked whether they answer, so the Secret with the key must stand there too."""
    workers: Annotated[int, Field(ge=1, le=64)] = 8
    """How many objects are worked on at once. They wait for the apiserver most of the time."""
    resync: Annotated[float, Field(gt=0)] = 300.0
    """Seconds between two comparisons of all that is known with all that there is."""
    grace: Annotated[float, Field(gt=0)] = 20.0
    """Seconds that what is under way gets to end when the adapter is told to stop."""
    listen: str = "0.0.0.0"  # noqa: S104 - the kubelet probes from outside of the pod
    """Address of /healthz and /metrics."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """Port of /healthz and /metrics; 0 takes a free one."""
    lease: LeaseSettings | None = LeaseSettings()
    """How replicas agree on one that works; none for an adapter that is surely alone."""
    argo_server: ArgoServerSettings | None = None
    """argo-server, for nodes that Argo stores outside of Workflows; without it such Workflows are Unknown."""
    last_action: LastActionSettings | None = LastActionSettings()
    """How often the logs of agents at work are read; none where the adapter may read no logs."""
    sink: str = ""
    """Address that takes a CloudEvent for each polecat that is stuck, unless its Witness names one itself; none where empty."""
    escalation_targets: tuple[str, ...] = ()
    """Globs of addresses that a Witness may name as its escalationTarget, such as https://hooks.example.org/**; none where empty."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""

    @property
    def watched(self) -> tuple[str, ...]:
        """The namespaces that are watched, the adapter's own and that of the checks among them; none means all."""
        own = {self.namespace, self.compile.namespace}
        return tuple(sorted({*self.namespaces, *own})) if self.namespaces else ()

    @property
    def places(self) -> tuple[str, ...]:
        """The namespaces to ask one after the other; an empty one asks for all at once."""
        return self.watched or ("",)

    @classmethod
    def read(cls, file: Path) -> Self:
        """The settings of a file. Raises Denied, naming the file and the field."""
        try:
            raw = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
            return cls.model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise Denied(f"{file}: {field}: {first['msg']}") from error
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise Denied(f"{file}: cannot be read: {error}") from error
