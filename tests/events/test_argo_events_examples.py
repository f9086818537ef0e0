"""The Sensors of the examples make Convoys that are valid, each named after its comment, for listed accounts only.

What Argo Events does with filters and parameters is worked out here; that it knows their fields is looked at in tests/cluster.
"""

import copy
import json
import re
from pathlib import Path

import pytest
import yaml
from samples import FORGES

from crds import Convoy

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "argo-events"
UUID = "{3f0c2a52-7a3e-4d0f-9b1c-0a1b2c3d4e5f}"
TOLD = {
    "github": ("github", "Comment", {}),
    "gitlab": ("gitlab", "Comment", {"object_kind": "note"}),
    "bitbucket": ("bitbucket", "Comment", {"actor": {"uuid": UUID}}),
    "bitbucketserver": ("bitbucketServer", "PullRequestComment", {"pullRequest": {"id": 4, "title": "T"}}),
    "webhook": ("gitea", "Comment", {"is_pull": False}),
}
"""Each source, with the delivery of a comment that it would pass on."""


def sensor(name):
    """The Sensor of a file."""
    found = yaml.safe_load_all((EXAMPLES / f"{name}.yaml").read_text())
    return next(each["spec"] for each in found if each["kind"] == "Sensor")


def delivered(name):
    """What the source hands to the Sensor."""
    kind, event, more = TOLD[name]
    _, samples, common = FORGES[kind]
    return json.loads(json.dumps({"body": common | samples[event][1] | more}))


def at(content, path):
    """The value of a path, None where there is none."""
    for part in path.split("."):
        content = content[int(part)] if isinstance(content, list) else (content or {}).get(part)
    return content


def put(content, path, value):
    """Set the value of a path."""
    *first, last = path.split(".")
    at(content, ".".join(first))[last] = value


def passes(spec, event):
    """Whether all filters let the event through: strings by a regular expression, numbers and flags by value."""
    for each in spec["dependencies"][0]["filters"]["data"]:
        value = at(event, each["path"])
        told = json.dumps(value) if each["type"] in {"number", "bool"} else str(value)
        test = re.search if each["type"] == "string" else (lambda wanted, found: wanted == found)
        if value is None or not any(test(wanted, told) for wanted in each["value"]):
            return False
    return True


def convoy(spec, event):
    """The Convoy that the Sensor makes of an event."""
    k8s = spec["triggers"][0]["template"]["k8s"]
    made = copy.deepcopy(k8s["source"]["resource"])
    for each in k8s["parameters"]:
        value = at(event, each["src"]["dataKey"])
        before = at(made, each["dest"]) if each.get("operation") == "append" else ""
        put(made, each["dest"], f"{before}{'' if value is None else value}")
    return Convoy.model_validate(made)


@pytest.mark.parametrize("name", TOLD)
def test_a_comment_makes_one_convoy(name):
    """However often its source tells of it, and another comment another one."""
    spec, event = sensor(name), delivered(name)
    assert passes(spec, event)
    made = convoy(spec, event)
    assert made.metadata.name == f"{name}-comment-9"
    assert [(each.id, each.title) for each in made.spec.beads] == [("ap-9", "T")]
    assert convoy(spec, delivered(name)) == made


@pytest.mark.parametrize("name", TOLD)
def test_who_is_not_listed_makes_none(name):
    """Nobody asks the forge here, so the accounts stand in the Sensor; so does the command."""
    spec = sensor(name)
    filters = [each["path"] for each in spec["dependencies"][0]["filters"]["data"]]
    (who,) = (each for each in filters if re.search(r"\.(sender|user|actor)\.", each))
    (words,) = (each for each in filters if each.endswith((".body", ".note", ".raw", ".text")))
    stranger, talk = delivered(name), delivered(name)
    put(stranger, who, f"x{UUID}x" if name == "bitbucket" else 33)
    put(talk, words, "do not /sling it")
    assert not passes(spec, stranger)
    assert not passes(spec, talk)
