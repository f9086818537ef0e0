"""Reading beads: every form in which `bd` and its users hand over issues, into one frozen type.

`.beads/issues.jsonl` (lines with and without `_type`), a bare array, a bare object, and the envelope
`{"schema_version": 1, "data": …}` of `bd --json` are the same thing here. A file is read whole or not at all; a bead that a
`merge=union` left in it twice is taken as its newer line.
"""

import datetime
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from workflows.beadstore.closing import CLOSED
from workflows.errors import BeadsUnreadable, why
from workflows.names import BeadId

ORDERING = frozenset({"blocks", "conditional-blocks", "waits-for", "merge-blocks"})
"""Kinds of dependency that order work. `parent-child`, `related` and `discovered-from` do not."""

NOT_WORK = frozenset(
    "epic agent molecule message gate rig convoy event role merge-request slot queue wisp".split()
)
"""Types that are containers or records of the town itself; no polecat can work them."""

_NOT_JSON = (ValueError, RecursionError)
"""What Python's reader raises: a number of 5,000 digits is a ValueError, a thousand brackets a RecursionError."""

_Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
_Flag = Annotated[bool, BeforeValidator(bool)]
_Texts = Annotated[tuple[str, ...], BeforeValidator(lambda value: () if value is None else value)]


class Dependency(BaseModel):
    """One edge of the bead graph, kept with the bead that depends."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    depends_on_id: BeadId
    type: str = "blocks"


class Bead(BaseModel):
    """One issue. Field names are those of beads' own JSON."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    id: BeadId = Field(min_length=1)
    title: _Text = ""
    description: _Text = ""
    design: _Text = ""
    acceptance_criteria: _Text = ""
    notes: _Text = ""
    status: str = "open"
    priority: int = 2
    issue_type: _Text = "task"
    labels: _Texts = ()
    assignee: _Text = ""
    created_at: _Text = ""
    updated_at: _Text = ""
    defer_until: _Text = ""
    pinned: _Flag = False
    ephemeral: _Flag = False
    is_template: _Flag = False
    dependencies: Annotated[
        tuple[Dependency, ...], BeforeValidator(lambda value: () if value is None else value)
    ] = ()

    @property
    def open(self) -> bool:
        """True while the bead asks for work."""
        return self.status not in CLOSED

    @property
    def waits_for(self) -> tuple[BeadId, ...]:
        """Ids of the beads that must be done first."""
        return tuple(edge.depends_on_id for edge in self.dependencies if edge.type in ORDERING)

    @property
    def parents(self) -> tuple[BeadId, ...]:
        """Ids of the epics, or other beads, that it is part of."""
        return tuple(edge.depends_on_id for edge in self.dependencies if edge.type == "parent-child")

    @property
    def work(self) -> bool:
        """False for a container, a record of the town, and what is kept only to be looked at or copied."""
        return not (self.issue_type in NOT_WORK or self.pinned or self.ephemeral or self.is_template)

    def deferred(self, now: datetime.datetime) -> bool:
        """True while it is put off, by its state or to a time; a time that cannot be read puts it off too."""
        if self.status == "deferred":
            return True
        until = _moment(self.defer_until)
        return bool(self.defer_until) and (until is None or until > now)


class Beads(dict[BeadId, Bead]):
    """Beads by id. `notes` are sentences for whoever reads them: what was taken although the file says two things."""

    notes: tuple[str, ...] = ()


def read_beads(path: Path) -> Beads:
    """Read a bead file. Raises BeadsUnreadable, with the line, and returns nothing of a file that has one bad line."""
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise BeadsUnreadable(str(path), None, f"{error.strerror}; name a file that can be read") from error
    except UnicodeDecodeError as error:
        raise BeadsUnreadable(str(path), None, f"{why(error)}; save it in that encoding") from error
    return parse_beads(text, source=str(path))


MOST = 50_000
"""How many beads one file may hold: each takes 1.5 KB of whoever reads it, and several stores are kept at once."""

VALUES = 1_200_000
"""How many commas and brackets one file may hold, three times what as much text of beads has: `[],` becomes twenty times as large."""

EDGES = 150_000
"""How many dependencies one file may hold: each takes 600 bytes."""

NOTES = 20
"""How many lines that say two things are named."""


