"""Builds the families that are missing from the cache, and says how far it is.

A build happens in a temporary folder and appears in the cache by one rename, so a killed build leaves nothing half.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from harness import folders
from harness.errors import BuildFailed, Missing
from harness.families import FAMILIES, Family

Say = Callable[[str], None]

TICK = 15.0
"""Seconds between two lines of progress."""


def build(names: Iterable[str], say: Say) -> None:
    """Build each named family that is not in the cache. Raises Missing without Go, BuildFailed when Go says no."""
    wanted = [FAMILIES[name] for name in names if not FAMILIES[name].built]
    if wanted and shutil.which("go") is None:
        raise Missing("go is not on the PATH: install Go 1.26 or newer to build what the tests run against")
    needy = [family.name for family in wanted if family.cgo]
    if needy and shutil.which("gcc") is None:
        raise Missing(f"gcc is not on the PATH: install a C compiler to build {', '.join(needy)}")
    for family in wanted:
        with _alone(family, say):
            if not family.built:
                started = time.monotonic()
                say(f"building {family.name} {family.version}: {', '.join(family.packages)}")
                _build_one(family, say)
                say(f"built {family.name} in {time.monotonic() - started:.0f} s")


@contextmanager
def _alone(family: Family, say: Say) -> Iterator[None]:
    """One build of a family at a time: a second one would take twice as long and replace what the first one runs."""
    family.home.parent.mkdir(parents=True, exist_ok=True)
    with (family.home.parent / f".{family.name}.lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"{family.name} is being built by another process: waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build_one(family: Family, say: Say) -> None:
    home = family.home
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{family.name}-", dir=home.parent) as scratch:
        source, out = Path(scratch) / "source", Path(scratch) / "out"
        shutil.copytree(family.folder, source)
        out.mkdir()
        if family.vendored:
            _vendor(family, source)
        for name, package in family.packages.items():
            _compile(family, source, out / name, package, say)
        for path, name in family.folders.items():
            shutil.copytree(module_folder(family) / path, out / name, copy_function=shutil.copyfile)
            (out / name).chmod(0o755)
        for stale in home.parent.glob(f"{family.name}-{'?' * 16}"):
            shutil.rmtree(stale)
        out.rename(home)


def _compile(family: Family, source: Path, out: Path, package: str, say: Say) -> None:
    command = ["go", "build", "-v", "-trimpath", "-ldflags", _linker_flags(family), "-o", str(out)]
    command += ["-mod=vendor"] if family.vendored else ["-mod=readonly"]
    command += ["-tags", ",".join(family.tags)] if family.tags else []
    log = folders.cache() / f"build-{family.name}.log"
    with log.open("w+", encoding="utf-8") as words:
        process = subprocess.Popen(
            [*command, package], cwd=source, env=_environment(cgo=family.cgo), stdout=words, stderr=words
        )
        Thread(target=_report, args=(process, out.name, log, say), daemon=True).start()
        try:
            code = process.wait()
        finally:
            process.kill()
    if code != 0:
        tail = log.read_text(encoding="utf-8").strip().splitlines()[-1:]
        raise BuildFailed(f"go build {package} failed: {' '.join(tail)} (all of it in {log})")
    log.unlink()


def _report(process: "subprocess.Popen[bytes]", name: str, log: Path, say: Say) -> None:
    started = time.monotonic()
    while True:
        try:
            process.wait(timeout=TICK)
        except subprocess.TimeoutExpired:
            packages = log.read_text(encoding="utf-8").count("\n")
            say(f"  {name}: {time.monotonic() - started:.0f} s, {packages} packages compiled")
        else:
            return


def _vendor(family: Family, source: Path) -> None:
    """Vendor the module so that its missing files can be put in; Go refuses overlays inside the module cache.

    An archive of a module carries no symbolic links, and `ui/dist/app` is made by a JavaScript build; the
    binaries need one file of each, and neither is used here.
    """
    _go(source, "mod", "vendor", "-e")
    argo = source / "vendor" / family.module
    signals = argo / "workflow/executor/osspecific"
    shutil.copyfile(signals / "signal_darwin.go", signals / "signal_linux.go")
    page = argo / "ui/dist/app/index.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("<!doctype html>\n", encoding="utf-8")


def module_folder(family: Family, module: str = "") -> Path:
    """The source of the family's module, or of one that it requires, in Go's module cache, fetched if need be: it holds what no binary carries."""
    wanted = module or family.module
    _go(family.folder, "mod", "download", wanted)
    return Path(_go(family.folder, "list", "-m", "-f", "{{.Dir}}", wanted).strip())


def _go(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["go", *arguments], cwd=folder, env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BuildFailed(f"go {' '.join(arguments)} in {folder} failed: {done.stderr.strip()[-300:]}")
    return done.stdout


def _linker_flags(family: Family) -> str:
    values = {family.stamp: family.version} if family.stamp else {}
    if family.stamp.endswith(".gitVersion"):
        major, minor, _ = family.version.removeprefix("v").split(".")
        package = family.stamp.removesuffix("gitVersion")
        values |= {f"{package}gitMajor": major, f"{package}gitMinor": minor}
    return " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in values.items())])


def _environment(*, cgo: bool = False) -> dict[str, str]:
    return {
        **os.environ,
        "CGO_ENABLED": "1" if cgo else "0",
        "GOFLAGS": "-buildvcs=false",
        "GOTOOLCHAIN": "local",
    }
