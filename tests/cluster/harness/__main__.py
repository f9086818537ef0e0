"""The command line of the harness: `python -m harness up|down|status|build [--light]`."""

import argparse
import sys
import time

from harness.cluster import down, remains, up
from harness.build import build
from harness.errors import HarnessError
from harness.families import FAMILIES
from harness.processes import Processes
from harness.site import Mode, Site


def main() -> int:
    """Do what the command line asks; 0 when all is well, 1 with one line on standard error when not."""
    parser = argparse.ArgumentParser(prog="harness", description="A real Kubernetes with a real Argo, for tests.")
    parser.add_argument("command", choices=("up", "down", "status", "build"))
    parser.add_argument("--light", action="store_true", help="no node and no root: pods are played")
    options = parser.parse_args()
    mode = Mode.LIGHT if options.light else Mode.FULL
    started = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - started:5.0f} s  {words}", file=sys.stderr, flush=True)

    try:
        return {"up": _up, "down": _down, "status": _status, "build": _build}[options.command](mode, say)
    except HarnessError as error:
        print(f"harness: {error}", file=sys.stderr)
        return 1


def _up(mode: Mode, say) -> int:
    print(up(mode, say).kubeconfig())
    return 0


def _down(mode: Mode, say) -> int:
    left = down(mode)
    if left:
        print(f"harness: left behind: {', '.join(left)}", file=sys.stderr)
    return 1 if left else 0


def _status(mode: Mode, say) -> int:
    site = Site.load(mode)
    if site is None:
        print("no cluster")
        return 1
    for process in Processes(site).all():
        state = "running" if process.code is None else f"ended {process.code}"
        print(f"{process.name:24} {process.pid:>7}  {state}")
    Processes(site).check()
    return 0


def _build(mode: Mode, say) -> int:
    build(FAMILIES, say)
    return 0


if __name__ == "__main__":
    sys.exit(main())
