"""What has happened, read off the objects as they are now. Pure.

Nothing is remembered between two looks: a look after a restart finds the same facts with the same ids.
"""

import datetime
import hashlib
from collections.abc import Iterator

from crds import Convoy, DecidedEvent, Polecat, Refinery, Resource, Rig
from events.model import Reason as Verdict
from events.outbox import catalogue
from events.outbox.catalogue import (
    BeadData,
    ConvoyData,
    Data,
    Fact,
    Kind,
    LoginData,
    RefineryData,
    TriggerData,
)
from events.records.slung import slung
from events.stores.interface import Snapshot
from workflows.exits import Reason
from workflows.labels import CONVOY
from workflows.refs import work_branch

MERGE_FAILURES = frozenset(
    each.word for each in (Reason.CONFLICT, Reason.GATE_FAILED, Reason.REJECTED, Reason.DECLINED)
)
_EPOCH = datetime.datetime.fromtimestamp(0, datetime.UTC)


def facts(seen: Snapshot) -> Iterator[Fact]:
    """All that the objects show."""
    for convoy in seen.convoys:
        yield from _convoy(convoy)
    for polecat in seen.polecats:
        yield from _polecat(polecat)
    for refinery in seen.refineries:
        yield from _refinery(refinery)
    for rig in seen.rigs:
        yield from _logged_out(rig)
        yield from _refused(rig)


def _convoy(convoy: Convoy) -> Iterator[Fact]:
    status, made = convoy.status, convoy.metadata.creation_timestamp or _EPOCH
    rig = status.rig or convoy.spec.rig_ref
    attempt = status.attempt or 0
    data = ConvoyData(
        convoy=convoy.metadata.name,
        namespace=convoy.metadata.namespace,
        rig=rig,
        attempt=attempt,
        progress=status.progress,
        merged_beads=status.merged_beads,
        failed_beads=status.failed_beads,
        cost_usd=status.cost_usd,
        notify=convoy.spec.notify_on_complete if status.ended else "",
    )
    yield _fact(catalogue.CREATED, convoy, "", made, data)
    if status.started_at:
        yield _fact(catalogue.STARTED, convoy, str(attempt), status.started_at, data)
    if status.ended:
        kind = catalogue.COMPLETED if status.phase == "Complete" else catalogue.FAILED
        yield _fact(kind, convoy, str(attempt), status.completed_at or made, data)
    if (source := convoy.spec.source) and (decided := slung(convoy)):
        told = _trigger(rig, decided, url=source.url)
        yield _fact(catalogue.SLUNG, convoy, "", made, told)


def _polecat(polecat: Polecat) -> Iterator[Fact]:
    status = polecat.status
    bead = polecat.spec.bead_id or status.assigned_bead or polecat.metadata.name
    data = BeadData(
        bead=bead,
        rig=polecat.spec.rig,
        convoy=polecat.metadata.labels.get(CONVOY, ""),
        polecat=polecat.metadata.name,
        agent=status.agent or polecat.spec.worker,
        branch=status.branch or work_branch(bead),
        commit=status.commit,
        merged_commit=status.merged_commit,
        reason=status.reason,
        summary=status.summary,
        cost_usd=status.cost_usd,
    )
    began = status.started_at or polecat.metadata.creation_timestamp or _EPOCH
    ended = status.finished_at or status.last_activity or began
    if status.started_at:
        yield _fact(catalogue.BEAD_STARTED, polecat, began.isoformat(), began, data)
    if status.phase == "Done" and status.commit:
        yield _fact(catalogue.BEAD_PUBLISHED, polecat, status.commit, ended, data)
    if status.merged_commit:
        yield _fact(catalogue.MERGED, polecat, status.merged_commit, ended, data)
    if status.phase in {"Stuck", "Terminated"}:
        version = f"{status.reason} {ended.isoformat()}"
        yield _fact(catalogue.BEAD_FAILED, polecat, version, ended, data)
        if status.reason in MERGE_FAILURES:
            yield _fact(catalogue.NOT_MERGED, polecat, version, ended, data)


def _refinery(refinery: Refinery) -> Iterator[Fact]:
    wrong = next((each for each in refinery.status.conditions if each.status == "False"), None)
    if refinery.status.phase == "Error" and wrong is not None:
        data = RefineryData(
            refinery=refinery.metadata.name,
            rig=refinery.spec.rig_ref,
            reason=wrong.reason,
            message=wrong.message,
        )
        since = wrong.last_transition_time
        yield _fact(catalogue.REFINERY, refinery, since.isoformat(), since, data)


def _logged_out(rig: Rig) -> Iterator[Fact]:
    kind = Reason.CREDENTIALS_EXPIRED.word
    for each in rig.status.conditions:
        if each.type == kind and each.status == "True":
            since = each.last_transition_time
            data = LoginData(rig=rig.metadata.name, message=each.message)
            yield _fact(catalogue.CREDENTIALS, rig, since.isoformat(), since, data)


def _refused(rig: Rig) -> Iterator[Fact]:
    for each in rig.status.events.recent if rig.status.events else ():
        if each.reason != Verdict.SLUNG.value:
            version = f"{each.at.isoformat()} {each.trigger} {each.number} {each.delivery}"
            yield _fact(catalogue.REFUSED, rig, version, each.at, _trigger(rig.metadata.name, each))


def _trigger(rig: str, decided: DecidedEvent, *, url: str = "") -> TriggerData:
    return TriggerData(
        rig=rig,
        trigger=decided.trigger,
        event=decided.event,
        number=decided.number,
        reason=decided.reason,
        message=decided.message,
        convoy=decided.convoy,
        url=url,
    )


def _fact(kind: Kind, about: Resource, version: str, at: datetime.datetime, data: Data) -> Fact:
    metadata, plural = about.metadata, about.definition.plural
    place = "/".join(each for each in (metadata.namespace, metadata.name) if each)
    made = metadata.creation_timestamp
    identity = metadata.uid or f"{plural}/{place} {made.isoformat() if made else ''}"
    digest = hashlib.sha256(f"{identity}\0{version}\0{kind.name}".encode()).hexdigest()
    return Fact(
        kind=kind,
        id=digest[:32],
        source=f"/gastown/{plural}/{place}",
        subject=metadata.name,
        at=at,
        data=data,
    )
