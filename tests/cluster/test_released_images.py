"""The images of a release hold what their bills of materials say, and run as anybody but root."""

import email
import json
import os
import shlex
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from images import agents, cache
from images.__main__ import source
from images.bom import bom
from images.bytecode import own_architecture
from images.debian import archive, lock
from images.errors import ImageError
from images.oci import PATH, Image
from images.recipes import RECIPES, Recipe, Source, image
from release.licences import compatible, in_words

pytestmark = pytest.mark.timeout(1200)  # the first test of an image makes layers that no cache has

LIMITS = {"steps": 120, "adapter": 150}
"""Megabytes on a node's disk; what it pulls is packed."""

OTHER = 1_000_650_000  # a user id as OpenShift gives them, in group 0

Laid = Callable[[Recipe], tuple[Image, Path]]

each_recipe = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="runs programs in another root folder: run as root")


@pytest.fixture(scope="module")
def found() -> Source:
    """This checkout."""
    return source()


@pytest.fixture(scope="module")
def laid(found: Source, tmp_path_factory: pytest.TempPathFactory) -> Laid:
    """An image for this machine, and a folder with its files; made once."""
    made: dict[str, tuple[Image, Path]] = {}

    def lay(recipe: Recipe) -> tuple[Image, Path]:
        if recipe.name not in made:
            if own_architecture() not in recipe.architectures:
                pytest.skip(f"{recipe.name} is made for {', '.join(recipe.architectures)} only")
            try:
                one = image(recipe, found, own_architecture())
            except ImageError as error:
                if os.environ.get("CI"):
                    raise
                pytest.skip(f"no images here: {error}")
            folder = tmp_path_factory.mktemp(recipe.name)
            folder.chmod(0o755)  # it becomes `/`
            for layer in one.layers:
                with tarfile.open(layer.path) as archive:
                    archive.extractall(folder, filter="tar")
            (folder / "dev").mkdir(exist_ok=True)
            (folder / "dev" / "null").touch()
            (folder / "dev" / "null").chmod(0o666)  # a stand-in for what a container's runtime brings
            made[recipe.name] = one, folder
        return made[recipe.name]

    return lay


@each_recipe
def test_the_bill_is_what_dpkg_and_python_say_inside(recipe: Recipe, found: Source, laid: Laid) -> None:
    """Every package, with its version; nothing that is not there."""
    one, folder = laid(recipe)
    told = json.loads(bom(recipe, found, one))["components"]
    kinds: dict[str, set[tuple[str, str]]] = {"deb": set(), "pypi": set(), "npm": set()}
    for each in told:
        kinds[each["purl"].removeprefix("pkg:").partition("/")[0]].add((each["name"], each["version"]))
    shown = ["--show", "--showformat=${Package} ${Version}\n"]
    record = ["dpkg-query", f"--admindir={folder}/var/lib/dpkg", *shown]
    lines = subprocess.run(record, capture_output=True, text=True, check=True).stdout.splitlines()
    assert kinds["deb"] == {tuple(line.split()) for line in lines}
    installed = {
        tuple(each.name.removesuffix(".dist-info").replace("_", "-").lower().rsplit("-", 1))
        for each in folder.glob("opt/*/*.dist-info")
    }
    assert {
        (name.replace("_", "-").replace(".", "-").lower(), version) for name, version in kinds["pypi"]
    } == {(name.replace(".", "-"), version) for name, version in installed}
    pins = agents.AGENTS[recipe.agent].pins(one.architecture) if recipe.agent else ()
    assert kinds["npm"] == {(each.name, each.version) for each in pins}


@each_recipe
def test_every_program_came_with_what_the_bill_names(recipe: Recipe, laid: Laid) -> None:
    """No machine code is there that no package, wheel or agent brought: a scanner would not see its faults."""
    one, folder = laid(recipe)
    programs = {path.relative_to(folder) for path in folder.rglob("*") if _machine_code(path)}
    debian = {
        Path(entry.name)
        for layer in recipe.debian
        for package in lock.locked(layer, one.architecture)
        for entry, _ in archive.files(cache.pinned(package.digest, list).read_bytes())
    }
    wheels = {
        (record.parents[1] / line.split(",")[0]).relative_to(folder)
        for record in folder.glob("opt/*/*.dist-info/RECORD")
        for line in record.read_text(encoding="utf-8").splitlines()
    }
    brought = agents.AGENTS[recipe.agent].places(one.architecture) if recipe.agent else ()
    agent = {path for path in programs for place in brought if path.is_relative_to(place)}
    assert programs
    assert set() == programs - debian - wheels - agent


def _machine_code(path: Path) -> bool:
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


@each_recipe
def test_licences_of_wheels_go_with_ours(recipe: Recipe, laid: Laid) -> None:
    """Also of those that only an agent's image has."""
    files = laid(recipe)[1].glob("opt/*/*.dist-info/METADATA")
    told = {in_words(email.message_from_bytes(each.read_bytes())) for each in files}
    assert [] == [each for each in told if not compatible(each)]


@each_recipe
def test_nobody_becomes_another_user_in_it(recipe: Recipe, laid: Laid) -> None:
    """It runs as a number without rights, and no program of it changes that."""
    one, folder = laid(recipe)
    assert "65532:65532" == one.user
    assert [] == [
        path for path in folder.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o6000
    ]


