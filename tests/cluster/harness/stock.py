"""The images that containerd of a running cluster has been given, so that only changed ones are loaded again."""

import json
from collections.abc import Callable

from harness import catalog, images
from harness.site import Site


def load(site: Site, say: Callable[[str], None]) -> None:
    """Load the images that containerd lacks; after a change of the checkout that is the steps image alone."""
    note = site.folder / "images.json"
    loaded = json.loads(note.read_text(encoding="utf-8")) if note.exists() else {}
    built = {image.name: image for image in catalog.images(say)}
    wanted = {name: [layer.digest for layer in image.layers] for name, image in built.items()}
    images.load(
        [built[name] for name in wanted if wanted[name] != loaded.get(name)], site.folder / "containerd.sock"
    )
    note.write_text(json.dumps(wanted), encoding="utf-8")
