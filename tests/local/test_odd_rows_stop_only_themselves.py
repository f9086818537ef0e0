"""A row of the town's state that is damaged, or that a newer version wrote, stops its own object and nothing else."""

import json
import sqlite3

import pytest

from crds import Convoy, Rig
from kubectl_gt.machine.town import Machine
from workflows.errors import Damaged


def _write(town, kind, name, text):
    with sqlite3.connect(town.home.database) as db:
        db.execute("update resource set manifest = ? where kind = ? and name = ?", (text, kind, name))


def _odd(town, kind, name, **spec):
    manifest = town.local.store.resource(kind, name)
    _write(town, kind, name, json.dumps(manifest | {"spec": manifest["spec"] | spec}))


def _none(town, kind, name):
    _write(town, kind, name, '{"kind": "Con')


def _bytes(town, kind, name):
    _write(town, kind, name, b"\xff\xfe{")


def _list(town, kind, name):
    _write(town, kind, name, "[1]")


def _field(town, kind, name):
    _odd(town, kind, name, ofTheFuture=1)


def _empty(town, kind, name):
    _write(town, kind, name, json.dumps({"kind": kind, "metadata": {"name": name}}))


SPOILT = [pytest.param(each, id=each.__name__.strip("_")) for each in (_none, _bytes, _list, _field, _empty)]


@pytest.fixture
def two(town):
    """A town with two rigs, and a convoy on each."""
    for rig in ("app", "web"):
        told = {"gitURL": str(town.origin), "beadsPrefix": "ap"}
        town.local.rigs.create(Rig.model_validate({"metadata": {"name": rig}, "spec": told}))
        spec = {"description": "d", "rigRef": rig, "beads": [{"id": f"{rig}-1", "title": "Do"}]}
        town.local.convoys.create(Convoy.model_validate({"metadata": {"name": f"c-{rig}"}, "spec": spec}))
    return town


def _names(objects):
    return [each.metadata.name for each in objects]


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_convoy_that_cannot_be_read_is_told_and_left_out(two, spoil, capsys):
    """All verbs that list go on with the others; one asked for itself says the same sentence, and it can be deleted."""
    spoil(two, "Convoy", "c-app")
    local = two.local
    assert _names(local.convoys.all()) == ["c-web"]
    assert _names(local.rigs.all()) == ["app", "web"]
    assert {each.spec.rig for each in local.polecats.all()} <= {"web"}
    assert local.convoys.wishes("c-web").stop is False
    with pytest.raises(Damaged, match=r"^convoy c-app: .*update gastown.*`convoy delete c-app`$") as refused:
        local.convoys.get("c-app")
    assert capsys.readouterr().err == f"warning: {refused.value}\n"
    local.convoys.delete("c-app")
    assert local.store.names("Convoy") == ("c-web",)


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_rig_that_cannot_be_read_is_told_and_left_out(two, spoil, capsys):
    """Its convoys are shown without it, and it can be deleted after them."""
    spoil(two, "Rig", "app")
    local = two.local
    assert _names(local.rigs.all()) == _names(local.rigs.listening()) == ["web"]
    assert _names(local.convoys.all()) == ["c-app", "c-web"]
    assert {each.spec.rig for each in local.polecats.all()} == {"web"}
    with pytest.raises(Damaged, match=r"^rig app: .*`rig delete app`$") as refused:
        local.rigs.get("app")
    assert f"warning: {refused.value}\n" in capsys.readouterr().err
    local.convoys.delete("c-app")
    local.rigs.delete("app")
    assert local.store.names("Rig") == ("web",)


@pytest.mark.parametrize(
    "change",
    [
        "update workflow set manifest = '{' where convoy = 'c-app'",
        "update workflow set manifest = '{}' where convoy = 'c-app'",
        "update workflow set manifest = cast(x'ff' || manifest as blob) where convoy = 'c-app'",
        "insert into node values ('c-app-0-0', 'x', 1, '{')",
        "update resource set manifest = '[]' where kind = 'ConvoyBeads' and name = 'c-app'",
    ],
)
def test_what_is_kept_for_a_convoy_stops_only_that_convoy(two, change, capsys):
    """A Workflow, a node, or its beads: nothing but Damaged is raised, and others are shown."""
    with sqlite3.connect(two.home.database) as db:
        db.execute(change.replace("c-app-0-0", two.local.store.workflow_names("c-app")[0]))
    assert "c-web" in _names(two.local.convoys.all())
    assert _names(two.local.rigs.all()) == ["app", "web"]
    assert {"web"} <= {each.spec.rig for each in two.local.polecats.all()}
    assert all(len(line) < 600 for line in capsys.readouterr().err.splitlines())


def test_an_odd_refinery_is_named_by_its_rig(two):
    """Its rig is what can be deleted and made again."""
    _field(two, "Refinery", "app-refinery")
    with pytest.raises(Damaged, match=r"^rig app: its row Refinery .*`rig delete app`$"):
        two.local.rigs.refinery("app")
    assert two.local.rigs.refinery("web").spec.rig_ref == "web"


def test_doctor_and_lists_end_without_a_traceback(two, capsys):
    """A machine's `doctor` has a row for the refinery that can't be read, and checks of the others."""
    _field(two, "Refinery", "app-refinery")
    _field(two, "Convoy", "c-app")
    found = {each.what: each for each in Machine(two.local).checks()}
    assert "update gastown" in found["rig app: refinery"].seen
    assert "rig web: repository" in found
    assert "Traceback" not in capsys.readouterr().err
