"""The Convoy of an occurrence: its name from what happened, its bead from the text that was authorised."""

import hashlib
from collections.abc import Sequence

from crds import AGENTS, Convoy, ConvoySource, InlineBead, Rig, Sender, Trigger
from crds.rig import PROTECTED
from events.convoys import text
from events.convoys.names import convoy_name
from events.errors import Unreadable
from events.model import Match, Occurrence, Text
from events.triggers.options import Options
from events.triggers.options import parse as parse_options
from events.triggers.rules import WORK
from workflows.names import ConvoyName

MANAGED = "app.kubernetes.io/managed-by"
RIG, TRIGGER, SENDER = "gastown.io/rig", "gastown.io/trigger", "gastown.io/sender"
"""Labels by which the convoys of events are found."""

EVERYTHING = ("**",)
"""What is anybody's text may change nothing without a person."""

TITLE = 200


def name_of(match: Match) -> ConvoyName:
    """The name of the convoy that this makes, whoever tells of it."""
    occurrence = match.occurrence
    return convoy_name(
        forge=match.forge,
        repository=str(occurrence.repository),
        rig=match.rig.metadata.name,
        trigger=match.trigger.name,
        thing=f"{occurrence.event}/{occurrence.object}",
        number=occurrence.number,
    )


def convoy_of(match: Match, *, namespace: str, beads: Sequence[str] = ()) -> Convoy:
    """The convoy; `beads` are those of the rig's store that a push made ready. Raises Unreadable for a wrong option."""
    trigger, sling, rig = match.trigger, match.trigger.sling, match.rig.metadata.name
    asked = _asked(match)
    title, task = task_of(match, words=asked.words)
    own = [] if beads else [_bead(match, title=title, task=task, asked=asked)]
    spec = {
        "description": f"{title}\n\nSlung by {match.occurrence.event} through the trigger {trigger.name}.",
        "rigRef": rig,
        "beads": [each.dump() for each in own],
        "trackedBeads": list(beads),
        "agent": asked.agent or sling.agent,
        "agentConfig": sling.agent_config.dump() if sling.agent_config else None,
        "mergeStrategy": sling.merge_strategy,
        "namepoolTheme": sling.namepool_theme,
        "parallelism": sling.parallelism,
        "budget": sling.budget.dump() if sling.budget else None,
        "deadline": sling.deadline,
        "source": source_of(match, title=title, task=task).dump(),
    }
    labels = {
        MANAGED: "gastown-events",
        RIG: rig,
        TRIGGER: trigger.name,
        SENDER: label(str(match.occurrence.sender.id)),
    }
    metadata = {"name": name_of(match), "labels": {key: value for key, value in labels.items() if value}}
    if namespace:
        metadata["namespace"] = namespace
    wanted = {key: value for key, value in spec.items() if value not in (None, "", [], 0)}
    return Convoy.model_validate({"metadata": metadata, "spec": wanted})


def source_of(match: Match, *, title: str, task: str) -> ConvoySource:
    """What the convoy says of its event."""
    occurrence = match.occurrence
    return ConvoySource(
        trigger=match.trigger.name,
        event=occurrence.event,
        forge=match.forge[:253],
        repository=str(occurrence.repository)[:128],
        object=occurrence.object[:512],
        number=occurrence.number,
        pull=occurrence.pull,
        url=occurrence.url[:2048],
        sender=Sender(id=str(occurrence.sender.id)[:128], name=occurrence.sender.name[:128]),
        text_digest=text.digest(title, task),
        at=occurrence.at,
        protected_paths=protected(match.rig, match.trigger),
    )


def protected(rig: Rig, trigger: Trigger) -> tuple[str, ...]:
    """The files that the convoy may not change without a person."""
    if trigger.untrusted == "Allow" and "*" in trigger.actors:
        return EVERYTHING
    if trigger.protected_paths is not None:
        return trigger.protected_paths
    return PROTECTED if rig.spec.protected_paths is None else rig.spec.protected_paths


def task_of(match: Match, *, words: str) -> tuple[str, str]:
    """Title and task of the bead: what the trigger says, then the visible text of what happened."""
    trigger, occurrence = match.trigger, match.occurrence
    shown = Text(text.line(occurrence.text.title, most=TITLE), text.visible(occurrence.text.body))
    title = text.line(trigger.sling.title, most=TITLE) or shown.title or f"{occurrence.event} {trigger.name}"
    parts = [trigger.sling.description.strip()]
    if occurrence.text.title and shown.title != title:
        parts.append(f"# {shown.title}")
    parts.append(shown.body)
    if words:
        parts.append(text.visible(words))
    if occurrence.checks:
        parts.append(f"These checks failed on commit {occurrence.sha}: {', '.join(occurrence.checks)}.")
    return title, text.cut("\n\n".join(part for part in parts if part))


def label(value: str) -> str:
    """An id as a label's value; what a label does not allow stands as a hash."""
    plain = value.strip("{}")
    if plain.isascii() and all(each.isalnum() or each in "-_." for each in plain) and len(plain) <= 63:
        return plain.strip("-_.")
    return hashlib.sha256(value.encode(errors="surrogatepass")).hexdigest()[:16]


def _asked(match: Match) -> Options:
    trigger, words = match.trigger, match.occurrence.words
    if not trigger.command:
        return Options(words=words)
    agents = {*AGENTS, *(each.name for each in match.rig.spec.agents)}
    return parse_options(words, trigger.command, agents=agents)


def _bead(match: Match, *, title: str, task: str, asked: Options) -> InlineBead:
    priority = match.trigger.sling.priority if asked.priority is None else asked.priority
    labels = tuple(each for each in (_short(each) for each in match.occurrence.labels[:32]) if each)
    made = {
        "id": bead_id(match),
        "title": title,
        "description": task,
        "priority": priority,
        "labels": list(labels),
    }
    return InlineBead.model_validate({key: value for key, value in made.items() if value not in ("", [])})


def bead_id(match: Match) -> str:
    """A new bead for new work; the bead of a work branch where that is to be worked again."""
    occurrence = match.occurrence
    if works_again(occurrence):
        return occurrence.branch.removeprefix(WORK)
    middle = f"{occurrence.number}-" if occurrence.number is not None else ""
    return f"{match.rig.spec.beads_prefix}-{middle}{name_of(match).rsplit('-', 1)[-1][:8]}"


def works_again(occurrence: Occurrence) -> bool:
    """Whether the event is about work that is on a branch of its own already."""
    return occurrence.event in {"PullRequestComment", "ChangesRequested", "CheckFailed"}


def _short(value: str) -> str:
    return text.line(value, most=128)


def refuse_foreign(occurrence: Occurrence) -> None:
    """Raises Unreadable where the branch to be worked again is not one of ours."""
    if works_again(occurrence) and not occurrence.branch.startswith(WORK):
        raise Unreadable(f"{occurrence.branch or 'its branch'} is no work branch of this rig")
