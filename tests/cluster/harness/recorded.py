"""Recordings of Workflows: every state that one went through, as Argo's controller wrote it, small and free of the machine's traces.

A file holds the first state whole and each further one as a JSON merge patch of the one before it, a line each.
"""

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Manifest = dict[str, Any]

FOLDER = Path(__file__).parents[2] / "observe" / "recorded"
"""Where the recordings lie."""

_BEGIN = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
_TIME = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_METADATA = ("name", "namespace", "uid", "labels", "annotations", "finalizers", "deletionTimestamp")
_ANNOTATIONS = ("workflows.argoproj.io/pod-name-format",)
_SPEC = ("entrypoint", "suspend", "shutdown", "activeDeadlineSeconds")
_NODE = ("resourcesDuration", "estimatedDuration", "progress", "inputs", "templateScope", "hostNodeName")
_STATUS = (*_NODE, "conditions", "artifactRepositoryRef", "storedTemplates", "artifactGCStatus")


@dataclass(frozen=True, slots=True)
class Recording:
    """One Workflow's life. `about` says what is to be seen in it."""

    about: str
    states: tuple[Manifest, ...]

    @property
    def last(self) -> Manifest:
        """The state that the recording ends with."""
        return self.states[-1]

    def save(self, path: Path) -> None:
        """Write it."""
        patches = [difference(before, after) for before, after in itertools.pairwise(self.states)]
        lines = ",\n".join(_line(patch) for patch in patches)
        text = (
            f'{{"about": {_line(self.about)},\n"first": {_line(self.states[0])},\n"then": [\n{lines}\n]}}\n'
        )
        path.write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Recording":
        """Read one."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        states = [raw["first"]]
        for patch in raw["then"]:
            states.append(merged(states[-1], patch))
        return cls(raw["about"], tuple(states))


def scrubbed(states: Sequence[Manifest], *, name: str, namespace: str) -> Iterator[Manifest]:
    """States without what differs from run to run: uids, versions, namespaces, and all times but their distances; each once."""
    first = min(_times(states))
    before = ""
    for state in states:
        text = (
            json.dumps(_reduced(state))
            .replace(namespace, "town")
            .replace(state["metadata"]["uid"], f"uid-{name}")
            .replace(state["metadata"]["name"], f"{name}-1")
        )
        if text != before:
            yield json.loads(_TIME.sub(lambda found: _moved(found[0], first), text))
        before = text


def merged(before: Any, patch: Any) -> Any:
    """A JSON merge patch (RFC 7386), applied."""
    if not isinstance(patch, Mapping):
        return patch
    after = dict(before) if isinstance(before, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            after.pop(key, None)
        else:
            after[key] = merged(after.get(key), value)
    return after


def difference(before: Manifest, after: Manifest) -> Manifest:
    """The merge patch between two states. A null in `after` counts as absent, as it does for Argo."""
    patch: Manifest = {key: None for key in before if after.get(key) is None}
    for key, value in after.items():
        known = before.get(key)
        if isinstance(value, dict) and isinstance(known, dict):
            if inner := difference(known, value):
                patch[key] = inner
        elif value is not None and value != known:
            patch[key] = value
    return patch


def _reduced(workflow: Manifest) -> Manifest:
    """What observing can need: of the spec the graphs, of the rest all that says how the Workflow stands."""
    state = deepcopy(workflow)
    metadata = {key: value for key, value in state["metadata"].items() if key in _METADATA}
    known = metadata.pop("annotations", {})
    metadata["annotations"] = {key: known[key] for key in _ANNOTATIONS if key in known}
    spec = {key: value for key, value in state["spec"].items() if key in _SPEC}
    graphs = ("name", "dag", "parallelism")
    spec["templates"] = [
        {key: template[key] for key in graphs if key in template} for template in state["spec"]["templates"]
    ]
    status = {key: value for key, value in (state.get("status") or {}).items() if key not in _STATUS}
    for node in (status.get("nodes") or {}).values():
        for key in _NODE:
            node.pop(key, None)
    reduced: Manifest = _without_nulls({"metadata": metadata, "spec": spec, "status": status})
    return reduced


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    return value


def _times(states: Sequence[Manifest]) -> list[datetime]:
    return [
        datetime.fromisoformat(text)
        for text in _TIME.findall(json.dumps([_reduced(each) for each in states]))
    ]


def _moved(text: str, first: datetime) -> str:
    seconds = int((datetime.fromisoformat(text) - first).total_seconds())
    return f"{_BEGIN + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%SZ}"


def _line(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
