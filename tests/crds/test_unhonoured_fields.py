"""The table of fields that do nothing yet names fields that there are, and the reference page says so beside each."""

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import crds
from crds.unhonoured import UNHONOURED
from crds.wire import Wire

REFERENCE = Path(__file__).parents[2] / "docs" / "crds.md"


def _models(of: object) -> Iterator[type[Wire]]:
    if isinstance(of, type) and issubclass(of, Wire):
        yield of
        for field in of.model_fields.values():
            yield from _models(field.annotation)
    for part in get_args(of):
        yield from _models(part)


def test_every_row_is_a_field():
    """A row that no model has would never be seen."""
    models = {
        model.__name__: model
        for kind in crds.KINDS.values()
        for model in _models(kind.model_fields["spec"].annotation)
    }
    assert [] == [(model, field) for model, field in UNHONOURED if field not in models[model].model_fields]


def test_the_reference_page_says_it_of_each_field():
    """Whoever reads the page learns it before the condition tells."""
    page = REFERENCE.read_text(encoding="utf-8")
    assert len(UNHONOURED) == page.count(" nothing yet**: ")
    assert all(each.meanwhile in page for each in UNHONOURED.values())
