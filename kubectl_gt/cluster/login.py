"""The agents' log-in in a cluster: a Secret that only the agent's container gets."""

import base64
import dataclasses
import hashlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from crds import Rig
from kubectl_gt.cluster.api import Api, told
from kubectl_gt.cluster.polecats import CLAUDE_SECRET
from kubectl_gt.logins import LoginStatus
from kubectl_gt.machine import bundle
from kubectl_gt.machine.credentials import CREDENTIALS, account, described, own_part, stored, users_of_login
from workflows.clock import utc_now
from workflows.errors import Missing
from workflows.labels import ACCOUNT, LAST_SYNC, LOGIN_STAMP


class Login:
    """Only the log-in itself is taken, and what is named: the rest of ~/.claude is history that has no business in a cluster."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def sync(
        self, directory: Path, *, force: bool, secret: str = "", parts: Collection[str] | None = None
    ) -> str:
        """Put the log-in into the Secret, and stamp that it changed; or only stamp, for a Secret that somebody else changed.

        Raises Missing where there is no log-in, or no such Secret.
        """
        if secret:
            return self._noted(secret)
        found = stored(directory)
        if not found.raw:
            raise Missing(
                f"log-in {found.place}: not found; log in with `claude`, or put a key into Secret {CLAUDE_SECRET}"
            )
        known = self._secret()
        if known is not None and not _synced(known) and not force:
            return f"Secret {CLAUDE_SECRET} was not made by auth sync; --force replaces it"
        content, now = own_part(found.raw), utc_now().isoformat(timespec="seconds")
        before = (known.data or {}) if known else {}
        old = {key: each for key, each in before.items() if key.startswith(bundle.PREFIX)}
        stays = {key: base64.b64decode(each) for key, each in old.items()}
        data = {CREDENTIALS: content} | (stays if parts is None else bundle.gathered(directory, parts))
        bundle.check_size(data, bundle.places(data))
        body = {
            "metadata": {"name": CLAUDE_SECRET, "annotations": {LAST_SYNC: now, ACCOUNT: account(directory)}},
            "type": "Opaque",
            "data": dict.fromkeys(old) | {key: base64.b64encode(each).decode() for key, each in data.items()},
        }
        self._put("secret", CLAUDE_SECRET, body, exists=known is not None)
        self._stamp(CLAUDE_SECRET, content)
        return (
            f"Secret {CLAUDE_SECRET} in namespace {self._api.namespace} {'replaced' if known else 'created'}"
        )

    def status(self) -> LoginStatus:
        """Of the Secret that rigs without one of their own use."""
        secret, place = self._secret(), f"{self._api.namespace}/{CLAUDE_SECRET}"
        rigs = users_of_login(
            (each for each in self._api.every("Rig") if isinstance(each, Rig)), CLAUDE_SECRET
        )
        if secret is None:
            return LoginStatus(found=False, place=place, advice="`auth sync` makes it", rigs=rigs)
        data = secret.data or {}
        return dataclasses.replace(
            described(base64.b64decode(data.get(CREDENTIALS) or "")),
            found=True,
            place=place,
            account=(secret.metadata.annotations or {}).get(ACCOUNT, ""),
            synced=_synced(secret),
            keys=tuple(sorted(data)),
            rigs=rigs,
        )

    def _noted(self, name: str) -> str:
        found = self._find("secret", name)
        if found is None:
            raise Missing(f"secret {name}: not found in namespace {self._api.namespace}; name another one")
        self._stamp(name, json.dumps(found.data or {}, sort_keys=True).encode())
        return (
            f"Secret {name} in namespace {self._api.namespace} counts as renewed: what waited for it goes on"
        )

    def _stamp(self, secret: str, content: bytes) -> None:
        """Last of all: whoever waits goes on as soon as it is there."""
        data = {
            "secret": secret,
            "sha256": hashlib.sha256(content).hexdigest(),
            "time": utc_now().isoformat(timespec="seconds"),
        }
        exists = self._find("config_map", LOGIN_STAMP) is not None
        self._put("config_map", LOGIN_STAMP, {"metadata": {"name": LOGIN_STAMP}, "data": data}, exists=exists)

    def _secret(self) -> Any:
        return self._find("secret", CLAUDE_SECRET)

    def _find(self, kind: str, name: str) -> Any:
        read = getattr(self._api.core, f"read_namespaced_{kind}")
        try:
            with told(f"{kind} {name}"):
                return read(name, self._api.namespace, **self._api.more)
        except Missing:
            return None

    def _put(self, kind: str, name: str, body: dict[str, Any], *, exists: bool) -> None:
        with told(f"{kind} {name}"):
            if exists:
                patch = getattr(self._api.core, f"patch_namespaced_{kind}")
                patch(name, self._api.namespace, body, **self._api.more)
            else:
                create = getattr(self._api.core, f"create_namespaced_{kind}")
                create(self._api.namespace, body, **self._api.more)


def _synced(secret: Any) -> str:
    return str((secret.metadata.annotations or {}).get(LAST_SYNC, ""))
