"""The way of a conflict: merge says so, an agent gets the files with the markers, publish holds it to its word."""

import pytest

from workflows.entries import Entry
from workflows.exits import Reason
from workflows.orders import AgentReport, TaskOrders
from workflows.steps.clone.handover import Handover
from workflows.steps.pod.ledger import State
from workflows.steps.pod.workspace import Workspace

QUEUE = "refs/gastown/queue/main/gt-1"
RESOLVED = "printf 'both\\n' > README"
COMMIT = "git add -A && git commit -q --no-edit"


def entry(town):
    """The entry as it stands in the repository."""
    return Entry.load(town.git("cat-file", "tag", QUEUE).partition("\n\n")[2])


@pytest.fixture
def conflict(town):
    """A published bead whose change conflicts with the target's."""
    town.script("printf 'mine\\n' > README")
    assert town.polecat().code == 0
    town.commit("meanwhile", {"README": "theirs\n", "other": "1\n"})
    assert town.step("merge").code == 0
    assert town.output("outcome") == "conflict"
    return town


def resolve(town, script):
    """Run the polecat that resolves, in a fresh pod."""
    town.workspace().rename(town.workspace(f"lost-{len(list((town.root / 'work').iterdir()))}"))
    town.script(script)
    return town.polecat(mode="resolve")


def test_who_resolves_adds_its_cost_and_leaves_the_summary(town):
    """The merged commit says what was done and what all of it cost."""
    agent = {"report": AgentReport(format="json", summary="result", cost="usd")}
    town.script('printf \'mine\\n\' > README; echo \'{"result": "Work", "usd": 0.5}\'', agent=agent)
    assert town.polecat().code == 0
    town.commit("meanwhile", {"README": "theirs\n"})
    assert town.step("merge").code == 0
    town.workspace().rename(town.workspace("lost"))
    town.script(f'{RESOLVED}; {COMMIT}; echo \'{{"result": "Resolved", "usd": 0.25}}\'', agent=agent)
    assert town.polecat(mode="resolve").code == 0
    assert (entry(town).summary, entry(town).cost) == ("Work", "0.75")


@pytest.mark.parametrize("depth", [0, 1], ids=["whole", "shallow"])
@pytest.mark.parametrize("script", [f"{RESOLVED}; {COMMIT}", RESOLVED], ids=["committed", "left uncommitted"])
def test_a_resolved_conflict_lands(conflict, script, depth):
    """The agent sees both sides; what it makes of them is published as a merge, and merges."""
    conflict.orders(repository=f"file://{conflict.origin}", depth=depth)
    train = conflict.train
    conflict.workspace().rename(conflict.workspace("lost"))
    conflict.script(f"cp README ../seen; {script}", repository=train.repository, depth=depth)
    done = conflict.polecat(mode="resolve")
    assert done.code == 0, done.err
    seen = (conflict.workspace() / "seen").read_text()
    assert [
        line
        for line in ("<<<<<<< HEAD", "mine", "theirs", ">>>>>>> origin/main")
        if line not in seen.splitlines()
    ] == []
    assert entry(conflict).rounds == 1
    assert conflict.step("merge").code == 0
    assert conflict.output("outcome") == "merged"
    assert [conflict.show("main", "README"), conflict.show("main", "other")] == ["both", "1"]
    assert conflict.git("rev-list", "--count", "main") == "3"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        pytest.param("true", "conflicts with main are left in README", id="did nothing"),
        pytest.param(COMMIT, "conflicts with main are left in README", id="committed the markers"),
        pytest.param("git merge --abort", "did not merge main into polecat/gt-1", id="gave up"),
    ],
)
def test_an_unresolved_conflict_goes_to_a_person(conflict, script, words):
    """Nothing half-merged is queued; the message says what is left and what to do."""
    before = conflict.refs()[QUEUE]
    done = resolve(conflict, script)
    assert done.code == Reason.CONFLICT.value
    assert words in conflict.last_words()
    assert conflict.refs()[QUEUE] == before


