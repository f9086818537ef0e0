"""Plays the story on a light cluster, and makes the pictures of docs/argo-ui.md of it: `python -m harness.pictures <folder>`.

The folder is `ui/dist/app` of a checkout of Argo at the controller's tag, after `yarn install` and `yarn build` in `ui`. Needs Chromium; pngquant
makes the pictures small. What the pages promise of the views is checked on the way, so a new version of Argo that breaks it is noticed.
"""

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness import argo, folders, tenants
from harness.cluster import session
from harness.errors import Broken
from harness.pictures import story
from harness.pictures.browser import Page, page
from harness.pictures.interface import interface
from harness.processes import until
from harness.recorder import let_go
from harness.running import Cluster
from harness.site import Mode, free_ports
from harness.towns import Town, governed

from workflows.labels import DESCRIPTION

PLACE = "shop"
"""The namespace, which the pictures show."""
WORKFLOW = f"{story.NAME}-1"
FOLDER = folders.PROJECT / "docs" / "pictures"
PATIENCE = 600.0
"""Seconds that the story may take; half a minute where there is nothing else to do."""

_NAMES = "[...document.querySelectorAll('.node-label')].map(each => each.textContent)"
_ROWS = "[...document.querySelectorAll('.workflow-timeline__node-name')].map(each => each.textContent)"


@contextmanager
def told(cluster: Cluster, folder: Path) -> Iterator[Town]:
    """The story, played to its end and described."""
    cluster.apply(*tenants.played(PLACE))
    try:
        with governed(cluster, PLACE, folder, rig=story.RIG) as town:
            town.play(story.directions())
            town.make("Convoy", story.NAME, story.convoy(PLACE))
            town.until(
                "the end", lambda: _told(town).startswith("8/12 merged, 4 failed, $"), seconds=PATIENCE
            )
            yield town
    finally:
        let_go(cluster, PLACE)
        cluster.kind("v1", "Namespace").delete(name=PLACE)


def _told(town: Town) -> str:
    """What the list says of it, once it has ended."""
    ended = town.status("Convoy", story.NAME).get("phase") == "Failed"
    annotations = town.get("Workflow", WORKFLOW).get("metadata", {}).get("annotations", {})
    return str(annotations.get(DESCRIPTION, "")) if ended else ""


@contextmanager
def served(cluster: Cluster) -> Iterator[str]:
    """An argo-server that asks for no token; yields its address."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    cluster.processes.start(argo.server(cluster.kubeconfig, port, auth="server"))
    try:
        until(lambda: argo.serves(url), "argo-server", seconds=60)
        yield url
    finally:
        cluster.processes.stop(argo.SERVER, signal.SIGKILL)


class Photographer:
    """Takes the pictures in one tab, and looks at what they show."""

    def __init__(self, tab: Page, address: str, nodes: dict[str, str]) -> None:
        self._tab = tab
        self._workflow = f"{address}/workflows/{PLACE}/{WORKFLOW}"
        self._list = f"{address}/workflows/{PLACE}?label=gastown.io/convoy={story.NAME}"
        self._nodes = nodes

    def list(self) -> None:
        """The list, with its drawer open."""
        self._tab.open(self._list, width=1500, height=1150)
        self._tab.until(_shows(f"{story.NAME} on {PLACE}"), "the convoy in the list")
        self._tab.click(
            "[...document.querySelectorAll('span')].find(each => each.innerText.trim() === 'SHOW')"
        )
        self._tab.until(_shows(story.beads()[-1]), "the table of beads")
        self._tab.picture(FOLDER / "list.png")

    def graph(self) -> None:
        """The graph as it is first seen, and all of it after one click. Raises Broken where a bead is not in it."""
        self._tab.open(f"{self._workflow}?tab=workflow", width=1500, height=900)
        self._tab.until(f"{_NAMES}.length > 3", "the graph")
        self._tab.picture(FOLDER / "first-view.png")
        self._tab.open(f"{self._workflow}?tab=workflow&whole", width=1500, height=1750)
        self._tab.until(f"{_NAMES}.length > 3", "the graph")
        self._tab.click("document.querySelector('a[title=\"Expand all nodes\"]')")
        self._tab.until(f"{_NAMES}.length > 50", "the expanded graph")
        names = self._tab.ask(_NAMES)
        if missing := [bead for bead in story.beads() if bead not in names]:
            raise Broken(f"the expanded graph does not show {', '.join(missing)}")
        self._tab.picture(FOLDER / "graph.png")

    def timeline(self) -> None:
        """The timeline. Raises Broken where a row does not begin with its bead."""
        self._tab.open(f"{self._workflow}?tab=timeline", width=1500, height=900)
        self._tab.until(f"{_ROWS}.length > 20", "the timeline")
        rows = self._tab.ask(_ROWS)
        if nameless := [
            row for row in rows if not row.startswith(tuple(f"{each}-" for each in story.beads()))
        ]:
            raise Broken(f"rows of the timeline name no bead: {', '.join(nameless)}")
        self._tab.picture(FOLDER / "timeline.png")

    def pod(self, name: str, path: str, tab: str, shows: str) -> None:
        """A pod's panel beside the graph."""
        node = self._nodes[path]
        url = f"{self._workflow}?tab=workflow&nodeId={node}&nodePanelView={tab}"
        self._tab.open(url, width=1500, height=1150)
        self._tab.until(_shows(shows), f"the panel of {path}")
        self._tab.picture(FOLDER / f"{name}.png")


def _shows(words: str) -> str:
    return f"document.body.innerText.includes({words!r})"


def photograph(files: Path, server: str, nodes: dict[str, str]) -> None:
    """All pictures; `nodes` are the ids of nodes by their names less the Workflow's."""
    FOLDER.mkdir(exist_ok=True)
    with interface(files, server) as address, page() as tab:
        photographer = Photographer(tab, address, nodes)
        photographer.list()
        photographer.graph()
        photographer.timeline()
        photographer.pod("polecat", "shop-2.shop-2-work(0)", "inputs-outputs", "polecat/shop-2")
        photographer.pod("failed", "shop-9.shop-9-work(0)", "summary", "Stripe or Adyen")


def main(files: Path) -> None:
    """Raises Broken where a view does not show what it is to show."""
    if not (files / "index.html").is_file():
        raise SystemExit(f"{files} is not Argo's built interface: see the head of {__file__}")
    with session(Mode.LIGHT, print) as site, tempfile.TemporaryDirectory() as scratch:
        cluster = Cluster(site, Path(scratch))
        with served(cluster) as server, told(cluster, Path(scratch)) as town:
            found = town.get("Workflow", WORKFLOW)["status"]["nodes"]
            nodes = {each["name"].partition(".")[2]: name for name, each in found.items()}
            photograph(files, server, nodes)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
