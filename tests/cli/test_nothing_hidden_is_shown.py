"""Whatever a bead, an agent, a gate or a repository says: no answer has a character that a terminal obeys, or that nobody sees."""

import json
import re
import stat
import sys

import pytest

NASTY = (
    "a\x1b[2Jb\x1b]8;;http://evil\x1b\\c\x85d\x9b31me\x9d0;f\x07g\u202eh\u2066i\u200bj\u2028k\u2029l\ufeffm\u3164n\u115fo\uffa0p"
    "\U000e0041q\U000e0101r\U0001d173s\rt\x08u"
)
HIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
AGENT = """#!/usr/bin/env python3
import os, subprocess
from pathlib import Path
said = Path("{said}").read_bytes()
os.write(1, said + b"\\n")
if os.environ["GASTOWN_BEAD"] == "app-1":
    Path(os.environ["GASTOWN_ESCALATE"]).write_bytes(said)
else:
    Path("bad").write_bytes(said)
    subprocess.run(("git", "add", "-A"))
    subprocess.run(("git", "commit", "-qm", said))
"""


@pytest.fixture
def named(here, gastown):
    """A town where beads, an agent's question and a red gate have such words; the convoy's name."""
    root = gastown.root
    (root / "said").write_bytes(NASTY.encode())
    (root / "nasty").write_text(AGENT.format(said=root / "said"))
    (root / "nasty").chmod(stat.S_IRWXU)
    beads = [{"id": f"app-{number}", "title": NASTY, "description": NASTY} for number in (1, 2)]
    gastown.commit({".beads/issues.jsonl": "".join(f"{json.dumps(bead)}\n" for bead in beads)})
    assert (
        gastown.rig(
            "--prefix",
            "app",
            "--agent-command",
            root / "nasty",
            "--gate",
            "g=test ! -e bad || { cat bad; false; }",
        ).code
        == 0
    )
    ran = gastown("convoy", "create", NASTY, "app-1", "app-2", "--rig", "app", "--wait")
    [convoy] = here("convoy", "list", "-o", "json").json
    assert ran.code == 1, ran.out + ran.err
    told = here("inbox").out
    assert "Escalated: " in told
    assert "GateFailed: " in told
    return convoy["metadata"]["name"]


FORMS = {
    "status": ("json",),
    "inbox": ("json",),
    "doctor": ("json",),
    "top": (),
    "costs": (),
    "convoy list": ("wide", "json", "yaml"),
    "convoy status {name}": ("wide", "json", "yaml"),
    "convoy graph {name}": (),
    "convoy report {name}": ("html", "json"),
    "convoy watch {name}": (),
    "convoy create again app-1 --rig app --dry-run": ("yaml", "json"),
    "polecat list": ("wide", "json", "yaml"),
    "polecat status app-1": ("wide", "json", "yaml"),
    "polecat logs app-1": (),
    "polecat logs app-2 -c gates": (),
    "mq list": ("wide", "json"),
    "mq status app-2": ("json",),
    "beads ready": ("wide", "json", "yaml"),
    "beads show app-2": ("wide", "json", "yaml"),
}


@pytest.mark.usefixtures("named")
def test_what_came_from_an_agent_reaches_no_terminal_as_it_came(here, monkeypatch):
    """A file gets it byte for byte."""
    raw = ("polecat", "logs", "app-1", "--raw")
    assert NASTY in here(*raw).out
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda _: True)
    shown = here(*raw).out
    assert "a\x1b[2J" not in shown
    assert HIDDEN.findall(shown) == []


def test_no_answer_has_a_hidden_character(here, named):
    """In any form, to a pipe as to a terminal; a program gets them escaped."""
    found = {}
    for words, forms in FORMS.items():
        for form in (None, *forms):
            told = here(*words.format(name=named).split(), *(("-o", form) if form else ()))
            assert told.code in (0, 1), (words, form, told.err)
            if hidden := HIDDEN.findall(told.out + told.err):
                found[words, form] = sorted(map(ascii, set(hidden)))
    assert found == {}
