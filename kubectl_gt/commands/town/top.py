"""`top`."""

import click

from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.top import screen
from kubectl_gt.town import Town


@click.command(cls=Verb, examples=("top",))
@with_town
def top(town: Town) -> None:
    """Watch the whole town live: every convoy under way or ended in the last 12 hours, and what its polecats do.

    j and k choose a line, Enter shows the polecat's log and d its diff in a pager, s stops the convoy after a second s, r resumes it, q
    ends the watching only. In a pipe the board is printed once.
    """
    screen.show(town)
