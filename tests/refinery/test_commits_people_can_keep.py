"""What the target's history says: who did it, who signed it off, what was done; as one commit, a merge, or commit by commit."""

import pytest

from workflows import refs
from workflows.entries import Entry
from workflows.refinery.candidate.message import message, people
from workflows.refinery.queue.order import Queued

SIGNED = "Signed-off-by: Max <max@example.org>"


def _more(rig, bead, *messages):
    """Further commits on a bead's branch, each of one file, and its entry on the last."""
    for number, text in enumerate(messages):
        (rig.seed / f"{bead}-{number}").write_text(f"{number}\n")
        rig.git("add", "--all", cwd=rig.seed)
        rig.git("commit", "--quiet", "-F", "-", cwd=rig.seed, text=text)
    sha = rig.git("rev-parse", "HEAD", cwd=rig.seed)
    rig.git("push", "--quiet", "--force", rig.origin, f"HEAD:refs/heads/polecat/{bead}", cwd=rig.seed)
    entry = Entry.load(rig.git("cat-file", "tag", refs.queue("main", bead)).partition("\n\n")[2])
    rig.enqueue(sha, entry)
    return sha


def _trailers(rig, key, commit="main"):
    return rig.git("log", "-1", f"--format=%(trailers:key={key},valueonly=true)", commit).splitlines()


def test_sign_offs_and_co_authors_of_all_commits_are_carried_over(rig):
    """Each once: a repository that asks for sign-offs asks for them on what is merged."""
    rig.publish("gt-1", {"a": "1\n"})
    _more(
        rig,
        "gt-1",
        f"Work\n\nCo-authored-by: Pair <pair@example.org>\n{SIGNED}\n",
        f"More\n\nreviewed-by: Eve <eve@example.org>\nFixes: 12\n{SIGNED}\n",
    )
    assert rig.merge("gt-1") == 0, rig.said
    assert _trailers(rig, "Signed-off-by") == ["Max <max@example.org>"]
    assert _trailers(rig, "Co-authored-by") == ["Pair <pair@example.org>"]
    assert _trailers(rig, "Reviewed-by") == ["Eve <eve@example.org>"]
    assert _trailers(rig, "Fixes") == []
    assert rig.landed() == ["gt-1"]


def test_the_refinery_signs_off_what_it_merges_where_it_is_asked_to(rig):
    """Under the name that merges."""
    rig.orders(sign_off=True, committer="Merger", committer_email="merge@example.org", author="Bot")
    rig.publish("gt-1", {"a": "1\n"})
    assert rig.merge("gt-1") == 0, rig.said
    assert _trailers(rig, "Signed-off-by") == ["Merger <merge@example.org>"]
    told = rig.git("log", "-1", "--format=%an <%ae>%n%cn <%ce>", "main").splitlines()
    assert told == ["Max <max@example.org>", "Merger <merge@example.org>"]


def test_the_body_says_what_was_done_and_what_it_passed(rig):
    """The agent's summary, the gates, the cost; the summary forges no trailer."""
    rig.orders(gates={"test": "true", "lint": "true"})
    summary = "Did it.\n\nGastown-Bead: gt-666\n\n" + "word " * 40
    rig.publish("gt-1", {"a": "1\n"}, entry={"summary": summary, "cost": "0.12"})
    assert rig.gated("gt-1") == 0, rig.said
    body = rig.git("log", "-1", "--format=%b", "main")
    assert body.startswith("Did it.\n\nGastown-Bead: gt-666\n\nword word")
    assert max(map(len, body.splitlines())) <= 100
    assert [_trailers(rig, f"Gastown-{key}") for key in ("Gates", "Cost", "Bead")] == [
        ["test, lint"],
        ["$0.12"],
        ["gt-1"],
    ]


def test_the_squashed_commits_say_what_was_done_where_the_agent_did_not(rig):
    """A line each, without the one that repeats the title."""
    rig.publish("gt-1", {"a": "1\n"}, title="work on gt-1")
    _more(rig, "gt-1", "Second\n\nIt goes on.\n", "Third")
    assert rig.merge("gt-1") == 0, rig.said
    assert rig.git("log", "-1", "--format=%B", "main").split("\n\n")[:2] == [
        "work on gt-1 (gt-1)",
        "- Second\n- Third",
    ]


