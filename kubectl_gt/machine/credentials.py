"""Claude Code's log-in as it stands in its file: what of it is an agent's business, whose it is, and until when it lasts."""

import datetime
import getpass
import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from crds import DEFAULT_AGENT, Rig
from kubectl_gt.logins import LoginStatus

CREDENTIALS = ".credentials.json"
"""The one file of ~/.claude that holds the log-in; the rest is history, and nobody else's business."""

ACCOUNT = ".claude.json"
"""Beside ~/.claude: whose log-in it is, among much else."""

KEYCHAIN = "Claude Code-credentials"
"""What Claude Code calls its entry of the keychain of macOS, which it prefers to a file."""

_OWN = "claudeAiOauth"
_SECONDS = 120
"""How long somebody may take to let `security` read the entry."""


class Stored(NamedTuple):
    """A log-in as it was found; empty where there is none. `place` is for people."""

    raw: bytes
    place: str


def stored(directory: Path) -> Stored:
    """The log-in of a directory of Claude Code, from its file; the usual one's also from the keychain. Raises OSError for a file that can't be read."""
    file = directory / CREDENTIALS
    if file.is_file():
        return Stored(file.read_bytes(), str(file))
    usual = directory == Path.home() / ".claude"
    return (usual and _from_keychain()) or Stored(b"", str(file))


def _from_keychain() -> Stored | None:
    program = shutil.which("security")
    if not program:
        return None
    command = (program, "find-generic-password", "-a", getpass.getuser(), "-w", "-s", KEYCHAIN)
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return None
    raw = done.stdout.strip()
    return Stored(raw, f"keychain entry {KEYCHAIN}") if not done.returncode and _parsed(raw) else None


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