def test_a_deletion_nobody_decided_on_is_a_conflict(town):
    """One side deleted what the other changed: there are no markers to tell by."""
    town.script("rm README")
    town.polecat()
    town.commit("meanwhile", {"README": "changed\n"})
    assert resolve(town, "true").code == Reason.CONFLICT.value
    assert "left in README" in town.last_words()
    town.script("git rm -q README; git commit -q --no-edit")
    town.workspace().rename(town.workspace("again"))
    assert town.polecat(mode="resolve").code == 0


def test_a_resolution_is_not_done_twice(conflict):
    """The pod is retried after it had published: no agent runs, the rounds stay."""
    assert resolve(conflict, f"{RESOLVED}; {COMMIT}").code == 0
    before = conflict.refs()
    assert resolve(conflict, "echo again > again").code == 0
    assert conflict.refs() == before
    assert entry(conflict).rounds == 1


def test_what_was_committed_and_not_published_is_gone_on_with(conflict):
    """The attempt failed after its commit: the next one sees that, and what it leaves is published and merged."""
    failed = resolve(conflict, f"{RESOLVED}; {COMMIT}; exit 1")
    assert failed.code == Reason.FAILED.value
    assert entry(conflict).rounds == 0
    again = resolve(conflict, "cat > seen; git add -A; git commit -qm seen; true")
    assert again.code == 0, again.err
    assert entry(conflict).rounds == 1
    assert conflict.step("merge").code == 0
    assert conflict.output("outcome") == "merged"
    assert conflict.show("main", "README") == "both"


def test_what_only_a_work_tree_merges_goes_to_a_person_in_the_end(town):
    """By attributes of its own a bead would take both sides of any conflict: the target's count, and the rounds do."""
    town.script("printf 'README merge=union\n' > .gitattributes; printf 'mine\n' > README")
    assert town.polecat().code == 0
    town.commit("meanwhile", {"README": "theirs\n"})
    for _ in range(2):
        assert town.step("merge").code == 0
        assert town.output("outcome") == "conflict"
        assert resolve(town, "echo never > never").code == 0
    assert town.step("merge").code == Reason.CONFLICT.value
    assert entry(town).rounds == 2


@pytest.mark.parametrize(
    ("attributes", "file"),
    [
        pytest.param({".gitattributes": "*.log merge=union\n"}, "log/a.log", id="of the root"),
        pytest.param({"log/.gitattributes": "*.log merge=union\n"}, "log/a.log", id="of its folder"),
        pytest.param({"log/.gitattributes": "/a.log merge=union\n"}, "log/a.log", id="anchored"),
        pytest.param({"log/.gitattributes": "*.log merge=union\n"}, "log/b/c/a.log", id="of a folder above"),
    ],
)
def test_attributes_of_the_target_say_how_files_merge(town, attributes, file):
    """Such as `merge=union`, by which both sides of a log are kept: no agent is asked."""
    town.commit("attributes", {**attributes, file: "one\n"})
    town.script(f"echo mine >> {file}")
    assert town.polecat().code == 0
    town.commit("meanwhile", {file: "one\ntheirs\n"})
    assert town.step("merge").code == 0
    assert town.output("outcome") == "merged"
    assert sorted(town.show("main", file).split()) == ["mine", "one", "theirs"]


def test_attributes_of_another_folder_do_not_count(town):
    """Those that lie beside it."""
    town.commit("attributes", {"other/.gitattributes": "*.log merge=union\n", "log/a.log": "one\n"})
    town.script("echo mine >> log/a.log")
    assert town.polecat().code == 0
    town.commit("meanwhile", {"log/a.log": "one\ntheirs\n"})
    assert town.step("merge").code == 0
    assert town.output("outcome") == "conflict"


def test_rounds_add_up(conflict):
    """Each resolution that meets a new conflict counts, until a person is asked."""
    assert resolve(conflict, f"{RESOLVED}; {COMMIT}").code == 0
    conflict.commit("again", {"README": "theirs again\n"})
    assert resolve(conflict, f"printf 'all\\n' > README; {COMMIT}").code == 0
    assert entry(conflict).rounds == 2
    conflict.commit("and again", {"README": "theirs for good\n"})
    assert conflict.step("merge").code == Reason.CONFLICT.value


