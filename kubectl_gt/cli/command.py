"""What every verb has: the options that say where the town is, at any position of the command line, as kubectl takes them."""

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from kubectl_gt.place import Place, open_town
from kubectl_gt.town import Town

P = ParamSpec("P")
R = TypeVar("R")

_KEY = "kubectl_gt.place"

_KUBECTL: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (("--namespace", "-n"), {"help": "Namespace of the town; the context's, else gastown."}),
    (("--kubeconfig",), {"help": "Kubeconfig to use instead of $KUBECONFIG or ~/.kube/config."}),
    (("--context",), {"help": "Context of the kubeconfig."}),
    (("--cluster",), {"help": "Cluster of the kubeconfig."}),
    (("--user",), {"help": "User of the kubeconfig."}),
    (("--server", "-s"), {"help": "Address of the API server."}),
    (("--token",), {"help": "Bearer token for the API server."}),
    (("--as", "as_"), {"help": "User to act as."}),
    (("--as-group",), {"help": "Group to act as; may be repeated.", "multiple": True}),
    (("--as-uid",), {"help": "UID to act as."}),
    (("--certificate-authority",), {"help": "Certificate of the API server's authority."}),
    (("--client-certificate",), {"help": "Client certificate."}),
    (("--client-key",), {"help": "Client key."}),
    (("--insecure-skip-tls-verify",), {"help": "Do not check the server's certificate.", "is_flag": True}),
    (("--tls-server-name",), {"help": "Name that the server's certificate must carry."}),
    (("--request-timeout",), {"help": "How long one request may take, such as 30s; 0 for ever."}),
    (("--cache-dir",), {"help": "Taken for kubectl's sake; nothing is cached."}),
    (("--disable-compression",), {"help": "Taken for kubectl's sake.", "is_flag": True}),
)


def place_options(*, hidden: bool) -> list[click.Option]:
    """The options, for a command's list; verbs hide them, since the program's own help shows them once."""
    local = click.Option(
        ["--local"],
        is_flag=True,
        hidden=hidden,
        expose_value=False,
        callback=_remember,
        envvar="GASTOWN_LOCAL",
        help="The town of this machine; so it is where no cluster is configured.",
    )
    kubectl = [
        click.Option([*names], hidden=hidden, expose_value=False, callback=_remember, **settings)
        for names, settings in _KUBECTL
    ]
    return [local, *kubectl]


def _remember(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    if value and option.name:
        ctx.find_root().meta.setdefault(_KEY, {})[option.name] = value


class Verb(click.Command):
    """A command that takes the place options too."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.params.extend(place_options(hidden=True))


def place(ctx: click.Context) -> Place:
    """Where the town is, from the options of a command line."""
    told = dict(ctx.find_root().meta.get(_KEY, {}))
    return Place(local=bool(told.pop("local", False)), kubectl=told)


def with_town(run: Callable[Concatenate[Town, P], R]) -> Callable[P, R]:
    """Hand the town to a verb as its first argument."""

    @functools.wraps(run)
    def opened(*args: P.args, **settings: P.kwargs) -> R:
        return run(open_town(place(click.get_current_context())), *args, **settings)

    return opened


def program_name() -> str:
    """What to type to get here again."""
    name = click.get_current_context().find_root().info_name or "gastown"
    return "kubectl gt" if name == "kubectl-gt" else name
