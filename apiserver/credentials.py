"""Credentials: the service account inside of a cluster, a kubeconfig outside of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kubernetes import aio

_config: Any = aio.config


async def connect(kubeconfig: Path | None, *, refused: Callable[[str], Exception]) -> aio.client.ApiClient:
    """A client for the cluster of the kubeconfig, or for the one that this process runs in. Raises the caller's error."""
    configuration = aio.client.Configuration()
    try:
        if kubeconfig is None:
            _config.load_incluster_config(client_configuration=configuration)
        else:
            await _config.load_kube_config(config_file=str(kubeconfig), client_configuration=configuration)
    except (_config.ConfigException, OSError) as error:
        raise refused(f"no cluster to work on: {error}; name a kubeconfig with --kubeconfig") from error
    # With `trust_env` every request asks two threads for proxies and .netrc (measured: a third of its time). kopf has it off, too.
    configuration.disable_strict_ssl_verification = True  # see `trust`
    configuration.client_session_kwargs = {"trust_env": False, "read_bufsize": 2**22}
    return aio.client.ApiClient(configuration)
