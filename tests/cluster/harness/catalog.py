"""Which images a full cluster has, and what each is made of."""

from collections.abc import Callable
from pathlib import Path

from harness.agents import claude, scripted
from harness.families import FAMILIES, binary
from harness.images import ADAPTER, AGENT, ARGOEXEC, BASE, CLAUDE, PAUSE, STEPS, Image
from harness.layers import Layer, copy_program, layer
from harness.rootfs import base
from harness.wheel import dependencies, packaged


def images(say: Callable[[str], None]) -> list[Image]:
    """Every image, its layers built where the cache lacks them."""
    say("making images (three minutes the first time)")
    ground, real, ours = base(), claude(), packaged()
    images = [
        Image(PAUSE, (ground,), ("/usr/bin/sleep", "infinity")),
        Image(ARGOEXEC, (_argoexec(),), ("/bin/argoexec",), user="8737"),
        Image(BASE, (ground,), user="0"),
        Image(STEPS, (ground, ours.steps)),
        Image(ADAPTER, (ground, dependencies(ground), ours.adapter)),
        Image(AGENT, (ground, scripted())),
    ]
    if real is not None:
        images.append(Image(CLAUDE, (ground, real)))
    return images


def _argoexec() -> Layer:
    def fill(root: Path) -> None:
        copy_program(binary("argoexec"), root, "bin/argoexec")
        (root / "etc").mkdir()
        (root / "etc/passwd").write_text("argoexec:x:8737:8737::/:/bin/argoexec\n", encoding="utf-8")
        (root / "tmp").mkdir(mode=0o1777)

    return layer("argoexec", FAMILIES["argo"].home.name, fill)
