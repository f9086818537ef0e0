"""The story of held work in the guide, told by the program itself: each command as it stands there, with what it prints."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import ondisk
import psutil
import pytest

ROOT = Path(__file__).parents[2]
SECTION = "## Hold, look, land\n"
BEAD = {"id": "shop-8", "title": "Keep the coins", "status": "open", "issue_type": "feature", "priority": 2}

AT_WORK = re.compile(r" *\d+\.\d+s  [○▶⇡✓✗].*\n")
"""Progress: how many lines of it there are depends on the machine, and the guide leaves them out."""

VARIABLE = ((re.compile(r"\b[0-9a-f]{7,40}\b"), "SHA"), (re.compile(r"\b\d+\.\d+s\b"), "TIME"))


def _blocks(language: str) -> Iterator[str]:
    page = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    section = page.partition(SECTION)[2].partition("\n## ")[0]
    return (found[1] for found in re.finditer(rf"```{language}\n(.*?)```", section, re.DOTALL))


def _told(text: str) -> str:
    told = AT_WORK.sub("", text.replace("…\n", ""))
    for pattern, word in VARIABLE:
        told = pattern.sub(word, told)
    return told


class Reader:
    """Somebody who types what the guide says, at home in a folder."""

    def __init__(self, home: Path, python: str) -> None:
        self.home, self.python = home, python
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "GASTOWN_HOME": str(home / "town"),
            "GASTOWN_LOCAL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "COLUMNS": "200",
            "PYTHONPATH": str(ROOT),
        }

    def __call__(self, *words: str) -> str:
        """What a command prints, whatever it ends with."""
        command = [self.python, "-P", "-m", "kubectl_gt"] if words[0] == "gastown" else [words[0]]
        done = subprocess.run(
            [*command, *words[1:]],
            cwd=self.home,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        return done.stdout


programs = ondisk.forking(*ondisk.COMMANDS)


@pytest.fixture
def reader(tmp_path: Path, programs: ondisk.Programs) -> Iterator[Reader]:
    """The shop with one bead, and the guide's agent. Nothing of it outlives the test."""
    made = Reader(tmp_path, programs.warm)
    (script,) = _blocks("sh")
    (tmp_path / "agent.sh").write_text(script, encoding="utf-8")
    (tmp_path / ".gitconfig").write_text(ondisk.CONFIG)
    made("git", "init", "-q", "--bare", "shop.git")
    ondisk.uncollected(tmp_path / "shop.git")
    made("git", "clone", "-q", "shop.git", "seed")
    (tmp_path / "seed" / ".beads").mkdir()
    (tmp_path / "seed" / ".beads" / "issues.jsonl").write_text(json.dumps(BEAD) + "\n", encoding="utf-8")
    for words in (("add", "--all"), ("commit", "-qm", "Begin"), ("push", "-q", "origin", "HEAD:main")):
        made("git", "-C", "seed", *words)
    agent = f"sh {tmp_path}/agent.sh {{prompt_file}}"
    assert "rig/shop created" in made(
        "gastown", "rig", "create", "shop", "--git-url", "shop.git", "--agent-command", agent
    )
    yield made
    for process in psutil.process_iter():
        try:
            if process.environ().get("GASTOWN_HOME") == str(tmp_path / "town"):
                process.kill()
        except psutil.Error:
            continue


def test_each_command_prints_what_the_guide_says(reader: Reader) -> None:
    """Held, looked at, sent back, asked, answered, landed, taken back: only names of commits and times may differ."""
    (story,) = _blocks("console")
    shown = [each.partition("\n") for each in story.removeprefix("$ ").split("\n$ ")]
    assert {"sling", "diff", "reject", "answer", "land", "revert"} <= {
        line.split()[1] for line, _, _ in shown
    }
    for line, _, expected in shown:
        assert _told(f"{expected.rstrip()}\n") == _told(reader(*shlex.split(line))), line
