"""The settings of gastown-events: one frozen model, read from a YAML file, every field with a default that fits the chart."""

from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crds.sinks import Sink
from events.errors import Unconfigured

MEGABYTE = 1 << 20


class EventsSettings(BaseModel):
    """What the operator of gastown-events may choose."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    namespace: str = "gastown-workers"
    """The namespace that convoys are made in."""
    own_namespace: str = "gastown-system"
    """The namespace of gastown-events itself: its Lease stands there."""
    lease: str = "gastown-events"
    """Name of the Lease by which replicas agree on one that repairs and answers."""
    secrets: Path = Path("/var/run/gastown/secrets")
    """Where secrets are mounted, as secret/key."""
    events_secret: str = ""
    """Name and key of the secret that POST /events asks for, as name/key; without it only /events/<rig> is served."""
    listen: str = "0.0.0.0"  # noqa: S104 - forges reach it from outside of the pod
    """Address of the receiver."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    """Port of the receiver; 0 takes a free one."""
    health_port: Annotated[int, Field(ge=0, le=65535)] = 8081
    """Port of /healthz and /metrics; 0 takes a free one."""
    body_limit: Annotated[int, Field(ge=1024)] = 25 * MEGABYTE
    """Bytes of the largest delivery that is read; GitHub sends no more."""
    patience: Annotated[float, Field(gt=0)] = 30.0
    """Seconds in which a delivery must have arrived whole."""
    poll: Annotated[float, Field(gt=0)] = 300.0
    """Seconds between two looks at what no webhook told."""
    reviews: Annotated[float, Field(gt=0)] = 60.0
    """Seconds between two lists of a rig's pull requests, while merges wait for people."""
    tell: Annotated[float, Field(gt=0)] = 5.0
    """Seconds between two looks at what there is to tell on issues."""
    sinks: tuple[Sink, ...] = ()
    """Addresses that are told what happened."""
    publish: Annotated[float, Field(gt=0)] = 5.0
    """Seconds between two looks at what there is to tell to sinks."""
    window_hours: Annotated[float, Field(gt=0)] = 96.0
    """Hours after which an event slings nothing any more."""
    tries_per_minute: Annotated[int, Field(ge=1)] = 60
    """Deliveries with a wrong signature that one address may send in a minute."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """What is logged, as one JSON object a line."""

    @classmethod
    def read(cls, file: Path) -> Self:
        """The settings of a file. Raises Unconfigured, naming the file and the field."""
        try:
            return cls.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise Unconfigured(f"{file}: {field}: {first['msg']}") from error
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise Unconfigured(f"{file}: cannot be read: {error}") from error
