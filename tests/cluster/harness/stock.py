"""The images that containerd of a running cluster has been given, so that only changed ones are loaded again."""

import json
from collections.abc import Callable
from pathlib import Path

from harness import catalog, images
from harness.site import Site

from images.oci import layout


def load(site: Site, say: Callable[[str], None]) -> None:
    """Load the images that containerd lacks; after a change of the checkout that are those of a release."""
    have = loaded(site)
    built = {image.name: image for image in catalog.images(say)}
    wanted = {name: layout([image]).index[0]["digest"] for name, image in built.items()}
    images.load(
        [built[name] for name in wanted if wanted[name] != have.get(name)], site.folder / "containerd.sock"
    )
    _note(site).write_text(json.dumps(wanted), encoding="utf-8")


def loaded(site: Site) -> dict[str, str]:
    """The images that containerd was given, with their digests."""
    note = _note(site)
    digests: dict[str, str] = json.loads(note.read_text(encoding="utf-8")) if note.exists() else {}
    return digests


def _note(site: Site) -> Path:
    return site.folder / "images.json"
