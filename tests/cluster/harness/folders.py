"""Where the harness keeps things: built files that outlive a cluster, and the state of the one that runs.

Both lie in the user's cache directory, or under `GASTOWN_CACHE_DIR`. `GASTOWN_TEST_PLACE` names a place for clusters of one's own
beside those of others.
"""

import os
from pathlib import Path

from platformdirs import user_cache_path

TESTS = Path(__file__).resolve().parents[1]
"""tests/cluster of this checkout."""

PROJECT = TESTS.parents[1]
"""The checkout itself."""


def cache() -> Path:
    """The folder that everything of the harness lies in; made by whoever writes into it."""
    chosen = os.environ.get("GASTOWN_CACHE_DIR")
    return Path(chosen).resolve() if chosen else user_cache_path("gastown-argo") / "cluster"


def binaries() -> Path:
    """Built binaries, one folder per family and content hash."""
    return cache() / "binaries"


def seeds() -> Path:
    """What etcd begins with, in one folder per content hash."""
    return cache() / "seeds"


def images() -> Path:
    """Built images as archives that containerd imports, named by content hash."""
    return cache() / "images"


def state(mode: str) -> Path:
    """All that a running cluster of this mode (`full` or `light`) writes; removed by `down`."""
    return cache() / f"state{_place()}" / mode


def lock(mode: str) -> Path:
    """The file whose lock says who works with the cluster of this mode."""
    return cache() / f"{mode}{_place()}.lock"


def _place() -> str:
    place = os.environ.get("GASTOWN_TEST_PLACE")
    return f"-{place}" if place else ""
