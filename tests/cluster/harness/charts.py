"""The chart of `helm/`, rendered and installed by the helm that the harness builds."""

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
    text = yaml.safe_dump(dict(values or {}))
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Broken(f"helm {arguments[0]} failed: {done.stderr.strip()[-600:]}")
    return done.stdout


def rendered(release: str, namespace: str, values: Mapping[str, Any], *apis: str) -> list[dict[str, Any]]:
    """What the chart makes of values, for a Kubernetes of the harness' version that serves these APIs beside its own."""
    # A helm that is built as a module takes itself for one of Kubernetes 1.20.
    version = ["--kube-version", FAMILIES["kube"].version]
    beside = [f"--api-versions={each}" for each in apis]
    text = helm("template", release, str(CHART), "--namespace", namespace, *version, *beside, values=values)
    return [document for document in yaml.safe_load_all(text) if document]
