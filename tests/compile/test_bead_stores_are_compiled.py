"""A bead store as a CronWorkflow: what Argo accepts, and a pod that has its key, its token and nothing else."""

import itertools
import json
import re

import pytest

from crds import BeadStore, Rig
from workflows.beadstore.orders import StoreOrders
from workflows.compile import CompileSettings, StoreRequest, compile_store, read_now, store_slug
from workflows.compile.schedule import schedule
from workflows.orders import TrainOrders

HOSTILE = "https://git.test/{{workflow.uid}}/a.git"


def _compiled(*, name="ap", rig=None, settings=None, **spec):
    metadata = {"name": name, "namespace": "town", "uid": "u-1"}
    told = {"rigRef": "app", "prefix": "ap-", **spec}
    repository = {"gitURL": "https://git.test/a.git", "beadsPrefix": "ap", **(rig or {})}
    return compile_store(
        StoreRequest(
            store=BeadStore.model_validate({"metadata": metadata, "spec": told}),
            rig=Rig.model_validate({"metadata": {"name": "app"}, "spec": repository}),
            branch="trunk",
            settings=settings or CompileSettings(),
        )
    )


def _pod(compiled):
    spec = compiled.cron["spec"]["workflowSpec"]
    (template,) = spec["templates"]
    return spec, template, template["container"]


@pytest.mark.parametrize(
    ("asked", "every"),
    [
        (1, 60),
        (60, 60),
        (90, 60),
        (300, 300),
        (420, 360),
        (1800, 1800),
        (3000, 1800),
        (5400, 3600),
        (36000, 28800),
        (9e6, 86400),
    ],
)
def test_a_schedule_is_at_least_as_often_as_asked(asked, every):
    """Down to what cron can say: an even share of the hour, or of the day."""
    found = schedule(asked, "town/ap")
    assert every == found.seconds
    minutes, hours, *rest = found.cron.split(" ")
    assert ["*", "*", "*"] == rest
    times = [hour * 3600 + minute * 60 for hour in _times(hours, 24) for minute in _times(minutes, 60)]
    rounds = [*times, times[0] + 86400]
    assert {every} == {after - before for before, after in itertools.pairwise(rounds)}


def _times(field, size):
    """The times that a field of cron names."""
    span, _, step = field.partition("/")
    first, _, last = span.partition("-")
    if first == "*":
        return range(size)
    return range(int(first), int(last or first) + 1, int(step or 1))


def test_stores_are_not_all_read_at_once():
    """The name of a store chooses its minute."""
    assert 4 <= len({schedule(300, f"town/{number}").cron for number in range(50)})


def test_an_interval_of_nothing_is_read_only_when_asked():
    """The CronWorkflow is there and sleeps; a read of it can still be made."""
    compiled = _compiled(syncInterval="0")
    assert compiled.cron["spec"]["suspend"] is True
    assert "suspend" not in read_now(compiled.cron, "now")["spec"]


def test_the_pod_has_its_own_key_and_a_token_of_its_own():
    """The key that the store names goes before the rig's; only this container gets the token, the executor keeps its account."""
    spec, template, container = _pod(
        _compiled(gitSecretRef={"name": "mine"}, rig={"gitSecretRef": {"name": "rigs"}})
    )
    assert (False, "gastown-beads", "gastown-executor") == (
        spec["automountServiceAccountToken"],
        spec["serviceAccountName"],
        spec["executor"]["serviceAccountName"],
    )
    assert ["mine"] == re.findall(r'"secret": \{"name": "([^"]*)"', json.dumps(template))
    volumes = {each["name"]: each for each in template["volumes"]}
    assert volumes.keys() == {each["name"] for each in container["volumeMounts"]}
    (token, authority) = volumes["access"]["projected"]["sources"]
    assert ("token", "kube-root-ca.crt") == (
        token["serviceAccountToken"]["path"],
        authority["configMap"]["name"],
    )
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert ["gastown-step", "beads"] == container["command"]


def test_what_people_write_stands_in_the_orders_only():
    """Argo would expand it in the spec."""
    compiled = _compiled(rig={"gitURL": HOSTILE, "beadsPath": "some/{{}}".replace("{{}}", "beads.jsonl")})
    assert "{{" not in json.dumps(compiled.cron)
    assert HOSTILE == json.loads(compiled.orders["data"]["store.json"])["repository"]


def test_orders_arrive_as_they_were_sent(tmp_path):
    """The step reads what compile wrote."""
    compiled = _compiled()
    (tmp_path / "store.json").write_text(compiled.orders["data"]["store.json"])
    orders = StoreOrders.load(tmp_path)
    assert ("trunk", ".beads/issues.jsonl", "town") == (
        orders.branch,
        orders.path,
        orders.metadata["namespace"],
    )
    assert "BeadStore" == orders.metadata["ownerReferences"][0]["kind"]


@pytest.mark.parametrize("name", ["ap", "a" * 253, "a.b-" * 20 + "c"], ids=["short", "long", "dots"])
def test_names_fit(name):
    """52 characters for a CronWorkflow, 63 for a label, 253 for the rest; two long names stay two."""
    compiled = _compiled(name=name)
    label = compiled.cron["metadata"]["labels"]["gastown.io/bead-store"]
    assert (True, True) == (len(compiled.cron["metadata"]["name"]) <= 52, len(label) <= 63)
    assert re.fullmatch(r"[a-z0-9]([-.a-z0-9]*[a-z0-9])?", label)
    assert len(name) < 40 or store_slug(name) != store_slug(name[:-1] + "x")


def test_the_digest_tells_when_to_read_at_once():
    """The same twice; another one for whatever makes the file, or who reads it, another."""
    others = [
        _compiled(rig={"gitURL": "https://git.test/b.git"}),
        _compiled(rig={"beadsPath": "beads.jsonl"}),
        _compiled(gitSecretRef={"name": "mine"}),
        _compiled(syncInterval="1h"),
        _compiled(settings=CompileSettings(steps_image="other")),
    ]
    digests = [_compiled().digest, *(each.digest for each in others)]
    assert _compiled().digest == digests[0]
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize(("asked", "path"), [(True, "my/beads.jsonl"), (False, "")])
def test_merges_close_beads_where_the_store_asks_for_it(submit, asked, path, tmp_path):
    """The refinery finds the path in its orders."""
    spec = {"rigRef": "app", "prefix": "ap-", "writeBack": asked}
    store = BeadStore.model_validate({"metadata": {"name": "app"}, "spec": spec})
    submission = submit({"ap-1": []}, rig={"beadsPath": "my/beads.jsonl"}, store=store)
    assert path == TrainOrders.load(submission.mount(tmp_path)).beads
