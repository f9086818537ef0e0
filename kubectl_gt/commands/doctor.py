"""`doctor`."""

from typing import Any

import click

from kubectl_gt.cli.command import Verb, program_name, with_town
from kubectl_gt.cli.commandlines import copyable
from kubectl_gt.exits import Exit
from kubectl_gt.health import Check, Health
from kubectl_gt.show import console
from kubectl_gt.town import Town
from workflows.clean import as_json, plain

SYMBOLS = {Health.GOOD: ("✓", "green"), Health.DOUBTFUL: ("?", "yellow"), Health.BAD: ("✗", "red")}


@click.command(cls=Verb, examples=("doctor", "doctor -o json", "doctor --context prod"))
@click.option(
    "-o", "--output", type=click.Choice(("text", "json")), default="text", help="Form of the answer."
)
@with_town
def doctor(town: Town, output: str) -> Exit:
    """Check all that must be right before work can be done, with the fix for what is not. Exits with 1 when something is wrong."""
    found: list[Check] = []
    for check in town.checks():
        found.append(check)
        if output == "text":
            _show(check)
    if output == "json":
        click.echo(as_json([_json(each) for each in found]))
    return Exit.FAILED if any(each.health is Health.BAD for each in found) else Exit.OK


def _show(check: Check) -> None:
    symbol, style = SYMBOLS[check.health]
    console.say(plain(f"{symbol} {check.what}: {check.seen}"), symbol=style)
    if check.fix:
        console.say(f"    fix: {plain(copyable(check.fix, program_name()))}", style="dim")


def _json(check: Check) -> dict[str, Any]:
    return {"what": check.what, "health": check.health.value, "seen": check.seen, "fix": check.fix}
