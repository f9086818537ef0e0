"""Claude Code's log-in as it stands in its file: what of it is an agent's business, whose it is, and until when it lasts."""

import datetime
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from crds import DEFAULT_AGENT, Rig
from kubectl_gt.town import LoginStatus

CREDENTIALS = ".credentials.json"
"""The one file of ~/.claude that holds the log-in; the rest is history, and nobody else's business."""

ACCOUNT = ".claude.json"
"""Beside ~/.claude: whose log-in it is, among much else."""

_OWN = "claudeAiOauth"


def own_part(raw: bytes) -> bytes:
    """The file without the tokens of other servers (`mcpOAuth`), which a polecat has no need of."""
    told = _parsed(raw)
    kept = {_OWN: told[_OWN]} if _OWN in told else {k: v for k, v in told.items() if not k.startswith("mcp")}
    return json.dumps(kept).encode() if kept != told else raw


def described(raw: bytes) -> LoginStatus:
    """What the file tells of the log-in; no token is among it."""
    told = _parsed(raw).get(_OWN)
    own: dict[str, Any] = told if isinstance(told, dict) else {}
    expires = own.get("expiresAt")
    return LoginStatus(
        found=bool(raw),
        plan=str(own.get("subscriptionType") or ""),
        expires=_moment(expires) if isinstance(expires, int | float) else None,
        renews=bool(own.get("refreshToken")),
    )


def account(directory: Path) -> str:
    """The address of whoever is logged in, as Claude Code notes it beside its directory; empty where it does not."""
    try:
        told = _parsed((directory.parent / ACCOUNT).read_bytes()).get("oauthAccount")
    except OSError:
        return ""
    return str(told.get("emailAddress") or "") if isinstance(told, dict) else ""


def users_of_login(rigs: Iterable[Rig], secret: str = "") -> tuple[str, ...]:
    """The rigs whose agent is Claude Code with this log-in, and no key of its own; `secret` is the name that they may call it by."""
    return tuple(
        rig.metadata.name
        for rig in rigs
        if rig.spec.agent == DEFAULT_AGENT
        and not rig.spec.api_key_secret_ref
        and not (rig.spec.agent_config and rig.spec.agent_config.model_provider)
        and (not secret or rig.spec.login is None or rig.spec.login.name == secret)
    )


def _moment(milliseconds: float) -> datetime.datetime | None:
    try:
        return datetime.datetime.fromtimestamp(milliseconds / 1000, datetime.UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
