"""The CRD manifests and their reference page, made from the models: `gastown-crds` writes them,
`gastown-crds --check` tells whether they are up to date.
"""

import functools
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import yaml

from crds.meta import GROUP, VERSION, Column, Resource
from crds.reading import KINDS
from crds.reference import reference
from crds.schema import structural_schema
from crds.wire import Manifest

MANIFESTS = Path(__file__).with_name("manifests")
CHECKOUT = Path(__file__).parent.parent

_HEADER = "# Made by gastown-crds from the models of the package crds; change them, not this.\n"


def definition(kind: type[Resource]) -> Manifest:
    """The CustomResourceDefinition of a kind."""
    served = kind.definition
    names = {
        "kind": kind.__name__,
        "listKind": f"{kind.__name__}List",
        "plural": served.plural,
        "singular": kind.__name__.lower(),
        "categories": ["gastown"],
    }
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "additionalPrinterColumns": [_column(column) for column in served.columns],
        "schema": {"openAPIV3Schema": structural_schema(kind)},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{served.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": names | ({"shortNames": list(served.short_names)} if served.short_names else {}),
            "scope": served.scope,
            "versions": [version],
        },
    }


@functools.cache
def rendered() -> Mapping[str, str]:
    """The text of each manifest by its file name; made once, as that takes a second."""
    return {f"{kind.definition.plural}.yaml": _HEADER + _yaml(definition(kind)) for kind in KINDS.values()}


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when a file is not what the models say.")
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=MANIFESTS,
    help="Where the manifests stand; in this package when not given.",
)
def main(*, check: bool, directory: Path) -> None:
    """Write the CRD manifests of the six kinds and, in a checkout, docs/crds.md."""
    expected = {directory / name: text for name, text in rendered().items()}
    if directory == MANIFESTS and (CHECKOUT / "pyproject.toml").exists():
        expected[CHECKOUT / "docs" / "crds.md"] = reference()
    found = {
        path: path.read_text(encoding="utf-8")
        for path in (*expected, *directory.glob("*.yaml"))
        if path.exists()
    }
    stale = sorted(path for path in expected.keys() | found.keys() if expected.get(path) != found.get(path))
    if check:
        for path in stale:
            click.echo(f"{path} is not what the models say; run gastown-crds", err=True)
        sys.exit(bool(stale))
    directory.mkdir(parents=True, exist_ok=True)
    for path in stale:
        if path in expected:
            path.write_text(expected[path], encoding="utf-8")
        else:
            path.unlink()
        click.echo(f"{path}")


def _column(column: Column) -> dict[str, Any]:
    priority = {"priority": column.priority} if column.priority else {}
    return {"name": column.name, "type": column.type, "jsonPath": column.path} | priority


def _yaml(manifest: Manifest) -> str:
    # Through JSON nothing is shared any more, so YAML writes no anchors.
    apart = json.loads(json.dumps(manifest))
    return yaml.dump(apart, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


class _Dumper(yaml.SafeDumper):
    """YAML's own way with strings: importing Hera changes that of every SafeDumper in the process (hera/_yaml.py)."""


_Dumper.add_representer(str, yaml.representer.SafeRepresenter.represent_str)
