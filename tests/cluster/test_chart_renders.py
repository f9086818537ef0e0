"""What the chart makes of its values, by helm itself; no cluster is needed."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness.charts import CHART, helm, rendered
from harness.errors import Broken

pytestmark = pytest.mark.usefixtures("helm")

GOLDEN = Path(__file__).with_name("golden")

VALUES: dict[str, dict[str, Any]] = {
    "default": {},
    "namespaced": {
        "clusterWide": False,
        "workers": {"namespaces": ["team-a", "team-b"], "create": False},
        "imagePullSecrets": [{"name": "registry"}],
        "metrics": {"enabled": False},
        "settings": {"lastAction": {"enabled": False}},
    },
    "openshift": {
        "openshift": True,
        "workers": {"podSecurity": "baseline", "networkPolicy": {"enabled": False}},
    },
    "many": {
        "replicaCount": 3,
        "metrics": {"serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}}},
        "resources": {"limits": {"memory": "1Gi"}},
        "settings": {"sink": "https://events.example.com/gastown"},
        "argoServer": {"url": "https://argo-server.argo:2746", "caConfigMap": "argo-server-ca"},
        "workers": {"networkPolicy": {"apiServer": {"cidrs": ["10.0.0.5/32"]}, "dns": [{"podSelector": {}}]}},
    },
}


@pytest.mark.parametrize("name", VALUES)
def test_it_renders_as_before(name: str) -> None:
    """Each set of values against its file; with REGENERATE=1 it is written anew, to be read as a difference."""
    found = rendered("gastown", "gastown-system", VALUES[name] | {"crds": {"install": False}})
    file = GOLDEN / f"chart-{name}.yaml"
    if os.environ.get("REGENERATE"):
        file.write_text(yaml.safe_dump_all(found, sort_keys=False, width=110), encoding="utf-8")
    assert list(yaml.safe_load_all(file.read_text(encoding="utf-8"))) == found


@pytest.mark.parametrize(
    ("pods", "codex", "gemini"),
    [
        pytest.param({}, "gastown/polecat-codex:0.1.0", "gastown/polecat-gemini:0.1.0", id="ours"),
        pytest.param(
            {"agentImages": {"codex": "x"}}, "x", "gastown/polecat-gemini:0.1.0", id="one of theirs"
        ),
        pytest.param({"agentImage": "all"}, None, None, id="one for all"),
        pytest.param(
            {"agentImage": "all", "agentImages": {"codex": "x"}}, "x", None, id="one for all, one for it"
        ),
    ],
)
def test_each_agent_gets_its_image(pods: dict[str, Any], codex: str | None, gemini: str | None) -> None:
    """Where none is named for it and one is for all, that one."""
    found = rendered("gastown", "gastown-system", {"pods": pods, "crds": {"install": False}})
    (text,) = (each["data"]["settings.yaml"] for each in found if "settings.yaml" in (each.get("data") or {}))
    told = yaml.safe_load(text)["compile"]
    assert (pods.get("agentImage") or "gastown/polecat-agent:0.1.0") == told["agent_image"]
    assert (codex, gemini) == (told["agent_images"].get("codex"), told["agent_images"].get("gemini"))


def test_it_is_clean() -> None:
    """The linter of helm itself, warnings included, with all values and with each set."""
    for values in VALUES.values():
        assert "0 chart(s) failed" in helm("lint", "--strict", str(CHART), values=values)


def test_dashboard_and_alerts_are_the_files() -> None:
    """As they stand in the chart, in what Grafana's sidecar and the Prometheus operator look for."""
    asked = {
        "metrics": {"dashboard": {"enabled": True}, "alerts": {"enabled": True, "labels": {"team": "x"}}}
    }
    found = {
        (each["kind"], each["metadata"]["name"]): each
        for each in rendered("gastown", "gastown-system", asked | {"crds": {"install": False}})
    }
    board, rule = found["ConfigMap", "gastown-adapter-dashboard"], found["PrometheusRule", "gastown-adapter"]
    assert (CHART / "files" / "dashboard.json").read_text(encoding="utf-8") == board["data"]["gastown.json"]
    assert "1" == board["metadata"]["labels"]["grafana_dashboard"]
    assert yaml.safe_load((CHART / "files" / "alerts.yaml").read_text(encoding="utf-8")) == rule["spec"]
    assert "x" == rule["metadata"]["labels"]["team"]


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        pytest.param({"replicas": 2}, "replicas", id="a name that is not known"),
        pytest.param({"metrics": {"port": "http"}}, "integer", id="another type"),
        pytest.param({"image": {"pullPolicy": "Sometimes"}}, "pullPolicy", id="a word that is none"),
        pytest.param({"settings": {"sink": "events"}}, "sink", id="an address that is none"),
        pytest.param({"workers": {"namespaces": []}}, "minItems", id="nowhere to work"),
        pytest.param(
            {"replicaCount": 2, "leaderElection": {"enabled": False}}, "enable it", id="two that both work"
        ),
    ],
)
def test_wrong_values_are_refused(values: dict[str, Any], complaint: str) -> None:
    """Before anything is installed, by the schema or by name."""
    with pytest.raises(Broken, match=complaint):
        rendered("gastown", "gastown-system", values)


@pytest.mark.parametrize(
    ("values", "apis"),
    [
        pytest.param({"openshift": True}, (), id="told"),
        pytest.param({}, ("security.openshift.io/v1",), id="seen"),
    ],
)
def test_openshift_gives_the_user_ids(values: dict[str, Any], apis: tuple[str, ...]) -> None:
    """No number stands in the adapter's pod, nor in the settings for pods of convoys."""
    found = rendered("gastown", "gastown-system", values, *apis)
    deployment = next(each for each in found if each["kind"] == "Deployment")
    settings = next(each for each in found if each["kind"] == "ConfigMap")["data"]["settings.yaml"]
    pod = deployment["spec"]["template"]["spec"]["securityContext"]
    assert {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}} == pod
    assert yaml.safe_load(settings)["compile"]["user_id"] is None


def test_definitions_come_with_it_and_stay() -> None:
    """All six, upgraded with the chart, and kept when it is removed."""
    found = [each for each in rendered("gastown", "gastown-system", {}) if each["kind"].startswith("Custom")]
    assert ["keep"] * 6 == [each["metadata"]["annotations"]["helm.sh/resource-policy"] for each in found]
    without = rendered("gastown", "gastown-system", {"crds": {"install": False}})
    assert not [each for each in without if each["kind"].startswith("Custom")]
