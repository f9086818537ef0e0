"""Where a bead's text may stand in an agent's command: as a word of its own, never in one that a program reads as a program."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from workflows.errors import AgentRefused

PROMPT = "{prompt}"

_OPTION = re.compile(r"(--[A-Za-z][A-Za-z0-9-]*)=\{prompt\}")
_SHELL = re.compile(r"(?:|a|ba|c|da|fi|k|lk|mk|o|ok|pdk|r|rba|t|tc|xon|ya|z)sh[\d.]*|nu|elvish")
_INTERPRETER = re.compile(
    r"(?:python|pypy|perl|ruby|irb|node|nodejs|deno|bun|tsx|ts-node|php|lua|luajit|[gmn]?awk|sed|gsed|osascript|expect|tclsh|wish"
    r"|Rscript|R|julia|elixir|erl|scala|groovy|ghc|runghc|raku|guile|racket|sbcl|octave|gdb|lldb|ex|ed|vim|nvim|vi|emacs)[\d.]*"
)
_JOINER = frozenset(
    "ssh rsh mosh sshpass xargs parallel watch eval tmux screen at batch cmd powershell pwsh".split()
)
"""They make one line of their arguments and hand it to a shell, or take none that is no program."""

_WRAPPER = frozenset(
    "env nice ionice timeout nohup exec command setsid stdbuf sudo doas time chroot unshare nsenter setpriv systemd-run busybox "
    "catchsegv strace ltrace taskset chrt prlimit unbuffer tini dumb-init gosu su-exec xvfb-run dbus-run-session".split()
)
"""They run what comes after their own options."""

_CODE = re.compile(
    r"[-+][A-Za-z]{0,2}[ceES]|-[A-Za-z]{0,2}c[A-Za-z]{0,2}|-(?:ex|exec|execdir|ok|okdir)|/[ck]|-[Cc]ommand"
    r"|--(?:command|session-command|eval|exec|execute|call|cmd|script|split-string|expression|shell-command|init-eval)",
)
"""Options after which many programs take a program."""

_VALUED = frozenset("-O -o +O +o --rcfile --init-file -W -X -r --require -I --import -v -F -C -l".split())
"""Options of interpreters that take a word."""

_FILES = frozenset(("-m", "-f", "--file"))
_DURATION = re.compile(r"[\d.]+[smhd]?|[A-Za-z_]\w*=.*")


def check(agent: str, command: Sequence[str]) -> None:
    """Raises AgentRefused where `{prompt}` stands in a word that is read as a program, or could be."""
    for at, word in enumerate(command):
        if PROMPT not in word:
            continue
        option = _OPTION.fullmatch(word)
        if word != PROMPT and not option:
            raise AgentRefused(
                f"agent {agent}: {PROMPT} stands inside of the word {word!r}, where a shell would run what a bead says; "
                'make it a word of its own and use "$1" in the script: sh -c \'agent "$1"\' agent {prompt}'
            )
        if _is_program([*command[:at], *([option[1]] if option else [])]):
            raise AgentRefused(
                f"agent {agent}: {PROMPT} is what {command[0]} would run as a program, or could; "
                'write the script yourself and use "$1" in it: sh -c \'agent "$1"\' agent {prompt}'
            )


def _is_program(before: Sequence[str]) -> bool:
    """Whether what comes after these words is read as a program."""
    names = [PurePosixPath(word).name for word in before]
    if not before:
        return True
    wrapped = names[0] in _WRAPPER
    for at, name in enumerate(names):
        if at and not wrapped and before[at - 1].startswith("-") and before[at - 1] != "--":
            # The value of an option, as an editor or a language is.
            continue
        if name in _JOINER:
            return True
        if _SHELL.fullmatch(name) or _INTERPRETER.fullmatch(name):
            if not _has_program(before[at + 1 :]):
                return True
            # Its program is there: what comes now is for that to read, but where more than one is taken.
            return name.endswith("sed") and bool(_CODE.fullmatch(before[-1]))
    return bool(_CODE.fullmatch(before[-1])) or (wrapped and not _has_command(before[1:]))


def _has_program(words: Sequence[str]) -> bool:
    """Whether the arguments of an interpreter hold its program already, or the file of it."""
    taken = False
    for word in words:
        if taken:
            taken = False
        elif word in _FILES:
            return True
        elif word in _VALUED:
            taken = True
        elif not word.startswith(("-", "+")) and word != "eval":
            return True
    return False


def _has_command(words: Sequence[str]) -> bool:
    """Whether the arguments of a wrapper hold a command already: a word that is neither an option nor may be the value of one."""
    option = False
    for at, word in enumerate(words):
        plain = not word.startswith("-") and not _DURATION.fullmatch(word)
        if plain and not (option and at == len(words) - 1):
            return True
        option = word.startswith("-")
    return False
