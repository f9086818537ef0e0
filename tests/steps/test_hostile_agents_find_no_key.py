"""An agent that tries everything: no key of `main` ends in a ref, an output, a log or a file, and its work is on the server all the same.

The agent runs where the key is not mounted, as in a pod: in namespaces of its own. All else it shares with `main`, its home among it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ondisk import hostile

CANARY = "ghp_canary-4711-nobody-must-see-me"


@pytest.fixture
def key(town):
    """A mounted Secret, and the temporary folder of the containers that see it."""
    creds, private = town.root / "git-creds", town.root / "private"
    creds.mkdir()
    private.mkdir()
    apart = (
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--mount-proc",
        "mount",
        "-t",
        "tmpfs",
        "none",
        str(creds),
    )
    if os.geteuid() != 0 or subprocess.run(apart, capture_output=True, check=False).returncode:
        pytest.skip("hiding a key from an agent on one machine needs root and namespaces")
    (creds / "token").write_text(CANARY)
    (creds / "ssh-privatekey").write_text(f"{CANARY}\n")
    return {"GASTOWN_GIT_CREDENTIALS": str(creds), "TMPDIR": str(private)}


def run(town, key, ways):
    """A whole polecat, its agent in namespaces where the key is not. What both containers printed."""
    creds, private = key["GASTOWN_GIT_CREDENTIALS"], key["TMPDIR"]
    # The steps read the settings of the home that the agent can write.
    del town.environ["GIT_CONFIG_GLOBAL"]
    script = hostile.script(ways, creds=creds, home=town.environ["HOME"])
    town.script(script, push_interval=0)
    assert town.step("clone", **key).code == 0
    hide = f'mount -t tmpfs none "{creds}" && mount -t tmpfs none "{private}" && exec "$@"'
    apart = (
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--mount-proc",
        "--kill-child",
        "sh",
        "-c",
        hide,
        "apart",
    )
    launcher = town.start(*apart, "sh", str(town.workspace() / "run" / "launch"))
    publish = town.start(sys.executable, "-m", "workflows.steps", "publish", GASTOWN_SILENCE="4", **key)
    told = "".join(publish.communicate(timeout=90))
    launcher.kill()
    return told + "".join(launcher.communicate(timeout=60))


def places(town):
    """The files that hold the key, besides the mounted ones."""
    seen = []
    for directory, _, names in os.walk(town.root):
        for path in (Path(directory, name) for name in names):
            if path.is_file() and not path.is_symlink() and path.parent.name != "git-creds":
                seen += [str(path)] if CANARY.encode() in path.read_bytes() else []
    return seen


def stored(town):
    """All that the server has, whatever its kind."""
    names = town.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    done = subprocess.run(
        ("git", "cat-file", "--batch"), cwd=town.origin, input=names.encode(), capture_output=True, check=True
    )
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("ways", hostile.WAYS.values(), ids=hostile.WAYS)
def test_no_key_gets_out_and_no_work_is_lost(town, key, ways):
    """The key stays where it is mounted; what the agent had committed before it began is on the server."""
    told = run(town, key, ways)
    there = stored(town)
    assert (CANARY in told, CANARY.encode() in there, places(town)) == (False, False, [])
    assert b"precious gt-1\n" in there, told
