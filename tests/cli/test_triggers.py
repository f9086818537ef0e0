"""`trigger list`, `test` and `explain` on one machine."""

import json

import yaml

from crds import Convoy
from workflows.local.home import Home
from workflows.local.town import LocalTown

PAYLOAD = {
    "action": "created",
    "issue": {"number": 4, "title": "Door", "body": "squeaks <!-- x -->"},
    "comment": {"id": 9, "body": "/sling with oil"},
    "repository": {"id": 7},
    "sender": {"id": 3, "login": "writer"},
    "is_pull": False,
}


def _connected():
    """A rig with triggers, as `rig connect` leaves one."""
    town = LocalTown(Home.of_user())
    town.rigs.change(
        "app",
        {
            "forge": {"kind": "gitea", "apiURL": "https://git.test", "repository": "acme/app"},
            "forgeTokenSecretRef": {"name": "f", "key": "token"},
            "triggers": [{"name": "commanded", "event": "Comment", "command": "/sling"}],
        },
    )
    town.store.close()


def test_what_a_delivery_would_sling_is_shown(gastown, here):
    """The whole convoy, and that nothing was made."""
    gastown.rig()
    _connected()
    (gastown.root / "f.json").write_text(json.dumps(PAYLOAD))
    told = here("trigger", "test", "app", "--payload", "f.json", "--event", "issue_comment")
    convoy = yaml.safe_load(told.out)
    assert convoy["spec"]["beads"][0]["description"] == "squeaks\n\nwith oil"
    assert here("convoy", "list", "-o", "json").json == []
    (gastown.root / "f.json").write_text(json.dumps(PAYLOAD | {"comment": {"id": 9, "body": "hello"}}))
    told = here("trigger", "test", "app", "--payload", "f.json", "--event", "issue_comment")
    assert (told.code, told.err.strip()) == (4, "no trigger of the rig listens to it")


def test_triggers_are_listed_and_silence_is_explained(gastown, here):
    """Also where nothing has come yet."""
    gastown.rig()
    _connected()
    assert "commanded" in here("trigger", "list", "app").out
    told = here("trigger", "explain", "app", "4")
    assert "gastown-events has not looked at the rig yet" in told.err


def test_a_convoy_tells_its_issue_when_the_decision_is_forgotten(gastown, here):
    """However many events were decided since."""
    gastown.rig()
    _connected()
    town = LocalTown(Home.of_user())
    source = {
        "trigger": "commanded",
        "event": "Comment",
        "object": "9",
        "number": 4,
        "at": "2026-05-04T12:00:00Z",
    }
    bead = {"id": "ap-4", "title": "Oil the door"}
    spec = {"description": "d", "rigRef": "app", "beads": [bead], "source": source}
    town.convoys.create(Convoy.model_validate({"metadata": {"name": "commanded-4"}, "spec": spec}))
    town.store.close()
    (told,) = here("trigger", "explain", "app", "#4", "-o", "json").json
    assert (told["convoy"], told["reason"]) == ("commanded-4", "Slung")
    assert here("trigger", "explain", "app", "5", "-o", "json").json == []
