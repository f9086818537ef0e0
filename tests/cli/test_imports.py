"""`beads import`: issues become beads, each once, and a bead file is never left half."""

import json

import pytest

from workflows.beads import read_beads


def issue(number, title="A title", body="", labels=(), **more):
    """An issue as GitHub's API gives it."""
    return {
        "id": 1000 + number,
        "number": number,
        "title": title,
        "body": body,
        "user": {"id": 7, "login": "ann", "type": "User"},
        "labels": [{"name": name} for name in labels],
        "state": "open",
        "html_url": f"https://github.com/acme/app/issues/{number}",
        "created_at": "2026-11-01T10:00:00Z",
        "updated_at": "2026-11-02T10:00:00Z",
    } | more


@pytest.fixture
def issues(gastown):
    """Write issues into a file that can be imported."""
    path = gastown.root / "issues.json"

    def write(*each):
        path.write_text(json.dumps(each))
        return path

    return write


def beads(gastown, name=".beads/issues.jsonl"):
    """What stands in the bead file, as the product reads it."""
    return read_beads(gastown.root / name)


def test_issues_become_beads_with_their_dependencies(here, gastown, issues):
    """Text, labels, kind, priority, and what they say blocks them."""
    file = issues(
        issue(1, "Lay the ground", "First.", ["bug", "P1"]),
        issue(2, "Raise walls", "Blocked by #1 and #99.\n\nDepends on: #3, #1"),
        issue(3, "Roof", None),
        issue(4, "Old", state="closed"),
        issue(5, "A change", pull_request={}),
    )
    done = here("beads", "import", file, "--prefix", "app")
    assert 0 == done.code
    assert "3 imported into .beads/issues.jsonl, 0 known already" in done.out
    assert "#2 is blocked by #99" in done.err
    found = beads(gastown)
    assert ["app-1", "app-2", "app-3"] == list(found)
    assert ("Lay the ground", "First.", "bug", 1, ("bug", "P1")) == (
        found["app-1"].title,
        found["app-1"].description,
        found["app-1"].issue_type,
        found["app-1"].priority,
        found["app-1"].labels,
    )
    assert ("app-1", "app-3") == found["app-2"].waits_for


def test_the_same_issues_again_change_nothing(here, gastown, issues):
    """Also when their text changed, and when the bead was closed meanwhile."""
    here("beads", "import", issues(issue(1), issue(2)), "--prefix", "app")
    file = gastown.root / ".beads/issues.jsonl"
    file.write_text(file.read_text().replace('"status": "open"', '"status": "closed"', 1))
    before = file.read_bytes()
    again = here("beads", "import", issues(issue(1, "Renamed"), issue(2)), "--prefix", "app")
    assert "0 imported into .beads/issues.jsonl, 2 known already" in again.out
    assert before == file.read_bytes()


def test_a_new_issue_waits_for_the_bead_of_an_old_one(here, gastown, issues):
    """Imports at different times make one graph; what stood in the file stays as it was."""
    here("beads", "import", issues(issue(1)), "--prefix", "app")
    before = (gastown.root / ".beads/issues.jsonl").read_text()
    here("beads", "import", issues(issue(1), issue(2, body="blocked by #1")), "--prefix", "app")
    assert (gastown.root / ".beads/issues.jsonl").read_text().startswith(before)
    assert ("app-1",) == beads(gastown)["app-2"].waits_for


def test_an_id_that_is_taken_is_not_taken_over(here, gastown, issues):
    """Beads made by hand may be counted the same way."""
    (gastown.root / "mine.jsonl").write_text('{"id": "app-1", "title": "By hand"}')
    here("beads", "import", issues(issue(1)), "--prefix", "app", "--into", "mine.jsonl")
    found = beads(gastown, "mine.jsonl")
    assert {"app-1": "By hand", "app-issue-1": "A title"} == {each.id: each.title for each in found.values()}


def test_labels_choose_and_a_dry_run_changes_nothing(here, gastown, issues):
    """All labels must be there."""
    file = issues(issue(1, labels=["agent"]), issue(2, labels=["agent", "ready"]))
    shown = here(
        "beads", "import", file, "--prefix", "app", "--label", "agent", "--label", "ready", "--dry-run"
    )
    assert ["app-2"] == [json.loads(line)["id"] for line in shown.out.splitlines()]
    assert not (gastown.root / ".beads").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[{"id": 1, "number": "one"}]', "number: a whole number was expected"),
        ("{}", "a list was expected"),
        ("[" * 5000, "not JSON"),
    ],
    ids=["wrong-type", "no-list", "no-json"],
)
def test_what_is_no_list_of_issues_is_refused(here, gastown, content, words):
    """With the field that is wrong, and nothing changed."""
    (gastown.root / "bad.json").write_text(content)
    done = here("beads", "import", "bad.json", "--prefix", "app")
    assert 3 == done.code
    assert words in done.error
    assert not (gastown.root / ".beads/issues.jsonl").exists()


def test_a_bead_file_of_another_form_is_left_alone(here, gastown, issues):
    """Lines can't be added to an array."""
    (gastown.root / "mine.json").write_text('[{"id": "app-1"}]')
    done = here("beads", "import", issues(issue(1)), "--prefix", "app", "--into", "mine.json")
    assert 3 == done.code
    assert "import adds lines" in done.error
    assert '[{"id": "app-1"}]' == (gastown.root / "mine.json").read_text()


def test_a_source_that_is_nothing_names_what_could_be(here):
    """A typing error is no traceback."""
    done = here("beads", "import", "guthub:acme/app", "--prefix", "app")
    assert 4 == done.code
    assert "KIND one of github, gitlab, gitea" in done.error
