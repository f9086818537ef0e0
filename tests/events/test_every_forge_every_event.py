"""On each forge each event slings the same convoy by webhook and by poll, for those who may, or the Rig is refused."""

import json
import re
from pathlib import Path

import dialects
import pytest
import samples
from pydantic import ValidationError
from smallgitea import Delivery

from crds import RigForge
from crds.forges import unserved
from crds.triggers import BY_PEOPLE
from events.model import Reason

DOCS = Path(__file__).resolve().parents[2] / "docs" / "events.md"
MORE = {
    "IssueOpened": {},
    "IssueLabelled": {"labels": ["gastown"]},
    "Comment": {"command": "/sling"},
    "PullRequestComment": {"command": "/sling"},
    "ChangesRequested": {},
    "CheckFailed": {},
    "Push": {"sling": {"description": "Look at it"}},
}
"""Each event that a forge tells of, with what its trigger must name."""
ROLES = {
    "owner": Reason.SLUNG,
    "writer": Reason.SLUNG,
    "reader": Reason.MAY_NOT_WRITE,
    "stranger": Reason.MAY_NOT_WRITE,
    "program": Reason.BOT,
    "ourselves": Reason.OWN,
}


@pytest.fixture
def make(fresh):
    """Make a town whose rig listens to one event, on a forge where it happened."""

    def made(root, kind, event, *, who="writer"):
        did = dialects.Did(who, pull=event == "PullRequestComment")
        forge = {"kind": kind, "apiURL": "https://git.test", "repository": "acme/app"}
        trigger = {"name": "t", "event": event, **MORE[event]}
        return fresh(root, dialects.Told(kind, did), triggers=[trigger], forge=forge)

    return made


def told(here, kind, event):
    """What becomes of the delivery that tells of it."""
    header, sample, common = samples.FORGES[kind]
    name, content = sample[event]
    (decision,) = here.take(Delivery({header: name}, json.dumps(common | content).encode()), kind=kind)
    return decision


def served(kind, event):
    """Whether the forge can tell of it."""
    return not unserved(RigForge(kind=kind, api_url="https://git.test", repository="acme/app"), event)


CELLS = [(kind, event) for kind in dialects.DIALECTS for event in MORE]


@pytest.mark.parametrize(("kind", "event"), [each for each in CELLS if served(*each)])
def test_a_webhook_and_a_poll_sling_the_same_convoy(make, tmp_path, kind, event):
    """From the forge's own words to the convoy's name."""
    by_webhook = told(make(tmp_path / "webhook", kind, event), kind, event)
    (by_poll,) = make(tmp_path / "poll", kind, event).poll()
    assert (by_webhook.reason, by_poll.reason) == (Reason.SLUNG, Reason.SLUNG), by_webhook.message
    assert by_webhook.convoy == by_poll.convoy


@pytest.mark.parametrize(("kind", "event"), [each for each in CELLS if not served(*each)])
def test_what_a_forge_does_not_tell_of_is_refused(make, tmp_path, kind, event):
    """When the Rig is applied, with the reason."""
    with pytest.raises(ValidationError, match=f"can't .* Bitbucket|can't be {event} at GitLab"):
        make(tmp_path, kind, event)


@pytest.mark.parametrize(
    ("kind", "event"), [each for each in CELLS if served(*each) and each[1] in BY_PEOPLE]
)
def test_who_may(make, tmp_path, kind, event):
    """Six roles: those who may write and are people."""
    decided = {who: told(make(tmp_path / who, kind, event, who=who), kind, event) for who in ROLES}
    assert {who: each.reason for who, each in decided.items()} == ROLES
    assert "may not write to the repository" in decided["reader"].message
    assert "name it in actors" in decided["program"].message


def test_the_docs_say_what_each_forge_tells_of():
    """The table of docs/events.md: a yes, or a no with the reason, for each forge and event."""
    (table,) = re.findall(r"^\| \| GitHub \|.*\n\|[-|]+\n((?:\|.*\n)+)", DOCS.read_text(), re.MULTILINE)
    rows = [[each.strip() for each in line.strip("|").split("|")] for line in table.splitlines()]
    said = {
        (kind, event): cell
        for head, *cells in rows
        for event in re.findall(r"`(\w+)`", head)
        for kind, cell in zip(dialects.DIALECTS, cells, strict=True)
    }
    assert said.keys() == set(CELLS)
    assert {cell: text == "yes" for cell, text in said.items()} == {cell: served(*cell) for cell in CELLS}
