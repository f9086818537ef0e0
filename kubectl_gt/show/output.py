"""Results in the form that was asked for: a table for people, JSON, YAML or names for programs."""

import dataclasses
import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import click
import yaml
from rich.cells import cell_len, set_cell_size
from rich.table import Table
from rich.text import Text

from kubectl_gt.show import console
from workflows.clean import escaped, plain

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
    """The rows under their headings, as kubectl sets them: one line a thing. In a pipe nothing is cut, and no line ends in blanks."""
    screen = console.stdout()
    if screen.is_terminal:
        screen.print(table(items, form, wide=wide))
        return
    rows = [_titles(form, wide=wide), *(cells(item, form, wide=wide) for item in items)]
    columns = widths(rows)
    for row in rows:
        print_row(row, columns)


def cells(item: T, form: Form[T], *, wide: bool) -> list[str]:
    """The words of one row."""
    return [plain(column.value(item)) for column in _shown(form, wide=wide)]


def widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """How wide columns must be for rows to stand below each other."""
    return [max(map(cell_len, column)) for column in zip(*rows, strict=True)]


def print_row(row: Sequence[str], columns: Sequence[int]) -> None:
    """One row over columns that are so wide."""
    padded = (set_cell_size(cell, width) for cell, width in zip(row, columns, strict=True))
    click.echo((" " * GAP).join(padded).rstrip())


def _shown(form: Form[T], *, wide: bool) -> list[Column[T]]:
    return [column for column in form.columns if wide or not column.wide]


def _titles(form: Form[T], *, wide: bool) -> list[str]:
    return [column.title for column in _shown(form, wide=wide)]


def table(items: Sequence[T], form: Form[T], *, wide: bool) -> Table:
    """The same for a terminal: the column that describes gives way first, then all that are wide."""
    shown = _shown(form, wide=wide)
    grid = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for column in shown:
        least = min(max((cell_len(column.value(item)) for item in items), default=0), LEAST)
        grid.add_column(
            column.title,
            overflow="ellipsis",
            no_wrap=True,
            min_width=None if column.cut else max(least, len(column.title)),
            ratio=1 if column.cut else None,
        )
    for item in items:
        grid.add_row(*(_cell(column, item) for column in shown))
    return grid


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
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump_all(
        documents, Dumper=dumper, sort_keys=False, allow_unicode=True, width=console.UNBOUNDED
    )
    if escaped(text) != text:
        # Only YAML itself can escape within its quotes.
        text = yaml.dump_all(documents, Dumper=dumper, sort_keys=False, width=console.UNBOUNDED)
    click.echo(text, nl=False)


def _print_json(value: Any) -> None:
    click.echo(escaped(json.dumps(value, indent=2, ensure_ascii=False)))


def _cell(column: Column[T], item: T) -> Text:
    return Text(plain(column.value(item)), style=column.style(item) if column.style else "")
