"""What the refinery commits is signed where the rig has a key for it; only the container that pushes does it."""

import subprocess

import pytest

from workflows.exits import Reason


@pytest.fixture
def key(rig):
    """A key without a passphrase, as a Secret is mounted: readable by the group."""
    file = rig.root / "signing" / "ssh-privatekey"
    file.parent.mkdir()
    subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file), check=True)
    file.chmod(0o440)
    public = file.with_suffix(".pub").read_text()
    signers = rig.root / "signers"
    signers.write_text(f"refinery@example.org {public}")
    rig.git("config", "gpg.ssh.allowedSignersFile", signers)
    return str(file)


def signed(rig, *commits):
    """Whether git finds a good signature on each."""
    told = [rig.git("log", "-1", "--format=%G?", commit) for commit in commits]
    return [each == "G" for each in told]


def test_a_merge_is_signed_by_who_pushes_it(rig, key):
    """Gates judge the same tree without the key."""
    rig.orders(gates={"unit": "true"}, sign=True)
    rig.publish("gt-1", {"a": "1\n"})
    assert rig.merge("gt-1", "prepare") == 0, rig.said
    assert rig.merge("gt-1", "gates") == 0, rig.said
    assert rig.merge("gt-1", "push", GASTOWN_SIGNING_KEY=key) == 0, rig.said
    assert signed(rig, "main", "main~1") == [True, False]


@pytest.mark.parametrize("style", ["merge", "rebase"])
def test_every_style_and_the_commit_that_closes_beads_are_signed(rig, key, style):
    """Two commits of one bead, and the closing one."""
    bead = '{"id": "gt-1", "title": "t", "status": "open"}\n'
    rig.base = rig.commit({".beads/issues.jsonl": bead}, "main", "beads", start=rig.base)
    rig.orders(sign=True, style=style, beads=".beads/issues.jsonl")
    rig.publish("gt-1", {"a": "1\n"})
    assert rig.merge("gt-1", GASTOWN_SIGNING_KEY=key) == 0, rig.said
    assert signed(rig, "main", "main~1", rig.base) == [True, True, False]


def test_without_the_key_nothing_is_merged(rig):
    """Nobody who asked for signatures wants a commit without one."""
    rig.orders(sign=True)
    rig.publish("gt-1", {"a": "1\n"})
    assert rig.merge("gt-1") == Reason.AUTH_FAILED.value
    assert "commits.signingKeySecretRef" in rig.last_words()
    assert rig.landed() == []
