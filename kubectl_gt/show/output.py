"""Results in the form that was asked for: a table for people, JSON, YAML or names for programs."""

import dataclasses
import itertools
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import click
from rich.cells import cell_len, set_cell_size
from rich.text import Text

from kubectl_gt.show import console
from workflows.clean import as_json, escaped, plain

T = TypeVar("T")

GAP, LEAST = 3, 12
"""Blanks between columns, and the columns that one keeps on a narrow terminal."""

Json = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column: its heading, what stands in it, the style of a value, and whether only `-o wide` shows it.

    `cut` marks the one that describes: it gives way where the terminal is too narrow for a row in one line.
    """

    title: str
    value: Callable[[T], str]
    style: Callable[[T], str] | None = None
    wide: bool = False
    cut: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Form(Generic[T]):
    """How things of one kind are shown. `name` is what `-o name` prints, `json` the whole thing."""

    kind: str
    columns: tuple[Column[T], ...]
    name: Callable[[T], str]
    json: Callable[[T], Json]


def show_list(items: Sequence[T], form: Form[T], output: str) -> None:
    """A list: in JSON an array, in YAML one document each."""
    if output == "json":
        _print_json([form.json(item) for item in items])
    elif output == "yaml":
        print_yaml([form.json(item) for item in items])
    elif output == "name":
        for item in items:
            click.echo(form.name(item))
    elif items:
        print_table(items, form, wide=output == "wide")
    else:
        console.stderr().print(f"No {form.kind} found.")


def show_one(item: T, form: Form[T], output: str, *, picture: Callable[[T], None]) -> None:
    """One thing: in JSON an object; `picture` draws it for people."""
    if output == "json":
        _print_json(form.json(item))
    elif output == "yaml":
        print_yaml([form.json(item)])
    elif output == "name":
        click.echo(form.name(item))
    elif output == "wide":
        print_table([item], form, wide=True)
    else:
        picture(item)


def print_table(items: Sequence[T], form: Form[T], *, wide: bool) -> None:
    """The rows under their headings, as kubectl sets them: one line a thing, cut on a terminal only. No line ends in blanks."""
    shown = _shown(form, wide=wide)
    titles, rows = [column.title for column in shown], [cells(item, form, wide=wide) for item in items]
    styles = [[column.style(item) if column.style else "" for column in shown] for item in items]
    print_rows([titles, *rows], [titles, *rows], form, wide=wide, styles=[["bold"] * len(shown), *styles])


def print_rows(
    rows: Sequence[Sequence[str]],
    among: Sequence[Sequence[str]],
    form: Form[T],
    *,
    wide: bool,
    styles: Sequence[Sequence[str]] = (),
) -> None:
    """Rows, in the columns that all of `among` share."""
    screen = console.stdout()
    needed = [max(map(cell_len, column)) for column in zip(*among, strict=True)]
    if not screen.is_terminal:
        for row in rows:
            padded = (set_cell_size(cell, width) for cell, width in zip(row, needed, strict=True))
            click.echo((" " * GAP).join(padded).rstrip())
        return
    gap, columns = fitted(needed, screen.width, cut=[column.cut for column in _shown(form, wide=wide)])
    for row, style in itertools.zip_longest(rows, styles, fillvalue=[""] * len(needed)):
        screen.print(_line(row, columns, style, gap), no_wrap=True, overflow="ellipsis")


def fitted(needed: Sequence[int], width: int, *, cut: Sequence[bool]) -> tuple[int, list[int]]:
    """The gap between columns, and how wide each may be. First the column that describes gives way, then the gaps, then that column goes;
    where that does not do either, the others end with the line.
    """
    for gap in (GAP, 1):
        columns = list(needed)
        over = sum(columns) + gap * (len(columns) - 1) - width
        for place, gives in enumerate(cut):
            given = min(columns[place] - min(columns[place], LEAST), max(over, 0)) if gives else 0
            columns[place], over = columns[place] - given, over - given
        if over <= 0:
            return gap, columns
    return 1, [0 if gives else wide for wide, gives in zip(needed, cut, strict=True)]


def _line(row: Sequence[str], columns: Sequence[int], styles: Sequence[str], gap: int) -> Text:
    line = Text()
    for words, width, style in zip(row, columns, styles, strict=True):
        if width:
            cell = Text(words, style=style)
            cell.truncate(width, overflow="ellipsis", pad=True)
            line.append_text(cell).append(" " * gap)
    line.rstrip()
    return line


def cells(item: T, form: Form[T], *, wide: bool) -> list[str]:
    """The words of one row."""
    return [plain(column.value(item)) for column in _shown(form, wide=wide)]


def _shown(form: Form[T], *, wide: bool) -> list[Column[T]]:
    return [column for column in form.columns if wide or not column.wide]


def print_facts(pairs: Sequence[tuple[str, str]]) -> None:
    """Names and values below each other; those without a value are left out. A terminal gets long values by the word, a pipe whole."""
    screen = console.stdout()
    told = [(f"{name}:", plain(value)) for name, value in pairs if value]
    left = max((cell_len(name) for name, _ in told), default=0) + GAP
    for name, value in told:
        # A word that is longer than the line stays whole, so that it can be copied.
        rows = textwrap.wrap(
            value, max(screen.width - left, LEAST), break_long_words=False, break_on_hyphens=False
        )
        first, *further = rows if screen.is_terminal else [value]
        screen.print(Text.assemble((f"{name:<{left}}", "bold"), first), soft_wrap=True)
        for row in further:
            screen.print(Text(" " * left + row), soft_wrap=True)


def print_yaml(documents: Sequence[Json]) -> None:
    """Documents that `kubectl apply -f -` takes."""
    import yaml  # noqa: PLC0415 - every list comes through here, and few are asked for as YAML

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump_all(
        documents, Dumper=dumper, sort_keys=False, allow_unicode=True, width=console.UNBOUNDED
    )
    if escaped(text) != text:
        # Only YAML itself can escape within its quotes.
        text = yaml.dump_all(documents, Dumper=dumper, sort_keys=False, width=console.UNBOUNDED)
    click.echo(text, nl=False)


def _print_json(value: Any) -> None:
    click.echo(as_json(value))
