import re
import shutil
import subprocess
import sys

import pytest

from kubectl_gt.cli.completion import kubectl_complete


def _kubectl(monkeypatch, capsys, *words):
    """What kubectl reads from `kubectl_complete-gt`."""
    monkeypatch.setattr(sys, "argv", ["kubectl_complete-gt", *words])
    capsys.readouterr()
    assert 0 == kubectl_complete()
    told = capsys.readouterr()
    assert "" == told.err
    *names, directive = told.out.splitlines()
    return [name.partition("\t")[0] for name in names], directive


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_the_shell_reads(here, shell):
    """For both names of the program."""
    ran = here("completion", shell)
    assert 0 == ran.code
    assert "_GASTOWN_COMPLETE" in ran.out
    assert "_KUBECTL_GT_COMPLETE" in ran.out
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=ran.out, check=True, text=True)


def test_powershell_asks_the_program_as_the_others_do(here):
    """Its script is our own, as click has none; both names of the program are completed."""
    ran = here("completion", "powershell")
    assert 0 == ran.code
    assert {"gastown", "kubectl-gt"} <= set(re.findall(r"[a-z-]+", ran.out))
    assert "Register-ArgumentCompleter" in ran.out
    if shutil.which("pwsh"):
        subprocess.run(["pwsh", "-NoProfile", "-Command", "-"], input=ran.out, check=True, text=True)


def test_an_unknown_shell_is_a_usage_error(here):
    """One line with the shells there are."""
    ran = here("completion", "tcsh")
    assert (2, True) == (ran.code, "'bash', 'zsh', 'fish'" in ran.error)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("",), {"rig", "sling", "convoy", "polecat"}),
        (("con",), {"convoy"}),
        (("convoy", "st"), {"status", "stop"}),
        (("convoy", "status", ""), {"build", "nux"}),
        (("rig", "status", "a"), {"app"}),
        (("polecat", "logs", "app/n"), {"app/nux"}),
        (("sling", "app-"), {"app-1", "app-2", "app-3", "app-4"}),
        (("sling", "app-1", "--theme", "m"), {"mad-max", "minerals"}),
        (("sling", "app-1", "app", "--agent", "cl"), {"claude-code"}),
        (("convoy", "create", "x", "app-1", "--merge", ""), {"merged", "published"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
@pytest.mark.usefixtures("look")
def test_kubectl_gets_names_and_cobras_directive(monkeypatch, capsys, words, wanted):
    """Kubectl runs `kubectl_complete-gt` and reads what a cobra program would print."""
    names, directive = _kubectl(monkeypatch, capsys, *words)
    assert wanted <= set(names)
    assert ":4" == directive


def test_a_broken_town_completes_nothing_and_says_nothing(tmp_path, monkeypatch, capsys):
    """A TAB must not scribble over the line that is being typed."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GASTOWN_LOCAL", "1")
    monkeypatch.setenv("GASTOWN_HOME", str(tmp_path / "file" / "town"))
    assert ([], ":4") == _kubectl(monkeypatch, capsys, "rig", "status", "")
