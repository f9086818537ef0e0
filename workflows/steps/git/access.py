"""Lets git into the repository with the mounted credentials, so that no secret is in an argument or in a config file."""

import contextlib
import os
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

from workflows.steps.git import address
from workflows.steps.git.command import Git
from workflows.steps.git.signing import SIGNS
from workflows.steps.pod.environment import Pod
from workflows.steps.pod.private import private_directory

PINNED_HOSTS = Path(__file__).parent / "known_hosts"
KNOWN_ONLY = "yes"
"""ssh's word for refusing a host whose key is not known."""

_KEYS = ("ssh-privatekey", "id_ed25519", "id_ecdsa", "id_rsa")
_HELPER = (
    # Reads the files when git asks, so a rotated Secret works; the values never stand in a process list.
    '!f() { test "$1" = get || exit 0; d="$GASTOWN_GIT_CREDENTIALS"; '
    # Builtins of the shell alone: the image of the steps has no `cat`.
    'u=x-access-token; test -s "$d/username" && IFS= read -r u <"$d/username"; '
    'p="$d/password"; test -s "$d/token" && p="$d/token"; IFS= read -r s <"$p"; '
    'printf "username=%s\\npassword=%s\\n" "$u" "$s"; }; f'
)


@contextlib.contextmanager
def opened(
    pod: Pod,
    repository: str,
    environ: Mapping[str, str],
    *,
    host_keys: str = KNOWN_ONLY,
    key_for: str | None = None,
    signing: Path | None = None,
) -> Iterator[tuple[Git, Path]]:
    """Git that may reach the repository, and a directory that no other container can touch.

    `key_for` is the address that the mounted key was given for, where that may be another than the repository's; `signing` is the key
    for commits.
    """
    bound = pod if key_for is None or address.same(repository, key_for) else pod._replace(credentials=None)
    with private_directory(pod) as private:
        given = {"GASTOWN_GIT_CREDENTIALS": str(bound.credentials or "")}
        ssh = _ssh(bound, private, host_keys)
        settings = _password(bound, repository)
        if signing:
            given[SIGNS] = "1"
            settings |= {
                "gpg.format": "ssh",
                "user.signingKey": str(_own_copy(signing, private / "signing-key")),
            }
        yield Git.of({**environ, **_home(pod, private), **given, **ssh}, settings), private


def _home(pod: Pod, private: Path) -> dict[str, str]:
    """Beside a mounted key no settings of a home count: containers may share one, and git runs what its settings name."""
    if not pod.credentials:
        return {}
    return {"HOME": str(private), "XDG_CONFIG_HOME": str(private), "GIT_CONFIG_GLOBAL": os.devnull}


def _password(pod: Pod, repository: str) -> dict[str, str]:
    scope = address.origin(repository)
    given = pod.credentials and any((pod.credentials / name).is_file() for name in ("password", "token"))
    if not scope or not given:
        return {}
    # The empty helper before ours drops the user's own, which would store what it hears.
    return {"credential.helper": "", f"credential.{scope}.helper": _HELPER}


def _ssh(pod: Pod, private: Path, host_keys: str) -> dict[str, str]:
    names = _KEYS if pod.credentials else ()
    for name in names:
        if pod.credentials and (pod.credentials / name).is_file():
            key = _own_copy(pod.credentials / name, private / "key")
            return {"GIT_SSH_COMMAND": ssh_command(key, pod.credentials, private, host_keys=host_keys)}
    # Without a key of ours the user's own ssh is used as it is set up, but for what was asked of it.
    if host_keys == KNOWN_ONLY:
        return {}
    return {
        "GIT_SSH_COMMAND": shlex.join(["ssh", *_options(_trust(host_keys, private, ["~/.ssh/known_hosts"]))])
    }


def ssh_command(key: Path, credentials: Path, private: Path, *, host_keys: str = KNOWN_ONLY) -> str:
    """The ssh call: this key only, no question ever asked, and a host whose key is not known treated as `host_keys` says."""
    known = [str(credentials / "known_hosts"), str(PINNED_HOSTS), "~/.ssh/known_hosts"]
    options = {
        "IdentitiesOnly": "yes",
        "BatchMode": "yes",
        **_trust(host_keys, private, known),
        "ConnectTimeout": "30",
        "ServerAliveInterval": "15",
    }
    return shlex.join(["ssh", "-i", str(key), *_options(options)])


def _trust(host_keys: str, private: Path, known: list[str]) -> dict[str, str]:
    """`accept-new` keeps what it learns for as long as the step runs; `no` compares with nothing, not even with a changed key."""
    files = {
        KNOWN_ONLY: known,
        "accept-new": [str(private / "met_hosts"), *known],
        "no": [os.devnull],
    }
    return {
        "StrictHostKeyChecking": host_keys,
        "UserKnownHostsFile": " ".join(f'"{path}"' if " " in path else path for path in files[host_keys]),
    }


def _options(options: Mapping[str, str]) -> list[str]:
    return [word for name, value in options.items() for word in ("-o", f"{name}={value}")]


def _own_copy(source: Path, copy: Path) -> Path:
    """A key that ssh accepts: a mounted Secret is readable by the group, which ssh refuses."""
    text = source.read_bytes()
    with contextlib.suppress(FileNotFoundError):
        copy.unlink()
    descriptor = os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        # ssh-keygen and ssh refuse a key whose last newline was lost when the Secret was made.
        stream.write(text if text.endswith(b"\n") else text + b"\n")
    return copy
