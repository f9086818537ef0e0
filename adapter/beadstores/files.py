"""Loads bead files from their ConfigMaps and parses them beside the loop: ten thousand beads take a third of a second."""

import asyncio
from collections.abc import Mapping

from adapter.cache.beads import ParsedBeads, UnreadableBeads
from adapter.context import Context
from adapter.objects.keys import Key
from crds import BeadStore, Manifest
from workflows.beads import parse_beads
from workflows.beadstore import packing
from workflows.errors import BeadsUnreadable


async def load_beads(context: Context, store: BeadStore, index: str) -> ParsedBeads | UnreadableBeads:
    """Read one state of a store's file, unless that was done before. Raises Missing or Unavailable for one that is not whole."""
    uid = store.metadata.uid
    known = context.bead_cache.find(uid, index)
    if known is not None:
        return known
    head = await context.gateway.get(Key("ConfigMap", store.metadata.namespace, index))
    others = {
        name: await context.gateway.get(Key("ConfigMap", store.metadata.namespace, name))
        for name in packing.parts(head)
    }
    found = await asyncio.to_thread(_parsed, index, head, others)
    context.bead_cache.put(uid, found)
    return found


def _parsed(index: str, head: Manifest, others: Mapping[str, Manifest]) -> ParsedBeads | UnreadableBeads:
    source = packing.source(head)
    try:
        text = packing.unpack(head, others).decode("utf-8")
        return ParsedBeads(index, parse_beads(text, source=source))
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return UnreadableBeads(index, f"{source}:{line}: not UTF-8; mend the line or export the beads again")
    except BeadsUnreadable as error:
        return UnreadableBeads(index, str(error))
