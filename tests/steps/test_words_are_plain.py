"""What others named is read on terminals: in a pod's log, in a status, in a history. No escape of theirs gets there."""

import pytest

from workflows.clean import lines
from workflows.observe import nodes
from workflows.steps.git.identity import author, committer, ident

NASTY = "n\x1b[2J\x1b]0;owned\x07\x9b31m\u202ed"
SCRIPT = "\\033[2J\\033]0;owned\\007"
CONTROL = tuple(map(chr, (0x07, 0x1B, 0x9B, 0x202E)))

SCRIPTS = {
    "a file's name": f"mkfifo \"$(printf 'p{SCRIPT}')\"",
    "a branch's name": f"git branch x; mv .git/refs/heads/x \".git/refs/heads/$(printf 'x{SCRIPT}')\"; git commit -q --allow-empty -m y",
    "a commit's subject": f"echo 1 > a; git add a; git commit -qm \"$(printf 's{SCRIPT}')\"",
    "the end of a log": f"printf 'bye {SCRIPT}\\033[31m'; exit 7",
    "a conflict": f"printf '<<<<<<< a\\n=======\\n>>>>>>> b\\n' > \"$(printf 'c{SCRIPT}')\"",
}


def controls(text):
    """The control characters of a text."""
    return [each for each in CONTROL if each in text]


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_no_escape_leaves_a_pod(town, script):
    """Neither by what `main` prints, nor by its last words, which Argo shows, nor by an output."""
    town.script(script)
    done = town.polecat()
    shown = [done.out, done.err, town.output("summary")]
    if done.code:
        shown.append(town.last_words())
    assert [controls(each) for each in shown] == [[]] * len(shown)


@pytest.mark.parametrize(
    "told",
    [ident(NASTY, NASTY, 1), *author(NASTY, NASTY, "1 +0000").values(), *committer(NASTY, NASTY, 1).values()],
)
def test_no_escape_gets_into_a_history(told):
    """An agent sets its own name."""
    assert controls(told) == []


def test_nothing_that_argo_tells_has_an_escape():
    """A step of another version, or a runtime, may have written it."""
    node = {"message": f"{NASTY} (exit code 1): {NASTY}", "phase": "Pending", "type": "Pod"}
    node["outputs"] = {"parameters": [{"name": "summary", "value": f"{NASTY}\n{NASTY}"}]}
    told = [nodes.sentence(node), nodes.held_up(node), *nodes.outputs(node).values()]
    assert [controls(each) for each in told] == [[]] * 3
    assert nodes.outputs(node)["summary"].count("\n") == 1


def test_lines_keep_their_layout():
    """Tabs and indents are no escapes."""
    assert lines(f"a\tb\n  {NASTY}\r\n") == "a\tb\n  nd\n"
