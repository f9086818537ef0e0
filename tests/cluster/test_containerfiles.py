"""The images that users build are of the same make as those that the cluster's tests run."""

import json
import re

import pytest
from harness import folders
from harness.agents import NPM
from harness.rootfs import PACKAGES, PASSWD

from workflows.compile import CompileSettings

IMAGES = folders.PROJECT / "images"


@pytest.mark.parametrize("name", ["steps", "polecat-agent"])
def test_an_image_runs_as_the_user_of_compiled_pods(name: str) -> None:
    """A number with a name, because ssh asks for one; the same number in the files, the settings and the tests."""
    user = CompileSettings().user_id
    text = (IMAGES / name / "Containerfile").read_text(encoding="utf-8")
    assert (True, True) == (f"USER {user}:{user}" in text, f"--uid {user} " in text)
    assert PASSWD.startswith(f"polecat:x:{user}:{user}:")


def test_the_steps_image_has_what_the_tested_one_has() -> None:
    """git, ssh and certificates; the tested one has more, but no step may need it."""
    text = (IMAGES / "steps" / "Containerfile").read_text(encoding="utf-8")
    installed = re.search(r"--no-install-recommends (.+?) \\", text)
    assert installed is not None
    assert {"ca-certificates", "git", "openssh-client"} == set(installed[1].split()) & set(PACKAGES)


def test_the_adapters_image_is_the_lock_and_the_wheel() -> None:
    """As the tested one: what the lock names, by hash, then this package, under the number that the chart gives."""
    text = (IMAGES / "adapter" / "Containerfile").read_text(encoding="utf-8")
    user = CompileSettings().user_id
    assert "pip install --no-cache-dir --no-deps --require-hashes --requirement /tmp/runtime.txt" in text
    assert (True, True) == (f"USER {user}:{user}" in text, 'ENTRYPOINT ["gastown-adapter"]' in text)


def test_the_agents_image_has_the_tested_claude_code() -> None:
    """One version, pinned in the lock that the tests install from."""
    version = json.loads((NPM / "package.json").read_text(encoding="utf-8"))["dependencies"]
    text = (IMAGES / "polecat-agent" / "Containerfile").read_text(encoding="utf-8")
    assert re.findall(r"@anthropic-ai/claude-code@(\S+)", text) == list(version.values())
