"""What every verb has: the options that say where the town is, at any position of the command line, as kubectl takes them."""

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

import click
from click.core import ParameterSource

from kubectl_gt.cli import suggestions
from kubectl_gt.cli.lazy import HELP, typed
from kubectl_gt.place import CLUSTERS, Place, open_town
from kubectl_gt.town import Town

P = ParamSpec("P")
R = TypeVar("R")

_KEY = "kubectl_gt.place"
_JSON = "kubectl_gt.json"

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


_SHOWN = ("--namespace", "--context")
"""Options of kubectl that the program's own help shows; `options` shows all."""


def place_options(*, hidden: bool, all_shown: bool = False) -> list[click.Option]:
    """The options, for a command's list; verbs hide them, and the program's help shows the two that people type."""
    local = click.Option(
        ["--local"],
        is_flag=True,
        hidden=hidden,
        expose_value=False,
        callback=_remember,
        help="The town of this machine, as with GASTOWN_LOCAL=1; so it is where no cluster is configured.",
    )
    kubectl = [
        click.Option(
            [*names],
            hidden=hidden or not (all_shown or names[0] in _SHOWN),
            expose_value=False,
            callback=_remember,
            **settings,
        )
        for names, settings in _KUBECTL
    ]
    return [local, *kubectl]


def version_option() -> click.Option:
    """`--version` of the program, which prints what the verb prints."""

    def show(ctx: click.Context, _: click.Parameter, value: Any) -> None:
        if value and not ctx.resilient_parsing:
            program = ctx.command
            verb = program.get_command(ctx, "version") if isinstance(program, click.Group) else None
            if verb is not None:
                with verb.make_context("version", [], parent=ctx) as context:
                    verb.invoke(context)
            ctx.exit()

    return click.Option(
        ["--version"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=show,
        help="Print the version.",
    )


def _remember(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    if value and option.name:
        ctx.find_root().meta.setdefault(_KEY, {})[option.name] = value


class Verb(click.Command):
    """A command that takes the place options too, shows examples, and says what an option of another program is called here.

    `examples` are command lines without the program's name.
    """

    def __init__(self, *args: Any, examples: Sequence[str] = (), **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.examples = tuple(examples)
        self.params.extend(place_options(hidden=True))
        if any(isinstance(each.type, click.Choice) and "json" in each.type.choices for each in self.params):
            self.params.append(_json_flag())

    def get_help_option_names(self, _: click.Context) -> list[str]:
        """`-h` too."""
        return [*HELP]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as click does; an option that another program has is a usage error that names ours."""
        try:
            rest = super().parse_args(ctx, [*_with_value(args, "--wait", "--wait-until")])
        except click.NoSuchOption as error:
            ours = suggestions.option(error.option_name, {name for each in self.params for name in each.opts})
            if ours is None:
                raise
            advice = f"use {ours}" if ours else "it is not needed; leave it out"
            raise click.UsageError(f"No such option {error.option_name!r} here: {advice}", ctx) from error
        except click.UsageError as error:
            # The parser of options knows no context, and the help named would be the program's.
            error.ctx = error.ctx or ctx
            raise
        if not ctx.resilient_parsing:
            _refuse_empty(ctx, self.params)
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; `--json` stands for the output form of that name."""
        if ctx.meta.pop(_JSON, False):
            ctx.params["output"] = "json"
        return super().invoke(ctx)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, as they are typed."""
        if self.examples:
            program = typed(ctx.find_root().info_name or "gastown")
            with formatter.section("Examples"):
                formatter.write("".join(f"  {program} {each}\n" for each in self.examples))
        super().format_epilog(ctx, formatter)


def _refuse_empty(ctx: click.Context, params: Sequence[click.Parameter]) -> None:
    """An unset variable in a script, `--base-branch "$BRANCH"`, must not mean the default, nor `''` a path."""
    for each in params:
        name = each.name or ""
        value, told = ctx.params.get(name), ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
        empty = value == "" or (isinstance(value, tuple) and "" in value)
        if told and empty and getattr(each, "flag_value", None) != "":
            raise click.BadParameter("it is empty; name something, or leave it out", ctx, each)


def _with_value(args: Sequence[str], flag: str, option: str) -> Iterator[str]:
    """A flag that may carry a value, `--wait=merged`: click would take the next word for the value of one that may lack it."""
    for position, each in enumerate(args):
        if each == "--":
            yield from args[position:]
            return
        yield f"{option}={each.removeprefix(f'{flag}=')}" if each.startswith(f"{flag}=") else each


def _json_flag() -> click.Option:
    def remember(ctx: click.Context, _: click.Parameter, value: Any) -> None:
        if value:
            ctx.meta[_JSON] = True

    return click.Option(
        ["--json"], is_flag=True, expose_value=False, callback=remember, help="The same as `-o json`."
    )


def place(ctx: click.Context) -> Place:
    """Where the town is, from the options of a command line."""
    told = dict(ctx.find_root().meta.get(_KEY, {}))
    local = bool(told.pop("local", False))
    elsewhere = sorted(told.keys() & CLUSTERS)
    if local and elsewhere:
        raise click.UsageError(f"--local and --{elsewhere[0]} name two places; give one of them", ctx)
    return Place(local=local, kubectl=told)


def with_town(run: Callable[Concatenate[Town, P], R]) -> Callable[P, R]:
    """Hand the town to a verb as its first argument."""

    @functools.wraps(run)
    def opened(*args: P.args, **settings: P.kwargs) -> R:
        return run(open_town(place(click.get_current_context())), *args, **settings)

    return opened


def program_name() -> str:
    """What to type to get here again."""
    return typed(click.get_current_context().find_root().info_name or "gastown")
