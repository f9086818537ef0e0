"""The credentials of our client for kopf."""

import ssl
from typing import Any

import kopf
from kubernetes import aio

from apiserver.trust import as_kubectl


class _Login(kopf.ConnectionInfo):
    def as_ssl_context(self) -> ssl.SSLContext:
        return as_kubectl(super().as_ssl_context())


async def kopf_login(client: aio.client.ApiClient) -> kopf.ConnectionInfo:
    """The same credentials for kopf, as they are now: asked anew whenever the apiserver refuses them."""
    configuration: Any = client.configuration
    header = await configuration.get_api_key_with_prefix("BearerToken", alias="authorization")
    scheme, _, token = (header or "").rpartition(" ")
    return _Login(
        server=configuration.host,
        ca_path=configuration.ssl_ca_cert,
        insecure=not configuration.verify_ssl,
        scheme=scheme or None,
        token=token or None,
        certificate_path=configuration.cert_file,
        private_key_path=configuration.key_file,
    )
