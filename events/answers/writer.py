"""Keeps the comments as they should be: level-triggered, by one process at a time, and no comment for what nobody may know."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from crds import Convoy, Rig, Trigger
from events.answers import wording
from events.connections import Connection, Connections
from events.model import Decision, Occurrence
from events.stores.interface import Store
from forges.errors import Final, NotFound
from forges.model import Comment, IssueNumber, Reaction

log = logging.getLogger(__name__)

Place = tuple[int, bool]
"""An issue's number, and whether it is a pull request's."""


@dataclass(slots=True)
class _Written:
    comment: Comment
    digest: str


@dataclass(slots=True)
class Writer:
    """Writes to the forges."""

    store: Store
    connections: Connections
    _written: dict[tuple[str, Place], _Written] = field(default_factory=dict)
    _ended: set[str] = field(default_factory=set)
    """Convoys whose end is told."""
    _refusals: dict[tuple[str, Place], str] = field(default_factory=dict)

    @property
    def owes(self) -> bool:
        """Whether a refusal waits to be told, which no object of the town shows."""
        return bool(self._refusals)

    async def decided(self, rig: Rig, trigger: Trigger, decision: Decision) -> None:
        """Right after a decision: the label comes off, eyes show that it was seen. Raises Later."""
        occurrence = decision.occurrence
        place = _place(occurrence)
        if place is None:
            return
        if decision.made:
            connection = await self.connections.of(rig)
            await self._seen(connection, trigger, occurrence)
        elif words := wording.tells(decision):
            self._refusals[rig.metadata.name, place] = words

    async def _seen(self, connection: Connection, trigger: Trigger, occurrence: Occurrence) -> None:
        issues, number = connection.forge.issues, IssueNumber(occurrence.number or 0)
        if occurrence.event == "IssueLabelled" and trigger.remove_label:
            await connection.run(issues.remove_label(number, occurrence.label))
        elif occurrence.comment is not None:
            try:
                await connection.run(
                    issues.react(occurrence.comment, number, Reaction.EYES, on_pull=occurrence.pull)
                )
            except Final:
                return  # eyes are a courtesy; some forges have none

    async def tell(self, rig: Rig) -> int:
        """Bring the comments of a rig's issues up to date; tells how many were written. Raises Later and Unconfigured."""
        name = rig.metadata.name
        places: dict[Place, list[Convoy]] = {}
        for convoy in await self.store.slung(name):
            source = convoy.spec.source
            if source is not None and source.number is not None and convoy.metadata.name not in self._ended:
                places.setdefault((source.number, source.pull), []).append(convoy)
        for owner, place in self._refusals:
            if owner == name:
                places.setdefault(place, [])
        written = 0
        for place in places:
            written += await self._tell(rig, place)
        return written

    async def _tell(self, rig: Rig, place: Place) -> bool:
        name = rig.metadata.name
        told = await self._told(name, place)
        refusal = self._refusals.get((name, place), "")
        body = wording.comment(name, told, refusal=refusal)
        written = await self._write(rig, place, body)
        self._refusals.pop((name, place), None)
        self._ended.update(
            each.convoy.metadata.name for each in told if each.convoy.status.phase in {"Complete", "Failed"}
        )
        return written

    async def _told(self, rig: str, place: Place) -> Sequence[wording.Told]:
        found = []
        for each in await self.store.slung(rig):
            source = each.spec.source
            if source is not None and (source.number, source.pull) == place:
                convoy = await self.store.convoy(each.metadata.name)
                if convoy is not None:
                    found.append(wording.Told(convoy, await self.store.polecats(convoy.metadata.name)))
        return found

    async def _write(self, rig: Rig, place: Place, body: str) -> bool:
        key, digest = (rig.metadata.name, place), hashlib.sha256(body.encode()).hexdigest()
        known = self._written.get(key)
        if known is not None and known.digest == digest:
            return False
        connection = await self.connections.of(rig)
        number, pull = place
        issues = connection.forge.issues
        try:
            comment = known.comment if known else await self._find(connection, rig, place)
            if comment is not None and comment.body == body:
                made = comment
            elif comment is not None:
                made = await connection.run(issues.edit(comment, body))
            else:
                made = await connection.run(issues.comment(IssueNumber(number), body, on_pull=pull))
        except NotFound:  # the comment or the issue was deleted: the next time looks anew
            self._written.pop(key, None)
            return False
        self._written[key] = _Written(made, digest)
        return True

    async def _find(self, connection: Connection, rig: Rig, place: Place) -> Comment | None:
        """Our comment of an earlier life: by mark and by author."""
        number, pull = place
        there = await connection.run(connection.forge.issues.comments_on(IssueNumber(number), on_pull=pull))
        mine = (each for each in there if each.author.id == connection.me.id)
        return next((each for each in mine if each.body.startswith(wording.mark(rig.metadata.name))), None)


def _place(occurrence: Occurrence) -> Place | None:
    return None if occurrence.number is None else (occurrence.number, occurrence.pull)
