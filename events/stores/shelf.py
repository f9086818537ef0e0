"""Outboxes in a cluster: a ConfigMap for each sink, written only at the version that was read."""

from dataclasses import dataclass

from events.errors import Later
from events.stores.apiserver import Apiserver, Conflicted, Missing

KEY = "outbox.json"


@dataclass(frozen=True, slots=True)
class ConfigMaps:
    """ConfigMaps of the namespace of gastown-events, `<prefix>-<sink>`."""

    api: Apiserver
    namespace: str
    prefix: str

    async def load(self, sink: str) -> tuple[str, str]:
        """See `Shelf`."""
        try:
            found = await self.api.ask("GET", self._path(sink))
        except Missing:
            return "", ""
        return str((found.get("data") or {}).get(KEY, "")), str(found["metadata"]["resourceVersion"])

    async def save(self, sink: str, text: str, version: str) -> str:
        """See `Shelf`. A former leader that still writes is refused: another has the outbox by now."""
        metadata = {"name": f"{self.prefix}-{sink}", "namespace": self.namespace}
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata | ({"resourceVersion": version} if version else {}),
            "data": {KEY: text},
        }
        try:
            found = await self.api.ask(
                "PUT" if version else "POST", self._path(sink if version else ""), body=body
            )
        except (Conflicted, Missing) as error:
            raise Later(f"outbox of sink {sink}: another process wrote it") from error
        return str(found["metadata"]["resourceVersion"])

    def _path(self, sink: str) -> str:
        place = f"/api/v1/namespaces/{self.namespace}/configmaps"
        return f"{place}/{self.prefix}-{sink}" if sink else place
