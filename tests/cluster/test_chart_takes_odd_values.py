"""Whatever values people set, each object of the chart is one that an apiserver takes, or helm says what is wrong."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from harness.apischema import documents, faults
from harness.charts import CHART, template
from harness.errors import Broken

pytestmark = pytest.mark.usefixtures("helm")

Values = dict[str, Any]

DEFAULTS: Values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
ALL_ON: Values = {
    "replicaCount": 2,
    "events": {
        "enabled": True,
        "secrets": ["forge"],
        "sinks": [{"name": "bus", "url": "https://bus.example.com/?a=b#c"}],
        "ingress": {"enabled": True, "host": "hooks.example.com", "tlsSecret": "tls", "className": "nginx"},
        "httpRoute": {"enabled": True},
    },
    "metrics": {
        "serviceMonitor": {"enabled": True},
        "dashboard": {"enabled": True},
        "alerts": {"enabled": True},
    },
    "argoServer": {"url": "https://argo-server.argo:2746", "caConfigMap": "ca"},
    "imagePullSecrets": [{"name": "registry"}],
    "priorityClassName": "high",
}
NEEDED = {"leaderElection.enabled"}
"""What two replicas can't be without, which another test holds."""


def _leaves(part: Values, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in part.items():
        yield (*above, key), value
        if isinstance(value, dict):
            yield from _leaves(value, (*above, key))


def _with(part: Values, path: tuple[str, ...], value: object) -> Values:
    inner = part.get(path[0], {})
    return part | {path[0]: _with(inner, path[1:], value) if len(path) > 1 else value}


def _wrong(values: Values, *, release: str = "gastown", namespace: str = "gastown-system") -> list[str]:
    """All that is wrong with what the chart makes of values."""
    found = documents(template(release, namespace, values))
    told = [fault for each in found for fault in faults(each)]
    named = [(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in found]
    told += [f"twice: {each}" for each in named if named.count(each) > 1]
    for each in found:
        if "settings.yaml" in (each.get("data") or {}):
            documents(each["data"]["settings.yaml"])
    return told


@pytest.mark.parametrize("values", [{}, ALL_ON], ids=["none", "all on"])
def test_every_object_has_the_types_of_its_kind(values: Values) -> None:
    """The definitions too."""
    assert [] == _wrong(values)


SWITCHES = [
    pytest.param(path, not value if isinstance(value, bool) else [], id=".".join(path))
    for path, value in _leaves(DEFAULTS)
    if (isinstance(value, bool) or (value and isinstance(value, list)))
    and ".".join(path) not in {*NEEDED, "workers.namespaces"}
]


@pytest.mark.parametrize(("path", "value"), SWITCHES)
def test_each_switch_turned_and_each_list_empty(path: tuple[str, ...], value: object) -> None:
    """One at a time, with all that can be made being made."""
    assert [] == _wrong(_with(ALL_ON, path, value) | {"crds": {"install": False}})


@pytest.mark.parametrize("cluster_wide", [True, False])
@pytest.mark.parametrize(
    ("release", "namespace", "values"),
    [
        pytest.param("gastown", "456", {"workers": {"namespaces": ["789", "no", "1e3"]}}, id="numbers"),
        pytest.param("null", "true", {"nameOverride": "yes", "serviceAccount": {"name": "123"}}, id="words"),
        pytest.param("123", "x", {"fullnameOverride": "town"}, id="release of digits"),
        pytest.param("r" * 53, "n" * 63, {}, id="long"),
        pytest.param("town", "x", {"fullnameOverride": "f" * 52, "nameOverride": "n" * 63}, id="longest"),
        pytest.param(
            "town", "x", {"priorityClassName": "1", "argoServer": {"caConfigMap": "2"}}, id="references"
        ),
        pytest.param("town", "town", {"workers": {"namespaces": ["town"]}}, id="in one namespace"),
    ],
)
def test_names_of_any_kind_are_names(
    release: str, namespace: str, values: Values, *, cluster_wide: bool
) -> None:
    """A name of digits, or one that YAML takes for a boolean, is a text; what is cut off leaves two names apart."""
    asked = ALL_ON | values | {"clusterWide": cluster_wide, "crds": {"install": False}}
    assert [] == _wrong(asked, release=release, namespace=namespace)


PLACED: dict[str, Values] = {
    "labels of ours": {"podLabels": {"app.kubernetes.io/name": "x", "team": "1"}},
    "annotations of ours": {"podAnnotations": {"prometheus.io/port": "1", "told": "a \"b\"\n'c': # d"}},
    "environment": {"extraEnv": [{"name": "A", "value": "\"x\" 'y'\n: #"}, {"name": "B", "value": "1"}]},
    "scheduling": {
        "nodeSelector": {"disk": "true"},
        "tolerations": [{"key": "a", "operator": "Exists", "effect": "NoSchedule", "tolerationSeconds": 5}],
        "affinity": {
            "nodeAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {
                        "weight": 1,
                        "preference": {"matchExpressions": [{"key": "a", "operator": "In", "values": ["1"]}]},
                    }
                ]
            }
        },
        "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
        ],
    },
    "labels of the dashboard": {
        "metrics": {"dashboard": {"enabled": True, "labels": {"helm.sh/chart": "x"}}}
    },
    "secrets alike": {"events": {"enabled": True, "secrets": ["s" * 70 + "a", "s" * 70 + "b", "a.b"]}},
    "nothing in maps": {
        "resources": None,
        "podSecurityContext": None,
        "securityContext": None,
        "podLabels": None,
    },
    "no resources of pods": {"pods": {"stepsResources": None, "agentResources": None, "userId": None}},
}


