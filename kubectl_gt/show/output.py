"""Results in the form that was asked for: a table for people, JSON, YAML or names for programs."""

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import click
import yaml
from rich.table import Table
from rich.text import Text

from kubectl_gt.show import console

T = TypeVar("T")

Json = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Column(Generic[T]):
    """One column: its heading, what stands in it, the style of a value, and whether only `-o wide` shows it."""

    title: str
    value: Callable[[T], str]
    style: Callable[[T], str] | None = None
    wide: bool = False


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
        console.stdout().print(table(items, form, wide=output == "wide"))
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
        console.stdout().print(table([item], form, wide=True))
    else:
        picture(item)


def table(items: Sequence[T], form: Form[T], *, wide: bool) -> Table:
    """The rows under their headings, as kubectl sets them."""
    shown = [column for column in form.columns if wide or not column.wide]
    grid = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    for column in shown:
        grid.add_column(column.title, overflow="fold")
    for item in items:
        grid.add_row(*(_cell(column, item) for column in shown))
    return grid


def facts(pairs: Sequence[tuple[str, str]]) -> Table:
    """Names and values below each other; those without a value are left out."""
    grid = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), show_header=False)
    grid.add_column(style="bold", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        if value:
            grid.add_row(f"{name}:", Text(console.plain(value)))
    return grid


def print_yaml(documents: Sequence[Json]) -> None:
    """Documents that `kubectl apply -f -` takes."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text = yaml.dump_all(
        documents, Dumper=dumper, sort_keys=False, allow_unicode=True, width=console.UNBOUNDED
    )
    click.echo(text, nl=False)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _cell(column: Column[T], item: T) -> Text:
    return Text(console.plain(column.value(item)), style=column.style(item) if column.style else "")
