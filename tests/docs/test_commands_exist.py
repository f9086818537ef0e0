"""What the pages tell people to type is there to be typed."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from kubectl_gt.cli.program import program
from kubectl_gt.reference import commands

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted(
    path
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("examples/*.md"),
    )
    if path.name != "cli.md"
)
COMMANDS = dict(commands())
GROUPS = {path[:length] for path in COMMANDS for length in range(len(path))}
FOREIGN = {
    "--max-concurrent",
    "--no-merge",
    "--json",
    "--dangerously-skip-permissions",
    "--max-budget-usd",
    "--take-ownership",
}
"""Options of `gt`, of Claude Code and of Helm that the pages speak of."""

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINE = re.compile(r"^(?:\$ )?((?:gastown|kubectl gt|make) (?![a-z ]*: ).*)$", re.MULTILINE)
_WORD = re.compile(r"[a-z][a-z-]*")


def _typed(page: Path) -> Iterator[str]:
    """Every command line of a page: in blocks, and in spans that begin with a program's name."""
    text = page.read_text(encoding="utf-8")
    for block in _FENCE.findall(text):
        yield from _LINE.findall(block)
    for span in _SPAN.findall(_FENCE.sub("", text)):
        yield from _LINE.findall(span)


def _words(line: str) -> list[str]:
    """The words of one command: up to a pipe, a redirection or a comment."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|<>;&")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    words: list[str] = []
    for word in lexer:
        if word[0] in "|>;&":
            break
        words.append(word)
    return words


def _problem(line: str) -> str:
    """Why a command line of ours would not be understood; empty when it would."""
    words = iter(_words(line.removeprefix("kubectl ").replace("…", ""))[1:])
    path: tuple[str, ...] = ()
    for word in words:
        known = _options(COMMANDS.get(path, program))
        if re.fullmatch(r"--?[a-z][a-z-]*", word):
            if word not in known:
                return f"no option {word}"
            if known[word]:
                next(words, None)
        elif path in GROUPS and _WORD.fullmatch(word):
            path = (*path, word)
            if path not in GROUPS | COMMANDS.keys():
                return f"no verb {word}"
    return ""


def _options(command: click.Command) -> dict[str, bool]:
    """The options of a command, and whether each takes a value."""
    options = [each for each in (*command.params, *program.params) if isinstance(each, click.Option)]
    return {name: not each.is_flag for each in options for name in each.opts} | {"--help": False}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_verb_and_option_is_there(page: Path) -> None:
    """A page that names a verb or an option which is not there sends its reader into an error."""
    ours = [line for line in _typed(page) if not line.startswith("make ")]
    wrong = {line: problem for line in ours if (problem := _problem(line))}
    assert {} == wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_options_that_stand_alone_are_there(page: Path) -> None:
    """An option in the middle of a sentence belongs to one of our verbs, or is known to be another program's."""
    known = FOREIGN.union(*(_options(command) for command in COMMANDS.values()))
    spans = _SPAN.findall(_FENCE.sub("", page.read_text(encoding="utf-8")))
    alone = {span.split()[0].partition("=")[0] for span in spans if span.startswith("--")}
    assert set() == alone - known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_make_target_is_there(page: Path) -> None:
    """`make` knows each target that a page names."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {_words(line)[1] for line in _typed(page) if line.startswith("make ")}
    assert set() == named - targets


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        pytest.param("gastown convoy list -o name", "", id="right"),
        pytest.param(
            "kubectl gt -n gastown-workers convoy watch bakery --timeout 120s", "", id="place first"
        ),
        pytest.param("gastown convoy lits", "no verb lits", id="verb"),
        pytest.param("gastown sling gt-1 app --wiat | cat", "no option --wiat", id="option"),
    ],
)
def test_wrong_commands_are_found(line: str, problem: str) -> None:
    """The check itself sees a mistake."""
    assert problem == _problem(line)
