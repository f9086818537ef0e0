"""`notify`."""

import click

from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.town import Town


@click.command(
    cls=Verb,
    examples=(
        """notify 'notify-send "$GASTOWN_TEXT"'""",
        "notify 'mail -s gastown max@example.org'",
        "notify --off",
        "notify",
    ),
)
@click.argument("command", required=False)
@click.option("--off", is_flag=True, help="Call nobody any more.")
@with_town
def notify(town: Town, command: str | None, *, off: bool) -> None:
    """Name the command that calls you, for all convoys of this machine; without a command show it.

    It is run by a shell for a question of an agent, a failure, expired credentials, 80 % of a budget spent, and a convoy's end, with the sentence on its
    standard input and GASTOWN_EVENT (question, failure, credentials, budget, end), GASTOWN_CONVOY, GASTOWN_RIG, GASTOWN_BEAD, GASTOWN_TEXT and
    GASTOWN_NOTIFY_TO in its environment. A convoy that was made with --notify has its own.
    """
    if off and command:
        raise click.UsageError("--off and a command exclude each other; give one of them")
    if off or command:
        town.notices.name(command or "")
        click.echo("notify off" if off else f"notify set: {command}")
        return
    click.echo(town.notices.command() or f"No command; set one with `{program_name()} notify COMMAND`.")
