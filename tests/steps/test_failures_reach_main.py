"""A failure of a container before `main` is told by `main`, whose exit code is the only one that Argo sees."""

import subprocess

from workflows.exits import Reason


def test_a_clone_that_fails_lets_main_say_why(town):
    """Else Argo sees 64 and tries again what can never work."""
    town.git("update-ref", "-d", "refs/heads/main")

    assert town.step("--hand-on", "clone").code == 0
    assert town.step("publish").code == Reason.FAILED.value

    assert "main" in town.last_words()


def test_the_agent_does_not_start_after_a_clone_that_failed(town):
    """Its container finds a launcher that does nothing."""
    (town.tasks / "train.json").write_text("{")

    assert town.step("--hand-on", "clone").code == 0

    assert subprocess.run(["sh", town.workspace() / "run" / "launch"], check=False).returncode == 0
    assert not (town.workspace() / "run" / "ended").exists()


def test_a_second_run_of_the_pod_begins_anew(town):
    """What failed once may work the next time, in the same workspace."""
    whole = (town.tasks / "train.json").read_text()
    (town.tasks / "train.json").write_text("{")
    assert town.step("--hand-on", "clone").code == 0
    (town.tasks / "train.json").write_text(whole)

    assert town.step("--hand-on", "clone").code == 0

    assert not (town.workspace() / "run" / "failed").exists()
    assert (town.workspace() / "repo" / ".git").is_dir()
