"""Lists that people narrow and watch: by rig, by phase, the active ones only, and one more line for each change."""

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any, TypedDict, TypeVar

import click

from crds import Resource
from kubectl_gt.show.columns import newest
from kubectl_gt.show.output import Form, cells, print_rows, show_list

R = TypeVar("R", bound=Resource)


class Filter(TypedDict):
    """What was typed to narrow a list: phases, none for all; only what has not ended; whether to go on with each change."""

    phase: tuple[str, ...]
    active: bool
    watch: bool


def show(ask: Callable[[], Sequence[R]], form: Form[R], output: str, given: Filter, *, pause: float) -> None:
    """The list, the newest first; with a watch go on until Ctrl-C. `pause` is the time between two looks, in seconds."""

    def found() -> list[R]:
        return [each for each in newest(ask()) if _fits(each, given)]

    _refuse_document(output, watch=given["watch"])
    first = found()
    show_list(first, form, output)
    if not given["watch"]:
        return
    wide = output == "wide"
    with contextlib.suppress(KeyboardInterrupt):
        known = {each.metadata.name: cells(each, form, wide=wide) for each in first}
        while True:
            time.sleep(pause)
            for each in reversed(found()):
                before, row = known.get(each.metadata.name), cells(each, form, wide=wide)
                if _without_age(before, form, wide=wide) == _without_age(row, form, wide=wide):
                    continue
                print_rows([row], [*known.values(), row], form, wide=wide)
                known[each.metadata.name] = row


def _fits(resource: Resource, given: Filter) -> bool:
    phase = str(resource.status.phase)
    return (not given["phase"] or phase in given["phase"]) and not (given["active"] and resource.status.ended)


def _without_age(row: Sequence[str] | None, form: Form[Any], *, wide: bool) -> list[str]:
    """Age alone is no change."""
    titles = [column.title for column in form.columns if wide or not column.wide]
    return [cell for title, cell in zip(titles, row or (), strict=False) if title != "AGE"]


def _refuse_document(output: str, *, watch: bool) -> None:
    """A document can't go on for ever."""
    if watch and output in ("json", "yaml", "name"):
        raise click.UsageError(f"--watch prints lines; -o {output} is one answer")
