"""What a call makes of answers: pages, renames, and the error that says what to do next."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forges.api import Api
from forges.conditional import Memory
from forges.errors import (
    Final,
    ForgeError,
    Later,
    NoRight,
    NotFound,
    RateLimited,
    Refused,
    TokenRefused,
    Unavailable,
    Unreadable,
)
from forges.exchange import Answer, Call, Request, refusal

API = Api(root="https://forge.test/api/v1/repos/acme/app")
ASKED = Request(method="GET", url=f"{API.root}/issues?token=no")


def play(call: Call[object], *answers: Answer) -> tuple[object, list[Request]]:
    """Run a call on these answers; what it returned, and what it asked."""
    asked = [next(call)]
    for answer in answers:
        try:
            asked.append(call.send(answer))
        except StopIteration as done:
            return done.value, asked
    raise AssertionError(f"it wants more: {asked[-1]}")


def page(*entries: object, **headers: str) -> Answer:
    """A page of a list."""
    return Answer(200, headers, json.dumps(entries).encode())


def test_pages_are_followed_to_the_last() -> None:
    """Entries of all pages come in order."""
    link = '<https://forge.test/api/v1/repos/acme/app/issues?page=2>; rel="next", <https://forge.test/x>; rel="last"'
    entries, asked = play(API.all("issues", limit=1), page({"id": 1}, link=link), page({"id": 2}))
    assert [each.whole("id") for each in entries] == [1, 2]
    assert [each.url for each in asked] == [f"{API.root}/issues?limit=1", f"{API.root}/issues?page=2"]


def test_a_page_that_points_at_itself_ends() -> None:
    """A server that gives the same page for ever holds nobody for ever."""
    link = '<https://forge.test/api/v1/repos/acme/app/issues?page=2>; rel="next"'
    entries, _ = play(API.all("issues"), page({"id": 1}, link=link), page({"id": 2}, link=link))
    assert len(entries) == 2


@pytest.mark.parametrize("target", ["https://evil.test/x", "//evil.test/x", "http://forge.test/x"])
def test_the_token_stays_on_its_server(target: str) -> None:
    """Neither the next page nor a redirect leads to another server."""
    with pytest.raises(Unreadable, match="token must not go"):
        play(API.all("issues"), page({"id": 1}, link=f'<{target}>; rel="next"'))
    with pytest.raises(Unreadable, match="token must not go"):
        play(API.get(), Answer(301, {"location": target}))


@pytest.mark.parametrize("target", ["https://[bad", "http://]"])
def test_a_link_that_is_no_address_is_one_error(target: str) -> None:
    """Python's reader of addresses raises at some."""
    with pytest.raises(Unreadable, match="no address"):
        play(API.all("issues"), page({"id": 1}, link=f'<{target}>; rel="next"'))
    with pytest.raises(Unreadable, match="no address"):
        play(API.get(), Answer(301, {"location": target}))


def test_a_renamed_repository_is_found() -> None:
    """A redirect on the same server is followed."""
    found, asked = play(
        API.get(), Answer(301, {"location": "/api/v1/repositories/7"}), Answer(200, {}, b'{"id": 7}')
    )
    assert found.key("id") == "7"
    assert asked[-1].url == "https://forge.test/api/v1/repositories/7"


def test_parts_of_a_path_are_quoted() -> None:
    """A branch or a name can't reach another endpoint."""
    assert API.url("branches", "a/b", "..%") == f"{API.root}/branches/a%2Fb/..%25"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(401), TokenRefused),
        (Answer(403), NoRight),
        (Answer(403, {"retry-after": "30"}), RateLimited),
        (Answer(403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9"}), RateLimited),
        (Answer(403, {}, b'{"message": "You have exceeded a secondary rate limit"}'), RateLimited),
        (Answer(404), NotFound),
        (Answer(410), NotFound),
        (Answer(405), Refused),
        (Answer(409), Refused),
        (Answer(422), Refused),
        (Answer(429), RateLimited),
        (Answer(408), Unavailable),
        (Answer(500), Unavailable),
        (Answer(503, {"retry-after": "7"}), Unavailable),
        (Answer(304), Unreadable),
    ],
    ids=lambda value: (
        value.__name__ if isinstance(value, type) else f"{value.status}{dict(value.headers) or ''}"
    ),
)
def test_the_status_says_what_to_do_next(answer: Answer, kind: type[ForgeError]) -> None:
    """Final errors and errors worth another try are told apart."""
    error = refusal(ASKED, answer)
    assert type(error) is kind
    assert isinstance(error, Final) != isinstance(error, Later)
    assert "token=no" not in str(error)


DATE = {"date": "Sat, 28 Nov 2026 22:00:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30.0),
        ({**DATE, "retry-after": "Sat, 28 Nov 2026 22:01:00 GMT"}, 60.0),
        ({**DATE, "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795903320"}, 120.0),
        ({**DATE, "ratelimit-remaining": "0", "ratelimit-reset": "1795903260"}, 60.0),
        ({**DATE, "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, 0.0),
        ({**DATE, "retry-after": "soon"}, None),
    ],
    ids=["seconds", "date", "github", "gitlab", "past", "nonsense"],
)
def test_the_forge_says_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    """By the forge's own clock: ours may be wrong."""
    error = refusal(ASKED, Answer(429, headers))
    assert isinstance(error, RateLimited)
    assert error.after == seconds


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": "no such branch", "url": "https://docs"}, "no such branch"),
        (
            {"message": {"title": ["can't be blank", "is too short"]}},
            "title can't be blank; title is too short",
        ),
        ({"message": "Validation Failed", "errors": [{"message": "exists"}]}, "Validation Failed; exists"),
        ({"error": {"message": "gone", "detail": "since May"}}, "gone; since May"),
        ({"errors": [{"context": None, "message": "out of date"}]}, "out of date"),
        ({"title": ["is bad"]}, "title is bad"),
        ({"message": "", "url": "https://docs"}, ""),
        ("plain", "plain"),
    ],
    ids=["gitea", "gitlab", "github", "bitbucket", "bitbucket-server", "bare", "nothing", "text"],
)
def test_the_forges_own_words_are_kept(body: object, words: str) -> None:
    """Each forge says it in another form."""
    error = refusal(ASKED, Answer(422, {}, json.dumps(body).encode()))
    assert isinstance(error, Refused)
    assert error.words == words


@given(
    st.integers(300, 599),
    st.dictionaries(st.sampled_from(["retry-after", "date", "location"]), st.text()),
    st.binary(),
)
def test_no_answer_is_a_traceback(status: int, headers: dict[str, str], body: bytes) -> None:
    """Whatever a server or a proxy sends, the caller gets an error of ours, in one line."""
    error = refusal(ASKED, Answer(status, headers, body))
    assert isinstance(error, ForgeError)
    assert str(error).isprintable()


def test_an_unchanged_answer_is_asked_for_once() -> None:
    """The ETag of the last answer goes along, and a 304 stands for that answer."""
    memory = Memory()
    assert memory.condition(ASKED) == {}
    first = memory.settle(ASKED, Answer(200, {"etag": '"a"'}, b"[]"))
    assert memory.condition(ASKED) == {"If-None-Match": '"a"'}
    assert memory.settle(ASKED, Answer(304)) == first
    assert (memory.calls.sent, memory.calls.unchanged) == (2, 1)


def test_what_is_written_is_never_remembered() -> None:
    """Only GETs can be answered from memory."""
    memory = Memory()
    posted = Request(method="POST", url=ASKED.url, body={})
    memory.settle(posted, Answer(200, {"etag": '"a"'}, b"{}"))
    assert memory.condition(posted) == {}
