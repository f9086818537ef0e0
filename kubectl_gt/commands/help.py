"""`help` and `options`."""

import click

from kubectl_gt.cli.command import Verb, place_options


@click.command("help", cls=Verb, examples=("help", "help convoy create"))
@click.argument("words", nargs=-1, metavar="[VERB]...")
def help_(words: tuple[str, ...]) -> None:
    """Show the help of the program, or of a verb."""
    root = click.get_current_context().find_root()
    program = root.command
    with program.make_context(root.info_name, [*words, "--help"]) as context:
        program.invoke(context)


@click.command(cls=Verb, examples=("options",))
def options() -> None:
    """List the options that every verb takes, at any place of the line: those by which kubectl finds a cluster."""
    context = click.Context(click.Command("options", params=[*place_options(hidden=False, all_shown=True)]))
    formatter = context.make_formatter()
    records = (option.get_help_record(context) for option in context.command.params)
    formatter.write_dl([record for record in records if record])
    click.echo(formatter.getvalue(), nl=False)
