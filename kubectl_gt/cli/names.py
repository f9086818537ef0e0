"""Names that the shell completes: asked of the town when somebody presses TAB, so a failure there must stay silent."""

import contextlib
from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem

from kubectl_gt.cli.command import place
from kubectl_gt.place import open_town
from kubectl_gt.town import Town

Names = Iterable[tuple[str, str]]


def _completer(
    ask: Callable[[Town, click.Context], Names],
) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    def complete(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        # Whatever is wrong with the town is told by the command; on a TAB it would scribble over the line being typed.
        with contextlib.suppress(Exception):
            return [
                CompletionItem(name, help=help_)
                for name, help_ in ask(open_town(place(ctx)), ctx)
                if name.startswith(incomplete)
            ]
        return []

    return complete


def _rigs(town: Town, _: click.Context) -> Names:
    return [(rig.metadata.name, rig.spec.git_url) for rig in town.rigs.all()]


def _convoys(town: Town, _: click.Context) -> Names:
    return [
        (each.metadata.name, f"{each.status.phase} {each.status.progress}") for each in town.convoys.all()
    ]


def _polecats(town: Town, _: click.Context) -> Names:
    return [
        (name, f"{each.status.phase} {each.spec.bead_id}")
        for each in town.polecats.all()
        for name in (each.metadata.name, f"{each.spec.rig}/{each.metadata.name}")
    ]


def _agents(town: Town, _: click.Context) -> Names:
    return [(name, "") for name in town.agents()]


def _beads(town: Town, ctx: click.Context) -> Names:
    named = ctx.params.get("rig")
    rigs = [named] if named else [rig.metadata.name for rig in town.rigs.all()]
    return [(bead.id, bead.title) for rig in rigs for bead in town.rigs.beads(rig).values() if bead.open]


def _beads_or_rigs(town: Town, ctx: click.Context) -> Names:
    return [*_beads(town, ctx), *_rigs(town, ctx)]


rigs = _completer(_rigs)
convoys = _completer(_convoys)
polecats = _completer(_polecats)
agents = _completer(_agents)
beads = _completer(_beads)
beads_or_rigs = _completer(_beads_or_rigs)
