"""Which images a full cluster has, and what each is made of."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from harness.families import FAMILIES, binary
from harness.images import ARGOEXEC, BASE, PAUSE, Image
from harness.layers import Layer, copy_program, layer
from harness.rootfs import base


def images(say: Callable[[str], None]) -> list[Image]:
    """Every image, its layers built where the cache lacks them."""
    say("making images (a minute or two the first time)")
    ground = base()
    return [
        Image(PAUSE, (_pause(),), ("/busybox", "sleep", "2147483647")),
        Image(ARGOEXEC, (_argoexec(),), ("/bin/argoexec",), user="8737"),
        Image(BASE, (ground,)),
    ]


def _pause() -> Layer:
    """The process that holds a pod's namespaces: it has only to be there."""
    busybox = Path("/bin/busybox")
    key = hashlib.sha256(busybox.read_bytes()).hexdigest()
    return layer("pause", key, lambda root: copy_program(busybox, root, "busybox"))


def _argoexec() -> Layer:
    def fill(root: Path) -> None:
        copy_program(binary("argoexec"), root, "bin/argoexec")
        (root / "etc").mkdir()
        (root / "etc/passwd").write_text("argoexec:x:8737:8737::/:/bin/argoexec\n", encoding="utf-8")
        (root / "tmp").mkdir(mode=0o1777)

    return layer("argoexec", FAMILIES["argo"].home.name, fill)
