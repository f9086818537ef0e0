"""The convoy of the pictures: twelve beads, with everything that happens to beads. Pods are played; Argo, the adapter and the interface are real."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

NAME = "release-day"
FORGE = "https://github.com/acme/shop"
RIG = {"gitURL": f"{FORGE}.git", "beadsPrefix": "shop"}

_BEADS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "shop-1": ("Write the price list", ()),
    "shop-2": ("Print a receipt", ("shop-1",)),
    "shop-3": ("Show prices in two currencies", ("shop-1",)),
    "shop-4": ("Add up the till", ("shop-2", "shop-3")),
    "shop-5": ("Send the receipt by mail", ()),
    "shop-6": ("Count the stock", ()),
    "shop-7": ("Order what is missing", ()),
    "shop-8": ("Tell the supplier", ("shop-7",)),
    "shop-9": ("Take cards at the till", ()),
    "shop-10": ("Raise the prices", ()),
    "shop-11": ("Close on Sundays", ()),
    "shop-12": ("Release the week's version", ("shop-4", "shop-5", "shop-6", "shop-11")),
}
"""Title, and what each waits for: a diamond, a fan-in, and one that waits for what fails."""

_NOTHING = {"sha": "", "commit": "", "branch": "", "ref": ""}
"""The outputs of a pod that published nothing."""

_BROKEN = {
    "code": 1,
    "said": "the agent ended with code 1; its last words: no supplier is configured",
    "outputs": {**_NOTHING, "reason": "Failed", "summary": "no supplier is configured", "cost": "0.11"},
}
_MISHAPS: Mapping[str, Mapping[str, Any]] = {
    "shop-5.shop-5-merge(0)": {
        "outputs": {
            "outcome": "conflict",
            "reason": "Conflict",
            "sha": "",
            "commit": "",
            "summary": "shop-5 conflicts with main in receipt.txt",
        },
    },
    "shop-6.shop-6-work(0)": {"code": 137, "seconds": 2, "outputs": {**_NOTHING, "reason": "", "cost": ""}},
    **{f"shop-7.shop-7-work({attempt})": _BROKEN for attempt in range(3)},
    "shop-9.shop-9-work(0)": {
        "code": 11,
        "said": "the agent asks: which payment provider shall the till use, Stripe or Adyen?",
        "outputs": {
            **_NOTHING,
            "reason": "Escalated",
            "summary": "which payment provider shall the till use, Stripe or Adyen?",
            "cost": "0.07",
        },
    },
    "shop-10.shop-10-merge(0)": {
        "code": 31,
        "said": "shop-10 does not pass: gate test ended with code 2; the log of container gates has all of it; "
        "its end: prices.txt: 3 prices are below cost",
        "outputs": {
            "outcome": "none",
            "reason": "GateFailed",
            "sha": "",
            "commit": "",
            "summary": "shop-10 does not pass: gate test ended with code 2",
        },
    },
}
"""By a pod's node: what is not as usual."""


def beads() -> list[str]:
    """All beads, in their order."""
    return [*_BEADS]


def convoy(rig: str) -> dict[str, Any]:
    """The spec of the Convoy."""
    listed = [{"id": bead, "title": title, "dependsOn": [*needs]} for bead, (title, needs) in _BEADS.items()]
    return {"description": "Release day", "rigRef": rig, "beads": listed}


def directions() -> dict[str, str]:
    """What the player has the pods do, by the keys that it knows."""
    usual = {
        f"{graph}.{bead}-{step}({attempt})": told
        for bead in _BEADS
        for graph in (bead, f"{bead}.{bead}-again")
        for attempt in range(2)
        for step, told in (("work", _worked(bead)), ("merge", _merged(bead)))
    }
    parts = {path: _over(usual.get(path, {}), _MISHAPS.get(path, {})) for path in {*usual, *_MISHAPS}}
    keys = {f"{NAME}-1.{path}".replace("(", "_").replace(")", "_"): part for path, part in parts.items()}
    return {key: json.dumps(part) for key, part in keys.items()}


def _over(usual: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    return {**usual, **change, "outputs": {**usual.get("outputs", {}), **change.get("outputs", {})}}


def _worked(bead: str) -> dict[str, Any]:
    title, _ = _BEADS[bead]
    sha = _sha(f"work {bead}")
    cost = 0.05 + int(sha[:2], 16) / 1000
    return {
        "seconds": 4 + int(sha[2], 16) / 2,
        "outputs": {
            "reason": "Completed",
            "summary": f"{title}: done, with a test",
            "cost": f"{cost:.2f}",
            "commit": f"{FORGE}/commit/{sha}",
            "branch": f"{FORGE}/tree/polecat/{bead}",
            "commits": "1",
            "files": "2",
            "tokens": str(int(sha[:4], 16)),
            "ref": f"polecat/{bead}",
            "sha": sha,
            "base": "main",
        },
    }


def _merged(bead: str) -> dict[str, Any]:
    sha = _sha(f"merge {bead}")
    return {
        "seconds": 3,
        "outputs": {
            "reason": "Completed",
            "summary": f"merged {bead} into main as {sha[:12]}",
            "commit": f"{FORGE}/commit/{sha}",
            "branch": f"{FORGE}/tree/main",
            "outcome": "merged",
            "sha": sha,
        },
    }


def _sha(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
