"""The merge queue in the order in which the refinery takes it: what the repository says, joined with Polecats and Convoys."""

import dataclasses
import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence

from crds import Convoy, Manifest, Polecat
from workflows.clock import timestamp
from workflows.entries import Entry
from workflows.labels import CONVOY
from workflows.observe import Stage, stage_of
from workflows.observe.reasons import BEING_MERGED, IN_QUEUE, MERGING
from workflows.refinery.queue.order import rank
from workflows.refinery.queue.standing import Place, Standing, TargetQueue

Priorities = Mapping[tuple[str, str], int]
"""By rig and bead."""

DEFAULT_PRIORITY = 2


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A line of the queue. `position` counts in the queue of one rig's target, `target` is empty where only a Polecat tells of it.

    `rounds` counts its conflicts, `retries` its red gates; `tag` is the object of the entry.
    """

    position: int
    bead: str
    status: str
    why: str
    polecat: str
    rig: str
    target: str
    convoy: str
    branch: str
    commit: str
    published: datetime.datetime | None
    title: str = ""
    author: str = ""
    priority: int | None = None
    rounds: int = 0
    retries: int = 0
    tag: str = ""

    def json(self) -> Manifest:
        """The same for a program."""
        own = ("published", "tag")
        told = {key: value for key, value in dataclasses.asdict(self).items() if key not in own}
        return {**told, "publishedAt": timestamp(self.published) if self.published else ""}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How the queue of one target stands: how many wait, are merged and are held, who leads, and what the target's gates said last."""

    rig: str
    target: str
    waiting: int
    merging: int
    held: int
    leads: str
    gates: str

    def json(self) -> Manifest:
        """The same for a program."""
        return dataclasses.asdict(self)


def summaries(read: Mapping[str, Sequence[TargetQueue]], *, now: datetime.datetime) -> list[Summary]:
    """Every queue that has entries."""
    return [_summary(rig, each, now.timestamp()) for rig, there in sorted(read.items()) for each in there]


def _summary(rig: str, queue: TargetQueue, now: float) -> Summary:
    counts = dict.fromkeys(Standing, 0)
    for place in queue.places(now):
        counts[place.standing] += 1
    red = next((each.red for each in reversed(queue.results.runs) if each.tree == queue.tree), "")
    return Summary(
        rig=rig,
        target=queue.target,
        waiting=counts[Standing.QUEUED],
        merging=counts[Standing.MERGING],
        held=counts[Standing.HELD],
        leads=queue.lease.bead if queue.lease and queue.lease.fresh(now) else "",
        gates=f"red: {red}" if red else "",
    )


def queued(polecats: Iterable[Polecat]) -> list[Polecat]:
    """The polecats whose work is published and waits for the refinery, or is with it."""
    return [each for each in polecats if stage_of(each.status) is Stage.MERGING]


def standing(
    rig: str, queues: Sequence[TargetQueue], polecats: Sequence[Polecat], *, now: datetime.datetime
) -> list[Waiting]:
    """The queues of a rig as its repository has them; `polecats` are all of the rig, and say what pods wait for."""
    known = {(each.metadata.labels.get(CONVOY, ""), each.spec.bead_id): each for each in polecats}
    found: list[Waiting] = []
    for queue in queues:
        for number, place in enumerate(queue.places(now.timestamp()), 1):
            entry = place.queued.entry
            polecat = known.get((entry.convoy, entry.bead)) or known.get(("", entry.bead))
            found.append(_of_entry(number, rig, place, polecat))
    entered = {each.bead for each in found}
    gone = [each for each in queued(polecats) if each.spec.bead_id not in entered]
    return [*_of_polecats(gone), *found]


def in_merge_order(
    polecats: Iterable[Polecat], convoys: Iterable[Convoy], priorities: Priorities, *, now: datetime.datetime
) -> list[Polecat]:
    """By rig: first what is being merged, then as the queue ranks. `priorities` are those of beads that no convoy carries itself.

    For where the repository can't be read: a red gate of an earlier attempt costs a bead rank too, and only its entry tells of that.
    """
    known = {each.metadata.name: each for each in convoys}

    def place(polecat: Polecat) -> tuple[str, bool, tuple[bool, float, str]]:
        entry = _entry(polecat, known.get(polecat.metadata.labels.get(CONVOY, "")), priorities)
        return polecat.spec.rig, polecat.status.reason != MERGING, rank(entry, now.timestamp())

    return sorted(polecats, key=place)


def as_polecats_tell(
    polecats: Iterable[Polecat], convoys: Iterable[Convoy], priorities: Priorities, *, now: datetime.datetime
) -> list[Waiting]:
    """The queue of rigs whose repository can't be read from here."""
    return list(_of_polecats(in_merge_order(polecats, convoys, priorities, now=now)))


def inline_priorities(convoys: Iterable[Convoy]) -> dict[tuple[str, str], int]:
    """The priorities of the beads that convoys carry themselves."""
    return {(convoy.rig, bead.id): bead.priority for convoy in convoys for bead in convoy.spec.beads}


def _of_entry(number: int, rig: str, place: Place, polecat: Polecat | None) -> Waiting:
    entry = place.queued.entry
    status, why = place.standing.value, place.why
    told = polecat.status.summary if polecat else ""
    if polecat and stage_of(polecat.status) is not Stage.MERGING and place.standing is Standing.QUEUED:
        status, why = polecat.status.reason, told
    elif place.standing is Standing.QUEUED and told not in ("", IN_QUEUE, BEING_MERGED):
        why = told
    return Waiting(
        position=number,
        bead=entry.bead,
        status=status,
        why=why,
        polecat=polecat.metadata.name if polecat else "",
        rig=rig,
        target=place.target,
        convoy=entry.convoy,
        branch=entry.branch,
        commit=place.queued.sha,
        published=datetime.datetime.fromtimestamp(entry.published, datetime.UTC),
        title=entry.title,
        author=place.queued.author,
        priority=entry.priority,
        rounds=entry.rounds,
        retries=entry.retries,
        tag=place.queued.tag,
    )


def _of_polecats(polecats: Iterable[Polecat]) -> Iterator[Waiting]:
    places: dict[str, int] = {}
    for each in polecats:
        rig = each.spec.rig
        places[rig] = places.get(rig, 0) + 1
        yield Waiting(
            position=places[rig],
            bead=each.spec.bead_id,
            status=each.status.reason,
            why=each.status.summary,
            polecat=each.metadata.name,
            rig=rig,
            target="",
            convoy=each.metadata.labels.get(CONVOY, ""),
            branch=each.status.branch,
            commit=each.status.commit,
            published=each.status.finished_at,
        )


def _entry(polecat: Polecat, convoy: Convoy | None, priorities: Priorities) -> Entry:
    created = (convoy or polecat).metadata.creation_timestamp
    published = polecat.status.finished_at
    return Entry(
        bead=polecat.spec.bead_id,
        task=polecat.metadata.name,
        convoy=convoy.metadata.name if convoy else "",
        created=created.isoformat() if created else "",
        priority=priorities.get((polecat.spec.rig, polecat.spec.bead_id), DEFAULT_PRIORITY),
        title="",
        branch=polecat.status.branch,
        base=polecat.status.base,
        published=int(published.timestamp()) if published else 0,
        rounds=polecat.status.conflicts or 0,
    )
