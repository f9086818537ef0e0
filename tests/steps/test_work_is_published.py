"""Publish puts the agent's work on its branch and into the queue, in one transaction, and reads it back."""

import json
import sys

import pytest

from workflows import refs
from workflows.entries import Entry
from workflows.exits import Reason
from workflows.orders import AgentReport
from workflows.transcript.report import SUMMARY_BYTES

QUEUE = "refs/gastown/queue/main/gt-1"
WIP = "refs/gastown/wip/gt-1"
BRANCH = "refs/heads/polecat/gt-1"
COMMIT = "git add -A && git commit -q -m"


def kept(town):
    """The one ref under which work was put aside."""
    (ref,) = (ref for ref in town.refs() if ref.startswith("refs/gastown/kept/gt-1/"))
    assert ref in town.last_words()
    return ref


def entry(town, ref=QUEUE):
    """The entry as it stands in the repository."""
    return Entry.load(town.git("cat-file", "tag", ref).partition("\n\n")[2])


def test_commits_and_leftovers_are_published(town):
    """What the agent committed and what it forgot to commit both arrive, .gitignore respected."""
    town.script(
        f"echo 1 > a; echo '*.log' > .gitignore; {COMMIT} mine; echo 2 > b; echo 3 > c.log; rm README"
    )
    assert town.polecat().code == 0
    assert town.subjects("polecat/gt-1") == ["Do gt-1", "mine", "first"]
    assert town.git("ls-tree", "--name-only", "-r", "polecat/gt-1").split() == [".gitignore", "a", "b"]
    assert town.git("rev-parse", f"{QUEUE}^{{commit}}") == town.git("rev-parse", BRANCH)
    assert WIP not in town.refs()


def test_the_entry_tells_all_that_the_refinery_needs(town):
    """The queue lives in the repository: the tag's message is the whole entry."""
    town.bead(title='Say "{{hello}}"\n\U0001f600', priority=0)
    town.script("echo 1 > a")
    assert town.polecat().code == 0
    told = entry(town)
    assert (told.bead, told.task, told.convoy, told.priority) == ("gt-1", "gt-1", "cv", 0)
    assert (told.title, told.branch, told.base) == ('Say "{{hello}}"\n\U0001f600', "polecat/gt-1", "main")
    assert (told.created, told.rounds, told.retries, told.held) == ("2026-01-01T00:00:00Z", 0, 0, "")
    assert town.git("log", "-1", "--format=%s", "polecat/gt-1") == 'Say "{{hello}}" \U0001f600'


def test_outputs_tell_what_was_published(town):
    """One file for each output parameter, with the agent's own figures."""
    report = AgentReport(format="json", summary="result", cost="cost.usd", tokens=("usage.in", "usage.out"))
    last = json.dumps({"result": "All done", "cost": {"usd": 0.25}, "usage": {"in": 10, "out": 5}})
    script = f"echo 1 > a; {COMMIT} one; echo 2 > b; {COMMIT} two; echo chatter; echo '{last}'"
    town.script(script, agent={"report": report})
    assert town.polecat().code == 0
    names = ("branch", "sha", "base", "commits", "files", "reason", "summary", "tokens", "cost")
    sha = town.git("rev-parse", BRANCH)
    expected = [
        "polecat/gt-1",
        sha,
        town.git("rev-parse", "main"),
        "2",
        "2",
        "Completed",
        "All done",
        "15",
        "0.25",
    ]
    assert [town.output(name) for name in names] == expected


def test_the_entry_carries_what_the_agent_reports_of_itself(town):
    """For the merged commit: clean and bounded, of a report and not of stray lines; a cost that is none is left out."""
    report = AgentReport(format="json", summary="result", cost="usd")
    last = json.dumps({"result": "Did\x1b[2J it.\n" + "x" * 5000, "usd": 0.25})
    town.script(f"echo 1 > a; printf '%s\\n' '{last}'", agent={"report": report})
    assert town.polecat().code == 0
    told = entry(town)
    assert (told.summary[:9], told.cost) == ("Did it.\nx", "0.25")
    assert len(told.summary.encode()) <= SUMMARY_BYTES


def test_what_an_agent_happened_to_print_is_no_summary(town):
    """Its outputs show it; the history is spared."""
    town.script("echo 1 > a; echo 'Compiling [=>   ] 12/99'")
    assert town.polecat().code == 0
    assert (entry(town).summary, entry(town).cost) == ("", "")


