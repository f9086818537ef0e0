"""`revert`."""

import dataclasses

import click

from kubectl_gt.cli import names
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.exits import Exit
from kubectl_gt.show.columns import short
from kubectl_gt.town import Town
from kubectl_gt.typed.target import rig_and_bead
from kubectl_gt.typed.unworked import begin, of_revert
from workflows.clean import as_json, plain
from workflows.local.repositories.records import Merged, Reverse, merge_of, reverse


@click.command(
    cls=Verb, examples=("revert app-42", "revert app-42 --dry-run", "revert app-42 --agent --wait")
)
@click.argument("bead", metavar="[RIG/]BEAD", shell_complete=names.beads)
@click.option("--convoy", default="", help="The convoy that merged it, where several did.")
@click.option("--base-branch", help="The branch that it was merged into; the rig's when absent.")
@click.option("--agent", is_flag=True, help="Let an agent resolve it where it conflicts with later work.")
@click.option("--dry-run", is_flag=True, help="Print what it would change, and change nothing.")
@click.option("--wait", is_flag=True, help="Show it until it is merged.")
@click.option(
    "-o", "--output", type=click.Choice(("text", "json")), default="text", help="Form of the dry run."
)
@with_town
def revert(
    town: Town,
    bead: str,
    *,
    convoy: str,
    base_branch: str | None,
    agent: bool,
    dry_run: bool,
    wait: bool,
    output: str,
) -> Exit:
    """Take back what was merged of a bead: the reverse of its merge goes through the queue and the gates like any work.

    Once it has landed, the bead is open again: `beads ready` lists it, and it can be slung. Where later work conflicts, you are told the
    files; --agent hands that to an agent. In mode pr it is a pull request.
    """
    rig, name = rig_and_bead(town, bead)
    merged = merge_of(rig.spec.git_url, name, convoy=convoy)
    wanted = of_revert(rig, merged, agent=agent, base=base_branch)
    if dry_run:
        _tell(merged, reverse(rig.spec.git_url, base_branch or rig.spec.base_branch, merged), output)
        return Exit.OK
    return begin(
        town,
        town.convoys.create(wanted),
        tried="tried that and failed",
        does=f"reverts {name}, merged as {short(merged.sha)}",
        wait=wait,
    )


def _tell(merged: Merged, found: Reverse, output: str) -> None:
    if output == "json":
        told = dataclasses.asdict(merged) | dataclasses.asdict(found)
        click.echo(as_json(told))
        return
    click.echo(plain(f"would revert {merged.bead}: {merged.subject}, merged as {short(merged.sha)}"))
    for line in found.stat.splitlines():
        click.echo(plain(line))
    if found.conflicts:
        click.echo(plain(f"conflicts with what came later in {', '.join(found.conflicts)}"))
