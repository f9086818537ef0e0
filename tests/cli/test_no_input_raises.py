"""Every verb, with input that nobody would give it on purpose, where there is a town, no cluster, a silent one, and no repository."""

import shutil

import click
import pytest

from kubectl_gt.exits import Exit
from kubectl_gt.reference import commands

ODD = ("", "Größe mit Leerraum", "o" * 300, "-1", "no/such/place", "app")
"""Empty, odd, too long, of the wrong type, a path, and a rig where something else is wanted."""

ALONE = frozenset({"demo", "notify", "events serve", "events poll", "auth sync"})
"""They do as they are told with any words, or for ever."""

VERBS = [(path, verb) for path, verb in commands() if " ".join(path) not in ALONE]


def _lines(path, verb):
    """One command line for each odd word: in place of all that is required, and of each option that takes a value."""
    required = [each for each in verb.params if each.required]
    valued = [
        each
        for each in verb.params
        if isinstance(each, click.Option) and not each.hidden and not each.is_flag and not each.required
    ]
    for word in ODD:
        told = [
            part
            for each in required
            for part in ([each.opts[0]] if isinstance(each, click.Option) else []) + [word]
        ]
        yield [*path, *told]
        for option in valued if word in ODD[:2] else ():
            yield [*path, *told, option.opts[0], word]


@pytest.mark.parametrize(
    "where",
    [
        pytest.param([], id="town"),
        pytest.param(["--context", "nowhere"], id="no cluster"),
        pytest.param(["--server", "https://127.0.0.1:1"], id="silent cluster"),
    ],
)
def test_no_verb_raises_whatever_it_is_given(here, where):
    """An exit code that is written down, and one line on standard error that says what to do."""
    assert here("rig", "create", "app", "--git-url", "origin.git").code == 0
    for path, verb in VERBS:
        for line in (
            _lines(path, verb) if not where else [next(_lines(path, verb)), [*_lines(path, verb)][-1]]
        ):
            ran = here(*line, *where)
            assert ran.code in {*Exit}, line
            if ran.code not in (Exit.OK, Exit.FAILED):
                errors = [each for each in ran.err.splitlines() if each.startswith("error: ")]
                assert len(errors) == 1, (line, ran.err)
                assert "Traceback" not in ran.err
                assert any(mark in errors[0] for mark in ("; ", "? ", ": ")), (line, errors)


INDIFFERENT = (
    "status", "inbox", "top", "costs", "rig list", "rig status app", "convoy list", "polecat list", "mq list", "trigger list app",
    "rig set app --max-polecats 3",
)  # fmt: skip
NEEDING = (
    "beads ready", "beads show app-1", "sling app-1", "sling --text go app", "convoy create X app-1", "convoy create X --all-ready",
    "rig set app --base-branch x", "rig create other --git-url origin.git",
)  # fmt: skip


def test_no_verb_raises_without_its_repository(here, gastown):
    """A rig whose server is away: what needs it says so, what does not goes on."""
    assert here("rig", "create", "app", "--git-url", "origin.git").code == 0
    shutil.move(gastown.origin, gastown.origin.with_name("away.git"))
    codes = {line: here(*line.split()).code for line in (*INDIFFERENT, *NEEDING)}
    wanted = dict.fromkeys(INDIFFERENT, Exit.OK) | dict.fromkeys(NEEDING, Exit.UNAVAILABLE)
    assert wanted == codes


@pytest.mark.parametrize("option", ["--base-branch", "--agent", "--model", "--name", "--notify"])
def test_an_unset_variable_is_not_the_default(here, option):
    """`--base-branch "$BRANCH"` with an empty variable would merge somewhere else than was meant, in silence."""
    ran = here("convoy", "create", "X", "app-1", option, "")
    assert 2 == ran.code
    assert option in ran.error
