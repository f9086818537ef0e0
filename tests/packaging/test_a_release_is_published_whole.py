"""The scripts that publish a release, with stand-ins for the forge's and the signer's programs: what people download checks out."""

import hashlib
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = Path("release", "publish")

GH = """\
#!/bin/sh
set -eu
case "$1 $2" in
"run download") cp -r "$BUILT" dist ;;
"release create")
  mkdir "$PAGE"
  shift 2
  for each; do [ ! -f "$each" ] || cp "$each" "$PAGE"; done
  printf '%s\\n' "$@" >"$PAGE.asked" ;;
esac
"""

COSIGN = """\
#!/bin/sh
[ "$1" != sign-blob ] || cp "$5" "$4"
"""
"""`sign-blob --yes --bundle BUNDLE FILE`: the bundle tells what was signed."""

FILES = {
    "": ("gastown-argo-1.0.tgz", "gastown_argo-1.0-py3-none-any.whl", "notes.md"),
    "images": (
        "steps.oci.tar",
        "steps-amd64.cdx.json",
        "polecat-agent.oci.tar",
        "polecat-agent-amd64.cdx.json",
        "polecat-agent.intoto.json",
        "polecat-aider.oci.tar",
    ),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A checkout with the scripts, and what the job `build` made."""
    shutil.copytree(ROOT / SCRIPTS, tmp_path / "checkout" / SCRIPTS)
    for folder, names in FILES.items():
        made = tmp_path / "built" / folder
        made.mkdir()
        for name in names:
            (made / name).write_text(name, encoding="utf-8")
        sums = (f"{hashlib.sha256(each.encode()).hexdigest()}  {each}\n" for each in names)
        (made / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    (tmp_path / "bin").mkdir()
    for name, text in {"gh": GH, "cosign": COSIGN}.items():
        (tmp_path / "bin" / name).write_text(text, encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


def _run(place: Path, script: str, *arguments: str, more: Mapping[str, str] | None = None) -> None:
    environment = {
        "PATH": f"{place / 'bin'}:/usr/bin:/bin",
        "BUILT": str(place / "built"),
        "PAGE": str(place / "page"),
        "GITHUB_RUN_ID": "1",
        "GITHUB_REPOSITORY": "you/town",
        **(more or {}),
    }
    command = [place / "checkout" / SCRIPTS / script, *arguments]
    subprocess.run(command, env=environment, check=True, capture_output=True, text=True)


def _published(place: Path, **more: str) -> set[str]:
    _run(place, "bring", more=more)
    (place / "checkout" / "dist" / "pushed").write_text("registry.example.com/steps@sha256:1\n", "utf-8")
    _run(place, "sign")
    _run(place, "page", "v1.0")
    return {each.name for each in (place / "page").iterdir()}


@pytest.mark.parametrize("private", ["", "true"])
def test_whoever_downloads_the_page_can_check_all_of_it(place: Path, private: str) -> None:
    """Each file that the checksums name is there, each other one is checksums or a signature of these."""
    found = _published(place, PRIVATE=private)
    named: set[str] = set()
    for sums in ("SHA256SUMS", "images-SHA256SUMS"):
        check = ["sha256sum", "--check", "--strict", "--quiet", sums]
        done = subprocess.run(check, cwd=place / "page", capture_output=True, text=True, check=False)
        assert (0, "") == (done.returncode, done.stdout + done.stderr)
        text = (place / "page" / sums).read_text(encoding="utf-8")
        assert text == (place / "page" / f"{sums}.sigstore.json").read_text(encoding="utf-8")
        named |= {line.partition("  ")[2] for line in text.splitlines()} | {sums, f"{sums}.sigstore.json"}
    assert named == found


@pytest.mark.parametrize(("private", "there"), [("", False), ("false", False), ("true", True)])
def test_what_is_not_ours_to_hand_on_stays_out(place: Path, private: str, *, there: bool) -> None:
    """Claude Code's image and what describes it, but for those who say that nobody else sees it; no other agent's."""
    found = _published(place, PRIVATE=private)
    assert there == any(each.startswith("polecat-agent") for each in found)
    assert {"polecat-aider.oci.tar", "steps.oci.tar"} <= found


def test_the_notes_are_the_pages_text(place: Path) -> None:
    """And the tag has to be there already."""
    _published(place)
    asked = (place / "page.asked").read_text(encoding="utf-8").splitlines()
    assert [
        "v1.0",
        "--repo",
        "you/town",
        "--verify-tag",
        "--title",
        "v1.0",
        "--notes-file",
        "dist/notes.md",
    ] == asked[:8]


def test_what_was_changed_on_the_way_is_refused(place: Path) -> None:
    """Before anything of it is signed."""
    (place / "built" / "images" / "steps.oci.tar").write_text("another", encoding="utf-8")
    with pytest.raises(subprocess.CalledProcessError):
        _run(place, "bring")