@pytest.mark.parametrize("name", PLACED)
def test_what_is_added_is_in_its_place(name: str) -> None:
    """Beside ours and instead of nothing: no key stands twice."""
    assert [] == _wrong(PLACED[name] | {"crds": {"install": False}})


def test_the_selector_stays_what_it_is() -> None:
    """A label of that name would part the Deployment from its pods; an annotation is theirs to change."""
    asked = PLACED["labels of ours"] | PLACED["annotations of ours"] | {"crds": {"install": False}}
    (found,) = (each for each in documents(template("a", "b", asked)) if each["kind"] == "Deployment")
    told = found["spec"]["template"]["metadata"]
    assert found["spec"]["selector"]["matchLabels"].items() <= told["labels"].items()
    assert ("1", "1") == (told["labels"]["team"], told["annotations"]["prometheus.io/port"])


def test_no_address_is_not_every_address() -> None:
    """A rule without `to` lets through to all, so one without addresses is not made."""
    closed = {"workers": {"networkPolicy": {"apiServer": {"cidrs": []}, "blocks": []}}}
    found = documents(template("a", "b", closed | {"crds": {"install": False}}))
    (policy,) = (each for each in found if each["kind"] == "NetworkPolicy")
    assert [{53, 5353}] == [{port["port"] for port in rule["ports"]} for rule in policy["spec"]["egress"]]


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        *(
            pytest.param({name: None}, f"missing property '{name}'", id=f"no {name}")
            for name, value in DEFAULTS.items()
            if (isinstance(value, dict) and name not in ("resources", "global") and value)
            or isinstance(value, bool | int)
        ),
        pytest.param({"metrics": {"port": None}}, "missing property 'port'", id="no port"),
        pytest.param({"workers": {"namespaces": None}}, "missing property 'namespaces'", id="no namespaces"),
        pytest.param({"workers": {"namespaces": ["a", "a"]}}, "items at 0 and 1 are equal", id="twice"),
        pytest.param({"workers": {"namespaces": ["Team_A"]}}, "/workers/namespaces/0", id="no namespace"),
        pytest.param({"fullnameOverride": "a: b"}, "/fullnameOverride", id="no name"),
        pytest.param({"nameOverride": "n" * 64}, "/nameOverride", id="no label"),
        pytest.param({"extraEnv": [{"name": "A", "value": 1}]}, "/extraEnv/0/value", id="number for a text"),
        pytest.param({"imagePullSecrets": ["registry"]}, "/imagePullSecrets/0", id="name for an object"),
        pytest.param({"nodeSelector": {"disk": True}}, "/nodeSelector/disk", id="boolean for a text"),
    ],
)
def test_what_no_object_can_be_made_of_is_named(values: Values, complaint: str) -> None:
    """By its path, before anything is installed."""
    with pytest.raises(Broken, match=complaint):
        template("gastown", "gastown-system", values)


@pytest.mark.parametrize("release", ["123", "a.b"])
def test_a_release_that_no_service_can_be_named_after_is_refused(release: str) -> None:
    """Helm takes more names for releases than Kubernetes takes for Services."""
    with pytest.raises(
        Broken, match=f"release {release}: no Service can be named after it; .* fullnameOverride"
    ):
        template(release, "gastown-system", {})
