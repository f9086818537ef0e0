"""The bill of materials: what is installed together with the wheel, as CycloneDX 1.6 (ECMA-424)."""

import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from release.licences import licence
from release.lock import Pin, pins
from release.project import Project


def bom(project: Project) -> tuple[str, bytes]:
    """Name and content. Each component is a pin of requirements/runtime.txt; its hashes are those of all files that the index has of it.

    Raises NotInstalled where the environment holds another version, as its licence would be a guess.
    """
    lock = (project.root / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    document = _document(project, pins(lock))
    return f"{project.name}-{project.version}.cdx.json", (json.dumps(document, indent=2) + "\n").encode()


def _document(project: Project, locked: Iterable[Pin]) -> dict[str, Any]:
    components = [_component(each) for each in locked]
    own = f"pkg:pypi/{project.name}@{project.version}"
    content = json.dumps(components, sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # A name made of the content: a random one would make two equal builds differ.
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, own + content)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(project.moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": project.name,
                "version": project.version,
                "purl": own,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
        },
        "components": components,
    }


def _component(pin: Pin) -> dict[str, Any]:
    url = f"pkg:pypi/{pin.name}@{pin.version}"
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": url,
        "name": pin.name,
        "version": pin.version,
        "purl": url,
        "externalReferences": [
            {
                "type": "distribution",
                "url": url,
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in pin.digests],
            }
        ],
    }
    if pin.marker:
        found["properties"] = [{"name": "gastown:marker", "value": pin.marker}]
    if told := licence(pin):
        found["licenses"] = [{"license": {"name": told}}]
    return found
