"""Where the rig asks for it, the merge closes its beads in the repository's file, in the same push; else the file stays as it is."""

import json

import pytest

WRITES = ["sh", "-c", 'echo x > "$GASTOWN_BEAD" && git add -A && git commit -qm x']
BEADS = [
    {"id": "ap-1", "title": "First", "status": "open"},
    {"id": "ap-2", "title": "Second", "status": "open"},
]


@pytest.mark.parametrize(("asked", "closed"), [(True, "closed"), (False, "open")])
def test_a_merged_bead_is_closed_where_that_was_asked_for(town, asked, closed):
    """The other one stays open, and no commit is added where nobody asked."""
    (town.seed / ".beads").mkdir()
    town.commit(".beads/issues.jsonl", "".join(f"{json.dumps(each)}\n" for each in BEADS))
    town.rig(writeBack=asked)
    before = town.git("rev-list", "--count", "main")
    town.convoy({}, WRITES, trackedBeads=["ap-1"])
    assert "Complete" == town.wait().phase, town.ends()
    found = [json.loads(line) for line in town.git("show", "main:.beads/issues.jsonl").splitlines()]
    assert [closed, "open"] == [each["status"] for each in found]
    assert int(before) + (2 if asked else 1) == int(town.git("rev-list", "--count", "main"))
    assert [] == town.queue().splitlines()
