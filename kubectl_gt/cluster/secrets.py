"""Secrets of a namespace, which gastown-events mounts."""

import base64
import binascii
from typing import Any

from kubectl_gt.cluster.api import Api, told
from workflows.errors import Missing


class Secrets:
    """The Secrets of the town's namespace."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def read(self, name: str, key: str) -> str:
        """A value; empty where there is none. Raises Unavailable."""
        found = self._find(name, self._api.namespace)
        data = dict(found.data or {}) if found is not None else {}
        try:
            return base64.b64decode(data.get(key, "")).decode()
        except (binascii.Error, UnicodeDecodeError):
            return ""

    def keep(self, name: str, values: dict[str, str], *, namespace: str = "") -> str:
        """Set values, leaving other keys. Raises Unavailable or Refused."""
        place = namespace or self._api.namespace
        body = {
            "metadata": {"name": name},
            "type": "Opaque",
            "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()},
        }
        there = self._find(name, place) is not None
        with told(f"secret {name}"):
            if there:
                self._api.core.patch_namespaced_secret(name, place, body, **self._api.more)
            else:
                self._api.core.create_namespaced_secret(place, body, **self._api.more)
        done = "changed" if there else "created"
        return f"Secret {place}/{name} {done}: {', '.join(values)}"

    def _find(self, name: str, namespace: str) -> Any:
        try:
            with told(f"secret {name}"):
                return self._api.core.read_namespaced_secret(name, namespace, **self._api.more)
        except Missing:
            return None
