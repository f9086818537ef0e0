"""`completion`."""

import click
from click.shell_completion import get_completion_class

from kubectl_gt.cli.command import Verb
from kubectl_gt.cli.completion import NAMES, POWERSHELL, variable


@click.command(cls=Verb, examples=("completion bash", "completion powershell"))
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish", "powershell")))
def completion(shell: str) -> None:
    """Print the script that completes verbs, options and names: source it in the shell's start-up file.

    `kubectl gt` is completed by kubectl itself, which finds the program kubectl_complete-gt.
    """
    if shell == "powershell":
        click.echo(POWERSHELL)
        return
    program = click.get_current_context().find_root().command
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"click knows no completion for {shell}; choose another shell")
    for name in NAMES:
        click.echo(found(program, {}, name, variable(name)).source())
