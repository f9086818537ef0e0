"""While the agent runs, what it has made so far is on the remote; the next attempt goes on from there."""

import os
import shutil
import signal
import sys

import psutil
import pytest

from workflows.steps.errors import STOPPED_CODE

WIP = "refs/gastown/wip/gt-1"
BRANCH = "refs/heads/polecat/gt-1"
COMMIT = "git add -A && git commit -q -m"
STEP = (sys.executable, "-m", "workflows.steps")


class Polecat:
    """A pod whose agent works until the test lets it go."""

    def __init__(self, town, script):
        self.town = town
        self.go = town.root / "go"
        town.script(
            f"{script}; touch {town.root}/up; while ! [ -e {self.go} ]; do sleep 0.05; done", push_interval=0
        )
        assert town.step("clone").code == 0
        self.launcher = town.start("sh", str(town.workspace() / "run" / "launch"))
        self.publish = town.start(*STEP, "publish", GASTOWN_SILENCE="3")

    def agent(self):
        """The agent's process."""
        return int((self.town.workspace() / "run" / "agent.pid").read_text())

    def end(self):
        """Let the agent go, and take how publish ended."""
        self.go.touch()
        self.launcher.communicate(timeout=60)
        self.publish.communicate(timeout=60)
        return self.publish.returncode


def _pushes(pid):
    """Whether git runs below a process; a child may end while it is asked."""
    try:
        return any(child.name() == "git" for child in psutil.Process(pid).children())
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def polecat(town):
    """Start a polecat; it is gone when the test ends."""
    started = []

    def start(script):
        started.append(Polecat(town, script))
        return started[-1]

    yield start
    for each in started:
        each.go.touch()
        for process in (each.launcher, each.publish):
            if process.poll() is None:
                process.kill()
            # First its end is taken: what it started watches for that, and holds its output.
            process.wait()
            process.communicate()


def test_commits_and_files_are_pushed_while_the_agent_runs(town, polecat, until):
    """Commits go to the work branch, uncommitted files beside it; the agent's index is not touched."""
    running = polecat(f"echo 1 > a; {COMMIT} mine; echo 2 > b; git add b; echo 3 > c")
    until(lambda: {WIP, BRANCH} <= set(town.refs()))
    assert town.subjects("polecat/gt-1")[0] == "mine"
    until(lambda: town.git("ls-tree", "--name-only", WIP).split() == ["README", "a", "b", "c"])
    assert town.git("status", "--porcelain", cwd=town.workspace() / "repo") == "A  b\n?? c"
    assert running.end() == 0
    assert WIP not in town.refs()


def test_an_amended_commit_is_no_rewritten_history(town, polecat, until):
    """What we pushed as progress is the agent's to amend, until it is done."""
    running = polecat(
        f"echo 1 > a; {COMMIT} mine; while ! [ -e {town.root}/amend ]; do sleep 0.05; done; git commit -q --amend -m better"
    )
    until(lambda: BRANCH in town.refs())
    (town.root / "amend").touch()
    assert running.end() == 0
    assert town.subjects("polecat/gt-1") == ["better", "first"]


def test_sigterm_saves_the_work(town, polecat, until):
    """A deleted pod pushes what there is, and exits in a way that is retried."""
    running = polecat("echo 1 > early")
    until(lambda: WIP in town.refs())
    (town.workspace() / "repo" / "late").write_text("just in time")
    running.publish.send_signal(signal.SIGTERM)
    running.publish.communicate(timeout=60)
    assert running.publish.returncode == STOPPED_CODE
    assert town.show(WIP, "late") == "just in time"


def test_the_last_push_is_tried_again(town, polecat, until):
    """The repository is away just when the pod is told to stop: the work is saved once it is back."""
    running = polecat("echo 1 > early")
    until(lambda: WIP in town.refs())
    # The push is over, not only in the repository.
    until(lambda: not _pushes(running.publish.pid))
    away = town.origin.rename(town.origin.with_name("away.git"))
    (town.workspace() / "repo" / "late").write_text("just in time")
    running.publish.send_signal(signal.SIGTERM)
    for _ in range(3):  # one may be from before the signal
        assert any("trying again" in line for line in running.publish.stderr)
    away.rename(town.origin)
    running.publish.communicate(timeout=60)
    assert running.publish.returncode == STOPPED_CODE
    assert town.show(WIP, "late") == "just in time"


