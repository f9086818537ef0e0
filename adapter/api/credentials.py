"""The credentials of our client for kopf."""

from typing import Any

import kopf
from kubernetes import aio


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
