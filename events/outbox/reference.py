"""The catalogue for people: `docs/cloudevents.md` and a JSON Schema for each kind of data, made from the types.

`python -m events.outbox.reference` writes them, with `--check` it only tells whether they are up to date.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from events.outbox import formats
from events.outbox.catalogue import KINDS, Data

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "cloudevents.md"
SCHEMAS = DOCS / "cloudevents"

_HEADER = """\
<!-- Made by `python -m events.outbox.reference` from events/outbox/catalogue.py; change that, not this. -->
# CloudEvents

What gastown-events tells the sinks of its operator. How to name a sink, and what happens while it is down: [events](events.md#cloudevents-to-others).

Each event is a structured CloudEvent 1.0 in JSON. Its `id` is a function of object, version and type: an event that arrives twice has the same `id` twice.
`source` is `/gastown/<kind>/<namespace>/<name>`, `subject` the name of the object, `time` when it happened. New fields may come; none changes its meaning.

| `type` | when | `data` | as CDEvents |
|---|---|---|---|
"""


def files() -> dict[Path, str]:
    """Every generated file with its content."""
    pages = {PAGE: page()}
    for each in sorted({kind.data for kind in KINDS}, key=lambda data: data.__name__):
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | each.model_json_schema(
            mode="serialization"
        )
        pages[SCHEMAS / _file(each)] = json.dumps(schema, indent=2, sort_keys=True) + "\n"
    return pages


def page() -> str:
    """The catalogue."""
    rows = (
        f"| `{each.name}` | {each.meaning} | [{each.data.__name__}](cloudevents/{_file(each.data)}) | `{formats.cdevents_type(each.name)}` |"
        for each in KINDS
    )
    parts = [_HEADER + "\n".join(rows), STUCK]
    parts += ["\n".join(_fields(each)) for each in dict.fromkeys(kind.data for kind in KINDS)]
    return "\n\n".join(parts) + "\n"


STUCK = """\
The adapter tells of stuck polecats by itself, as `io.gastown.polecat.stuck`, to the address of a Witness or to `settings.sink`: see [monitoring](monitoring.md)."""


def _fields(data: type[Data]) -> Iterator[str]:
    yield f"## {data.__name__}\n"
    yield "| field | |\n|---|---|"
    for name, field in data.model_fields.items():
        yield f"| `{field.alias or name}` | {field.description} |"


def _file(data: type[Data]) -> str:
    return f"{data.__name__.removesuffix('Data').lower()}.json"


def main() -> int:
    """Write or compare; 1 where a file is out of date."""
    wanted = files()
    stale = [
        each
        for each, text in wanted.items()
        if not each.is_file() or each.read_text(encoding="utf-8") != text
    ]
    stale += [each for each in SCHEMAS.glob("*.json") if each not in wanted]
    if "--check" in sys.argv[1:]:
        for each in stale:
            sys.stderr.write(f"{each}: out of date; run `make fmt`\n")
        return 1 if stale else 0
    SCHEMAS.mkdir(exist_ok=True)
    for each in stale:
        if each in wanted:
            each.write_text(wanted[each], encoding="utf-8")
        else:
            each.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
