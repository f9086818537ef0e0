"""What the adapter's image leaves out of its packages is nothing that its programs load."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

LOADED = """
import importlib, importlib.abc, pkgutil, sys
from images.wheels import LEFT_OUT

asked = []

class WithoutThem(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if LEFT_OUT.match(name.replace(".", "/") + ".py") and name.rpartition(".")[2] not in ("api", "models"):
            asked.append(name)
            raise ModuleNotFoundError(name, name=name)
        return None

sys.meta_path.insert(0, WithoutThem())
for top in ("crds", "apiserver", "forges", "workflows", "adapter", "events"):
    for each in pkgutil.walk_packages(importlib.import_module(top).__path__, f"{top}."):
        if not each.name.endswith("__main__"):
            importlib.import_module(each.name)
from kubernetes import aio
aio.client.ApiClient
try:
    aio.client.V1Pod
except ImportError:
    print("left out:", asked[-1])
"""


def test_every_module_loads_without_it() -> None:
    """Of the adapter and of gastown-events, with the client that both talk by; what nobody needs is what is not there."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (0, "left out: kubernetes.aio.client.models.v1_pod\n") == (done.returncode, done.stdout), (
        done.stderr
    )
