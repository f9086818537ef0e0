"""Each forge's delivery of each event becomes the same hint, or the Rig is refused with the sentence why."""

import json

import pytest
from samples import FORGES, GITEA, GITHUB, SHA

from crds import RigForge
from crds.forges import unserved
from events import deliveries
from events.errors import Unreadable
from events.model import About, Ignored

ABOUT = {
    "IssueOpened": About.ISSUE,
    "IssueLabelled": About.LABELS,
    "Comment": About.COMMENT,
    "PullRequestComment": About.PULL_COMMENT,
    "ChangesRequested": About.REVIEW,
    "CheckFailed": About.CHECK,
    "Push": About.PUSH,
}


def read(kind, name, content):
    """What a delivery tells."""
    header, _, common = FORGES[kind]
    return deliveries.read(kind, {header: name}, json.dumps(common | content).encode())


@pytest.mark.parametrize("event", ABOUT)
@pytest.mark.parametrize("kind", FORGES)
def test_every_event_of_every_forge_is_read_or_refused(kind, event):
    """Forty-two cells, none of them empty."""
    forge = RigForge(kind=kind, api_url="https://f", repository="acme/app")
    sample = FORGES[kind][1].get(event)
    if sample is None:
        assert "can't" in unserved(forge, event)
        return
    assert unserved(forge, event) == ""
    (hint,) = read(kind, *sample)
    assert (hint.about, str(hint.repository)) == (ABOUT[event], "7")
    assert (str(hint.sender.id) or "3") == "3"
    if event in {"Push", "CheckFailed"}:
        assert hint.sha == SHA
    else:
        assert hint.number == 4
    if event in {"Comment", "PullRequestComment"}:
        assert (hint.comment, hint.words) == ("9", "/sling")
    if event in {"IssueOpened", "IssueLabelled", "Comment"}:
        assert (hint.text.title, hint.text.body) == ("T", "B")


@pytest.mark.parametrize("event", ABOUT)
@pytest.mark.parametrize("kind", FORGES)
def test_a_delivery_without_its_fields_is_unreadable(kind, event):
    """Never an error of another kind."""
    sample = FORGES[kind][1].get(event)
    if sample is None:
        return
    name, content = sample
    for missing in content:
        try:
            read(kind, name, {key: value for key, value in content.items() if key != missing})
        except Unreadable:
            continue
    with pytest.raises(Unreadable):
        deliveries.read(kind, {FORGES[kind][0]: name}, b"[]")


@pytest.mark.parametrize("kind", FORGES)
def test_other_events_are_ignored(kind):
    """With a sentence."""
    assert isinstance(read(kind, "star", {}), Ignored)


def test_a_push_of_the_refinery_is_known_by_its_trailers():
    """All commits must carry one."""
    name, content = GITHUB["Push"]
    ours = {"message": "Do it\n\nGastown-Bead: ap-1\n"}
    assert read("github", name, content | {"commits": [ours]})[0].ours
    assert not read("github", name, content | {"commits": [ours, {"message": "by hand"}]})[0].ours


@pytest.mark.parametrize(
    "change",
    [{"after": "0" * 40}, {"ref": "refs/tags/v1"}, {"before": SHA, "after": SHA}],
    ids=["deleted", "tag", "Gitea's test"],
)
def test_what_moves_no_branch_is_ignored(change):
    """Nothing was pushed that could be worked."""
    name, content = GITEA["Push"]
    assert isinstance(read("gitea", name, content | change), Ignored)