def test_no_change_is_an_end_of_its_own(town):
    """An agent that commits nothing has a reason that no retry helps, and leaves nothing behind."""
    town.script("true")
    done = town.polecat()
    assert done.code == Reason.NO_CHANGES.value
    assert "the agent fake ended without a change" in town.last_words()
    assert set(town.refs()) == {"refs/heads/main"}


def test_work_of_an_earlier_attempt_is_work(town):
    """A second attempt that adds nothing publishes what the first one left on the branch."""
    town.commit("by the first attempt", {"a": "1\n"}, branch="polecat/gt-1")
    town.script("true")
    assert town.polecat().code == 0
    assert town.git("rev-parse", f"{QUEUE}^{{commit}}") == town.git("rev-parse", BRANCH)


def test_rewritten_history_is_refused(town):
    """The commits of an earlier attempt may not vanish: nothing is pushed over them, and the new ones are kept aside."""
    town.commit("by the first attempt", {"a": "1\n"}, branch="polecat/gt-1")
    before = town.git("rev-parse", BRANCH)
    town.script(f"git reset -q --hard HEAD~1; echo 2 > b; {COMMIT} other")
    done = town.polecat()
    assert done.code == Reason.REJECTED.value
    assert "rewrote the history of polecat/gt-1" in town.last_words()
    assert town.git("rev-parse", BRANCH) == before
    assert QUEUE not in town.refs()
    assert WIP not in town.refs()
    assert town.show(kept(town), "b") == "2"


def test_a_commit_on_a_detached_head_is_work(town):
    """Agents wander: what HEAD holds is what is published."""
    town.script(f"git checkout -q --detach; echo 1 > a; {COMMIT} detached")
    assert town.polecat().code == 0
    assert town.subjects("polecat/gt-1")[0] == "detached"


def test_a_commit_on_the_branch_counts_from_elsewhere(town):
    """An agent that went back to the base after committing has not lost its work."""
    town.script(f"echo 1 > a; {COMMIT} mine; git checkout -q origin/main")
    assert town.polecat().code == 0
    assert town.subjects("polecat/gt-1")[0] == "mine"


def test_a_repository_inside_the_work_tree_stays_out(town):
    """A clone that the agent made for itself is neither a broken link nor someone else's files in the commit."""
    town.script(
        "git init -q inner; git init -q empty; cd inner; echo 1 > x; git add x; git commit -q -m x; cd ..; echo 2 > a"
    )
    done = town.polecat()
    assert done.code == 0, done.err
    assert town.git("ls-tree", "--name-only", "-r", "polecat/gt-1").split() == ["README", "a"]
    assert "the repository inner is kept as refs/gastown/kept/gt-1/" in done.err


def test_hooks_and_settings_of_the_agent_are_not_run(town):
    """The container with the push key reads the agent's files and objects, and runs nothing that it planted."""
    planted = "\n".join(
        (
            "echo 1 > a",
            f"echo '#!/bin/sh\ntouch {town.root}/pwned' > .git/hooks/pre-push",
            "cp .git/hooks/pre-push .git/hooks/post-index-change",
            "chmod +x .git/hooks/pre-push .git/hooks/post-index-change",
            f"git config core.fsmonitor 'touch {town.root}/pwned'",
            f"git config core.sshCommand 'touch {town.root}/pwned'",
            f"git config filter.evil.clean 'touch {town.root}/pwned; cat'",
            "echo '* filter=evil' > .gitattributes",
        )
    )
    town.script(planted)
    town.step("clone")
    town.launch()
    (town.root / "pwned").unlink(missing_ok=True)
    assert town.step("publish").code == 0
    assert not (town.root / "pwned").exists()


def test_an_ended_agent_keeps_its_reason(town):
    """Publish exits with how the agent ended, after its progress was pushed."""
    town.script(f"echo 1 > a; {COMMIT} mine; echo 2 > b; echo broken; exit 22")
    done = town.polecat()
    assert done.code == Reason.BUDGET_EXCEEDED.value
    assert town.subjects("polecat/gt-1")[0] == "mine"
    assert town.show(WIP, "b") == "2"
    assert QUEUE not in town.refs()
    assert [town.output("reason"), town.output("commits")] == ["BudgetExceeded", "1"]


def test_refused_credentials_of_an_agent_are_no_end(town):
    """They are told apart from those of the repository, so that the bead waits for new ones and its work is kept."""
    town.script(f"echo 1 > a; {COMMIT} mine; exit 20")
    assert town.polecat().code == Reason.CREDENTIALS_EXPIRED.value
    assert town.subjects("polecat/gt-1")[0] == "mine"
    assert town.output("reason") == "CredentialsExpired"


