"""What a forge can't do is data with a sentence, and stands in the docs."""

from pathlib import Path

import pytest

from forges.errors import Refused
from forges.model import ForgeKind
from forges.registry import ROWS, Address, api_root, by_git_address, connect, credentials

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", [kind for kind in ForgeKind if kind is not ForgeKind.FORGEJO])
def test_each_lack_stands_in_the_docs(kind: ForgeKind) -> None:
    """Word for word, so that the sentence in the error can be found."""
    docs = " ".join((ROOT / "docs" / "forges.md").read_text().split())
    assert [why for why in ROWS[kind].lacks.values() if why not in docs] == []


@pytest.mark.parametrize("kind", list(ForgeKind))
def test_each_kind_is_spoken(kind: ForgeKind) -> None:
    """With one row, and the same lacks in the row and in the forge."""
    forge = connect(Address(kind=kind, repository="acme/app", api="https://forge.test"))
    assert (forge.kind, forge.lacks) == (kind, ROWS[kind].lacks)


@pytest.mark.parametrize(
    ("kind", "given", "root"),
    [
        (ForgeKind.GITHUB, "", "https://api.github.com"),
        (ForgeKind.GITHUB, "https://github.com", "https://api.github.com"),
        (ForgeKind.GITHUB, "https://api.github.com/", "https://api.github.com"),
        (ForgeKind.GITHUB, "https://git.test", "https://git.test/api/v3"),
        (ForgeKind.GITLAB, "https://git.test/gitlab", "https://git.test/gitlab/api/v4"),
        (ForgeKind.GITEA, "https://git.test/api/v1", "https://git.test/api/v1"),
        (ForgeKind.BITBUCKET_SERVER, "http://git.test:7990", "http://git.test:7990/rest/api/1.0"),
    ],
)
def test_the_api_is_found_from_the_site(kind: ForgeKind, given: str, root: str) -> None:
    """Both addresses are taken."""
    assert api_root(kind, given) == root


@pytest.mark.parametrize(
    "given",
    ["", "git.test", "file:///etc", "https://user:token@git.test", "https://git.test?x=1", "https://[bad"],
)
def test_what_is_no_address_is_refused(given: str) -> None:
    """Nor one that carries a password."""
    with pytest.raises(Refused, match=r"git\.example\.com/api/v1"):
        api_root(ForgeKind.GITEA, given)


@pytest.mark.parametrize(
    ("url", "kind", "repository"),
    [
        ("https://github.com/acme/app.git", ForgeKind.GITHUB, "acme/app"),
        ("git@github.com:acme/app.git", ForgeKind.GITHUB, "acme/app"),
        ("ssh://git@gitlab.com/group/sub/app.git", ForgeKind.GITLAB, "group/sub/app"),
        ("https://codeberg.org/acme/app", ForgeKind.FORGEJO, "acme/app"),
        ("git@bitbucket.org:acme/app.git", ForgeKind.BITBUCKET, "acme/app"),
    ],
)
def test_a_git_address_of_a_public_site_tells_all(url: str, kind: ForgeKind, repository: str) -> None:
    """Also as ssh writes it."""
    found = by_git_address(url)
    assert found is not None
    assert (found.kind, found.repository) == (kind, repository)


@pytest.mark.parametrize(
    "url", ["https://git.test/acme/app.git", "/srv/app.git", "https://github.com", "git@git.test:a/b"]
)
def test_another_git_address_tells_nothing(url: str) -> None:
    """Somebody has to say which forge it is."""
    assert by_git_address(url) is None


def test_a_token_is_a_bearers_and_a_pair_is_a_password() -> None:
    """Bitbucket's API tokens come with a user."""
    assert credentials("abc") == {"Authorization": "Bearer abc"}
    assert credentials("ann:abc") == {"Authorization": "Basic YW5uOmFiYw=="}
