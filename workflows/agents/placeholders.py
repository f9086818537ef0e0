"""Where a bead's text may stand in an agent's command: as a word of its own, never in one that a program reads as a program."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from workflows.errors import AgentRefused

PROMPT = "{prompt}"

_OPTION = re.compile(r"--[A-Za-z][A-Za-z0-9-]*=\{prompt\}")
_INTERPRETERS = frozenset(
    "sh bash dash ash zsh ksh mksh fish python python3 perl ruby node deno bun php lua awk gawk mawk sed".split()
)
_SWITCHERS = frozenset(("su", "runuser"))
_JOINERS = frozenset("ssh rsh xargs parallel watch eval".split())
_SCRIPT = re.compile(r"-[A-Za-z]*[ce]|--(?:command|eval|exec|session-command)")


def check(agent: str, command: Sequence[str]) -> None:
    """Raises AgentRefused where `{prompt}` stands in a word that is read as a program, or could be."""
    for at, word in enumerate(command):
        if PROMPT not in word:
            continue
        if word != PROMPT and not _OPTION.fullmatch(word):
            raise AgentRefused(
                f"agent {agent}: {PROMPT} stands inside of the word {word!r}, where a shell would run what a bead says; "
                'make it a word of its own and use "$1" in the script: sh -c \'agent "$1"\' agent {prompt}'
            )
        if _is_script(command[:at], word) or _joined(command[:at]):
            raise AgentRefused(
                f"agent {agent}: {PROMPT} is what {command[0]} would run as a program; "
                'write the script yourself and use "$1" in it: sh -c \'agent "$1"\' agent {prompt}'
            )


def _is_script(before: Sequence[str], word: str) -> bool:
    """Whether the word is what an interpreter before it takes for its program."""
    for at, each in enumerate(before):
        between = before[at + 1 :]
        if _name(each) in _SWITCHERS and "-c" in between:
            return True
        if _name(each) in _INTERPRETERS and all(option.startswith("-") for option in between):
            option = word.partition("=")[0] if word != PROMPT else between[-1] if between else ""
            if _SCRIPT.fullmatch(option) or (word == PROMPT and not between):
                return True
    return False


def _joined(before: Sequence[str]) -> bool:
    """Whether a program before it makes one line of its arguments and hands it to a shell."""
    return any(_name(each) in _JOINERS for each in before)


def _name(word: str) -> str:
    return PurePosixPath(word).name
