"""Reaching the cluster that kubectl would reach with the same options."""

import dataclasses
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import urllib3
import yaml
from kubernetes import client
from kubernetes import config as untyped_config
from urllib3.util.ssl_ import create_urllib3_context

from apiserver.trust import as_kubectl
from kubectl_gt.cluster.reader import Reader
from kubectl_gt.durations import Duration
from workflows.errors import Refused, Unavailable, why

config: Any = untyped_config

DEFAULT_NAMESPACE = "gastown"
"""Where gastown-operator's kubectl plugin looks when nobody names a namespace."""

_POD_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_CHOSEN = "chosen by --cluster and --user"

Options = Mapping[str, Any]
"""Options of kubectl that were given, by parameter name."""


@dataclasses.dataclass(frozen=True, slots=True)
class Connection:
    """A client, the namespace to work in, and the seconds that one request may take; None for ever."""

    client: Any
    namespace: str
    timeout: float | None


def connect(options: Options) -> Connection:
    """A connection as kubectl's options ask for it; nothing is sent yet. Raises Unavailable or Refused."""
    _check(options)
    configuration: Any = client.Configuration()
    try:
        namespace = _configure(configuration, options)
    except (config.ConfigException, OSError) as error:
        raise Unavailable(
            f"kubeconfig: {why(error)}; mend it, or work on this machine with --local"
        ) from error
    except (AttributeError, LookupError, TypeError, ValueError, yaml.YAMLError) as error:
        # The client takes a file apart without looking at its form first.
        raise Unavailable(
            "kubeconfig: it has not the form of one; mend it, name another, or work on this machine with --local"
        ) from error
    _override(configuration, options)
    api = Reader(configuration)
    _trust(api, configuration)
    _impersonate(api, options)
    timeout = Duration().convert(
        options.get("request_timeout", "0"), click.Option(["--request-timeout"]), None
    )
    return Connection(api, options.get("namespace") or namespace or DEFAULT_NAMESPACE, timeout)


def _check(options: Options) -> None:
    """Refuse what the client takes and stumbles over later: an address without a scheme, a file that is not there."""
    server = options.get("server", "")
    if server and not re.match(r"https?://[^/\s]+", server):
        raise click.UsageError(f"--server {server!r} is no address such as https://127.0.0.1:6443")
    for option in ("certificate_authority", "client_certificate", "client_key"):
        if option in options and not Path(options[option]).is_file():
            raise click.UsageError(f"--{option.replace('_', '-')} {options[option]}: there is no such file")


def _configure(configuration: Any, options: Options) -> str:
    """Read the kubeconfig, or the pod's own account; the namespace that it names."""
    files = (
        options.get("kubeconfig")
        or os.environ.get("KUBECONFIG")
        or config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION
    )
    if not any(Path(file).expanduser().exists() for file in files.split(os.pathsep)):
        if "kubeconfig" in options:
            raise Unavailable(f"kubeconfig {files}: it does not exist; name another one")
        return _without_file(configuration, options)
    merged: Any = config.kube_config.KubeConfigMerger(files).config
    if merged is None:
        raise Unavailable(f"kubeconfig {files}: it is empty; name another one")
    context = _context(merged.value, options)
    loader = config.kube_config.KubeConfigLoader(
        config_dict=merged, active_context=context, config_base_path=None
    )
    loader.load_and_set(configuration)
    return str(_plain(_plain(loader.current_context)["context"]).get("namespace") or "")


def _without_file(configuration: Any, options: Options) -> str:
    if options.get("server"):
        return ""
    if not os.environ.get("KUBERNETES_SERVICE_HOST"):
        raise Unavailable(
            "cluster: there is no kubeconfig, neither in $KUBECONFIG nor as ~/.kube/config; "
            "name one with --kubeconfig, or work on this machine with --local"
        )
    config.load_incluster_config(client_configuration=configuration)
    return _POD_NAMESPACE.read_text(encoding="utf-8").strip() if _POD_NAMESPACE.exists() else ""


def _context(merged: Any, options: Options) -> str | None:
    """The name of the context to use; one of our own where --cluster or --user differ from it."""
    chosen: str | None = options.get("context")
    if not ("cluster" in options or "user" in options):
        return chosen
    name = chosen or merged.get("current-context")
    contexts = merged.setdefault("contexts", [])
    known = next((_plain(each["context"]) for each in contexts if each["name"] == name), {})
    parts = {key: options[key] for key in ("cluster", "user") if key in options}
    contexts.append({"name": _CHOSEN, "context": {**known, **parts}})
    return _CHOSEN


def _plain(node: Any) -> dict[str, Any]:
    """The client wraps what it has merged, to tell in errors where it stood."""
    return dict(getattr(node, "value", node))


def _override(configuration: Any, options: Options) -> None:
    """Put the options on top, now and each time that the client reads the kubeconfig again, which it does before every request."""
    refresh = configuration.refresh_api_key_hook

    def refreshed(again: Any) -> None:
        refresh(again)
        _set(again, options)
        again.refresh_api_key_hook = refreshed

    _set(configuration, options)
    if refresh is not None:
        configuration.refresh_api_key_hook = refreshed
    # The client's own retries turn one refused connection into a minute of silence.
    # What the apiserver asks to send again later (429, while it starts or is crowded) it has not carried out.
    configuration.retries = urllib3.Retry(
        5, connect=0, read=0, other=0, redirect=0, allowed_methods=None, raise_on_status=False
    )
    if options.get("insecure_skip_tls_verify"):
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)


def _set(configuration: Any, options: Options) -> None:
    fields = {
        "server": "host",
        "certificate_authority": "ssl_ca_cert",
        "client_certificate": "cert_file",
        "client_key": "key_file",
        "tls_server_name": "tls_server_name",
    }
    for option, field in fields.items():
        if option in options:
            setattr(configuration, field, options[option])
    if "token" in options:
        configuration.api_key = {"authorization": f"Bearer {options['token']}"}
    if options.get("insecure_skip_tls_verify"):
        configuration.verify_ssl = False


def _trust(api: Any, configuration: Any) -> None:
    """The client makes a context of its own for each connection, as strict as Python is; one that is given is loaded with the same files."""
    if configuration.verify_ssl:
        context = as_kubectl(create_urllib3_context())
        if not (configuration.ssl_ca_cert or configuration.ca_cert_data):
            context.load_default_certs()
        api.rest_client.pool_manager.connection_pool_kw["ssl_context"] = context


def _impersonate(api: Any, options: Options) -> None:
    groups = options.get("as_group", ())
    if len(groups) > 1:
        raise Refused("--as-group: one group only is possible here; bind the rights to one group")
    headers = {
        "Impersonate-User": options.get("as_"),
        "Impersonate-Group": groups[0] if groups else None,
        "Impersonate-Uid": options.get("as_uid"),
    }
    for name, value in headers.items():
        if value:
            api.set_default_header(name, value)
