"""The root of a forge's API: builds addresses, follows pages and renames, and never leaves its origin with a token."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit, urlunsplit

from forges.errors import NotFound, Unreadable
from forges.exchange import Answer, Call, Request, accepted
from forges.fields import Fields, listed

MOVED = frozenset({301, 302, 307, 308})
HOPS = 3
"""How many renames of a repository are followed."""

Query = Mapping[str, str | int | bool]
Next = Callable[[Request, Answer], str | None]
"""The address of the page after this answer, None after the last one."""


def linked(_: Request, answer: Answer) -> str | None:
    """The next page by the Link header."""
    for part in answer.headers.get("link", "").split(","):
        found = re.match(r'\s*<([^>]+)>.*;\s*rel="?next"?', part)
        if found:
            return found.group(1)
    return None


@dataclass(frozen=True, slots=True)
class Api:
    """An API below one address."""

    root: str
    """Without a slash at its end."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent with every request: which version of the API is meant."""
    next: Next = linked
    values: str = ""
    """The field that holds a page's entries; empty where the page is the list."""

    def url(self, *path: str | int, **query: str | int | bool) -> str:
        """The address of a path; each part is quoted, a slash inside too."""
        parts = "/".join(quote(str(part), safe="") for part in path)
        asked = {
            name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()
        }
        place = f"{self.root}/{parts}" if path else self.root
        return place + (f"?{urlencode(asked)}" if asked else "")

    def get(self, *path: str | int, **query: str | int | bool) -> Call[Fields]:
        """One object."""
        return (yield from self._object("GET", self.url(*path, **query), None))

    def get_json(self, *path: str | int, **query: str | int | bool) -> Call[object]:
        """Whatever JSON is there."""
        request = self._request("GET", self.url(*path, **query), None)
        answer = yield from self._answered(request)
        return answer.json(request)

    def all(self, *path: str | int, **query: str | int | bool) -> Call[list[Fields]]:
        """All entries over all pages."""
        url: str | None = self.url(*path, **query)
        entries: list[Fields] = []
        seen: set[str] = set()
        while url is not None and url not in seen:
            seen.add(url)
            request = self._request("GET", url, None)
            answer = yield from self._answered(request)
            entries.extend(self.entries(request, answer))
            url = self._near(url, self.next(request, answer))
        return entries

    def raw(self, *path: str | int, **query: str | int | bool) -> Call[bytes | None]:
        """A file's bytes, None where there is none."""
        try:
            answer = yield from self._answered(self._request("GET", self.url(*path, **query), None))
        except NotFound:
            return None
        return answer.body

    def entries(self, request: Request, answer: Answer) -> Sequence[Fields]:
        """The entries of one page."""
        content = answer.json(request)
        if self.values:
            return list(Fields(content, where=str(request)).each(self.values))
        return list(listed(content, where=str(request)))

    def send(self, method: str, body: object, *path: str | int) -> Call[Fields]:
        """Send a body, get the object that came of it."""
        return (yield from self._object(method, self.url(*path), body))

    def send_for_list(self, method: str, body: object, *path: str | int) -> Call[list[Fields]]:
        """Send a body, get the list that came of it."""
        request = self._request(method, self.url(*path), body)
        answer = yield from self._answered(request)
        return list(self.entries(request, answer))

    def act(self, method: str, body: object, *path: str | int, **query: str | int | bool) -> Call[None]:
        """Send a body whose answer holds nothing of interest."""
        yield from self._answered(self._request(method, self.url(*path, **query), body))

    def delete(self, *path: str | int) -> Call[None]:
        """Delete what may be gone already."""
        try:
            yield from self.act("DELETE", None, *path)
        except NotFound:
            return

    def _object(self, method: str, url: str, body: object) -> Call[Fields]:
        request = self._request(method, url, body)
        answer = yield from self._answered(request)
        return Fields(answer.json(request), where=str(request))

    def _request(self, method: str, url: str, body: object) -> Request:
        return Request(method=method, url=url, body=body, headers=self.headers)

    def _answered(self, request: Request) -> Call[Answer]:
        for _ in range(HOPS):
            answer = yield request
            target = answer.headers.get("location", "")
            if answer.status not in MOVED or request.method != "GET" or not target:
                break
            request = self._request("GET", self._near(request.url, target) or "", None)
        return accepted(request, answer)

    def _near(self, base: str, target: str | None) -> str | None:
        """The address that a page points at. Raises Unreadable when it leads to another server: a token goes along."""
        if target is None:
            return None
        try:
            url = urljoin(base, target)
            place = urlsplit(url)
        except ValueError as error:
            raise Unreadable(f"{self.root}: it points at what is no address") from error
        if place[:2] != urlsplit(self.root)[:2]:
            message = f"{self.root}: it points at {place.netloc}, where the token must not go"
            raise Unreadable(f"{message}; is the API address the one that the forge itself gives out?")
        return url


def with_query(url: str, **query: str | int) -> str:
    """The address with these parameters put in or replaced."""
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    asked |= {name: str(value) for name, value in query.items()}
    return urlunsplit(parts._replace(query=urlencode(asked)))
