"""What is in the wheel: people install that, not the checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from the checkout without a network."""
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(target.glob("*.whl")))


def test_every_file_of_the_packages_is_in_it(wheel: zipfile.ZipFile) -> None:
    """Data files too: the launcher, the agents' presets, the host keys, the CRDs."""
    tracked = subprocess.run(
        [
            "git",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "crds",
            "workflows",
            "adapter",
            "kubectl_gt",
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()

    assert set(tracked) - set(wheel.namelist()) == set()


def test_it_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    """Tests, docs and the checkout's own files stay out."""
    tops = {name.split("/")[0] for name in wheel.namelist()}

    assert {"crds", "apiserver", "events", "forges", "workflows", "adapter", "kubectl_gt"} == {
        top for top in tops if not top.endswith(".dist-info")
    }


def test_an_installed_copy_runs_from_anywhere(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """The command works from the wheel's own files, with no checkout on the path."""
    wheel.extractall(tmp_path / "site")
    program = "import sys; sys.path.insert(0, sys.argv.pop(1)); from kubectl_gt.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, str(tmp_path / "site"), "version"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )

    assert 0 == done.returncode, done.stderr
    assert "0.1.0" in done.stdout
