"""The one thing that a pod of ours asks of an apiserver: to create a ConfigMap. It may do nothing else, and needs no client for it."""

import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

from workflows.steps.errors import AccessRefused, NotTaken, OrdersUnread
from workflows.steps.speech import say

TIMEOUT = 30.0
PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between the tries of a request that was not answered."""


class Apiserver(NamedTuple):
    """`access` is a directory with `token` and `ca.crt`, as Kubernetes projects them into the container."""

    url: str
    access: Path
    pauses: tuple[float, ...] = PAUSES

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """The apiserver of the cluster that this pod runs in. Raises OrdersUnread outside of one."""
        try:
            host, port = environ["KUBERNETES_SERVICE_HOST"], environ.get("KUBERNETES_SERVICE_PORT", "443")
            access = Path(environ["GASTOWN_APISERVER_ACCESS"])
        except KeyError as error:
            raise OrdersUnread(
                f"{error.args[0]} is not set: this step runs in a pod that the adapter's CronWorkflow makes"
            ) from error
        name = f"[{host}]" if ":" in host else host
        return cls(f"https://{name}:{port}", access)

    def free(self, config_map: Mapping[str, Any]) -> bool:
        """True where no object has the ConfigMap's name. Asked with a creation that is not carried out: reading is not allowed."""
        return self._create(config_map, "?dryRun=All")

    def create(self, config_map: Mapping[str, Any]) -> bool:
        """Create a ConfigMap; False where it was there. Raises AccessRefused or NotTaken."""
        return self._create(config_map, "")

    def _create(self, config_map: Mapping[str, Any], query: str) -> bool:
        namespace = config_map["metadata"]["namespace"]
        where = f"{self.url}/api/v1/namespaces/{namespace}/configmaps{query}"
        body = json.dumps(config_map).encode()
        for pause in self.pauses:
            try:
                return self._send(where, body)
            except NotTaken as error:
                say(f"tried again in {pause:g} s: {error}")
                time.sleep(pause)
        return self._send(where, body)

    def _send(self, where: str, body: bytes) -> bool:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token()}"}
        request = urllib.request.Request(where, data=body, headers=headers, method="POST")  # noqa: S310 - https, see `of`
        trust = ssl.create_default_context(cafile=str(self.access / "ca.crt"))
        trust.verify_flags &= (
            ~ssl.VERIFY_X509_STRICT
        )  # the adapter, and kubectl, ask no more of a cluster's authority
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT, context=trust):  # noqa: S310 - as above
                return True
        except urllib.error.HTTPError as error:
            with error:
                return self._refused(error.code, error.read())
        except OSError as error:
            raise NotTaken(f"the apiserver {self.url} does not answer: {error}") from error

    def _token(self) -> str:
        """Read each time: the kubelet renews it."""
        return (self.access / "token").read_text(encoding="ascii").strip()

    @staticmethod
    def _refused(status: int, body: bytes) -> bool:
        told = _told(body)
        if status == 409 and told.get("reason") == "AlreadyExists":
            return False
        words = str(told.get("message") or body[:200].decode("utf-8", "replace"))
        if status in (401, 403):
            raise AccessRefused(
                f"the apiserver refuses the beads: {words}; give the account gastown-beads its role in this namespace"
            )
        raise NotTaken(f"the apiserver answers {status}: {words}")


def _told(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
