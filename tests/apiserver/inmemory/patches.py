"""Patches of a manifest by other means than server-side apply."""

import copy
from typing import Any

import jsonpatch

from inmemory.refusals import Refused, bad_request


def merged(value: Any, patch: Any) -> Any:
    """RFC 7386: fields replace fields, null removes, lists are replaced whole."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    before = value if isinstance(value, dict) else {}
    found = {name: each for name, each in before.items() if name not in patch}
    return found | {name: merged(before.get(name), each) for name, each in patch.items() if each is not None}


def edited(value: Any, operations: list[dict[str, Any]]) -> Any:
    """RFC 6902. Raises Refused where an operation does not fit the object."""
    try:
        return jsonpatch.apply_patch(value, operations)
    except jsonpatch.InvalidJsonPatch as error:
        raise bad_request(str(error)) from error
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
        raise Refused(
            422, "Invalid", f"the server rejected our request due to an error in our request: {error}"
        ) from error
