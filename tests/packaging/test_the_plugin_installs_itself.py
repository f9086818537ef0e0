"""`kubectl gt` as krew brings it: its first run makes an environment, and any later one uses it, whatever surrounds them."""

import hashlib
import io
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from release.krew import archive
from release.project import Project

TOLD = "import sys; print(sys.argv[1:], sys.prefix)"
WORDS = ["version", "a b"]


def _wheel(name: str, version: str, module: str, text: str, points: str = "") -> bytes:
    """A wheel of one module, as pip takes it."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{module}.py": text,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": points,
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for path, content in files.items():
            packed.writestr(zipfile.ZipInfo(path), content)
    return made.getvalue()


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """The launcher beside a small program in place of ours and a lock of one package, which lies on this machine."""
    return _unpacked(tmp_path, "plugin", TOLD)


def _unpacked(place: Path, name: str, program: str) -> Path:
    root = place / f"{name}-source"
    (root / "requirements").mkdir(parents=True)
    (place / "index").mkdir(exist_ok=True)
    needed = _wheel("needed", "1.0", "needed", "")
    (place / "index" / "needed-1.0-py3-none-any.whl").write_bytes(needed)
    lock = f"needed==1.0 --hash=sha256:{hashlib.sha256(needed).hexdigest()}\n"
    (root / "requirements" / "runtime.txt").write_text(lock, encoding="utf-8")
    (root / "LICENSE").touch()
    points = "[console_scripts]\nkubectl-gt = gt:main\n"
    own = _wheel("gt", "1.0", "gt", f"import needed\ndef main():\n    {program}\n", points)
    project = Project(root=root, name="gastown-argo", version="1.0", moment=1_790_000_000)
    _, content = archive(project, ("gt-1.0-py3-none-any.whl", own))
    with tarfile.open(fileobj=io.BytesIO(content)) as packed:
        packed.extractall(place / name, filter="data")
    return place / name / "kubectl-gt"


def _environment(place: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    own = {"PATH": "/usr/bin:/bin", "HOME": str(place / "home"), "GASTOWN_PYTHON": sys.executable}
    return {**own, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(place / "index"), **(more or {})}


def _run(plugin: Path, place: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [plugin, *WORDS],
        cwd="/",
        env=_environment(place, more),
        capture_output=True,
        text=True,
        check=False,
    )


def _homes(place: Path) -> list[Path]:
    return sorted((place / "home" / ".cache" / "gastown-argo").iterdir())


@pytest.mark.slow
def test_first_runs_leave_one_whole_environment(plugin: Path, tmp_path: Path) -> None:
    """One that fails leaves nothing, and two at once, as where a shell completes while a command runs, make one."""
    failed = _run(plugin, tmp_path, PIP_FIND_LINKS=str(tmp_path / "nowhere"))
    assert 0 != failed.returncode
    assert [] == _homes(tmp_path)

    runs = [
        subprocess.Popen([plugin], env=_environment(tmp_path), stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [run.communicate()[0] for run in runs]
    (home,) = _homes(tmp_path)
    assert [f"[] {home}\n"] * 2 == told


@pytest.mark.slow
def test_nothing_around_it_counts(plugin: Path, tmp_path: Path) -> None:
    """Not a Python path full of others' modules, nor a link to it, nor an environment whose Python the system has replaced."""
    (home,) = re.findall(r"kubectl-gt-1\.0-\w+", plugin.read_text(encoding="utf-8"))
    left = tmp_path / "home" / ".cache" / "gastown-argo" / home / "bin" / "python"
    left.parent.mkdir(parents=True)
    left.symlink_to(tmp_path / "gone")
    garbage = tmp_path / "garbage"
    garbage.mkdir()
    for name in ("gt", "needed", "sitecustomize", "encodings"):
        (garbage / f"{name}.py").write_text("raise SystemExit('garbage')\n", encoding="utf-8")
    around = {"PYTHONPATH": str(garbage), "PYTHONHOME": str(garbage)}
    link = tmp_path / "kubectl-gt"
    link.symlink_to(plugin)

    first, again = _run(plugin, tmp_path, **around), _run(link, tmp_path, **around)

    assert (0, f"{WORDS} {left.parents[1]}\n") == (first.returncode, first.stdout), first.stderr
    assert (0, first.stdout, "") == (again.returncode, again.stdout, again.stderr)
    assert left.resolve() == Path(sys.executable).resolve()


def test_each_build_has_an_environment_of_its_own(plugin: Path, tmp_path: Path) -> None:
    """One version may be built twice, of other contents."""
    texts = {each.read_text(encoding="utf-8") for each in (plugin, _unpacked(tmp_path, "other", "print(1)"))}
    assert 2 == len(texts)


def test_a_home_is_asked_for(plugin: Path, tmp_path: Path) -> None:
    """In words, as a pod or a service may have none."""
    done = _run(plugin, tmp_path, HOME="")
    assert (1, "error: kubectl gt has no place for what it installs; set HOME or XDG_CACHE_HOME\n") == (
        done.returncode,
        done.stderr,
    )


@pytest.mark.parametrize("more", [{}, {"XDG_CACHE_HOME": "/proc/1"}], ids=["a file", "a place of others"])
def test_a_place_that_can_not_be_written_is_named(
    plugin: Path, tmp_path: Path, more: Mapping[str, str]
) -> None:
    """With what to do."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".cache").touch()
    done = _run(plugin, tmp_path, **more)
    assert (1, True) == (done.returncode, "can't write below" in done.stderr), done.stderr


def test_it_names_the_python_that_it_needs(plugin: Path, tmp_path: Path) -> None:
    """Before it makes anything."""
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    done = _run(plugin, tmp_path, GASTOWN_PYTHON=str(old))
    assert (1, True) == (done.returncode, "needs Python 3.11 or newer" in done.stderr)
    assert not (tmp_path / "home").exists()
