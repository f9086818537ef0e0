"""Completion by kubectl: it runs `kubectl_complete-gt` with the words typed so far, and takes what cobra would print."""

import sys

import click
from click.shell_completion import ShellComplete

from kubectl_gt.cli.program import program

NAMES = ("gastown", "kubectl-gt")
"""The names under which the program is called."""

POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName gastown, kubectl-gt -ScriptBlock {
    param($word, $line, $position)
    $words = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
    if ($word -eq '') { $words += '' }
    kubectl_complete-gt @words | Where-Object { $_ -notmatch '^:[0-9]+$' } | ForEach-Object {
        $value, $about = $_ -split "`t", 2
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
    }
}"""
"""For PowerShell, which click does not know: it asks the program that kubectl asks."""

NO_FILES = 4
"""Cobra's word for: what is printed is all there is, no file names."""


def variable(name: str) -> str:
    """The environment variable by which a shell asks the program of that name for completions."""
    return f"_{name.replace('-', '_').upper()}_COMPLETE"


def kubectl_complete() -> int:
    """Print one completion a line, its help after a tab, then cobra's directive. The last argument is the word being typed."""
    *before, incomplete = sys.argv[1:] or [""]
    found = ShellComplete(program, {}, "kubectl-gt", variable("kubectl-gt")).get_completions(
        before, incomplete
    )
    for each in found:
        if each.type == "plain":
            click.echo(f"{each.value}\t{each.help}" if each.help else each.value)
    click.echo(f":{0 if any(each.type != 'plain' for each in found) else NO_FILES}")
    return 0
