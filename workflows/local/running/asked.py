"""What is asked of a convoy, as one value: whoever finds another one knows that its runner has something to do."""

import hashlib
import json

from workflows.local.logins import Logins
from workflows.local.store import Store


def asked(store: Store, convoy: str) -> str:
    """Changes with what people ask of a convoy, and with what else of the store its runner goes by, but for what that writes itself."""
    manifest = store.resource("Convoy", convoy)
    refused = Logins(store).refusals(manifest["spec"].get("rigRef", "")) if manifest else ()
    told = (manifest, sorted(store.terminations(convoy)), store.submitted(convoy), refused)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
