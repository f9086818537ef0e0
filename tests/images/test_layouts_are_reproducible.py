"""Layers and layouts are the same bytes each time, in the form that registries and containerd read."""

import hashlib
import io
import json
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from images import layers
from images.layers import stored
from images.oci import Image, Named, layout
from images.tree import Tree, add, link, tar


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache of this test's own."""
    monkeypatch.setenv("GASTOWN_CACHE_DIR", str(tmp_path))


def _tree(*names: str) -> Tree:
    tree: Tree = {}
    for name in names:
        add(tree, name, name.encode())
    link(tree, "bin", "usr/bin")
    return tree


def _files(content: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        return {each.name: file.read() for each in archive if (file := archive.extractfile(each))}


def test_the_order_of_making_does_not_matter() -> None:
    """Everything is root's, and of no time."""
    assert tar(_tree("usr/bin/a", "etc/b")) == tar(_tree("etc/b", "usr/bin/a"))
    with tarfile.open(fileobj=io.BytesIO(tar(_tree("etc/b")))) as archive:
        assert {(0, 0, 0, "")} == {(each.uid, each.gid, each.mtime, each.uname) for each in archive}


def test_only_what_makes_layers_makes_them_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what describes them, downloads for them, or builds something else."""
    code = tmp_path / "images"
    shutil.copytree(layers.CODE, code)
    monkeypatch.setattr(layers, "CODE", code)
    before = layers.made_by()
    for name in ("bom.py", "provenance.py", "__main__.py", "debian/resolve.py"):
        (code / name).write_text("# another\n")
    assert before == layers.made_by()
    (code / "tree.py").write_text("# another\n")
    assert before != layers.made_by()


def test_a_layer_is_made_once() -> None:
    """Another key makes another; what nobody used for a week goes."""
    made = []

    def make() -> Tree:
        made.append(1)
        return _tree(f"etc/{len(made)}")

    first = stored("some", "1", make)
    assert first == stored("some", "1", make)
    os.utime(first.path.parent / f"{first.path.name.removesuffix('.tar.gz')}.json", (0, 0))
    assert [1] == made
    other = stored("some", "2", make)
    assert [1, 1] == made
    assert (False, True) == (first.path.exists(), other.path.exists())


def test_an_archive_names_every_blob_by_its_digest() -> None:
    """Two architectures under one name, and a layer that both have is in it once."""
    layer = stored("some", "1", lambda: _tree("etc/a"))
    images = tuple(
        Image(layers=(layer,), architecture=each, labels={"a": "b"}, moment=0) for each in ("amd64", "arm64")
    )
    found = layout([Named("gastown/some:1", images)])
    first, again = io.BytesIO(), io.BytesIO()
    found.write(first)
    found.write(again)
    assert first.getvalue() == again.getvalue()
    files = _files(first.getvalue())
    blobs = {name.rpartition("/")[2]: content for name, content in files.items() if name.startswith("blobs/")}
    assert {digest: hashlib.sha256(content).hexdigest() for digest, content in blobs.items()} == {
        digest: digest for digest in blobs
    }
    assert 1 + 2 + 2 + 1 == len(blobs)  # index, manifests, configurations, layer
    (entry,) = json.loads(files["index.json"])["manifests"]
    assert "gastown/some:1" == entry["annotations"]["io.containerd.image.name"]
    assert ["amd64", "arm64"] == [_platform(each) for each in _blob(blobs, entry)["manifests"]]
    config = _blob(blobs, _blob(blobs, _blob(blobs, entry)["manifests"][0])["config"])
    assert [layer.content] == config["rootfs"]["diff_ids"]
    assert ("1970-01-01T00:00:00Z", {"a": "b"}, "65532") == (
        config["created"],
        config["config"]["Labels"],
        config["config"]["User"],
    )


def _blob(blobs: dict[str, bytes], entry: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(blobs[entry["digest"].removeprefix("sha256:")])
    return told


def _platform(entry: dict[str, Any]) -> str:
    return str(entry["platform"]["architecture"])
