"""What the adapter and the pods may do is made from one table, and the table keeps its promises."""

import pytest

from adapter.objects.kinds import SERVED, WATCHED
from adapter.rbac.accounts import BEADS, EXECUTOR, RULES
from adapter.rbac.roles import roles
from crds import KINDS
from workflows.compile import CompileSettings

OWN = roles("lease")
ALL = [
    *OWN.everywhere,
    *OWN.where_it_works,
    *OWN.at_home,
    *(rule for each in RULES.values() for rule in each),
]


@pytest.mark.parametrize("word", ["secrets", "pods/exec", "pods/log", "serviceaccounts", "roles", "*"])
def test_no_rule_speaks_of(word: str) -> None:
    """Nobody of ours can read a Secret, enter a pod, or give itself more."""
    assert [] == [rule for rule in ALL if word in rule["resources"] + rule["verbs"] + rule["apiGroups"]]


def test_pods_are_ended_and_never_made() -> None:
    """One polecat of a convoy is ended by deleting its pod; its image and its mounts are read from no pod."""
    assert [["delete", "get"]] == [rule["verbs"] for rule in ALL if "pods" in rule["resources"]]


def test_logs_are_read_and_nothing_else_of_a_pod() -> None:
    """By a rule of its own, which a chart without last actions leaves out."""
    assert ({"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]},) == OWN.logs


def test_what_is_watched_may_be_read() -> None:
    """A watch without the list that it begins with never starts."""
    for kind in WATCHED:
        assert {"get", "list", "watch"} <= set(SERVED[kind].verbs)


def test_kinds_without_a_namespace_stand_apart() -> None:
    """A Role of a namespace can't give rights to a Rig, nor to what is told of it, which stands in `default`."""
    plural = {model.definition.plural for model in KINDS.values() if model.definition.scope == "Cluster"}
    wide = {each.partition("/")[0] for rule in OWN.everywhere for each in rule["resources"]}
    assert plural | {"events"} == wide
    assert not [rule for rule in OWN.where_it_works if wide & set(rule["resources"])]


def test_only_its_own_lease_is_written() -> None:
    """Another operator's election is none of its business."""
    create, rest = OWN.at_home
    assert (["create"], None) == (create["verbs"], create.get("resourceNames"))
    assert (["get", "update"], ["lease"]) == (rest["verbs"], rest["resourceNames"])


def test_accounts_are_those_of_the_pods() -> None:
    """The chart makes them by the names that compiled Workflows have in them."""
    settings = CompileSettings()
    names = {settings.service_account, settings.executor_service_account, settings.beads_service_account}
    assert names == set(RULES)
    assert {EXECUTOR, BEADS} == {name for name, rules in RULES.items() if rules}
