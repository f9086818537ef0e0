"""Bills of materials, provenance and labels say what is in an image in the words of their standards."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from images.agents import AGENTS
from images.bom import of_agent, of_debian
from images.oci import Image, Layer, Named, layout
from images.provenance import provenance
from images.recipes import RECIPES, Recipe, Source
from release.bom import of_python

SOURCE = Source(version="1.0", commit="0" * 40, moment=0, wheel=b"wheel")
ARCHIVE = b"archive"

each_recipe = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)


@pytest.fixture
def statement(tmp_path: Path) -> Callable[[Recipe], dict[str, Any]]:
    """The provenance of an image of one layer."""

    def made(recipe: Recipe) -> dict[str, Any]:
        path = tmp_path / "layer"
        path.write_bytes(b"layer")
        digest = f"sha256:{hashlib.sha256(b'layer').hexdigest()}"
        layers = (Layer(path, digest, 5, digest),)
        images = tuple(Image(layers=layers, architecture=each) for each in recipe.architectures)
        packed = layout([Named(f"gastown/{recipe.name}:1.0", images)])
        told: dict[str, Any] = json.loads(provenance(recipe, SOURCE, packed, images, ARCHIVE))
        return told | {"index": packed.index[0]["digest"]}

    return made


@each_recipe
def test_provenance_is_of_the_archive_and_of_what_is_pulled(
    recipe: Recipe, statement: Callable[[Recipe], dict[str, Any]]
) -> None:
    """Whoever has either can look it up by its digest."""
    told = statement(recipe)
    assert {
        f"gastown/{recipe.name}": told["index"].removeprefix("sha256:"),
        f"{recipe.name}.oci.tar": hashlib.sha256(ARCHIVE).hexdigest(),
    } == {each["name"]: each["digest"]["sha256"] for each in told["subject"]}


@each_recipe
def test_each_material_has_a_digest_and_no_address_that_is_none(
    recipe: Recipe, statement: Callable[[Recipe], dict[str, Any]]
) -> None:
    """SLSA asks for a URI with a scheme, or for none; one is named once."""
    build = statement(recipe)["predicate"]["buildDefinition"]
    materials = build["resolvedDependencies"]
    addresses = [build["buildType"], *(each["uri"] for each in materials if "uri" in each)]
    assert [] == [each for each in addresses if urlsplit(each).scheme not in ("pkg", "urn")]
    assert [] == [each for each in materials if not each["digest"] or not each.keys() & {"uri", "name"}]
    assert len(addresses) == len(set(addresses))


@each_recipe
def test_package_urls_are_in_the_form_that_all_write_alike(recipe: Recipe) -> None:
    """`+` would be read as a space."""
    told = [
        each
        for architecture in recipe.architectures
        for each in (*of_debian(recipe, architecture), *of_agent(recipe, architecture))
    ]
    for each in told:
        url = each["purl"].partition("?")[0]
        assert re.fullmatch(r"pkg:(deb|npm)/[\w.~%:/-]+@[\w.~%:-]+", url), url
        assert unquote(url.rpartition("@")[0]).endswith(f"/{each['name']}")


@pytest.mark.parametrize(
    ("name", "url"),
    [("Pygments", "pygments"), ("pydantic_core", "pydantic-core"), ("jaraco.text", "jaraco.text")],
)
def test_a_distribution_of_python_has_one_url(name: str, url: str) -> None:
    """However its maker writes it."""
    assert f"pkg:pypi/{url}@1" == of_python(name, "1")["purl"]


def test_only_what_is_ours_is_under_our_licence() -> None:
    """An agent's image carries none of our code, and its label its makers' licence."""
    assert {
        "claude-code": "LicenseRef-Anthropic",
        "copilot": "LicenseRef-GitHub-Copilot-CLI",
        "opencode": "MIT",
    } == {name: each.licence for name, each in AGENTS.items() if each.licence != "Apache-2.0"}
