"""What one bead of a convoy costs to show does not depend on how many others there are."""

import datetime
import sys

import pytest

from crds import Convoy, Polecat
from kubectl_gt.report import markdown, page
from kubectl_gt.report.model import report
from kubectl_gt.show import graph, table
from kubectl_gt.show.inbox.needs import needs
from kubectl_gt.show.snapshot import of_convoy
from kubectl_gt.top import board
from kubectl_gt.town import Vertex
from workflows.labels import CONVOY

NOW = datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.UTC)


def _town(size):
    """A convoy of so many beads, a third of which has failed, with their polecats and their graph."""
    ids = [f"app-{number}" for number in range(size)]
    convoy = Convoy.model_validate(
        {
            "kind": "Convoy",
            "metadata": {"name": "big"},
            "spec": {
                "description": "Big",
                "rigRef": "app",
                "beads": [{"id": bead, "title": f"Title of {bead}"} for bead in ids],
            },
            "status": {
                "phase": "Failed",
                "completedBeads": [bead for number, bead in enumerate(ids) if number % 3],
                "failedBeads": ids[::3],
                "trains": [{"workflow": "big-1", "beads": ids[:100]}],
            },
        }
    )
    polecats = [
        Polecat.model_validate(
            {
                "kind": "Polecat",
                "metadata": {"name": f"p-{bead}", "labels": {CONVOY: "big"}},
                "spec": {"rig": "app", "desiredState": "Working", "beadID": bead},
                "status": {"phase": "Done" if number % 3 else "Stuck"},
            }
        )
        for number, bead in enumerate(ids)
    ]
    vertices = [Vertex(bead, bead, (ids[at - at % 10],) if at % 10 else ()) for at, bead in enumerate(ids)]
    return convoy, polecats, vertices


def _snapshot(convoy, polecats, _vertices):
    return of_convoy(convoy, polecats, {})


def _table(*town):
    list(table.lines(list(_snapshot(*town).rows), NOW, 120))


def _graph(convoy, polecats, vertices):
    graph.text(graph.Graph.of(vertices, _snapshot(convoy, polecats, vertices)))


def _report(convoy, polecats, vertices):
    seen = _snapshot(convoy, polecats, vertices)
    found = report(convoy, seen, polecats, vertices=vertices, changed={}, now=NOW)
    page.render(found)
    markdown.render(found)


def _needs(convoy, polecats, _vertices):
    assert len(needs((), [convoy], polecats, stalled={}, program="gastown")) > 1


def _board(convoy, polecats, _vertices):
    board.board([convoy], polecats, NOW)


def _calls(show, size):
    town = _town(size)
    show(*town)  # what is made once does not count
    seen = 0

    def count(_frame, event, _argument):
        nonlocal seen
        seen += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        show(*town)
    finally:
        sys.setprofile(None)
    return seen


@pytest.mark.parametrize("show", [_snapshot, _table, _graph, _report, _needs, _board])
def test_four_times_the_beads_are_four_times_the_work(show):
    """A verb that looks at every bead for every bead is quick in a demo and slow in the convoy that somebody waits for."""
    assert _calls(show, 240) < 5 * _calls(show, 60)
