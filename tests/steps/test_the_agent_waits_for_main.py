"""An agent works only while somebody would save what it does."""

import sys
import time

from workflows.exits import Reason


def test_the_agent_starts_once_main_watches(town):
    """A pod that is deleted before that would lose the agent's first commit."""
    town.script("touch ../agent-ran")
    town.hand_over()
    run = town.workspace() / "run"
    (run / "guarded").unlink()
    launcher = town.start("sh", str(run / "launch"))
    _until((run / "heartbeat").exists)
    began = time.monotonic()
    while time.monotonic() - began < 0.3:
        assert not (town.workspace() / "agent-ran").exists()

    (run / "guarded").touch()

    town.listen(launcher)
    assert launcher.wait(timeout=60) == 0
    launcher.communicate()
    assert (town.workspace() / "agent-ran").exists()


def test_main_gives_the_sign(town):
    """Clone takes back an old one, publish gives a new one."""
    town.script("echo work > file && git add file && git commit --quiet --message work")
    guarded = town.workspace() / "run" / "guarded"
    assert town.step("clone").code == 0
    guarded.touch()
    assert town.step("clone").code == 0
    assert not guarded.exists()
    publish = town.start(sys.executable, "-P", "-m", "workflows.steps", "publish")
    _until(guarded.exists)

    town.launch()

    assert publish.wait(timeout=60) == Reason.COMPLETED.value
    publish.communicate()


def _until(holds):
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)
