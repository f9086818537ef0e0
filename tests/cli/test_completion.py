import shutil
import subprocess
import sys

import pytest

KUBECTL = "import sys; from kubectl_gt.completion import kubectl_complete; sys.exit(kubectl_complete())"


def _kubectl(worked, *words):
    done = subprocess.run(
        [sys.executable, "-c", KUBECTL, *words],
        capture_output=True,
        check=True,
        env=worked.environ,
        text=True,
    )
    assert "" == done.stderr
    *names, directive = done.stdout.splitlines()
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
def test_kubectl_gets_names_and_cobras_directive(worked, words, wanted):
    """Kubectl runs `kubectl_complete-gt` and reads what a cobra program would print."""
    names, directive = _kubectl(worked, *words)
    assert wanted <= set(names)
    assert ":4" == directive


def test_a_broken_town_completes_nothing_and_says_nothing(worked, tmp_path):
    """A TAB must not scribble over the line that is being typed."""
    (tmp_path / "file").write_text("")
    broken = type("Town", (), {"environ": worked.environ | {"GASTOWN_HOME": str(tmp_path / "file" / "town")}})
    assert ([], ":4") == _kubectl(broken, "rig", "status", "")
