"""`answer`."""

import sys

import click

from crds import Answer
from kubectl_gt.cli import names
from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.show.snapshot import of_polecat
from kubectl_gt.town import Town
from kubectl_gt.typed.polecats import find
from workflows.errors import Refused
from workflows.observe import Stage, stage_of


@click.command(
    cls=Verb,
    examples=("answer app-42 'Blue, as the logo is'", "answer app/furiosa 'Use the second design'"),
)
@click.argument("name", metavar="BEAD|[RIG/]NAME", shell_complete=names.polecats)
@click.argument("words", nargs=-1, required=True, metavar="WORDS...")
@with_town
def answer(town: Town, name: str, words: tuple[str, ...]) -> None:
    """Tell the agent of a bead that failed what it has to know, and let it go on from its branch.

    The next agent reads the bead, how the last one ended, and your words; `-` reads them from standard input. Other beads of the
    convoy that failed are left as they are. While some still run, it waits until those have ended.
    """
    polecat = find(town, name)
    bead, status = polecat.spec.bead_id or polecat.metadata.name, polecat.status
    if stage_of(status) is not Stage.FAILED:
        raise Refused(
            f"bead {bead}: nobody asks, it is {status.phase}; see `{program_name()} inbox` for what waits for you"
        )
    text = (sys.stdin.read() if words == ("-",) else " ".join(words)).strip()
    if not text:
        raise click.UsageError("the answer is empty; say what the agent has to know")
    [row] = of_polecat(polecat).rows
    town.answer(polecat, Answer(question=row.why, words=text))
    click.echo(f"polecat/{polecat.metadata.name} goes on with your answer")
