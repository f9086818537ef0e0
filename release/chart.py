"""The chart as `helm package` would archive it, but the same bytes each time."""

from pathlib import PurePosixPath

from release.archives import tgz
from release.project import Project, tracked

_LEFT_OUT = {".helmignore"}


def chart(project: Project) -> tuple[str, bytes]:
    """Name and content of the archive. Its one folder is named as the chart, as Helm asks."""
    files = {
        PurePosixPath(project.name, *path.parts[1:]): (project.root / path).read_bytes()
        for path in tracked(project.root, "helm")
        if path.name not in _LEFT_OUT
    }
    return f"{project.name}-{project.version}.tgz", tgz(files, moment=project.moment)


def definitions(project: Project) -> tuple[str, bytes]:
    """All CustomResourceDefinitions in one file, for `kubectl apply --server-side -f`."""
    parts = [
        (project.root / path).read_text(encoding="utf-8") for path in tracked(project.root, "crds/manifests")
    ]
    return f"{project.name}-crds-{project.version}.yaml", "---\n".join(parts).encode()
