"""A cluster that somebody else runs: which one it is, and how its pods reach this machine."""

import ipaddress
import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kubernetes
from harness.errors import Missing

_library: Any = kubernetes

CHOICE = "GASTOWN_TEST_KUBECONFIG"
ADDRESS = "GASTOWN_TEST_ADDRESS"


def given() -> Path | None:
    """The kubeconfig of the cluster that the tests were told to use."""
    chosen = os.environ.get(CHOICE)
    return Path(chosen).resolve() if chosen else None


def address(kubeconfig: Path) -> str:
    """Where its pods reach this machine: as we were told, else the address from which we reach its apiserver."""
    told = os.environ.get(ADDRESS)
    if told:
        return told
    configuration = _library.client.Configuration()
    _library.config.load_kube_config(str(kubeconfig), client_configuration=configuration)
    place = urlsplit(configuration.host)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nothing_is_sent:
        nothing_is_sent.connect((place.hostname, place.port or 443))
        found: str = nothing_is_sent.getsockname()[0]
    return found


def require_reachable(host: str) -> None:
    """Raise Missing where that address can't be the one that pods reach this machine by."""
    if ipaddress.ip_address(host).is_loopback:
        raise Missing(
            f"pods do not reach this machine as {host}: name an address in {ADDRESS} that they do "
            "(with kind: the gateway that `docker network inspect kind` shows)"
        )
