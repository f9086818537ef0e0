"""How each kind is shown: the columns that gastown-operator's users know, ours to the right of them."""

import datetime
import enum
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from crds import GROUP, Convoy, Manifest, Polecat, Resource, Rig
from kubectl_gt.show.output import Column, Form
from kubectl_gt.show.queue import Summary, Waiting
from workflows.clock import LONG_AGO, timestamp, utc_now
from workflows.labels import CONVOY

R = TypeVar("R", bound=Resource)


STYLES = {
    "Ready": "green",
    "Complete": "green",
    "Done": "green",
    "InProgress": "cyan",
    "Working": "cyan",
    "Failed": "red",
    "Stuck": "red",
    "Degraded": "red",
    "Terminated": "red",
    "Pending": "dim",
    "Idle": "dim",
}
"""Colours of phases."""

_WAITING_STYLES = {"Merging": "cyan", "Held": "red"}


def manifest(resource: Resource) -> Manifest:
    """The resource as `kubectl get -o json` shows one: every field of spec and status, defaults too, and times to the second."""
    whole = resource.model_dump(mode="python", by_alias=True, exclude_none=True)
    metadata = {key: value for key, value in whole["metadata"].items() if value not in ("", [], (), {}, 0)}
    return {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": _json(metadata),
        **{key: _json(whole[key]) for key in ("spec", "status") if key in whole},
    }


def resource_name(resource: Resource) -> str:
    """`polecat.gastown.gastown.io/furiosa`, which kubectl and our own verbs take."""
    return f"{resource.kind.lower()}.{GROUP}/{resource.metadata.name}"


def bare(name: str, kind: str) -> str:
    """A name as it may be typed, or pasted from `-o name`."""
    prefix, slash, rest = name.partition("/")
    known = prefix in {kind, f"{kind}s", f"{kind}.{GROUP}", f"{kind}s.{GROUP}"}
    return rest if slash and known else name


def elapsed(seconds: float) -> str:
    """A length of time as kubectl shows ages: 45s, 12m, 3h, 2d."""
    for unit, size, least in (("d", 86400, 2), ("h", 3600, 2), ("m", 60, 2)):
        if seconds >= size * least:
            return f"{int(seconds // size)}{unit}"
    return f"{max(int(seconds), 0)}s"


def age(resource: Resource) -> str:
    """How long ago it was made."""
    made = resource.metadata.creation_timestamp
    return elapsed((utc_now() - made).total_seconds()) if made else ""


def moment(time: datetime.datetime | None) -> str:
    """A time in the reader's zone, to the second."""
    return time.astimezone().strftime("%Y-%m-%d %H:%M:%S") if time else ""


def dollars(amount: float | None) -> str:
    """A cost, empty where nobody told one."""
    return "" if amount is None else f"${amount:.2f}"


def short(sha: str) -> str:
    """A commit as people write it."""
    return sha[:12]


def _json(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return timestamp(value)
    if isinstance(value, Mapping):
        return {str(key): _json(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_json(each) for each in value]
    return value.value if isinstance(value, enum.Enum) else value


def newest(items: Iterable[R]) -> list[R]:
    """The newest first, as people look for what they began last; of one moment by name."""
    named = sorted(items, key=lambda each: each.metadata.name)
    return sorted(named, key=lambda each: each.metadata.creation_timestamp or LONG_AGO, reverse=True)


def _phase(resource: Any) -> str:
    return str(resource.status.phase)


def _style(resource: Any) -> str:
    return STYLES.get(_phase(resource), "")


def _form(kind: str, *columns: Column[R]) -> Form[R]:
    return Form(kind=kind, columns=columns, name=resource_name, json=manifest)


def _name(title: str) -> Column[Any]:
    return Column(title, lambda each: str(each.metadata.name))


_PHASE: Column[Any] = Column("PHASE", _phase, _style)
_AGE: Column[Any] = Column("AGE", age)


RIGS: Form[Rig] = _form(
    "rigs",
    _name("NAME"),
    Column("PREFIX", lambda rig: rig.spec.beads_prefix),
    Column("GIT-URL", lambda rig: rig.spec.git_url, cut=True),
    _PHASE,
    _AGE,
    Column("BRANCH", lambda rig: rig.spec.base_branch, wide=True),
    Column("AGENT", lambda rig: rig.spec.agent, wide=True),
    Column("CONVOYS", lambda rig: str(rig.status.active_convoys), wide=True),
    Column("POLECATS", lambda rig: f"{rig.status.polecat_count}/{rig.spec.settings.max_polecats}", wide=True),
)

CONVOYS: Form[Convoy] = _form(
    "convoys",
    _name("ID"),
    Column("DESCRIPTION", lambda convoy: convoy.spec.description, cut=True),
    Column("COMPLETED", lambda convoy: str(len(convoy.status.completed_beads))),
    Column("PENDING", lambda convoy: str(len(convoy.status.pending_beads))),
    _PHASE,
    _AGE,
    Column("FAILED", lambda convoy: str(len(convoy.status.failed_beads))),
    Column("COST", lambda convoy: dollars(convoy.status.cost_usd)),
    Column("RIG", lambda convoy: convoy.rig, wide=True),
)

POLECATS: Form[Polecat] = _form(
    "polecats",
    _name("NAME"),
    Column("RIG", lambda polecat: polecat.spec.rig),
    Column("BEAD", lambda polecat: polecat.spec.bead_id, cut=True),
    _PHASE,
    Column("POD", lambda polecat: polecat.status.pod_name or ("local" if polecat.status.pod_active else "")),
    _AGE,
    Column("REASON", lambda polecat: polecat.status.reason, wide=True),
    Column("CONVOY", lambda polecat: polecat.metadata.labels.get(CONVOY, ""), wide=True),
    Column("AGENT", lambda polecat: polecat.spec.worker, wide=True),
    Column("BRANCH", lambda polecat: polecat.status.branch, wide=True),
    Column("COST", lambda polecat: dollars(polecat.status.cost_usd), wide=True),
)

QUEUE: Form[Waiting] = Form(
    kind="queued merges",
    columns=(
        Column("#", lambda each: str(each.position)),
        Column("BEAD", lambda each: each.bead),
        Column("STATUS", lambda each: each.status, lambda each: _WAITING_STYLES.get(each.status, "")),
        Column("WHY", lambda each: each.why, cut=True),
        Column("RIG", lambda each: each.rig),
        Column("CONVOY", lambda each: each.convoy),
        Column("POLECAT", lambda each: each.polecat, wide=True),
        Column("TARGET", lambda each: each.target, wide=True),
        Column("BRANCH", lambda each: each.branch, wide=True),
        Column("COMMIT", lambda each: short(each.commit), wide=True),
        Column("PUBLISHED", lambda each: moment(each.published), wide=True),
    ),
    name=lambda each: f"polecat.{GROUP}/{each.polecat}" if each.polecat else f"bead/{each.bead}",
    json=lambda each: each.json(),
)

QUEUES: Form[Summary] = Form(
    kind="queued merges",
    columns=(
        Column("RIG", lambda each: each.rig),
        Column("TARGET", lambda each: each.target),
        Column("QUEUED", lambda each: str(each.waiting)),
        Column("MERGING", lambda each: str(each.merging)),
        Column("HELD", lambda each: str(each.held)),
        Column("LEADS", lambda each: each.leads),
        Column("TARGET'S GATES", lambda each: each.gates, cut=True),
    ),
    name=lambda each: f"rig.{GROUP}/{each.rig}",
    json=lambda each: each.json(),
)
