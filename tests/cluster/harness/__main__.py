"""The command line of the harness: `python -m harness up|down|status|build [--light]`, `images`, `forge`, `argo-events`, and `test` with pytest's arguments."""

import argparse
import sys
import time
from collections.abc import Callable

from harness import catalog
from harness.build import build
from harness.cluster import down, up
from harness.errors import Broken, HarnessError, Missing
from harness.families import CLUSTER, LINTERS
from harness.images import ARGOEXEC, FORGE, PAUSE
from harness.packages import require
from harness.processes import Processes
from harness.seed import seed
from harness.site import Mode, Site
from harness.testing import test

from images.oci import layout

Say = Callable[[str], None]


def main() -> int:
    """Do what the command line asks; 0 when all is well, 1 with the reason on standard error when not."""
    parser = argparse.ArgumentParser(
        prog="harness", description="A real Kubernetes with a real Argo, for tests."
    )
    parser.add_argument("command", choices=[*sorted(_COMMANDS), "test"])
    parser.add_argument("--light", action="store_true", help="no node and no root: pods are played")
    if sys.argv[1:2] == ["test"]:
        return test(sys.argv[2:])
    options = parser.parse_args()
    try:
        _COMMANDS[options.command](Mode.LIGHT if options.light else Mode.FULL, _timed())
    except HarnessError as error:
        sys.stderr.write(f"harness: {error}\n")
        return 1
    return 0


def _up(mode: Mode, say: Say) -> None:
    sys.stdout.write(f"{up(mode, say).kubeconfig()}\n")


def _down(mode: Mode, say: Say) -> None:
    left = down(mode)
    if left:
        raise Broken(f"left behind: {', '.join(left)}")
    say("down: nothing is left")


def _status(mode: Mode, _: Say) -> None:
    site = Site.load(mode)
    if site is None:
        raise Broken(f"no {mode} cluster runs: `harness up` boots one")
    for process in Processes(site).all():
        state = "running" if process.code is None else f"ended, {process.code}"
        sys.stdout.write(f"{process.name:24} {state}\n")
    Processes(site).check()


def _build(mode: Mode, say: Say) -> None:
    require(mode, say, tests=True)
    build((*CLUSTER, *LINTERS), say)
    if mode is Mode.FULL:
        seed(say)
        catalog.images(say)


def _images(_: Mode, say: Say) -> None:
    """An archive for the nodes of another cluster, on standard output."""
    if sys.stdout.isatty():
        raise Missing("the archive goes to standard output: `python -m harness images > images.tar`")
    require(Mode.FULL, say)
    build(("argo",), say)
    own = (PAUSE, ARGOEXEC, FORGE)
    layout([each for each in catalog.images(say) if each.name not in own]).write(sys.stdout.buffer)


def _forge(_: Mode, say: Say) -> None:
    """The real forge that tests run against."""
    build(("gitea",), say)


def _argo_events(mode: Mode, say: Say) -> None:
    """Argo Events and the server of its bus, beside what a cluster needs."""
    _build(mode, say)
    build(("argo-events",), say)


def _timed() -> Say:
    started = time.monotonic()

    def say(words: str) -> None:
        sys.stderr.write(f"{time.monotonic() - started:5.0f} s  {words}\n")

    return say


_COMMANDS = {
    "up": _up,
    "down": _down,
    "status": _status,
    "build": _build,
    "images": _images,
    "forge": _forge,
    "argo-events": _argo_events,
}

if __name__ == "__main__":
    sys.exit(main())
