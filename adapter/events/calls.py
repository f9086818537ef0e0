"""The identity of a call about a stuck polecat, shared by who calls and by who records it."""

import hashlib

from crds import StuckPolecat, Witness


def call_id(witness: Witness, stuck: StuckPolecat) -> str:
    """Names the call about a stuck polecat: a function of what it tells, so a sink knows a second delivery."""
    since = stuck.since.isoformat() if stuck.since else ""
    text = f"{witness.metadata.uid} {stuck.polecat} {since} {stuck.reason}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
