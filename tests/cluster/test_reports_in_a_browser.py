"""A convoy's report as a browser lays it out: nothing hides another thing, nothing runs, and it fits a phone."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness.errors import Missing
from harness.pictures.browser import Page, page

from crds import Convoy, Polecat
from kubectl_gt.report import page as report_page
from kubectl_gt.report.model import report
from kubectl_gt.show.snapshot import of_convoy
from kubectl_gt.town import Vertex

NOW = datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.UTC)
HOSTILE = "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'> & a title that is much longer than its box"
COUNT = 14
_BOXES = """
[...document.querySelectorAll('.graph g')].map(g => {
  const box = g.querySelector('rect').getBoundingClientRect();
  const words = [...g.querySelectorAll('text')].map(each => each.getBoundingClientRect());
  return {x: box.x, y: box.y, right: box.right, bottom: box.bottom,
          within: words.length > 0 && words.every(each => each.x >= box.x && each.right <= box.right + 1)};
})
"""


def _text() -> str:
    """Beads after one another, some beside; the last failed."""
    beads = [{"id": f"app-{at}", "title": HOSTILE if at % 3 else f"Bead {at}"} for at in range(COUNT)]
    ids = [each["id"] for each in beads]
    convoy = Convoy.model_validate(
        {
            "kind": "Convoy",
            "metadata": {"name": "nightly"},
            "spec": {"description": HOSTILE, "rigRef": "app", "beads": beads},
            "status": {
                "phase": "Failed",
                "completedBeads": ids[:-1],
                "failedBeads": ids[-1:],
                "startedAt": "2026-01-01T11:40:00Z",
                "completedAt": "2026-01-01T12:00:00Z",
            },
        }
    )
    polecats = tuple(_polecat(name, at) for at, name in enumerate(ids))
    vertices = [
        Vertex(name, beads[at]["title"], (ids[at // 2 - 1],) if at > 1 else ()) for at, name in enumerate(ids)
    ]
    snapshot = of_convoy(convoy, polecats, {each["id"]: each["title"] for each in beads})
    return report_page.render(report(convoy, snapshot, polecats, vertices=vertices, changed={}, now=NOW))


def _polecat(bead: str, at: int) -> Polecat:
    failed = at == COUNT - 1
    status = {
        "phase": "Stuck" if failed else "Done",
        "reason": "GateFailed" if failed else "Merged",
        "summary": f"{HOSTILE} does not pass",
        "startedAt": f"2026-01-01T11:{40 + at}:00Z",
        "finishedAt": f"2026-01-01T11:{42 + at}:00Z",
        "lastActivity": f"2026-01-01T11:{43 + at}:00Z",
    } | ({} if failed else {"mergedCommit": "a" * 40})
    metadata = {"name": f"nux-{at}", "labels": {"gastown.io/convoy": "nightly"}}
    spec = {"rig": "app", "beadID": bead, "desiredState": "Working"}
    return Polecat.model_validate({"kind": "Polecat", "metadata": metadata, "spec": spec, "status": status})


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page in a window of a laptop."""
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(_text(), encoding="utf-8")
    try:
        with page() as found:
            _open(found, file, width=1280)
            yield found
    except Missing as missing:
        pytest.skip(str(missing))


def _open(shown: Page, file: Path | None = None, *, width: int) -> None:
    shown.open(file.as_uri() if file else str(shown.ask("location.href")), width=width, height=800)
    shown.until(f"document.readyState === 'complete' && innerWidth === {width}", "the report")


def test_each_bead_has_a_box_of_its_own(shown: Page) -> None:
    """No box lies over another, and its words stay inside."""
    boxes = shown.ask(_BOXES)
    assert COUNT == len(boxes)
    assert all(each["within"] for each in boxes)
    over = [
        (a, b)
        for at, a in enumerate(boxes)
        for b in boxes[at + 1 :]
        if a["x"] < b["right"] and b["x"] < a["right"] and a["y"] < b["bottom"] and b["y"] < a["bottom"]
    ]
    assert [] == over


def test_who_worked_when_is_a_bar_for_each(shown: Page) -> None:
    """In the order in which they began; each is wide enough to be seen."""
    bars = shown.ask(
        "[...document.querySelectorAll('.timeline rect')].map(each => each.getBoundingClientRect().toJSON())"
    )
    assert COUNT == len(bars)
    assert all(bar["width"] >= 1 for bar in bars)
    assert [bar["x"] for bar in bars] == sorted(bar["x"] for bar in bars)


def test_nothing_of_a_title_runs(shown: Page) -> None:
    """It is shown as it was written."""
    assert shown.ask(
        "window.ran === undefined && document.images.length === 0 && document.scripts.length === 0"
    )
    assert HOSTILE in shown.ask("document.body.innerText")


def test_it_fits_a_phone(shown: Page) -> None:
    """Wide parts scroll by themselves; the page does not."""
    _open(shown, width=390)
    assert shown.ask("document.documentElement.scrollWidth <= innerWidth")
    _open(shown, width=1280)
