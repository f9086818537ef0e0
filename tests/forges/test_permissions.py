"""Who may write, on each forge: asked by id, nothing assumed."""

import json

import pytest

from forges.errors import Later, NoRight, RateLimited, Unavailable
from forges.exchange import Answer, Call, Request
from forges.interface import Forge
from forges.model import Account, AccountId, ForgeKind, Permission
from forges.registry import Address, connect

ANN = Account(id=AccountId("7"), name="ann")
UUID = Account(id=AccountId("{u-7}"), name="ann")


def forge(kind: ForgeKind) -> Forge:
    """A repository on a forge of this kind."""
    return connect(
        Address(kind=kind, repository="acme/app", api="" if kind in HOSTED else "https://forge.test")
    )


HOSTED = {ForgeKind.GITHUB, ForgeKind.GITLAB, ForgeKind.BITBUCKET}


def told(call: Call[object], *answers: object) -> tuple[object, list[Request]]:
    """What a call returns on these answers; a number is a status without a body."""
    asked = [next(call)]
    for each in answers:
        answer = Answer(each) if isinstance(each, int) else Answer(200, {}, json.dumps(each).encode())
        try:
            asked.append(call.send(answer))
        except StopIteration as done:
            return done.value, asked
    raise AssertionError(f"it wants more: {asked[-1]}")


def github(level: str, number: int = 7) -> dict:
    """GitHub's answer."""
    return {
        "permission": level,
        "role_name": "custom",
        "user": {"id": number, "login": "ann", "type": "User"},
    }


def gitlab(level: int, **more: object) -> dict:
    """GitLab's answer."""
    return {"id": 7, "username": "ann", "state": "active", "access_level": level} | more


def bitbucket(level: str, uuid: str = "{u-7}") -> dict:
    """Bitbucket's answer."""
    return {"values": [{"permission": level, "user": {"uuid": uuid, "nickname": "ann"}}]}


NOT_LISTED = {"values": [], "isLastPage": True}
LISTED = {"values": [{"id": 7, "name": "ann"}], "isLastPage": True}
TABLE = [
    ("github admin", ForgeKind.GITHUB, ANN, [github("admin")], Permission.ADMIN),
    ("github write", ForgeKind.GITHUB, ANN, [github("write")], Permission.WRITE),
    ("github read", ForgeKind.GITHUB, ANN, [github("read")], Permission.READ),
    ("github none", ForgeKind.GITHUB, ANN, [github("none")], Permission.NONE),
    ("github unknown word", ForgeKind.GITHUB, ANN, [github("owner of it all")], Permission.NONE),
    ("github gone", ForgeKind.GITHUB, ANN, [404, 404], Permission.NONE),
    (
        "github renamed",
        ForgeKind.GITHUB,
        ANN,
        [404, {"id": 7, "login": "anna"}, github("write")],
        Permission.WRITE,
    ),
    ("github taken over", ForgeKind.GITHUB, ANN, [github("admin", 8), 404], Permission.NONE),
    (
        "github taken over twice",
        ForgeKind.GITHUB,
        ANN,
        [github("admin", 8), {"id": 7, "login": "b"}, github("admin", 9)],
        Permission.NONE,
    ),
    ("gitlab maintainer", ForgeKind.GITLAB, ANN, [gitlab(40)], Permission.ADMIN),
    ("gitlab developer", ForgeKind.GITLAB, ANN, [gitlab(30)], Permission.WRITE),
    ("gitlab reporter", ForgeKind.GITLAB, ANN, [gitlab(20)], Permission.READ),
    ("gitlab blocked", ForgeKind.GITLAB, ANN, [gitlab(40, state="blocked")], Permission.NONE),
    ("gitlab stranger", ForgeKind.GITLAB, ANN, [404], Permission.NONE),
    ("gitea writer", ForgeKind.GITEA, ANN, [[{"id": 7, "login": "anna"}]], Permission.WRITE),
    ("gitea other of that name", ForgeKind.GITEA, ANN, [[{"id": 8, "login": "ann"}]], Permission.NONE),
    ("forgejo nobody", ForgeKind.FORGEJO, ANN, [[]], Permission.NONE),
    ("bitbucket admin", ForgeKind.BITBUCKET, UUID, [bitbucket("admin")], Permission.ADMIN),
    ("bitbucket write", ForgeKind.BITBUCKET, UUID, [bitbucket("write")], Permission.WRITE),
    ("bitbucket read", ForgeKind.BITBUCKET, UUID, [bitbucket("read")], Permission.READ),
    ("bitbucket other", ForgeKind.BITBUCKET, UUID, [bitbucket("admin", "{u-8}")], Permission.NONE),
    ("bitbucket server admin", ForgeKind.BITBUCKET_SERVER, ANN, [LISTED], Permission.ADMIN),
    ("bitbucket server write", ForgeKind.BITBUCKET_SERVER, ANN, [NOT_LISTED, LISTED], Permission.WRITE),
    ("bitbucket server none", ForgeKind.BITBUCKET_SERVER, ANN, [NOT_LISTED] * 3, Permission.NONE),
]


@pytest.mark.parametrize(
    ("kind", "account", "answers", "permission"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_who_may_what(
    kind: ForgeKind, account: Account, answers: list[object], permission: Permission
) -> None:
    """By the id of the account, whatever its name is now."""
    found, _ = told(forge(kind).accounts.permission(account), *answers)
    assert found is permission


@pytest.mark.parametrize("kind", list(ForgeKind))
@pytest.mark.parametrize("status", [403, 429, 500, 503])
def test_no_answer_is_no_permission_and_no_refusal(kind: ForgeKind, status: int) -> None:
    """A forge that is ill, or a token that may not ask, is an error: never NONE, never a right."""
    wanted = {403: NoRight, 429: RateLimited}.get(status, Unavailable)
    with pytest.raises(wanted) as caught:
        told(forge(kind).accounts.permission(ANN), status)
    assert isinstance(caught.value, Later) == (status != 403)


@pytest.mark.parametrize("kind", list(ForgeKind))
def test_nobody_may_nothing(kind: ForgeKind) -> None:
    """An account without an id, as of a deleted user, is not somebody's of no name."""
    with pytest.raises(StopIteration) as done:
        next(forge(kind).accounts.permission(Account(id=AccountId(""), name="")))
    assert done.value.value is Permission.NONE


def test_a_quote_in_an_id_is_no_query() -> None:
    """An id that would end the query early is nobody's."""
    call = forge(ForgeKind.BITBUCKET).accounts.permission(Account(id=AccountId('x" OR 1=1'), name="x"))
    with pytest.raises(StopIteration) as done:
        next(call)
    assert done.value.value is Permission.NONE
