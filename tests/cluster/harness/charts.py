"""The chart of `helm/`, rendered and installed by the helm that the harness builds."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from harness import folders
from harness.errors import Broken
from harness.families import FAMILIES, binary

CHART = folders.PROJECT / "helm"


def helm(*arguments: str, values: Mapping[str, Any] | None = None, kubeconfig: Path | None = None) -> str:
    """Run helm; returns what it printed. Raises Broken with its words, Missing where it is not built."""
    command = [str(binary("helm")), *arguments]
    command += ["--values", "-"] if values is not None else []
    command += ["--kubeconfig", str(kubeconfig)] if kubeconfig else []
    text = json.dumps(
        dict(values or {})
    )  # YAML that helm reads as PyYAML does: of a word like 1e3 they think otherwise
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"helm {arguments[0]} failed: {done.stderr.strip()[-600:]}")
    return done.stdout


def template(release: str, namespace: str, values: Mapping[str, Any], *apis: str) -> str:
    """What the chart makes of values, for a Kubernetes of the harness' version that serves these APIs beside its own."""
    # A helm that is built as a module takes itself for one of Kubernetes 1.20.
    version = ["--kube-version", FAMILIES["kube"].version]
    beside = [f"--api-versions={each}" for each in apis]
    return helm("template", release, str(CHART), "--namespace", namespace, *version, *beside, values=values)


def rendered(release: str, namespace: str, values: Mapping[str, Any], *apis: str) -> list[dict[str, Any]]:
    """The same as objects."""
    found = yaml.safe_load_all(template(release, namespace, values, *apis))
    return [document for document in found if document]
