"""The command line for people: `docs/cli.md`, made from the verbs themselves.

`python -m kubectl_gt.reference` writes it, with `--check` it only tells whether it is up to date.
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from kubectl_gt.cli.command import Verb, place_options
from kubectl_gt.cli.lazy import Verbs
from kubectl_gt.cli.program import program
from kubectl_gt.exits import MEANINGS

PAGE = Path(__file__).parent.parent / "docs" / "cli.md"

_HEADER = """\
<!-- Made by `python -m kubectl_gt.reference` from the verbs of the package kubectl_gt; change them, not this. -->
# The command line

One program under two names: `gastown`, and `kubectl gt` where kubectl is installed. The [guide](guide.md) tells how the verbs go together.
"""

Words = tuple[str, ...]


def reference() -> str:
    """The whole page."""
    verbs = dict(commands())
    parts = [_HEADER, "## Verbs\n", "| verb | |\n|---|---|"]
    parts.extend(
        f"| [`{' '.join(path)}`](#{_anchor(path)}) | {_first(verb)} |" for path, verb in verbs.items()
    )
    parts += ["", *_everywhere(), *_exit_codes()]
    parts.extend(line for path, verb in verbs.items() for line in _verb(path, verb))
    return "\n".join(parts) + "\n"


def commands() -> Iterator[tuple[Words, click.Command]]:
    """Every verb with its path, such as `("convoy", "create")`, in the order of the help."""
    yield from _below(program, ())


def _below(group: Verbs, path: Words) -> Iterator[tuple[Words, click.Command]]:
    for name in group.table:
        member = group.get_command(click.Context(group), name)
        if isinstance(member, Verbs):
            yield from _below(member, (*path, name))
        elif member is not None:
            yield (*path, name), member


def _anchor(path: Words) -> str:
    return "-".join(("gastown", *path))


def _help(verb: click.Command) -> str:
    return inspect.cleandoc(verb.help or "")


def _first(verb: click.Command) -> str:
    return _help(verb).split("\n\n", maxsplit=1)[0]


def _everywhere() -> Iterator[str]:
    yield "## Options of every verb\n"
    yield "They may stand anywhere on the line, as kubectl takes them.\n"
    everywhere = click.Command("gastown", params=[*place_options(hidden=False, all_shown=True)])
    yield from _options(everywhere, click.Context(everywhere, info_name="gastown"))


def _exit_codes() -> Iterator[str]:
    yield "## Exit codes\n"
    yield "| code | meaning |\n|---|---|"
    yield from (f"| {code.value} | {meaning} |" for code, meaning in MEANINGS.items())
    yield ""


def _verb(path: Words, verb: click.Command) -> Iterator[str]:
    context = click.Context(verb, info_name=" ".join(("gastown", *path)))
    usage = " ".join((context.command_path, *verb.collect_usage_pieces(context)))
    yield f"## gastown {' '.join(path)}\n"
    yield f"```\n{usage}\n```\n"
    yield f"{_help(verb)}\n"
    yield from _options(verb, context)
    if isinstance(verb, Verb) and verb.examples:
        yield "```console"
        yield from (f"$ gastown {each}" for each in verb.examples)
        yield "```\n"


def _options(verb: click.Command, context: click.Context) -> Iterator[str]:
    shown = [option for option in verb.get_params(context) if isinstance(option, click.Option)]
    rows = [record for option in shown if (record := option.get_help_record(context))]
    rows = [(names, words) for names, words in rows if names != "-h, --help"]
    if rows:
        yield "| option | |\n|---|---|"
        yield from (f"| `{_cell(names)}` | {_cell(words)} |" for names, words in rows)
        yield ""


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when the page is not what the verbs say.")
def main(*, check: bool) -> None:
    """Write docs/cli.md."""
    text = reference()
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return
    if check:
        click.echo(f"{PAGE} is not what the verbs say; run `python -m kubectl_gt.reference`", err=True)
        sys.exit(1)
    PAGE.write_text(text, encoding="utf-8")
    click.echo(f"{PAGE}")


if __name__ == "__main__":
    main()
