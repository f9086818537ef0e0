"""Which images a full cluster has: those of a release, made of this checkout, and a few of the same packages for what stands around them."""

from collections.abc import Callable
from dataclasses import replace

from harness.agents import scripted
from harness.errors import BuildFailed
from harness.families import FAMILIES, binary
from harness.images import ADAPTER, AGENT, ARGOEXEC, BASE, CLAUDE, FORGE, OPENCODE, PAUSE, STEPS

from images import agents
from images.__main__ import source
from images.bytecode import own_architecture
from images.errors import ImageError
from images.layers import stored
from images.oci import Image, Layer, Named
from images.recipes import RECIPES, Recipe, image
from images.tree import Tree, add, folder
from release.errors import ReleaseError

RELEASED = {"steps": STEPS, "adapter": ADAPTER, "polecat-agent": CLAUDE, "polecat-opencode": OPENCODE}
"""Recipe -> the name of its image here."""

TOOLS = Recipe("tools", "A shell and what an agent calls", ("base", "work"))
SSHD = Recipe("forge", "git behind an ssh server", ("base", "work", "sshd"))

_USERS = "root:x:0:0:root:/root:/bin/sh\nsshd:x:65531:65534::/run/sshd:/usr/sbin/nologin\n"


def images(say: Callable[[str], None]) -> list[Named]:
    """Every image, its layers made where the cache lacks them; Claude Code's only where npm is. Raises BuildFailed."""
    say("making images (three minutes the first time)")
    try:
        return _images()
    except (ImageError, ReleaseError) as error:
        raise BuildFailed(str(error)) from error


def _images() -> list[Named]:
    here, found = own_architecture(), source()
    tools, forge = (image(each, found, here) for each in (TOOLS, SSHD))
    made = {
        PAUSE: replace(tools, command=("/usr/bin/sleep", "infinity")),
        ARGOEXEC: Image(layers=(_argoexec(),), architecture=here, command=("/bin/argoexec",), user="8737"),
        BASE: replace(tools, user="0"),
        FORGE: replace(forge, layers=(*forge.layers, _users()), user="0"),
        AGENT: replace(tools, layers=(*tools.layers, scripted())),
    }
    for recipe in RECIPES:
        to_be_had = here in recipe.architectures and (not recipe.agent or agents.obtainable())
        if recipe.name in RELEASED and to_be_had:
            made[RELEASED[recipe.name]] = image(recipe, found, here)
    return [Named(name, (one,)) for name, one in made.items()]


def _argoexec() -> Layer:
    def make() -> Tree:
        tree: Tree = {}
        add(tree, "bin/argoexec", binary("argoexec").read_bytes(), mode=0o755)
        add(tree, "etc/passwd", b"argoexec:x:8737:8737::/:/bin/argoexec\n")
        folder(tree, "tmp", mode=0o1777)
        return tree

    return stored("argoexec", FAMILIES["argo"].home.name, make)


def _users() -> Layer:
    """Sshd takes off its rights as a user of its own."""

    def make() -> Tree:
        tree: Tree = {}
        add(tree, "etc/passwd", _USERS.encode())
        folder(tree, "root", mode=0o700)
        return tree

    return stored("sshd-users", _USERS, make)
