import shutil

import pytest

from kubectl_gt.machine.doctor import version


def test_all_is_well_where_work_was_done(look):
    """A town that has merged has nothing to mend."""
    found = look("doctor")
    assert (0, "") == (found.code, found.err)
    assert all(line.startswith("✓") for line in found.out.splitlines())
    assert {"good"} == {each["health"] for each in look("doctor", "--json").json}


def test_each_fault_is_told_with_its_fix(here, gastown, monkeypatch):
    """The first failure is met here, not in the log of an agent."""
    assert 0 == here("rig", "create", "app", "--git-url", "origin.git", "--agent", "claude-code").code
    (gastown.root / "bin").mkdir()
    (gastown.root / "bin" / "git").symlink_to(shutil.which("git"))
    monkeypatch.setenv("PATH", str(gastown.root / "bin"))
    gastown.origin.rename(gastown.root / "moved.git")
    found = here("doctor")
    assert 1 == found.code
    lines = found.out.splitlines()
    assert any(line.startswith("✗ rig app: repository: ") and "origin.git" in line for line in lines)
    assert "✗ rig app: agent: claude-code: claude is not on PATH" in lines
    assert "    fix: install it, or name another with `gastown rig set app --agent NAME`" in lines
    assert any(line.startswith("? Claude Code's log-in: no ") for line in lines)


@pytest.mark.parametrize(
    ("words", "numbers"),
    [("git version 2.39.5", (2, 39)), ("git version 2.50.1 (Apple Git-155)", (2, 50)), ("", (0, 0))],
)
def test_versions_of_git_are_read(words, numbers):
    """Vendors add words of their own."""
    assert numbers == version(words)
