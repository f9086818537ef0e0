"""Credentials: the service account inside of a cluster, a kubeconfig outside of it; for our client and for kopf the same ones."""

from pathlib import Path
from typing import Any

import kopf
from kubernetes import aio

from adapter.errors import Denied

_config: Any = aio.config


async def connect(kubeconfig: Path | None) -> aio.client.ApiClient:
    """A client for the cluster of the kubeconfig, or for the one that this process runs in. Raises Denied."""
    configuration = aio.client.Configuration()
    try:
        if kubeconfig is None:
            _config.load_incluster_config(client_configuration=configuration)
        else:
            await _config.load_kube_config(config_file=str(kubeconfig), client_configuration=configuration)
    except (_config.ConfigException, OSError) as error:
        raise Denied(f"no cluster to work on: {error}; name a kubeconfig with --kubeconfig") from error
    # With `trust_env` every request asks two threads for proxies and .netrc (measured: a third of its time). kopf has it off, too.
    configuration.client_session_kwargs = {"trust_env": False, "read_bufsize": 2**22}
    return aio.client.ApiClient(configuration)


async def kopf_login(client: aio.client.ApiClient) -> kopf.ConnectionInfo:
    """The same credentials for kopf, as they are now: asked anew whenever the apiserver refuses them."""
    configuration: Any = client.configuration
    header = await configuration.get_api_key_with_prefix("BearerToken", alias="authorization")
    scheme, _, token = (header or "").rpartition(" ")
    return kopf.ConnectionInfo(
        server=configuration.host,
        ca_path=configuration.ssl_ca_cert,
        insecure=not configuration.verify_ssl,
        scheme=scheme or None,
        token=token or None,
        certificate_path=configuration.cert_file,
        private_key_path=configuration.key_file,
    )
