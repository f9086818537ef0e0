"""Who watches is rung, who does not names a command; a cluster runs nobody's commands."""

import dataclasses
import datetime
import io

import click
import pytest
from rich.console import Console

from crds import Convoy
from kubectl_gt.cluster.notices import Notices
from kubectl_gt.show.live import ring
from kubectl_gt.show.snapshot import Outcome, Snapshot
from kubectl_gt.typed.manifests import with_notice
from workflows.convoys.news import Kind, News
from workflows.errors import Refused

CONVOY = Convoy.model_validate(
    {"metadata": {"name": "c"}, "spec": {"description": "d", "trackedBeads": ["a"]}}
)


def _news(text, bead="app-1"):
    return News(kind=Kind.QUESTION, convoy="c", rig="app", bead=bead, version="0", text=text)


def _snapshot(*told):
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    return Snapshot(
        kind="convoy", name="c", phase="InProgress", outcome=Outcome.OPEN, rows=(), cost=None, started=now, finished=None, news=told
    )  # fmt: skip


def test_a_watching_terminal_rings_for_what_is_new_and_says_it():
    """Once each; control characters of an agent's own words stay out of the sequence."""
    heard = io.StringIO()
    screen = Console(file=heard, force_terminal=True)
    before = _snapshot(_news("app-1 asks: why?"))
    after = dataclasses.replace(
        before, news=(*before.news, _news("app-2 asks: \x07which\x1b colour?", "app-2"))
    )
    ring(before, before, screen)
    assert not heard.getvalue()
    ring(before, after, screen)
    bell, _, rest = heard.getvalue().partition("\x1b]9;")
    text, end, _ = rest.partition("\x1b\\")
    assert ("\a", "\x1b\\") == (bell, end)
    assert text.startswith("app-2 asks: ")
    assert text.isprintable()


def test_the_towns_command_is_set_shown_and_taken_away(here):
    """Without one the verb says how to set it."""
    assert here("notify").out.startswith("No command")
    assert 0 == here("notify", "say hello").code
    assert "say hello\n" == here("notify").out
    assert 2 == here("notify", "again", "--off").code
    assert "notify off\n" == here("notify", "--off").out
    assert here("notify").out.startswith("No command")


def test_a_cluster_refuses_and_names_what_tells_there():
    """Its pods run nobody's shell."""
    with pytest.raises(Refused, match=r"events\.sinks"):
        Notices().name("say")
    with pytest.raises(click.UsageError, match=r"events\.sinks"):
        with_notice(CONVOY, "say", on_machine=False)
    assert CONVOY == with_notice(CONVOY, None, on_machine=False)
