"""`trigger list`, `trigger test` and `trigger explain`: what slings by itself, what would, and why something did not."""

from collections.abc import Iterable
from pathlib import Path

import click

from crds import DecidedEvent, Rig, Trigger
from events.records.slung import slung
from events.trying import Trial, trials
from kubectl_gt.cli import names, options
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.exits import Exit
from kubectl_gt.show.columns import bare
from kubectl_gt.show.output import Column, Form, print_yaml, show_list
from kubectl_gt.town import Town
from workflows.clean import plain


def _when(trigger: Trigger) -> str:
    parts = (*trigger.labels, *trigger.branches, *trigger.paths, *trigger.checks)
    return ", ".join((*parts, *filter(None, (trigger.command, trigger.schedule, trigger.event_type))))


TRIGGERS: Form[Trigger] = Form(
    kind="triggers",
    columns=(
        Column("NAME", lambda each: each.name),
        Column("EVENT", lambda each: each.event),
        Column("WHEN", _when),
        Column("ACTORS", lambda each: ", ".join(each.actors) or "who may write"),
    ),
    name=lambda each: each.name,
    json=lambda each: each.model_dump(mode="json", by_alias=True, exclude_none=True),
)

DECISIONS: Form[DecidedEvent] = Form(
    kind="decisions about it",
    columns=(
        Column("AT", lambda each: f"{each.at:%Y-%m-%d %H:%M:%S}"),
        Column("TRIGGER", lambda each: each.trigger),
        Column("EVENT", lambda each: each.event),
        Column("REASON", lambda each: each.reason),
        Column("WHY", lambda each: each.message),
    ),
    name=lambda each: each.convoy or each.reason,
    json=lambda each: each.model_dump(mode="json", by_alias=True, exclude_none=True),
)


@click.command("list", cls=Verb, examples=("trigger list app",))
@click.argument("rig", shell_complete=names.rigs)
@options.output
@with_town
def list_(town: Town, rig: str, output: str) -> None:
    """List the triggers of a rig."""
    show_list(town.rigs.get(bare(rig, "rig")).spec.triggers, TRIGGERS, output)


@click.command(cls=Verb, examples=("trigger test app --payload delivery.json --event issue_comment",))
@click.argument("rig", shell_complete=names.rigs)
@click.option(
    "--payload",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="File with the JSON of a delivery.",
)
@click.option("--event", required=True, help="Event as the forge names it in its header, such as issues.")
@with_town
def test(town: Town, rig: str, payload: Path, event: str) -> Exit:
    """Show what a delivery would sling. Nothing is made, and the forge is not asked."""
    found = trials(town.rigs.get(bare(rig, "rig")), event, payload.read_bytes())
    for each in found:
        click.echo(plain(each.message), err=True)
    print_yaml([each.convoy.manifest() for each in found if each.convoy is not None])
    return Exit.OK if _any(found) else Exit.MISSING


@click.command(cls=Verb, examples=("trigger explain app 12",))
@click.argument("rig", shell_complete=names.rigs)
@click.argument("what", metavar="ISSUE|DELIVERY")
@options.output
@with_town
def explain(town: Town, rig: str, what: str, output: str) -> None:
    """Tell what became of an issue, a pull request or a delivery, and why nothing was slung."""
    found = town.rigs.get(bare(rig, "rig"))
    number = what.removeprefix("#")
    status = found.status.events
    decided = [
        each
        for each in (status.recent if status else ())
        if number == str(each.number) or what == each.delivery
    ]
    known = {each.convoy for each in decided}
    decided += [each for each in _made(town, found.metadata.name, number=number) if each.convoy not in known]
    show_list(decided, DECISIONS, output)
    if output not in {"json", "yaml", "name"}:
        for line in _state(found):
            click.echo(plain(line), err=True)


def _made(town: Town, rig: str, *, number: str) -> Iterable[DecidedEvent]:
    """What the convoys say of an issue: they tell where they come from as long as they are there, however many events came since."""
    for convoy in town.convoys.all():
        decided = slung(convoy)
        if decided is not None and convoy.spec.rig_ref == rig and str(decided.number) == number:
            yield decided


def _state(rig: Rig) -> Iterable[str]:
    """How events reach the rig at all: the answer where nothing was decided."""
    status = rig.status.events
    if not rig.spec.triggers:
        yield f"The rig has no triggers; `{program_name()} rig connect` makes them."
    if status is None:
        yield "gastown-events has not looked at the rig yet; is it running?"
        return
    yield f"Last webhook: {status.last_event or 'none yet'}. Last poll: {status.last_repair or 'none yet'}."
    for each in rig.status.conditions:
        if each.type in {"WebhookHealthy", "TriggersPaused"}:
            yield f"{each.type}: {each.status} ({each.reason}) {each.message}"


def _any(found: Iterable[Trial]) -> bool:
    return any(each.convoy is not None for each in found)
