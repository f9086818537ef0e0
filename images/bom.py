"""The bill of materials of an image: Debian packages of the lock, Python's as they lie in the layers, the agent's of its lock."""

import email
import tarfile
from collections.abc import Iterator

from images import agents
from images.debian import lock
from images.oci import Image
from images.recipes import Recipe, Source
from release.bom import Component, document, of_python
from release.licences import in_words


def bom(recipe: Recipe, source: Source, image: Image) -> bytes:
    """CycloneDX, for one architecture."""
    components = [
        *of_debian(recipe, image.architecture),
        *_installed(image),
        *of_agent(recipe, image.architecture),
    ]
    name = f"gastown-argo-{recipe.name}"
    subject = {"type": "container", "bom-ref": name, "name": name, "version": source.version}
    return document(subject, components, moment=source.moment)


def of_debian(recipe: Recipe, architecture: str) -> list[Component]:
    """Each package with its checksum, the layers' in their order."""
    told = []
    for package in (each for layer in recipe.debian for each in lock.locked(layer, architecture)):
        # Names and versions may have a `+`, which a package URL reads as a space.
        name, version = (each.replace("+", "%2B") for each in (package.name, package.version))
        url = f"pkg:deb/debian/{name}@{version}?arch={architecture}"
        told.append(
            {
                "type": "library",
                "bom-ref": url,
                "name": package.name,
                "version": package.version,
                "purl": url,
                "hashes": [{"alg": "SHA-256", "content": package.digest}],
            }
        )
    return told


def _installed(image: Image) -> Iterator[Component]:
    for layer in image.layers:
        with tarfile.open(layer.path) as archive:
            for entry in archive:
                if entry.name.endswith(".dist-info/METADATA") and (file := archive.extractfile(entry)):
                    told = email.message_from_bytes(file.read())
                    found = of_python(told["Name"], told["Version"])
                    words = in_words(told)
                    yield found | ({"licenses": [{"license": {"name": words}}]} if words else {})


def of_agent(recipe: Recipe, architecture: str) -> list[Component]:
    """The packages that the agent runs from, each with its checksum; nothing for an image without an agent."""
    agent = agents.AGENTS.get(recipe.agent)
    if agent is None:
        return []
    own = {name for part in agent.parts[:1] for name in part.packages.values()}
    return [
        {
            "type": "application",
            "bom-ref": each.url,
            "name": each.name,
            "version": each.version,
            "purl": each.url,
            "hashes": [{"alg": "SHA-512", "content": each.digest}],
            **({"licenses": [{"license": {"name": agent.licence}}]} if each.name in own else {}),
        }
        for each in agent.pins(architecture)
    ]