def parse_beads(text: str, *, source: str) -> Beads:
    """Beads by id, in the order of the text. `source` names the text in errors. Raises BeadsUnreadable."""
    beads = Beads()
    lines: dict[BeadId, int | None] = {}
    notes: tuple[str, ...] = ()
    twice = 0
    for line, bead in _bounded(text.removeprefix("\ufeff"), source):
        earlier = beads.get(bead.id)
        if earlier is None:
            if len(beads) == MOST:
                raise _too_much(source, line, f"{MOST:,} beads")
            beads[bead.id], lines[bead.id] = bead, line
            continue
        first = lines[bead.id]
        if line is None or first is None:
            raise BeadsUnreadable(source, line, f"bead {bead.id} stands here twice; remove or rename one")
        if _newer(bead, earlier):
            beads[bead.id], lines[bead.id] = bead, line
        twice += bead != earlier
        if bead != earlier and twice <= NOTES:
            notes += (
                f"{source}: bead {bead.id} stands in lines {first} and {line}; line {lines[bead.id]} is the newer",
            )
    rest = (f"{source}: {twice - NOTES:,} more lines stand for beads that stand there twice",)
    beads.notes = notes + (rest if twice > NOTES else ())
    return beads


def _bounded(text: str, source: str) -> Iterator[tuple[int | None, Bead]]:
    """The beads of a text. What they take of memory is bounded before they are read: whoever may commit to a repository writes its file."""
    if sum(map(text.count, ",[{")) > VALUES:
        raise _too_much(source, None, f"{VALUES:,} values")
    edges = 0
    for line, record in _records(text, source):
        if isinstance(record, dict) and record.get("_type", "issue") != "issue":
            continue
        needs = record.get("dependencies") if isinstance(record, dict) else None
        edges += len(needs) if isinstance(needs, list) else 0
        if edges > EDGES:
            raise _too_much(source, line, f"{EDGES:,} dependencies")
        yield line, _bead(record, source, line)


def _too_much(source: str, line: int | None, what: str) -> BeadsUnreadable:
    return BeadsUnreadable(source, line, f"it holds more than {what}; move closed ones to another file")


def _newer(bead: Bead, earlier: Bead) -> bool:
    """Of two lines the one that was changed later; the lower one where neither says so, as `bd` appends."""
    times = [_moment(each.updated_at) for each in (bead, earlier)]
    later, before = times
    return later is None or before is None or later >= before


def with_closed(beads: Mapping[BeadId, Bead], names: Collection[str]) -> dict[BeadId, Bead]:
    """The beads, with those named taken as closed: what was merged may still stand open in a store that nobody writes to."""
    return {
        name: bead.model_copy(update={"status": "closed"}) if name in names else bead
        for name, bead in beads.items()
    }


def _moment(text: str) -> datetime.datetime | None:
    """A time of a bead file, None where there is none that can be read."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)


def _records(text: str, source: str) -> Iterator[tuple[int | None, Any]]:
    try:
        document = json.loads(text)
    except _NOT_JSON as error:
        if text.lstrip().startswith("["):
            raise BeadsUnreadable(source, getattr(error, "lineno", None), _not_json(error)) from error
        yield from _lines(text, source)
        return
    if isinstance(document, dict) and "schema_version" in document and "data" in document:
        document = document["data"]
    # Go writes an empty list as null.
    records = document if isinstance(document, list) else [] if document is None else [document]
    line = None if isinstance(document, list) or "\n" in text.strip() else 1
    for record in records:
        yield line, record


def _lines(text: str, source: str) -> Iterator[tuple[int | None, Any]]:
    # Not str.splitlines: it also cuts at U+2028 and form feeds, which JSON allows inside strings.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except _NOT_JSON as error:
            raise BeadsUnreadable(source, number, _not_json(error)) from error
        yield number, record


def _not_json(error: Exception) -> str:
    what = f"{error.msg} (column {error.colno})" if isinstance(error, json.JSONDecodeError) else str(error)
    return f"not JSON: {what}; mend the line or export the beads again"


def _bead(record: object, source: str, line: int | None) -> Bead:
    if not isinstance(record, dict):
        raise BeadsUnreadable(source, line, f"a bead is a JSON object, not {type(record).__name__}")
    try:
        return Bead.model_validate(record)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        name = record.get("id") or "without id"
        raise BeadsUnreadable(source, line, f"bead {name}: {field}: {first['msg']}") from error