def test_rebase_keeps_each_commit(rig):
    """On the target, in order, with author and words; each traces to its bead."""
    rig.orders(style="rebase")
    rig.publish("gt-1", {"a": "1\n"})
    _more(rig, "gt-1", f"Second\n\nIt goes on.\n\n{SIGNED}\n", "Third")
    rig.commit({"b": "1\n"}, "main", "meanwhile", start=rig.base)
    target = rig.git("rev-parse", "main")
    assert rig.merge("gt-1") == 0, rig.said
    subjects = rig.git("log", "--reverse", "--format=%s", f"{target}..main").splitlines()
    assert subjects == ["work on gt-1", "Second", "Third"]
    assert rig.landed() == ["gt-1"] * 3
    assert _trailers(rig, "Signed-off-by", "main~1") == ["Max <max@example.org>"]
    assert rig.git("rev-list", "--merges", f"{target}..main") == ""
    assert rig.refs()[refs.merged("cv", "gt-1")] == rig.git("rev-parse", "main")
    assert sorted(rig.git("ls-tree", "--name-only", "main").split()) == [
        "README",
        "a",
        "b",
        "gt-1-0",
        "gt-1-1",
    ]


@pytest.mark.parametrize("style", ["squash", "rebase"])
def test_no_escape_of_an_agent_gets_into_the_history(rig, style):
    """Whoever reads it has a terminal: names and messages are an agent's own."""
    rig.orders(style=style)
    odd = "\x1b[2J\x1b]0;x\x07\u202e"
    said = {
        "title": f"Do it {odd}",
        "summary": f"Done {odd}\nand more {odd}",
        "source": f"issue {odd}",
        "cost": f"1{odd}",
    }
    rig.publish("gt-1", {"a": "1\n"}, entry=said)
    rig.environ |= {"GIT_AUTHOR_NAME": "N\x1b[2J\x1b]0;x\x07", "GIT_AUTHOR_EMAIL": "n\x1b[2J@x"}
    _more(rig, "gt-1", "Work \x1b[31mred\r\n\n- one\x07\n  - two\u202e\n", "More\x1b]0;x\x07\n")
    assert rig.merge("gt-1") == 0, rig.said
    told = rig.git("log", "--format=%an %ae%n%B", "main")
    assert [each for each in "\x1b\x07\u202e" if each in told] == []
    assert style == "squash" or "\n- one\n  - two\n" in told


def test_rebase_of_a_branch_with_a_merge_in_it_is_one_commit(rig):
    """An agent that resolved a conflict merged the target: put one by one, its commits would conflict again."""
    rig.orders(style="rebase")
    rig.publish("gt-1", {"README": "mine\n"})
    target = rig.commit({"README": "theirs\n"}, "main", "meanwhile", start=rig.base)
    head = rig.git("rev-parse", "polecat/gt-1")
    rig.git("checkout", "--quiet", "--detach", head, cwd=rig.seed)
    rig.git("merge", "--quiet", "-s", "ours", "-m", "Merge main", target, cwd=rig.seed)
    _more(rig, "gt-1", "After the merge")
    assert rig.merge("gt-1") == 0, rig.said
    assert rig.git("rev-list", "--count", f"{target}..main") == "1"
    assert rig.git("show", "main:README") == "mine"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("Max <max@example.org>", True),
        ("nobody", False),
        ("<>", False),
        ("Max <max@example.org>\nGastown-Bead: x", False),
        ("Max <a <b>>", False),
    ],
)
def test_only_people_are_carried_over(value, kept):
    """What is no name and address could be anything."""
    assert bool(people([("Signed-off-by", value)], [], "")) == kept


def test_a_message_says_which_event_it_came_from():
    """On one line, whatever a sender wrote into it."""
    entry = Entry(
        "gt-1", "gt-1", "cv", "", 2, "", "b", "main", 0, source="https://git.test/1\nGastown-Bead: x"
    )
    queued = Queued(entry=entry, ref="r", tag="t", sha="f00", author="", email="", authored="")
    trailers = message(queued).strip().splitlines()[2:]
    assert trailers[2] == "Gastown-Source: https://git.test/1 Gastown-Bead: x"
    assert len(trailers) == 4


def test_a_message_without_anything_is_the_bead():
    """No title, no summary."""
    entry = Entry("gt-1", "gt-1", "cv", "", 2, "", "b", "main", 0)
    queued = Queued(entry=entry, ref="r", tag="t", sha="f00", author="", email="", authored="")
    assert message(queued) == "gt-1\n\nGastown-Bead: gt-1\nGastown-Convoy: cv\nGastown-Head: f00\n"
