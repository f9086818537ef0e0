"""Leadership in a cluster: a Lease, held by the replica that repairs and answers."""

import datetime
import logging
import time
from dataclasses import dataclass

from events.errors import EventsError
from events.stores.apiserver import Apiserver, Missing, path

log = logging.getLogger(__name__)

GROUP = "coordination.k8s.io/v1"
DURATION = 15
"""Seconds after which a leader that has not renewed is replaced."""
RENEW = 5.0


@dataclass(slots=True)
class Lease:
    """Leads who wrote the Lease last, and only for as long as it said."""

    api: Apiserver
    namespace: str
    identity: str
    name: str = "gastown-events"
    _until: float = 0.0
    _renewed: float = -RENEW
    _seen: tuple[str, float] = ("", 0.0)

    async def leads(self) -> bool:
        """Renew or take the Lease when it is time; an apiserver that does not answer ends the lead when its time is up."""
        now = time.monotonic()
        if now - self._renewed >= RENEW:
            self._renewed = now
            try:
                if await self._hold(now):
                    self._until = now + DURATION
            except EventsError as error:
                log.warning("lease cannot be renewed", extra={"reason": str(error)})
        return now < self._until

    async def _hold(self, now: float) -> bool:
        try:
            found = await self.api.ask(
                "GET", path("leases", namespace=self.namespace, name=self.name, group=GROUP)
            )
        except Missing:
            await self._write("POST", path("leases", namespace=self.namespace, group=GROUP), "")
            return True
        spec, version = found.get("spec") or {}, str(found["metadata"]["resourceVersion"])
        if self._seen[0] != version:
            self._seen = (version, now)
        ours = spec.get("holderIdentity") in (self.identity, "", None)
        # Clocks of machines differ, so another's lease has run out when it was not renewed while we looked on.
        if not ours and now - self._seen[1] < float(spec.get("leaseDurationSeconds") or DURATION):
            return False
        where = path("leases", namespace=self.namespace, name=self.name, group=GROUP)
        await self._write("PUT", where, version)
        return True

    async def _write(self, method: str, where: str, version: str) -> None:
        moment = datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        metadata = {"name": self.name, "namespace": self.namespace}
        body = {
            "apiVersion": GROUP,
            "kind": "Lease",
            "metadata": metadata | ({"resourceVersion": version} if version else {}),
            "spec": {
                "holderIdentity": self.identity,
                "leaseDurationSeconds": DURATION,
                "renewTime": moment,
            },
        }
        await self.api.ask(method, where, body=body)
