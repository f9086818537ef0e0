"""Which forge speaks which kind, and where its API is. Another forge is a folder and a row here."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from forges import bitbucket, bitbucketserver, forgejo, gitea, github, gitlab
from forges.errors import Reason, Refused
from forges.interface import Ability, Forge
from forges.model import ForgeKind

Connect = Callable[[str, str, str], Forge]


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of forge."""

    connect: Connect
    lacks: Mapping[Ability, str]
    path: str
    """Where the API is below the address of the site."""
    site: str = ""
    """The address of the API of the one public site, where there is one; used when no address is given."""
    hosts: tuple[str, ...] = ()
    """Hosts of public sites, by which a git address tells the kind."""


ROWS: Mapping[ForgeKind, Row] = MappingProxyType(
    {
        ForgeKind.GITHUB: Row(
            connect=github.connect,
            lacks=github.LACKS,
            path="/api/v3",
            site="https://api.github.com",
            hosts=("github.com",),
        ),
        ForgeKind.GITLAB: Row(
            connect=gitlab.connect,
            lacks=gitlab.LACKS,
            path="/api/v4",
            site="https://gitlab.com/api/v4",
            hosts=("gitlab.com",),
        ),
        ForgeKind.GITEA: Row(connect=gitea.connect, lacks=gitea.LACKS, path="/api/v1", hosts=("gitea.com",)),
        ForgeKind.FORGEJO: Row(
            connect=forgejo.connect, lacks=forgejo.LACKS, path="/api/v1", hosts=("codeberg.org",)
        ),
        ForgeKind.BITBUCKET: Row(
            connect=bitbucket.connect,
            lacks=bitbucket.LACKS,
            path="/2.0",
            site="https://api.bitbucket.org/2.0",
            hosts=("bitbucket.org",),
        ),
        ForgeKind.BITBUCKET_SERVER: Row(
            connect=bitbucketserver.connect, lacks=bitbucketserver.LACKS, path="/rest/api/1.0"
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Address:
    """A repository on a forge, as a Rig names it."""

    kind: ForgeKind
    repository: str
    """owner/name; GitLab has groups in groups: a/b/name."""
    api: str = ""
    """The address of the API, or of the site; the public site's when empty."""


def connect(address: Address) -> Forge:
    """The forge of this address. Raises Refused when the address is not complete."""
    owner, _, name = address.repository.strip("/").removesuffix(".git").rpartition("/")
    if not owner or not name:
        raise _wrong(f"{address.repository!r} names no repository: write it as owner/name")
    return ROWS[address.kind].connect(api_root(address.kind, address.api), owner, name)


def api_root(kind: ForgeKind, address: str) -> str:
    """The root of the API, from its address or from the site's."""
    row = ROWS[kind]
    if not address:
        if row.site:
            return row.site
        raise _wrong(
            f"the address of the API must be given for {kind}: such as https://git.example.com{row.path}"
        )
    if not _plain(address):
        raise _wrong(f"{address!r} is no address of an API: such as https://git.example.com{row.path}")
    if row.site and urlsplit(address).hostname in row.hosts:
        return row.site
    plain = address.rstrip("/")
    return plain if plain.endswith(row.path) or plain == row.site else f"{plain}{row.path}"


def _plain(address: str) -> bool:
    """Whether it is an address without a password or a query."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not (parts.username or parts.query)


def by_git_address(url: str) -> Address | None:
    """The repository that a git address names, where its host is a public forge; None for others."""
    rest = url.split("://", 1)[-1].split("@", 1)[-1]
    host, _, path = rest.replace(":", "/", 1).partition("/")
    for kind, row in ROWS.items():
        if host.lower() in row.hosts and "/" in path.strip("/"):
            api = "" if row.site else f"https://{host.lower()}"
            return Address(kind=kind, repository=path.strip("/").removesuffix(".git"), api=api)
    return None


def credentials(token: str) -> Mapping[str, str]:
    """The header that carries a token; `user:secret` is sent as a password, as Bitbucket's API tokens want it."""
    if ":" in token:
        return {"Authorization": f"Basic {b64encode(token.encode()).decode()}"}
    return {"Authorization": f"Bearer {token}"}


def _wrong(message: str) -> Refused:
    return Refused(message, reason=Reason.INVALID)
