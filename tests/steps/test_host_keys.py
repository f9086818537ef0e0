"""The pinned host keys are those that the forges publish."""

import base64
import hashlib

import pytest

from workflows.steps.git.access import PINNED_HOSTS

PUBLISHED = {
    # docs.github.com: GitHub's SSH key fingerprints
    "github.com": "+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
    # docs.gitlab.com: GitLab.com settings, SSH host keys fingerprints
    "gitlab.com": "eUXGGm1YGsMAS7vkcx6JOJdOGHPem5gQp4taiCfCLB8",
    # support.atlassian.com: configure SSH, host key fingerprints
    "bitbucket.org": "ybgmFkzwOSotHTHLJgHO0QN8L0xErw6vd0VhFA9m3SM",
    # docs.codeberg.org: verifying you're connected to Codeberg using SSH fingerprints
    "codeberg.org": "mIlxA9k46MmM6qdJOdMnAQpzGxF4WIVVL+fj+wZbw0g",
}


def pinned():
    """Host and key of every line."""
    lines = [line.split() for line in PINNED_HOSTS.read_text().splitlines() if not line.startswith("#")]
    return {host: (kind, key) for host, kind, key in lines}


@pytest.mark.parametrize("host", PUBLISHED)
def test_a_pinned_key_has_the_published_fingerprint(host):
    """SHA-256 over the key, as ssh-keygen shows it."""
    kind, key = pinned()[host]
    digest = hashlib.sha256(base64.b64decode(key)).digest()
    assert (kind, base64.b64encode(digest).decode().rstrip("=")) == ("ssh-ed25519", PUBLISHED[host])


def test_no_other_host_is_pinned():
    """Every key that ships is checked above."""
    assert pinned().keys() == PUBLISHED.keys()
