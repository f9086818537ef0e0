"""`convoy report`."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from kubectl_gt.cli import names
from kubectl_gt.cli.command import Verb, with_town
from kubectl_gt.report import markdown, page
from kubectl_gt.report.model import Report
from kubectl_gt.report.model import report as build
from kubectl_gt.show import snapshot
from kubectl_gt.show.columns import bare
from kubectl_gt.town import Town
from workflows.clean import as_json
from workflows.clock import utc_now

FORMS: dict[str, Callable[[Report], str]] = {
    "md": markdown.render,
    "html": page.render,
    "json": lambda found: as_json(found.json()) + "\n",
}


def of_convoy(town: Town, name: str) -> Report:
    """The report of a convoy as it is now. Raises Missing."""
    convoy = town.convoys.get(name)
    polecats = town.polecats.of_convoy(name)
    vertices = town.graph(convoy)
    commits = tuple(each.status.merged_commit for each in polecats if each.status.merged_commit)
    return build(
        convoy,
        snapshot.of_convoy(convoy, polecats, snapshot.titles_of(vertices)),
        polecats,
        vertices=vertices,
        changed=town.rigs.changes(convoy.spec.rig_ref, commits),
        now=utc_now(),
    )


def show_page(text: str) -> None:
    """Open a page in the user's browser; it stays in the directory for temporary files."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="gastown-", suffix=".html", delete=False, encoding="utf-8"
    ) as file:
        file.write(text)
    click.echo(file.name)
    import webbrowser  # noqa: PLC0415 - it brings what starts programs

    webbrowser.open(Path(file.name).as_uri())


@click.command(
    cls=Verb,
    examples=(
        "convoy report passkeys",
        "convoy report passkeys -o html",
        "convoy report passkeys --open",
    ),
)
@click.argument("name", shell_complete=names.convoys)
@click.option("-o", "--output", type=click.Choice([*FORMS]), default="md", help="Form of the report.")
@click.option("--open", "browse", is_flag=True, help="Open the page in a browser.")
@with_town
def report(town: Town, name: str, *, output: str, browse: bool) -> None:
    """Report on a convoy: what was merged, what failed and why, who worked when, tokens and cost.

    The page is one file without scripts, to be kept or sent on.
    """
    found = of_convoy(town, bare(name, "convoy"))
    if browse:
        show_page(FORMS["html"](found))
    else:
        click.echo(FORMS[output](found), nl=False)
