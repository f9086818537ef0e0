"""A fact as the body of a request: a structured CloudEvent, of our own types or of CDEvents'. Pure."""

from collections.abc import Mapping
from typing import Any

from cloudevents.core.bindings.http import to_structured_event
from cloudevents.core.v1.event import CloudEvent

from events.outbox import catalogue
from events.outbox.catalogue import BeadData, ConvoyData, Fact
from events.outbox.letters import Letter

CONTENT_TYPE = "application/cloudevents+json"
CDEVENTS = "0.5.1"
"""The release of the CDEvents specification that is spoken."""

_RUN, _TASK, _CHANGE = "dev.cdevents.pipelinerun", "dev.cdevents.taskrun", "dev.cdevents.change"
_TYPES: Mapping[str, tuple[str, str]] = {
    catalogue.CREATED.name: (f"{_RUN}.queued.0.3.0", ""),
    catalogue.STARTED.name: (f"{_RUN}.started.0.3.0", ""),
    catalogue.COMPLETED.name: (f"{_RUN}.finished.0.3.0", "success"),
    catalogue.FAILED.name: (f"{_RUN}.finished.0.3.0", "failure"),
    catalogue.BEAD_STARTED.name: (f"{_TASK}.started.0.3.0", ""),
    catalogue.BEAD_PUBLISHED.name: (f"{_TASK}.finished.0.3.0", "success"),
    catalogue.BEAD_FAILED.name: (f"{_TASK}.finished.0.3.0", "failure"),
    catalogue.MERGED.name: (f"{_CHANGE}.merged.0.3.0", ""),
}
"""What CDEvents has a word for, with the outcome; all else is a custom event of ours."""


def plain(fact: Fact) -> Letter:
    """The event under its own type."""
    data = fact.data.model_dump(mode="json", by_alias=True)
    return _letter(fact, fact.kind.name, fact.subject, data)


def cdevent(fact: Fact) -> Letter:
    """The event in the vocabulary of CDEvents: its data is the whole CDEvent once more, as their binding wants it."""
    kind, outcome = cdevents_type(fact.kind.name), _TYPES.get(fact.kind.name, ("", ""))[1]
    subject, content = _subject(fact)
    if outcome:
        content["outcome"] = outcome
    if outcome == "failure":
        content["errors"] = _errors(fact)
    data = {
        "context": {
            "specversion": CDEVENTS,
            "id": fact.id,
            "source": fact.source,
            "type": kind,
            "timestamp": fact.at.isoformat(),
        },
        "subject": {"id": subject, "source": fact.source, "content": content},
        "customData": fact.data.model_dump(mode="json", by_alias=True),
        "customDataContentType": "application/json",
    }
    return _letter(fact, kind, subject, data)


def cdevents_type(kind: str) -> str:
    """The type of CDEvents that stands for one of ours."""
    return _TYPES[kind][0] if kind in _TYPES else _custom(kind)


def _subject(fact: Fact) -> tuple[str, dict[str, Any]]:
    data = fact.data
    if isinstance(data, ConvoyData):
        return data.convoy, {"pipelineName": data.rig}
    if isinstance(data, BeadData) and fact.kind is catalogue.MERGED:
        return data.branch, {"repository": {"id": data.rig}}
    if isinstance(data, BeadData) and fact.kind.name in _TYPES:
        run = {"pipelineRun": {"id": data.convoy}} if data.convoy else {}
        return data.polecat, {"taskName": data.bead, **run}
    return fact.subject, {}


def _errors(fact: Fact) -> str:
    if isinstance(fact.data, BeadData):
        return f"{fact.data.reason}: {fact.data.summary}"
    return f"failed: {', '.join(fact.data.failed_beads)}" if isinstance(fact.data, ConvoyData) else ""


def _custom(kind: str) -> str:
    subject, predicate = kind.removeprefix("io.gastown.").split(".")
    return f"dev.cdeventsx.gastown-{subject}.{predicate}.0.1.0"


def _letter(fact: Fact, kind: str, subject: str, data: Mapping[str, Any]) -> Letter:
    event = CloudEvent(
        attributes={
            "id": fact.id,
            "source": fact.source,
            "type": kind,
            "specversion": "1.0",
            "time": fact.at,
            "subject": subject,
            "datacontenttype": "application/json",
        },
        data=dict(data),
    )
    return Letter(fact.id, fact.kind.name, fact.at, to_structured_event(event).body.decode())
