"""`mq submit`."""

import click

from kubectl_gt.cli import names
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.exits import Exit
from kubectl_gt.show.columns import bare, short
from kubectl_gt.town import Town
from kubectl_gt.typed.target import only_rig
from kubectl_gt.typed.unworked import begin, of_branch
from workflows.errors import Refused
from workflows.local.repositories.branches import branch_head
from workflows.local.repositories.inspection import default_branch


@click.command(
    cls=Verb,
    examples=(
        "mq submit fix-typo",
        "mq submit fix-typo app --wait",
        "mq submit fix-typo app --title 'Fix a typo'",
    ),
)
@click.argument("branch")
@click.argument("rig", required=False, shell_complete=names.rigs)
@click.option(
    "--title", default="", help="Title of the merged commit; its last commit's first line when absent."
)
@click.option("--base-branch", help="The branch to merge it into; the rig's when absent.")
@click.option("--wait", is_flag=True, help="Show it until it is merged.")
@with_town
def submit(
    town: Town, branch: str, rig: str | None, *, title: str, base_branch: str | None, wait: bool
) -> Exit:
    """Merge a branch that you pushed, by the same queue and gates as agents' work; you stay its author, and the branch stays.

    The same branch again changes nothing until it has a new commit. What is red or conflicts is left to you: push to the branch, then
    `mq retry`, or submit it again.
    """
    found = town.rigs.get(bare(rig, "rig")) if rig else only_rig(town, "name it behind the branch")
    url, program = found.spec.git_url, program_name()
    if branch in (found.spec.base_branch, base_branch, default_branch(url)):
        raise Refused(f"branch {branch}: it is what others are merged into; name a branch of your own")
    if branch.startswith("polecat/"):
        bead = branch.removeprefix("polecat/")
        raise Refused(
            f"branch {branch}: it is a polecat's; merge it with `{program} mq retry {bead}` or sling {bead}"
        )
    head = branch_head(url, branch)
    convoy = town.convoys.create(of_branch(found, branch, head, title=title, base=base_branch))
    name = convoy.metadata.name
    if convoy.status.phase == "Complete":
        click.echo(f"convoy/{name} merged {branch} at {short(head.sha)} already")
        return Exit.OK
    what = f"{branch} at {short(head.sha)}"
    return begin(town, convoy, tried=f"could not merge {what}", does=f"merges {what}", wait=wait)