def test_a_branch_that_someone_deleted_is_still_in_the_queue(conflict):
    """The entry pins the work: it is resolved from there."""
    conflict.git("update-ref", "-d", "refs/heads/polecat/gt-1")
    assert resolve(conflict, f"{RESOLVED}; {COMMIT}").code == 0
    assert conflict.step("merge").code == 0
    assert conflict.show("main", "README") == "both"


def test_nothing_to_resolve_is_told(town):
    """A resolve without any work is an error that names the next step."""
    assert town.step("clone", mode="resolve").code == Reason.FAILED.value
    assert "there is no conflict to resolve" in town.last_words()


def test_the_agent_is_told_of_the_conflict(town):
    """Else it would do the task again, in files full of markers."""
    town.hand_over()
    state = State(
        task="gt-1", bead="gt-1", convoy="cv", mode="resolve", branch="polecat/gt-1", base="main",
        base_sha="", start_sha="", conflicts=("src/a file.py",),
    )  # fmt: skip
    Handover(Workspace(town.workspace()), town.train, TaskOrders.load(town.tasks, "gt-1"), state).lay()

    prompt = (town.workspace() / "run" / "prompt.md").read_text()
    assert prompt.index("- src/a file.py") < prompt.index("Work on gt-1.")


def test_login_files_reach_the_agents_home(town, tmp_path):
    """A Secret's files, and not the directories by which Kubernetes swaps them."""
    secret = tmp_path / "model-creds"
    (secret / "..data").mkdir(parents=True)
    (secret / ".credentials.json").write_text("{}")
    home = tmp_path / "agents-home"
    home.mkdir()
    town.script('cp "$HOME/.claude/.credentials.json" ../seen')
    town.hand_over()

    ended = town.launch(HOME=str(home), GASTOWN_MODEL_CREDENTIALS=str(secret))

    assert "Completed" == ended["reason"]
    assert [".credentials.json"] == [path.name for path in (home / ".claude").iterdir()]


def test_settings_reach_the_agents_home(town, tmp_path):
    """A ConfigMap's keys, in which `__` stands for the slash that a key can't hold."""
    settings = tmp_path / "agent-files"
    (settings / "..data").mkdir(parents=True)
    (settings / ".claude__skills__house.md").write_text("Be brief.")
    (settings / "top.toml").write_text("")
    home = tmp_path / "agents-home"
    home.mkdir()
    town.script('cp "$HOME/.claude/skills/house.md" ../seen')
    town.hand_over()

    ended = town.launch(HOME=str(home), GASTOWN_AGENT_FILES=str(settings))

    assert "Completed" == ended["reason"]
    assert [".claude", "top.toml"] == sorted(path.name for path in home.iterdir())


def test_what_was_synced_besides_reaches_the_agents_home(town, tmp_path):
    """Each file at the place that the index names, a program as one, and nothing outside of it."""
    secret = tmp_path / "model-creds"
    secret.mkdir()
    (secret / "with.index").write_text("x with.0 hooks/a check.sh\n- with.1 CLAUDE.md\n- with.1 ../../evil\n")
    (secret / "with.0").write_text("#!/bin/sh\n")
    (secret / "with.1").write_text("Be brief.")
    home = tmp_path / "agents-home"
    home.mkdir()
    town.script('"$HOME/.claude/hooks/a check.sh" && cat "$HOME/.claude/CLAUDE.md" > ../seen')
    town.hand_over()

    ended = town.launch(HOME=str(home), GASTOWN_MODEL_CREDENTIALS=str(secret))

    assert "Completed" == ended["reason"]
    assert ["CLAUDE.md", "hooks"] == sorted(path.name for path in (home / ".claude").iterdir())
    assert not [*tmp_path.rglob("evil")]