def test_files_that_fit_no_more_are_kept(town, polecat, until):
    """An earlier attempt was lost with a history of its own; the files that the next one saves take the ref of its files."""
    running = polecat("git checkout -q --orphan other; git commit -q -m other; echo 42 > answer")
    until(lambda: WIP in town.refs() and "answer" in town.git("ls-tree", "--name-only", WIP))
    agent = running.agent()
    for each in (running.publish, running.launcher):
        each.kill()
    os.killpg(agent, signal.SIGKILL)
    shutil.rmtree(town.workspace())
    again = polecat("echo 1 > own")
    until(lambda: WIP in town.refs() and "own" in town.git("ls-tree", "--name-only", WIP))
    assert again.end() == 0
    (ref,) = (each for each in town.refs() if each.startswith("refs/gastown/kept/gt-1/"))
    assert town.show(ref, "answer") == "42"


def test_a_lost_launcher_is_an_infrastructure_failure(town, polecat, until):
    """No heartbeat, no agent: what there is gets pushed, and another pod tries."""
    running = polecat("echo 1 > a")
    until((town.root / "up").exists)
    agent = running.agent()
    running.launcher.kill()
    running.launcher.wait()
    os.killpg(agent, signal.SIGKILL)
    running.publish.communicate(timeout=60)
    assert running.publish.returncode == 1
    assert "launcher went silent" in town.last_words()
    assert town.show(WIP, "a") == "1"


def test_what_a_lost_launcher_leaves_elsewhere_is_named(town, polecat, until):
    """The other pod has no such work tree, and the log goes with this one."""
    running = polecat("git worktree add -q --detach ../one; echo 42 > ../one/answer")
    until((town.root / "up").exists)
    agent = running.agent()
    running.launcher.kill()
    running.launcher.wait()
    os.killpg(agent, signal.SIGKILL)
    running.publish.communicate(timeout=60)
    (ref,) = (each for each in town.refs() if each.startswith("refs/gastown/kept/gt-1/"))
    assert town.show(ref, "answer") == "42"
    assert f"what is uncommitted in the work tree one is kept as {ref}" in town.last_words()


def test_a_launcher_that_never_starts_is_an_infrastructure_failure(town):
    """A pod whose agent's image cannot be pulled does not wait for ever."""
    town.script("true")
    town.step("clone")
    assert town.step("publish", GASTOWN_SILENCE="0.05").code == 1
    assert "never started" in town.last_words()


@pytest.mark.parametrize("committed", [True, False], ids=["with commits", "files only"])
def test_the_next_attempt_has_the_files_again(town, committed):
    """Uncommitted files come back as uncommitted files, deletions too."""
    first = f"echo 1 > a; {COMMIT} mine; " if committed else ""
    town.script(f"{first}echo 2 > b; rm README; exit 1")
    assert town.polecat().code == 1
    town.commit("meanwhile", {"other": "1\n"})
    town.workspace().rename(town.workspace("lost"))
    town.script("git status --porcelain > ../status")
    assert town.polecat().code == 0
    assert (town.workspace() / "status").read_text() == " D README\n?? b\n"
    expected = ["a", "b"] if committed else ["b"]
    assert town.git("ls-tree", "--name-only", "polecat/gt-1").split() == expected
    assert WIP not in town.refs()


def test_files_of_another_history_are_kept_and_not_applied(town):
    """A snapshot that does not belong to the branch any more is kept, not applied."""
    town.script(f"echo 1 > a; {COMMIT} mine; echo 2 > b; exit 1")
    town.polecat()
    town.workspace().rename(town.workspace("lost"))
    town.git("update-ref", BRANCH, "main")
    done = town.step("clone")
    assert done.code == 0
    assert "is kept as refs/gastown/kept/gt-1/" in done.err
    assert not (town.workspace() / "repo" / "b").exists()
    assert town.show(WIP, "b") == "2"