def test_an_agent_that_calls_itself_failed_has_failed(town):
    """Some agents exit 0 with an error in their report."""
    report = AgentReport(format="json", summary="result", error="is_error")
    town.script(
        """echo 1 > a; echo '{"is_error": true, "result": "API unreachable"}'""", agent={"report": report}
    )
    assert town.polecat().code == Reason.FAILED.value
    assert "API unreachable" in town.last_words()


def test_published_work_is_not_done_again(town):
    """The same convoy finds its entry: the agent does not run, and publish agrees."""
    town.script("echo ran >> a")
    assert town.polecat().code == 0
    before = town.refs()
    town.script("echo ran again >> a")
    again = town.workspace()
    again.rename(again.with_name("lost"))
    assert town.polecat().code == 0
    assert town.refs() == before
    assert town.output("reason") == "Completed"
    assert "already published" in town.output("summary")


def test_another_convoy_works_the_bead_again(town):
    """An entry that an older convoy left is no answer to a new one; its work is where the new attempt starts."""
    town.script("echo one > a")
    assert town.polecat().code == 0
    published = str(entry(town).published)
    old = town.git("mktag", text=town.git("cat-file", "tag", QUEUE).replace(published, "1000000000") + "\n")
    town.git("update-ref", QUEUE, old)
    town.script("echo two > b", convoy="cv2")
    assert town.polecat().code == 0
    assert entry(town).convoy == "cv2"
    assert town.git("ls-tree", "--name-only", "-r", QUEUE).split() == ["README", "a", "b"]


def test_without_a_refinery_the_branch_is_the_end(town):
    """Publish only: no queue entry, a record that the bead is done, and no second run."""
    town.script("echo ran >> a", merge="none")
    assert town.polecat().code == 0
    sha = town.git("rev-parse", BRANCH)
    assert town.refs() == {
        "refs/heads/main": town.git("rev-parse", "main"),
        BRANCH: sha,
        "refs/gastown/published/cv/gt-1": sha,
        refs.settled("cv", town.train.identity, "gt-1"): sha,
    }
    town.workspace().rename(town.workspace("lost"))
    assert town.polecat().code == 0
    assert town.git("rev-parse", BRANCH) == sha


def test_a_branch_that_someone_else_moved_is_left_alone(town):
    """Compare-and-swap: a person's push to the work branch while the agent ran is never overwritten."""
    town.script("echo 1 > a")
    town.step("clone")
    town.launch()
    theirs = town.commit("by a person", {"z": "1\n"}, branch="polecat/gt-1")
    done = town.step("publish")
    assert done.code == Reason.REJECTED.value
    assert "was moved" in town.last_words()
    assert town.git("rev-parse", BRANCH) == theirs
    assert QUEUE not in town.refs()


def test_a_refused_push_has_the_servers_words(town):
    """A hook's or a forge's reason reaches the person who can act on it."""
    hook = town.origin / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'no polecats on Friday' >&2\nexit 1\n")
    hook.chmod(0o755)
    town.script("echo 1 > a")
    done = town.polecat()
    assert done.code == Reason.REJECTED.value
    assert "no polecats on Friday" in town.last_words()
    assert "pre-receive hook declined" in town.last_words()


def test_a_repository_that_is_away_is_waited_for(town):
    """The work exists only here until it is pushed: the push is tried again for a while."""
    town.script("echo 1 > a")
    town.step("clone")
    town.launch()
    town.origin.rename(town.root / "away")
    lent = town.workspace() / "private/private/main.git/objects/info/alternates"
    lent.write_text(f"{town.root}/away/objects\n")
    publish = town.start(sys.executable, "-m", "workflows.steps", "publish")
    assert "trying again" in publish.stderr.readline()
    lent.write_text(f"{town.origin}/objects\n")
    (town.root / "away").rename(town.origin)
    publish.communicate(timeout=60)
    assert publish.returncode == 0
    assert QUEUE in town.refs()


@pytest.mark.parametrize("patience", ["0", "0.1"])
def test_a_repository_that_stays_away_is_an_infrastructure_failure(town, patience):
    """After its patience publish gives up in a way that is retried."""
    town.script("echo 1 > a")
    town.step("clone")
    town.launch()
    town.orders(repository=str(town.root / "gone"))
    done = town.step("publish", GASTOWN_PATIENCE=patience)
    assert done.code == Reason.FAILED.value
    assert f"there is no repository at {town.root}/gone" in town.last_words()
