"""Manifests in: one dictionary to one resource, or one line that names the field and what is wrong with it.

A manifest is judged as the API server would judge it (`"3"` is no number, an unknown field is an error), so
what the town on one machine takes, a cluster takes too.
"""

import datetime as dt
import difflib
import json
import re
import reprlib
import typing
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from crds.beadstore import BeadStore
from crds.convoy import Convoy
from crds.errors import InvalidManifestError, Problem, RefusedChangeError, UnknownKindError
from crds.meta import API_VERSION, Resource
from crds.polecat import Polecat
from crds.refinery import Refinery
from crds.rig import Rig
from crds.rules import Change
from crds.shapes import WORDS
from crds.wire import Manifest, Wire
from crds.witness import Witness

AnyResource = Rig | Polecat | Convoy | Refinery | Witness | BeadStore

KINDS: dict[str, type[AnyResource]] = {
    "Rig": Rig,
    "Polecat": Polecat,
    "Convoy": Convoy,
    "Refinery": Refinery,
    "Witness": Witness,
    "BeadStore": BeadStore,
}


def load(manifest: Manifest) -> AnyResource:
    """The resource that a manifest describes.

    Raises `UnknownKindError` when it is none of ours and `InvalidManifestError` when it breaks the schema.
    """
    kind = KINDS.get(str(manifest.get("kind")))
    if kind is None or manifest.get("apiVersion") != API_VERSION:
        raise UnknownKindError(
            f"{_name(manifest)} of {_plain(manifest.get('apiVersion', 'no apiVersion'))} is not ours;"
            f" the kinds of {API_VERSION} are {', '.join(KINDS)}"
        )
    try:
        # Strict JSON is the API server's reading; strict Python would refuse lists for tuples.
        text = json.dumps(manifest, default=_text)
    except (TypeError, ValueError) as error:
        raise InvalidManifestError(_name(manifest), (Problem("", f"is no JSON: {error}"),)) from None
    try:
        return kind.model_validate_json(text, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        problems = tuple(_problem(kind, details) for details in error.errors(include_url=False))
        raise InvalidManifestError(_name(manifest), problems) from None


def check_change(old: Resource, new: Resource) -> None:
    """Refuse an edit that the CRD's transition rules would refuse. Raises `RefusedChangeError`."""
    problems = tuple(
        Problem(_path((*place, *rule.field.split("."))), rule.message)
        for place, before, after in (((), old, new), (("spec",), old.spec, new.spec))
        for rule in type(after).rules
        if isinstance(rule, Change) and not rule.holds(before, after)
    )
    if problems:
        raise RefusedChangeError(f"{new.kind} {new.metadata.name}", problems)


def _name(manifest: Manifest) -> str:
    metadata = manifest.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f"{_plain(manifest.get('kind', 'object without kind'))} {_plain(name or 'without a name')}"


def _plain(word: object) -> str:
    """The word as it is if it fits into one line, else with its control characters written out."""
    return str(word) if str(word).isprintable() else repr(word)


def _text(value: object) -> str:
    # A YAML reader makes a time of an unquoted timestamp; the API server gets it as the text it was.
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _problem(kind: type[Resource], details: ErrorDetails) -> Problem:
    place = details["loc"]
    shown = reprlib.repr(details["input"])
    context = details.get("ctx", {})
    match details["type"]:
        case "rule":
            place = (*place, *context["field"].split("."))
            message = context["message"]
        case "missing":
            message = "is required"
        case "extra_forbidden":
            message = f"is not a field{_suggestion(kind, place)}"
        case "literal_error":
            message = f"must be {context['expected']}, not {shown}"
        case "string_pattern_mismatch":
            message = f"must be {WORDS.get(context['pattern'], context['pattern'])}, not {shown}"
        case _:
            message = f"{_SHOULD.sub('must', details['msg'])}, not {shown}"
    return Problem(_path(place), message)


_SHOULD = re.compile(r"^\w+ should")
"""pydantic's grammar: `Input should be …`, `String should have …`."""


def _path(place: tuple[int | str, ...]) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{_plain(part)}" for part in place if part != "")
    return "".join(parts)[1:]


def _suggestion(kind: type[Resource], place: tuple[int | str, ...]) -> str:
    owner: type[BaseModel] | None = kind
    for part in place[:-1]:
        if isinstance(part, str) and owner is not None:
            owner = next((_model(f.annotation) for f in owner.model_fields.values() if f.alias == part), None)
    names = [str(field.alias) for field in owner.model_fields.values()] if owner else []
    close = difflib.get_close_matches(str(place[-1]), names, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, Wire):
        return annotation
    return next((found for part in typing.get_args(annotation) if (found := _model(part))), None)
