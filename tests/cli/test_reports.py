import datetime
import html.parser
import json
from xml.dom import minidom

import pytest

from crds import Convoy
from kubectl_gt.report import drawing, markdown, page
from kubectl_gt.report.model import report
from kubectl_gt.show.overview import overview
from kubectl_gt.show.snapshot import of_convoy
from kubectl_gt.town import Vertex

NOW = datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.UTC)
HOSTILE = "<script>alert(1)</script> & | `rm` \x1b[2J\n# heading"


def _report(titles):
    beads = [{"id": f"app-{at}", "title": title} for at, title in enumerate(titles)]
    convoy = Convoy.model_validate(
        {
            "kind": "Convoy",
            "metadata": {"name": "nightly"},
            "spec": {"description": HOSTILE, "rigRef": "app", "beads": beads},
            "status": {
                "phase": "Failed",
                "completedBeads": ["app-0"],
                "failedBeads": [each["id"] for each in beads[1:]],
                "startedAt": "2026-01-01T11:58:00Z",
                "completedAt": "2026-01-01T12:00:00Z",
            },
        }
    )
    vertices = [
        Vertex(each["id"], each["title"], (f"app-{at - 1}",) if at else ()) for at, each in enumerate(beads)
    ]
    snapshot = of_convoy(convoy, (), {each["id"]: each["title"] for each in beads})
    return report(convoy, snapshot, (), vertices=vertices, changed={}, now=NOW)


class Page(html.parser.HTMLParser):
    """Tags that are open, and those that were seen."""

    VOID = ("meta", "br")

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        """Note one."""
        self.seen.append(tag)
        if tag not in self.VOID and not dict(attrs).get("/"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close one; what closes nothing was opened and closed at once."""
        assert tag == self.open.pop()


def test_a_page_is_whole_and_holds_nothing_that_runs():
    """Titles are written by others; a page that is sent on must not run them, nor fetch anything."""
    text = page.render(_report([HOSTILE, HOSTILE, "x" * 300]))
    found = Page()
    found.feed(text)
    assert [] == found.open
    assert {"script", "img", "link", "iframe"}.isdisjoint(found.seen)
    assert "default-src 'none'" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("draw", [drawing.graph, drawing.timeline], ids=["graph", "timeline"])
def test_pictures_are_xml_with_each_bead(draw):
    """One box a bead; a quote in a title must not break the picture."""
    groups = minidom.parseString(draw(_report(["One", "T\"w'o", HOSTILE]))).getElementsByTagName("g")  # noqa: S318 - our own picture
    assert {each.getAttribute("class") for each in groups} <= {"done", "failed"}
    assert (3 if draw is drawing.graph else 0) == len(groups)


def test_markdown_of_strangers_stays_text():
    """A title with a bar would break the table, one with a hash would be a heading."""
    text = markdown.render(_report([HOSTILE, "fine"]))
    assert "<script>" not in text
    assert "\n# heading" not in text
    table = [line for line in text.splitlines() if line.startswith(("| ✓", "| ✗"))]
    assert [10, 10] == [line.replace("\\|", "").count("|") for line in table]


def test_a_report_tells_what_was_merged_and_what_failed(look):
    """The morning after: what came of it, at a glance and for a program."""
    good = look("convoy", "report", "build", "--json").json
    assert ("Complete", 2, "app") == (good["phase"], good["done"], good["rig"])
    assert [["app-1", []], ["app-2", ["app-1"]]] == [[each["bead"], each["needs"]] for each in good["beads"]]
    assert {"files": 1, "added": 1, "removed": 0} == good["beads"][0]["changed"]
    bad = look("convoy", "report", "nux").out
    assert "## Failed" in bad
    assert "which colour?" in bad
    assert "<!doctype html>" in look("convoy", "report", "nux", "-o", "html").out
    assert look("convoy", "graph", "nux", "-o", "html").out.startswith("<!doctype html>")


def test_status_tells_what_needs_a_person_and_what_to_do(look):
    """One look in the morning; a program reads the same."""
    told = look("status").out
    assert "1 needs you" in told
    assert "✗ app-4  Escalated: which colour?" in told
    assert "→ answer it with `gastown answer app-4 'WORDS'`" in told
    assert "Today: 2 merged" in told
    assert ["app-4"] == [each["what"] for each in look("status", "--json").json["needs"]]


def test_an_empty_town_needs_nothing():
    """No rig, no convoy: a sentence, not an empty screen."""
    seen = overview((), (), (), since=NOW)
    assert ((), (), 0, 0.0) == (seen.needs, seen.running, seen.merged, seen.cost)
    assert "2026-01-01T12:00:00Z" == json.loads(json.dumps(seen.json()))["since"]


def test_a_diff_shows_what_a_branch_changes(gastown):
    """Before it is merged, without a checkout: the branch against where it left the base branch."""
    gastown.rig("--prefix", "app")
    gastown.git("push", "--quiet", gastown.origin, "main:refs/heads/polecat/app-4", cwd=gastown.root / "seed")
    assert 0 == gastown("sling", "app-4", "app", "--name", "nux", "--wait=scheduled").code
    (gastown.root / "seed" / "half.txt").write_text("half\n")
    gastown.git("add", "--all", cwd=gastown.root / "seed")
    gastown.git("commit", "--quiet", "--message", "Half", cwd=gastown.root / "seed")
    gastown.git("push", "--quiet", gastown.origin, "HEAD:refs/heads/polecat/app-4", cwd=gastown.root / "seed")
    shown = gastown("diff", "app-4")
    assert (0, True) == (shown.code, "+half" in shown.out), shown.err
    assert "half.txt | 1 +" in gastown("diff", "app/nux", "--stat").out
