"""Digests of statuses: whether two say the same, as the apiserver shows them."""

import hashlib
import json
from typing import Any

from crds import Manifest


def digest(status: Manifest) -> str:
    """The same for statuses that say the same, as the apiserver shows them."""
    text = json.dumps(status, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def shown(value: Any) -> Any:
    """A status as the apiserver will show it: it gives `0.0` back as `0`."""
    if isinstance(value, dict):
        return {key: shown(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [shown(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