@pytest.mark.parametrize(
    "recipe", [each for each in RECIPES if each.name in LIMITS], ids=lambda recipe: recipe.name
)
def test_it_is_small(recipe: Recipe, laid: Laid) -> None:
    """Unpacked, so packed too; and no tool that only builds or installs."""
    one, folder = laid(recipe)
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    assert sum(path.stat().st_size for path in files) < LIMITS[recipe.name] * 1_000_000
    assert sum(layer.size for layer in one.layers) < LIMITS[recipe.name] * 500_000
    unwanted = ("gcc", "cc", "pip", "pip3", "apt-get", "dpkg", "perl", "curl", "wget")
    assert [] == [name for name in unwanted if (folder / "usr/bin" / name).exists()]


AS_IN_A_POD = (
    "unshare",
    "--mount",
    "sh",
    "-c",
    (
        'mkdir -p "$0/proc" "$0/dev" "$0/tmp" && mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" &&'
        ' mount -t tmpfs -o mode=1777 tmpfs "$0/tmp" &&'
        ' user=$1 && shift && exec chroot "$user" "$0" "$@"'
    ),
)
"""A folder, a --userspec and a command after it: the command sees /proc and /dev, without which Claude Code ends with a signal, and a /tmp."""

# What `aider --version` does not need yet, and its first task does.
_IMPORTS = "python3.11 -c 'import sys; sys.path.append(\"/opt/aider\"); import litellm, scipy.sparse, tokenizers; print(42)'"

UNCOMPILED = ("/usr/local/bin/gastown-adapter", "/usr/lib/python3.13/sitecustomize.py")
"""The program itself, and Debian's few lines for the reports of crashes, a link that Debian does not compile either."""


@root_only
@pytest.mark.parametrize(
    ("name", "command", "told"),
    [
        pytest.param("steps", "gastown-step", "usage: gastown-step", id="steps"),
        pytest.param(
            "steps", "git ls-remote https://localhost:1/x", "Failed to connect", id="git over https"
        ),
        pytest.param("steps", "git lfs version", "git-lfs/", id="git-lfs"),
        pytest.param("steps", "sh -c 'echo shell'", "shell", id="shell of git"),
        pytest.param("adapter", "gastown-adapter --help", "Usage: gastown-adapter", id="adapter"),
        pytest.param("adapter", "gastown-events --help", "Usage: gastown-events", id="events"),
        pytest.param("polecat-aider", "env HOME=/tmp aider --version", "aider 0.86.2", id="aider"),
        pytest.param("polecat-aider", _IMPORTS, "42", id="libraries of aider's packages"),
        pytest.param("polecat-agent", "claude --version", "Claude Code", id="claude"),
        pytest.param("polecat-codex", "codex --version", "codex-cli", id="codex"),
        pytest.param("polecat-copilot", "env HOME=/tmp copilot --version", "Copilot CLI 1.", id="copilot"),
        pytest.param("polecat-gemini", "env HOME=/tmp gemini --version", "0.61.0", id="gemini"),
        pytest.param("polecat-opencode", "env HOME=/tmp opencode --version", "1.18.18", id="opencode"),
        pytest.param("polecat-qwen", "env HOME=/tmp qwen --version", "0.24.4", id="qwen"),
        pytest.param("polecat-qwen", "node --version", "v24.", id="Node.js"),
        pytest.param("polecat-agent", "git --version", "git version", id="git of the agent"),
        pytest.param("polecat-agent", "make --version", "GNU Make", id="make"),
    ],
)
@pytest.mark.parametrize("user", [65532, OTHER])
def test_its_programs_run_as_any_user_of_group_0(
    name: str, command: str, told: str, user: int, laid: Laid
) -> None:
    """All libraries are there, and nothing is written but below HOME and /tmp."""
    one, folder = laid(next(each for each in RECIPES if each.name == name))
    group = 0 if user == OTHER else user
    done = subprocess.run(
        [*AS_IN_A_POD, str(folder), f"--userspec={user}:{group}", *shlex.split(command)],
        env={"PATH": PATH, **one.environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert told in done.stdout + done.stderr


@root_only
@pytest.mark.parametrize(
    ("user", "told"), [(65532, "OpenSSH"), (OTHER, "No user exists for uid")], ids=["named", "not named"]
)
def test_ssh_takes_a_user_with_a_name(user: int, told: str, laid: Laid) -> None:
    """The image names its own; for another number the runtime has to, as OpenShift's does."""
    _, folder = laid(RECIPES[0])
    command = ["chroot", f"--userspec={user}:0", str(folder), "ssh", "-V"]
    assert told in subprocess.run(command, capture_output=True, text=True, check=False).stderr


@root_only
def test_nothing_is_compiled_when_it_starts(laid: Laid) -> None:
    """A pod's root file system is read-only: what were not compiled already would be compiled in each."""
    _, folder = laid(next(each for each in RECIPES if each.name == "adapter"))
    program = ["python3", "-v", "/usr/local/bin/gastown-adapter"]
    command = ["chroot", "--userspec=65532:65532", str(folder), *program]
    done = subprocess.run(
        [*command, "--help"], capture_output=True, text=True, check=False, env={"PATH": PATH}
    )
    loaded = [line for line in done.stderr.splitlines() if line.startswith("# code object from")]
    assert loaded
    assert [] == [
        line for line in loaded if ".pyc" not in line and line.rpartition(" ")[2].strip("'") not in UNCOMPILED
    ]
