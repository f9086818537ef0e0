"""The bill of materials of an image: Debian packages of the lock, Python's as they lie in the layers, the agent's of npm's lock."""

import email
import tarfile
from collections.abc import Iterator

from images import agents
from images.debian import lock
from images.oci import Image
from images.recipes import Recipe, Source
from release.bom import Component, document, of_python


def bom(recipe: Recipe, source: Source, image: Image) -> bytes:
    """CycloneDX, for one architecture."""
    components = [*of_debian(recipe, image.architecture), *_installed(image), *_agent(recipe, image)]
    name = f"gastown-argo-{recipe.name}"
    subject = {"type": "container", "bom-ref": name, "name": name, "version": source.version}
    return document(subject, components, moment=source.moment)


def of_debian(recipe: Recipe, architecture: str) -> list[Component]:
    """Each package with its checksum, the layers' in their order."""
    told = []
    for package in (each for layer in recipe.debian for each in lock.locked(layer, architecture)):
        # A version may have a `+`, which a package URL reads as a space.
        version = package.version.replace("+", "%2B")
        url = f"pkg:deb/debian/{package.name}@{version}?arch={architecture}"
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
                    words = told["License-Expression"] or (told["License"] or "").partition("\n")[0]
                    yield found | ({"licenses": [{"license": {"name": words}}]} if words else {})


def _agent(recipe: Recipe, image: Image) -> Iterator[Component]:
    if recipe.agent:
        agent = agents.AGENTS[recipe.agent]
        name, version = agent.packages[image.architecture], agent.version(image.architecture)
        url = f"pkg:npm/{name.replace('@', '%40')}@{version}"
        yield {"type": "application", "bom-ref": url, "name": name, "version": version, "purl": url}
