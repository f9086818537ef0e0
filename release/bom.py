"""The bill of materials: what is installed together with the wheel, as CycloneDX 1.6 (ECMA-424)."""

import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from release.licences import licence
from release.lock import Pin, pins
from release.project import Project

Component = dict[str, Any]


def bom(project: Project) -> tuple[str, bytes]:
    """Name and content. Each component is a pin of requirements/runtime.txt; its hashes are those of all files that the index has of it.

    Raises NotInstalled where the environment holds another version, as its licence would be a guess.
    """
    lock = (project.root / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    content = document(_own(project), [_component(each) for each in pins(lock)], moment=project.moment)
    return f"{project.name}-{project.version}.cdx.json", content


def document(subject: Component, components: Sequence[Component], *, moment: int) -> bytes:
    """The bill of one thing. The same contents and moment give the same bytes."""
    content = json.dumps([subject, *components], sort_keys=True)
    told = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # A name made of the content: a random one would make two equal builds differ.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {"timestamp": timestamp(moment), "component": subject},
        "components": components,
    }
    return (json.dumps(told, indent=2) + "\n").encode()


def timestamp(moment: int) -> str:
    """As CycloneDX, OCI and SLSA write a moment."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def of_python(name: str, version: str, *, kind: str = "library") -> Component:
    """A distribution of Python, without what is known of it beyond its name, which its URL has in the one form that all write alike."""
    url = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    return {"type": kind, "bom-ref": url, "name": name, "version": version, "purl": url}


def _own(project: Project) -> Component:
    told = of_python(project.name, project.version, kind="application")
    return {**told, "licenses": [{"license": {"id": "Apache-2.0"}}]}


def _component(pin: Pin) -> Component:
    plain = of_python(pin.name, pin.version)
    found: Component = {
        **plain,
        "externalReferences": [
            {
                "type": "distribution",
                "url": plain["purl"],
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in pin.digests],
            }
        ],
    }
    if pin.marker:
        found["properties"] = [{"name": "gastown:marker", "value": pin.marker}]
    if told := licence(pin):
        found["licenses"] = [{"license": {"name": told}}]
    return found
