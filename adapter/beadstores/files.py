"""Bead files out of their ConfigMaps, parsed beside the loop: ten thousand beads take a third of a second."""

import asyncio
from collections.abc import Mapping

from adapter.cache.beads import Shelved, Unusable
from adapter.context import Town
from adapter.objects.keys import Key
from crds import BeadStore, Manifest
from workflows.beads import parse_beads
from workflows.beadstore import packing
from workflows.errors import BeadsUnreadable


async def shelve(town: Town, store: BeadStore, index: str) -> Shelved | Unusable:
    """Read one state of a store's file, unless that was done before. Raises Missing or Unavailable for one that is not whole."""
    uid = store.metadata.uid
    known = town.shelf.find(uid, index)
    if known is not None:
        return known
    head = await town.gateway.get(Key("ConfigMap", store.metadata.namespace, index))
    others = {
        name: await town.gateway.get(Key("ConfigMap", store.metadata.namespace, name))
        for name in packing.parts(head)
    }
    found = await asyncio.to_thread(_parsed, index, head, others)
    town.shelf.put(uid, found)
    return found


def _parsed(index: str, head: Manifest, others: Mapping[str, Manifest]) -> Shelved | Unusable:
    source = packing.source(head)
    try:
        text = packing.unpack(head, others).decode("utf-8")
        return Shelved(index, parse_beads(text, source=source))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return Unusable(index, f"{source}:{line}: not UTF-8; mend the line or export the beads again")
    except BeadsUnreadable as error:
        return Unusable(index, str(error))
