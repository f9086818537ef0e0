"""Credentials of agents that were refused: whose beads wait, and until when. Nobody here sees any: who renews them stamps a ConfigMap."""

import datetime
from collections.abc import Hashable, Iterable

from adapter.objects.conditions import Problem, condition_of
from crds import Condition, Convoy, Manifest, Rig
from workflows.agents import chosen
from workflows.exits import Reason
from workflows.observe import Observation

EXPIRED = Reason.CREDENTIALS_EXPIRED.word
"""The condition of a convoy, and of a rig, whose agents wait for credentials."""

REFUSED = "CredentialsRefused"
"""Its reason where an agent of the convoy itself was refused; a neighbour that waits with it says CredentialsHeld."""

LOOK_AGAIN = 10.0
"""Seconds between two looks at the stamp while somebody waits for it."""


def stamped(config_map: Manifest) -> datetime.datetime | None:
    """When credentials were renewed last: by the apiserver's clock, and by that of whoever did where it tells no more than the hash."""
    times = [each.get("time") for each in config_map["metadata"].get("managedFields", ())]
    told = [*times, (config_map.get("data") or {}).get("time")]
    return max(map(datetime.datetime.fromisoformat, filter(None, told)), default=None)


def refused(observations: Iterable[Observation], synced: datetime.datetime | None = None) -> Problem | None:
    """The first bead whose agent was refused with the credentials that there are, as a sentence."""
    for each in observations:
        for bead in each.beads if not each.ended else ():
            if bead.refused and (synced is None or bead.refused > synced):
                return Problem(REFUSED, f"{bead.bead}: {bead.message}")
    return None


def held(convoy: Convoy, rig: Rig, neighbours: Iterable[Convoy]) -> Problem | None:
    """Why a convoy waits without having been refused itself: a neighbour was, with the same credentials."""
    own = _login(convoy, rig)
    for each in neighbours:
        found = logged_out(each.status.conditions)
        waits = found and found.reason == REFUSED and not (each.status.ended or each.spec.stop)
        if found and waits and each.metadata.uid != convoy.metadata.uid and own == _login(each, rig):
            return Problem("CredentialsHeld", f"convoy {each.metadata.name}: {found.message}")
    return None


def logged_out(conditions: Iterable[Condition]) -> Condition | None:
    """The condition of whatever waits for credentials."""
    found = condition_of(conditions, EXPIRED)
    return found if found and found.status == "True" else None


def _login(convoy: Convoy, rig: Rig) -> Hashable:
    """What tells apart the credentials of a convoy's agents; Secrets are those of its namespace."""
    agent, config = chosen(convoy, rig)
    gateway = config.model_provider.api_key_secret_ref if config and config.model_provider else None
    secrets = (rig.spec.login, gateway or rig.spec.api_key_secret_ref)
    return (convoy.metadata.namespace, agent, repr(secrets))
