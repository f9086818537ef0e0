"""Which triggers of a rig are about what happened. Pure: what they ask for is in the Rig, what happened in the Occurrence."""

from collections.abc import Mapping

from crds import Rig, Trigger
from crds.triggers import Event
from events.model import About, Hint, Occurrence
from workflows.globs import matches_any
from workflows.refs import work_branch

EVENTS: Mapping[About, Event] = {
    About.ISSUE: "IssueOpened",
    About.LABELS: "IssueLabelled",
    About.COMMENT: "Comment",
    About.PULL_COMMENT: "PullRequestComment",
    About.REVIEW: "ChangesRequested",
    About.CHECK: "CheckFailed",
    About.PUSH: "Push",
}

WORK = work_branch("")
"""What work branches begin with: a push to one is never somebody's wish."""


def of_event(rig: Rig, event: Event) -> tuple[Trigger, ...]:
    """The rig's triggers on an event."""
    return tuple(each for each in rig.spec.triggers if each.event == event)


def listening(rig: Rig, hint: Hint) -> tuple[Trigger, ...]:
    """The triggers that may be about a delivery, as far as it tells: the forge need not be asked for the others."""
    event = EVENTS.get(hint.about)
    if event is None or (hint.about is About.PUSH and hint.branch.startswith(WORK)):
        return ()
    return tuple([each for each in rig.spec.triggers if each.event == event and _may_be(rig, each, hint)])


def _may_be(rig: Rig, trigger: Trigger, hint: Hint) -> bool:
    if hint.about is About.PUSH:
        return _branch(rig, trigger, hint.branch) and _paths(trigger, hint.files() if trigger.paths else None)
    if hint.words is not None and trigger.command:
        return commanded(hint.words, trigger.command)
    return True


def about(rig: Rig, occurrence: Occurrence) -> tuple[Trigger, ...]:
    """The triggers that an occurrence matches."""
    return tuple(each for each in of_event(rig, occurrence.event) if fits(rig, each, occurrence))


def fits(rig: Rig, trigger: Trigger, occurrence: Occurrence) -> bool:
    """Whether each list that the trigger gives matches."""
    match occurrence.event:
        case "IssueLabelled":
            return _one_of(occurrence.label, trigger.labels)
        case "IssueOpened":
            return _any_label(trigger, occurrence)
        case "Comment" | "PullRequestComment":
            return commanded(occurrence.words, trigger.command) and _any_label(trigger, occurrence)
        case "Push":
            return (
                not occurrence.branch.startswith(WORK)
                and _branch(rig, trigger, occurrence.branch)
                and _paths(trigger, occurrence.files)
            )
        case "CheckFailed":
            return not trigger.checks or any(
                matches_any(check, trigger.checks) for check in occurrence.checks
            )
        case "CloudEvent":
            return of_type(trigger.event_type, occurrence.type)
        case "Schedule":
            return occurrence.label == trigger.name
        case _:
            return True


def commanded(words: str, command: str) -> bool:
    """Whether a comment starts with the command: the whole word, as the first thing."""
    head = words[:512].lstrip().split(maxsplit=1)
    return bool(head) and head[0] == command


def of_type(wanted: str, found: str) -> bool:
    """Whether a CloudEvent's type is the wanted one, or starts as a trailing star allows."""
    return found.startswith(wanted[:-1]) if wanted.endswith("*") else found == wanted


def _branch(rig: Rig, trigger: Trigger, branch: str) -> bool:
    globs = trigger.branches or (rig.spec.base_branch,)
    return matches_any(branch, globs)


def _paths(trigger: Trigger, files: tuple[str, ...] | None) -> bool:
    """Where nobody knows all files of a push, one that matches may be among them."""
    if not trigger.paths or files is None:
        return True
    return any(matches_any(file, trigger.paths) for file in files)


def _any_label(trigger: Trigger, occurrence: Occurrence) -> bool:
    return not trigger.labels or any(_one_of(label, trigger.labels) for label in occurrence.labels)


def _one_of(label: str, wanted: tuple[str, ...]) -> bool:
    """Forges take labels that differ in case for one."""
    return label.lower() in {each.lower() for each in wanted}
