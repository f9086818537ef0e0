"""Payloads that forges' own clients and others publish: fetched as pinned packages, cached, and nowhere in this repository."""

import functools
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness import folders
from harness.build import module_folder
from harness.errors import BuildFailed, Missing
from harness.families import Family

NPM = folders.TESTS / "npm" / "payloads"
OTHERS = "github.com/go-playground/webhooks/v6"
GITLAB = "gitlab.com/gitlab-org/api/client-go"
_MODULES = Family("payloads", OTHERS, {})


@functools.cache
def module(name: str) -> Path:
    """The payloads of a Go module. Raises Missing where it can't be had."""
    if shutil.which("go") is None:
        raise Missing("install Go")
    try:
        return module_folder(_MODULES, name) / "testdata"
    except BuildFailed as failed:
        raise Missing(str(failed)) from failed


def github() -> Iterator[tuple[str, Any]]:
    """Each example of GitHub's, under its event's name. Raises Missing where they can't be had."""
    index = _installed() / "@octokit" / "webhooks-examples" / "api.github.com" / "index.json"
    for event in json.loads(index.read_text(encoding="utf-8")):
        for example in event["examples"]:
            yield event["name"], example


def _installed() -> Path:
    """The folder of npm's packages, made once for each lock."""
    lock = NPM / "package-lock.json"
    made = folders.cache() / f"payloads-{sha256(lock.read_bytes()).hexdigest()[:16]}"
    if made.is_dir():
        return made
    if shutil.which("npm") is None:
        raise Missing("install npm")
    made.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".payloads-", dir=made.parent) as scratch:
        for file in NPM.iterdir():
            shutil.copy(file, scratch)
        command = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Missing(f"npm ci in {NPM} failed: {done.stderr.strip()[-300:]}")
        try:
            (Path(scratch) / "node_modules").rename(made)
        except OSError:  # another session was faster
            if not made.is_dir():
                raise
    return made
