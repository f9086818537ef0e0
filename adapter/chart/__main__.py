"""`python -m adapter.chart` writes the generated parts of the chart; with `--check` it tells whether they are up to date."""

import sys
from pathlib import Path

import click

from adapter.chart.render import rendered

CHECKOUT = Path(__file__).resolve().parents[2]


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when a file is not what the code says.")
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=CHECKOUT,
    help="Where helm/ and docs/ stand; the checkout when not given.",
)
def main(*, check: bool, directory: Path) -> None:
    """Write the chart's values, their schema and page, its rules and its copies of the definitions."""
    expected = {directory / name: text for name, text in rendered().items()}
    copies = (directory / "helm" / "files" / "crds").glob("*.yaml")
    found = {path: path.read_text(encoding="utf-8") for path in (*expected, *copies) if path.exists()}
    stale = sorted(path for path in expected.keys() | found.keys() if expected.get(path) != found.get(path))
    for path in stale:
        if check:
            click.echo(f"{path} is not what the code says; run `python -m adapter.chart`", err=True)
        elif path in expected:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(expected[path], encoding="utf-8")
        else:
            path.unlink()
    sys.exit(bool(check and stale))


if __name__ == "__main__":
    main()
