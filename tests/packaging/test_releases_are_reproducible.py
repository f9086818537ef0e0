"""A release is the same bytes each time, and holds what it says."""

import dataclasses
import hashlib
import io
import json
import tarfile
from importlib import metadata
from pathlib import Path

import ondisk
import pytest
import yaml

from release.__main__ import artefacts
from release.bom import bom
from release.chart import chart, definitions
from release.errors import NotesMissing, NotInstalled, VersionMismatch
from release.licences import compatible, licence
from release.lock import Pin, pins
from release.notes import notes
from release.project import Project, project, tracked

ROOT = Path(__file__).parents[2]
MOMENT = 1_790_000_000
ADDRESS = "https://example.com/v1/"


@pytest.fixture(scope="module")
def made() -> Project:
    """This checkout at one moment."""
    return project(ROOT, moment=MOMENT)


@pytest.fixture(scope="module")
def files(made: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Everything, made once for all of pytest's processes."""

    def make(folder: Path) -> None:
        for name, content in _artefacts(made).items():
            (folder / name).write_bytes(content)

    return {each.name: each.read_bytes() for each in ondisk.once(tmp_path_factory, "release", make).iterdir()}


def _artefacts(made: Project) -> dict[str, bytes]:
    return artefacts(made, address=ADDRESS)


def test_everything_is_the_same_made_again(made: Project, files: dict[str, bytes]) -> None:
    """Wheel and source archive too."""
    again = _artefacts(made)
    assert set(files) == set(again)
    assert [] == [name for name in files if files[name] != again[name]]


def test_another_moment_is_in_all_archives(made: Project, files: dict[str, bytes]) -> None:
    """What differs between two commits can be told from their files."""
    name, later = chart(dataclasses.replace(made, moment=MOMENT + 60))
    assert files[name] != later


def test_every_file_has_its_checksum(files: dict[str, bytes]) -> None:
    """In the form that `sha256sum --check` reads."""
    lines = files["SHA256SUMS"].decode().splitlines()
    assert {
        f"{hashlib.sha256(content).hexdigest()}  {name}"
        for name, content in files.items()
        if name != "SHA256SUMS"
    } == set(lines)
    kinds = {"whl", "gz", "tgz", "yaml", "json", "md"}
    assert kinds == {name.rpartition(".")[2] for name in files if name != "SHA256SUMS"}


def test_the_chart_is_what_helm_would_archive(made: Project) -> None:
    """One folder named as the chart, every file of helm/, nobody's user and nobody's clock."""
    name, content = chart(made)
    assert f"gastown-argo-{made.version}.tgz" == name
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        entries = archive.getmembers()
        values = archive.extractfile("gastown-argo/values.yaml")
        assert values is not None
        assert (ROOT / "helm" / "values.yaml").read_bytes() == values.read()
    assert {"gastown-argo"} == {each.name.split("/")[0] for each in entries}
    assert {"gastown-argo/Chart.yaml", "gastown-argo/values.schema.json"} <= {each.name for each in entries}
    assert {(MOMENT, 0, "")} == {(each.mtime, each.uid, each.uname) for each in entries}


def test_the_source_archive_is_the_whole_checkout(files: dict[str, bytes]) -> None:
    """All that README and Makefile speak of, so that a wheel, images and a release can be made of it."""
    (content,) = (
        content
        for name, content in files.items()
        if name.startswith("gastown_argo-") and name.endswith(".tar.gz")
    )
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        found = {each.name.split("/")[1] for each in archive}
    assert {each.parts[0] for each in tracked(ROOT, ".") if not each.parts[0].startswith(".")} <= found


def test_krew_finds_what_was_made(made: Project, files: dict[str, bytes]) -> None:
    """The manifest names the archive of this release by its checksum; that has the program, for every platform, and the licence."""
    (platform,) = yaml.safe_load(files["gt.yaml"])["spec"]["platforms"]
    address, _, name = platform["uri"].rpartition("/")
    assert (ADDRESS.rstrip("/"), hashlib.sha256(files[name]).hexdigest()) == (
        address,
        platform["sha256"],
    )
    with tarfile.open(fileobj=io.BytesIO(files[name])) as archive:
        modes = {each.name: each.mode for each in archive}
    assert 0o755 == modes.pop(platform["bin"])
    assert {"LICENSE", "runtime.txt", f"gastown_argo-{made.version}-py3-none-any.whl"} == set(modes)


def test_all_definitions_are_in_one_file(made: Project) -> None:
    """The six kinds."""
    kinds = {each["spec"]["names"]["kind"] for each in yaml.safe_load_all(definitions(made)[1])}
    assert {"Rig", "Convoy", "Polecat", "Refinery", "Witness", "BeadStore"} == kinds


def test_the_bill_of_materials_names_what_is_locked(made: Project) -> None:
    """Each pin with its version, hashes and licence; what this platform does not install has no licence to read."""
    document = json.loads(bom(made)[1])
    locked = {each.name: each for each in pins((ROOT / "requirements" / "runtime.txt").read_text("utf-8"))}
    assert {name: each.version for name, each in locked.items()} == {
        each["name"]: each["version"] for each in document["components"]
    }
    for each in document["components"]:
        pin = locked[each["name"]]
        (place,) = each["externalReferences"]
        assert [{"alg": "SHA-256", "content": digest} for digest in pin.digests] == place["hashes"]
        assert pin.digests
        assert "licenses" in each or pin.marker


def test_licences_go_with_ours() -> None:
    """Nothing that ships puts a condition on our code."""
    locked = pins((ROOT / "requirements" / "runtime.txt").read_text("utf-8"))
    told = {each.name: licence(each) for each in locked}
    assert {} == {name: words for name, words in told.items() if words and not compatible(words)}


@pytest.mark.parametrize(
    "words",
    [
        "GPL-3.0-only",
        "AGPL-3.0",
        "Proprietary",
        "MIT AND GPL-3.0-only",
        "MIT License, GNU Lesser GPL",
        "Emission",
    ],
)
def test_a_licence_with_conditions_is_seen(words: str) -> None:
    """The check above can fail."""
    assert not compatible(words)


def test_another_version_than_the_locked_one_is_refused() -> None:
    """Its licence would be a guess."""
    other = Pin("pydantic", "0.1", "", ())
    with pytest.raises(
        NotInstalled, match=f"pydantic {metadata.version('pydantic')} is installed, 0.1 is locked"
    ):
        licence(other)


def test_two_versions_are_refused(tmp_path: Path) -> None:
    """The chart and the packages carry one number."""
    (tmp_path / "helm").mkdir()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "a"\nversion = "2.0"\n', encoding="utf-8")
    (tmp_path / "helm" / "Chart.yaml").write_text("version: 2.0.0\nappVersion: 2.0.0\n", encoding="utf-8")
    with pytest.raises(VersionMismatch, match=r"version is 2\.0\.0, pyproject\.toml has 2\.0"):
        project(tmp_path, moment=0)


def test_a_tag_names_the_version() -> None:
    """A release under another number could never be found again."""
    with pytest.raises(VersionMismatch, match=r"the tag is v9\.9\.9, pyproject\.toml has "):
        project(ROOT, moment=MOMENT, tag="v9.9.9")


CHANGELOG = "# Changelog\n\n## Unreleased\n\nSoon.\n\n## [1.1.0] - 2026-01-02\n\nNew.\n\n## 1.0.0\n\nFirst.\n"


@pytest.mark.parametrize(
    ("version", "text"), [("1.1.0", "New.\n"), ("1.0.0", "First.\n"), ("1.2.0", "Soon.\n")]
)
def test_notes_are_the_versions_section(version: str, text: str) -> None:
    """A version without a section is the one that comes next."""
    assert text == notes(CHANGELOG, version)


@pytest.mark.parametrize(
    ("changelog", "tagged"), [("# Changelog\n", False), (CHANGELOG, True)], ids=["nothing", "only unreleased"]
)
def test_a_release_without_notes_is_refused(changelog: str, *, tagged: bool) -> None:
    """People read them first; what is tagged has a section of its own."""
    with pytest.raises(NotesMissing, match=r"no section for 2\.0"):
        notes(changelog, "2.0", tagged=tagged)
