"""Whether the packages `crds` and `workflows` are ours. Other distributions own these names too, and what then fails tells nobody why."""

import importlib.util
from importlib import metadata
from pathlib import Path

from kubectl_gt.errors import CommandError

_OURS = ("crds", "workflows")
_DISTRIBUTION = "gastown-argo"


def check() -> None:
    """Raise CommandError when another distribution's package stands where ours should. Called only after something failed to import."""
    home = Path(__file__).parents[2]
    for name in _OURS:
        found = importlib.util.find_spec(name)
        place = Path(found.origin).parent if found and found.origin else None
        if place != home / name:
            raise CommandError(_sentence(name, f"is {place}" if place else "is missing"))
        owners = sorted({*metadata.packages_distributions().get(name, ())} - {_DISTRIBUTION})
        if owners:
            raise CommandError(_sentence(name, f"is shared with {', '.join(owners)}"))


def _sentence(package: str, problem: str) -> str:
    return (
        f"package {package}: it {problem}, not that of {_DISTRIBUTION}; "
        f"install {_DISTRIBUTION} in an environment of its own: `uv tool install` or `pipx install`"
    )
