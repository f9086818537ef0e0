"""What a delivery would sling, from its payload alone: no forge is asked, so ids that only the forge knows are left open. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from crds import Convoy, Rig, Trigger
from events import deliveries
from events.convoys import manifest
from events.errors import Unreadable
from events.model import About, Hint, Ignored, Match, Occurrence, Text
from events.triggers import rules
from workflows.clock import utc_now

UNKNOWN = "as-the-forge-tells"
"""Stands for an id that a delivery does not carry."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One trigger that a delivery would set off, and the convoy; or why there would be none."""

    trigger: str
    convoy: Convoy | None
    message: str


def headers_for(rig: Rig, event: str) -> Mapping[str, str]:
    """The headers by which the rig's forge names an event. Raises Unreadable for one that no trigger listens to."""
    kind = rig.spec.forge.kind if rig.spec.forge else "github"
    dialect = deliveries.DIALECTS[kind]
    if event not in dialect.readers:
        raise Unreadable(f"event {event}: {kind} has {', '.join(dialect.readers)}")
    return {dialect.event[0]: event}


def trials(rig: Rig, event: str, body: bytes) -> tuple[Trial, ...]:
    """What would become of a delivery. Raises Unreadable."""
    kind = rig.spec.forge.kind if rig.spec.forge else "github"
    found = deliveries.read(kind, headers_for(rig, event), body)
    if isinstance(found, Ignored):
        return (Trial("", None, found.why),)
    made = tuple(_trial(rig, each, hint) for hint in found for each in rules.listening(rig, hint))
    return made or (Trial("", None, "no trigger of the rig listens to it"),)


def _trial(rig: Rig, trigger: Trigger, hint: Hint) -> Trial:
    occurrence = Occurrence(
        event=rules.EVENTS[hint.about],
        object=str(hint.comment) or UNKNOWN,
        at=utc_now(),
        repository=hint.repository,
        sender=hint.sender,
        number=hint.number or None,
        pull=hint.about in {About.PULL_COMMENT, About.REVIEW},
        text=hint.text or Text("", ""),
        words=hint.words or "",
        label=trigger.labels[0] if trigger.labels else "",
        branch=hint.branch or rules.WORK + UNKNOWN,
        sha=hint.sha,
        files=hint.files(),
    )
    try:
        convoy = manifest.convoy_of(Match(rig, trigger, occurrence, UNKNOWN), namespace="")
    except (Unreadable, ValueError) as error:
        return Trial(trigger.name, None, str(error))
    asks = "if the forge finds that the sender may, and that its text is unchanged"
    return Trial(trigger.name, convoy, f"{trigger.name} would sling it, {asks}")
