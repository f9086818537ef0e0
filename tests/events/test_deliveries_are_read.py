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


@pytest.mark.parametrize(
    "commits",
    [
        [{"added": "a"}],
        [{"added": ["a", 1]}],
        [{"added": [["a"]]}],
        [{"added": {}}],
        [{"added": ["a"]}, {"modified": 0}],
    ],
    ids=["no list", "a number", "a list in it", "an object", "no list in the second"],
)
def test_the_files_of_a_push_are_strings_or_unreadable(commits):
    """They are read only when a trigger asks for paths, and then as strictly as all else."""
    name, content = GITEA["Push"]
    (hint,) = read("gitea", name, content | {"commits": commits})
    with pytest.raises(Unreadable, match=r"commits\[\d\]"):
        hint.files()


def test_the_files_of_all_commits_are_gathered():
    """A list that is absent or null has none."""
    name, content = GITEA["Push"]
    commits = [{"added": ["a", "b"], "removed": None}, {"modified": ["b", "c"], "added": []}, {}]
    (hint,) = read("gitea", name, content | {"commits": commits})
    assert sorted(hint.files()) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("body", "content"),
    [
        pytest.param(b'"\\ud83d"', "\ud83d", id="half an emoji"),
        pytest.param(b"[" * 300 + b"]" * 300, json.loads("[" * 300 + "]" * 300), id="deep"),
        pytest.param(b'{"a": 1, "a": 2}', {"a": 2}, id="twice"),
        pytest.param(b"10000000000000000000000", 10**22, id="a large number"),
    ],
)
def test_what_is_json_is_read(body, content):
    """Whatever the language of its sender."""
    assert deliveries.parsed(body) == content


@pytest.mark.parametrize(
    "body",
    [b"NaN", b"[-Infinity]", b"", b"{} x", b'"\xff"', b'"a\nb"', b"1" * 5000, b"[" * 200_000],
    ids=[
        "NaN",
        "infinite",
        "empty",
        "more behind it",
        "no UTF-8",
        "a line break",
        "endless number",
        "too deep",
    ],
)
def test_what_is_no_json_is_unreadable(body):
    """Never an error of another kind."""
    with pytest.raises(Unreadable):
        deliveries.parsed(body)


@pytest.mark.parametrize(
    ("content", "commit"),
    [
        pytest.param({"sha": SHA, "context": "ci"}, SHA, id="status"),
        pytest.param({"sha": SHA, "context": "gastown/gates"}, "", id="our own status"),
        pytest.param({"sha": SHA}, "", id="a commit without a check"),
        pytest.param({"check_run": {"head_sha": SHA}}, SHA, id="check run"),
        pytest.param({"review": {"id": 1}, "pull_request": {"head": {"sha": SHA}}}, SHA, id="review"),
        pytest.param([SHA], "", id="no object"),
    ],
)
def test_the_commit_that_was_judged_is_told(content, commit):
    """By checks and reviews of others only."""
    assert deliveries.judged(content) == commit
