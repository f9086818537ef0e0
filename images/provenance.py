"""How an image came about, as an in-toto statement with SLSA's predicate. Nobody signed it yet: whoever publishes the image does."""

import hashlib
import json
from pathlib import Path
from typing import Any

from images import agents, wheels
from images.bom import of_agent, of_debian
from images.oci import Image, Layout
from images.recipes import Recipe, Source


def provenance(
    recipe: Recipe, source: Source, layout: Layout, images: tuple[Image, ...], archive: bytes
) -> bytes:
    """The statement about the archive, and about the index of all architectures in it, which is what gets pulled."""
    (entry,) = layout.index
    packed = {"sha256": hashlib.sha256(archive).hexdigest()}
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": f"gastown/{recipe.name}", "digest": _digest(entry["digest"])},
            {"name": f"{recipe.name}.oci.tar", "digest": packed},
        ],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:gastown-argo:make-images",
                "externalParameters": {"image": recipe.name, "version": source.version},
                "resolvedDependencies": _materials(recipe, source, images),
            },
            "runDetails": {"builder": {"id": "urn:gastown-argo:images"}},
        },
    }
    return (json.dumps(statement, indent=2) + "\n").encode()


def _materials(recipe: Recipe, source: Source, images: tuple[Image, ...]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [
        {"name": "source", "digest": {"gitCommit": source.commit}},
        {"name": "wheel", "digest": {"sha256": hashlib.sha256(source.wheel).hexdigest()}},
    ]
    for lock in _locks(recipe):
        digest = hashlib.sha256(lock.read_bytes()).hexdigest()
        name = f"requirements/{lock.name}"
        told.append({"name": name, "digest": {"sha256": digest}})
    for image in images:
        for each in (*of_debian(recipe, image.architecture), *of_agent(recipe, image.architecture)):
            (hashed,) = each["hashes"]
            kind = hashed["alg"].replace("-", "").lower()
            material = {"uri": each["purl"], "digest": {kind: hashed["content"]}}
            if material not in told:  # what is the same for all architectures
                told.append(material)
    return told


def _locks(recipe: Recipe) -> list[Path]:
    """Those of Python's packages that are in it."""
    agent = agents.AGENTS.get(recipe.agent)
    own = [agent.lock] if agent and agent.entry else []
    return [*([wheels.LOCK] if recipe.dependencies else []), *own]


def _digest(told: str) -> dict[str, str]:
    kind, _, value = told.partition(":")
    return {kind: value}
