"""How large the images of a release are, and how long a node that has nothing takes to pull and unpack each from a registry of this machine.

Targets: steps under 120 MB, adapter under 150 MB. The baseline of the same run is a copy of the same bytes from disk to disk. Needs root,
containerd, docker-registry and skopeo.
"""

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "cluster"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from harness import releases
from harness.processes import until
from harness.registry import PASSWORD, USER, registry
from harness.site import free_ports


def pulls() -> None:
    """Each image from a registry of this machine into a containerd that has nothing, its layers unpacked: what a new node does."""
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with (
        tempfile.TemporaryDirectory(prefix="gastown-bench-") as scratch,
        registry(Path(scratch, "data"), address),
    ):
        release = releases.made(Path(scratch, "release"), f"{address}/gastown")
        release.push()
        with _containerd(Path(scratch)) as socket:
            for archive in sorted((release.files / "images").glob("*.oci.tar")):
                name = archive.name.removesuffix(".oci.tar")
                command = ["ctr", "--address", str(socket), "images", "pull", "--plain-http"]
                begun = time.monotonic()
                shutil.copyfile(archive, Path(scratch, "copy"))
                copied = time.monotonic() - begun
                begun = time.monotonic()
                subprocess.run(
                    [*command, "--user", f"{USER}:{PASSWORD}", release.image(name)],
                    check=True,
                    capture_output=True,
                )
                print(
                    f"{name:<16}{archive.stat().st_size / 1e6:>7.1f} MB{time.monotonic() - begun:>8.1f} s to pull{copied:>8.1f} s to copy"
                )


@contextlib.contextmanager
def _containerd(folder: Path) -> Iterator[Path]:
    settings = folder / "containerd.toml"
    socket = folder / "containerd.sock"
    settings.write_text(
        f'version = 2\nroot = "{folder}/root"\nstate = "{folder}/state"\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
        f'[grpc]\naddress = "{socket}"\n',
        encoding="utf-8",
    )
    with (folder / "containerd.log").open("wb") as log:
        process = subprocess.Popen(["containerd", "--config", str(settings)], stdout=log, stderr=log)
        try:
            until(socket.is_socket, "containerd", seconds=30)
            yield socket
        finally:
            process.terminate()
            process.wait()


def main() -> None:
    """Print a table."""
    pulls()


if __name__ == "__main__":
    main()
