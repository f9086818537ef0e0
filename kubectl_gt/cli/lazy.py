"""Verbs that are imported when they run. Help and completion of the names need only the table, so they answer in the blink of an eye."""

import dataclasses
import importlib
from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

from kubectl_gt.cli import suggestions

HELP = ("-h", "--help")
"""How help is asked of the program and of each verb."""


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One verb: where its command stands, as `module:name`, and what it does in one line."""

    where: str
    help: str


class Verbs(click.Group):
    """A group whose members are known by name and help before they are imported."""

    def __init__(self, name: str, *, table: "Mapping[str, Entry | Verbs]", **settings: Any) -> None:
        super().__init__(name, no_args_is_help=False, **settings)
        self.table = table

    def get_help_option_names(self, _: click.Context) -> list[str]:
        """`-h` too."""
        return [*HELP]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """No verb at all asks for the list of them."""
        return super().parse_args(ctx, args if args or ctx.resilient_parsing else ["--help"])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The verb that is named. One that does not exist is a usage error with the verb that was likely meant."""
        name = args[0]
        if name in self.table or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        meant = suggestions.verb(name, self.table, top=ctx.parent is None)
        path = typed(ctx.command_path)
        advice = f"; did you mean `{path} {meant}`?" if meant else ""
        raise click.UsageError(f"No such command {name!r}{advice}", ctx)

    def list_commands(self, _: click.Context) -> list[str]:
        """Names in the order of the table, which is the order in which a newcomer needs them."""
        return list(self.table)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        """Import a verb. Raises what is wrong with the installation where a stranger's package is in the way."""
        entry = self.table.get(name)
        if entry is None or isinstance(entry, Verbs):
            return entry
        module, attribute = entry.where.split(":")
        try:
            found = getattr(importlib.import_module(module), attribute)
        except (ImportError, AttributeError) as error:
            importlib.import_module(
                "kubectl_gt.cli.installation"
            ).check()  # reads metadata, which takes 30 ms to import
            raise error from None
        if not isinstance(found, click.Command):
            raise TypeError(f"{entry.where} is no command")
        return found

    def format_commands(self, _: click.Context, formatter: click.HelpFormatter) -> None:
        """The table as help shows it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _short(entry)) for name, entry in self.table.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names that fit, without importing any."""
        if incomplete.startswith("-"):
            return super(click.Group, self).shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=_short(entry))
            for name, entry in self.table.items()
            if name.startswith(incomplete)
        ]


def typed(path: str) -> str:
    """The path of a command as people type it: kubectl finds the program kubectl-gt by `kubectl gt`."""
    return path.replace("kubectl-gt", "kubectl gt", 1)


def _short(entry: Entry | Verbs) -> str:
    return entry.help or ""
