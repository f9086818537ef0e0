"""While merges wait for people, one list for each rig and interval says how their pull requests look, however many there are."""

import asyncio
import json
import time

import aiohttp
import pytest
from aiohttp import web
from services import forge_of, serving, until
from smallgitea import signed
from towns import Town

from events.stores.town import TownStore
from workflows.clock import utc_now

MANY, PAGE = 1000, 50
TIME = "2026-11-01T10:00:00Z"
BOT = {"id": 9, "login": "bot"}
INTERVAL = 0.5


class Gitea:
    """A repository with many open pull requests, page by page; counts what it is asked."""

    def __init__(self):
        self.pages, self.others, self.resting, self.url = [], [], 0, ""
        self.updated = dict.fromkeys(range(1, MANY + 1), TIME)

    async def answer(self, request):
        """What Gitea answers."""
        path = request.path.removeprefix("/api/v1")
        if path != "/repos/acme/app/pulls":
            self.others.append(path)
            return web.json_response(
                BOT if path == "/user" else {"id": 1, "full_name": "acme/app", "html_url": "http://x/"}
            )
        page = int(request.query.get("page", "1"))
        self.pages.append((page, asyncio.get_running_loop().time()))
        if self.resting:
            return web.json_response({}, status=429, headers={"Retry-After": str(self.resting)})
        numbers = [*self.updated][(page - 1) * PAGE : page * PAGE]
        last = page * PAGE >= len(self.updated)
        link = (
            {}
            if last
            else {
                "Link": f'<{self.url}/repos/acme/app/pulls?state=open&limit=50&page={page + 1}>; rel="next"'
            }
        )
        return web.json_response([self.shown(number) for number in numbers], headers=link)

    def shown(self, number):
        """One of them."""
        return {
            "id": number, "number": number, "title": "t", "body": "", "user": BOT, "state": "open", "merged": False,
            "labels": [], "html_url": f"http://x/{number}", "created_at": TIME, "updated_at": self.updated[number],
            "head": {"ref": f"polecat/app-{number}", "sha": f"{number:040x}", "repo_id": 1},
            "base": {"ref": "main", "repo_id": 1},
        }  # fmt: skip

    @property
    def lists(self):
        """When each list began."""
        return [at for page, at in self.pages if page == 1]


class Waiting(TownStore):
    """A town of which so many merges wait for people, as the adapter of a cluster says it."""

    waiting = MANY

    async def rigs(self):
        """As the town tells, and that."""
        found = await super().rigs()
        return tuple(
            each.model_copy(
                update={"status": each.status.model_copy(update={"awaiting_review": self.waiting})}
            )
            for each in found
        )

    async def rig(self, name):
        """One of them."""
        return next((each for each in await self.rigs() if each.metadata.name == name), None)


@pytest.fixture
def serve(tmp_path):
    """Run a scenario beside a service of a town whose rig is on the forge; it listens to no trigger."""

    def served(scenario, *, waiting=MANY):
        async def run():
            forge = Gitea()
            async with forge_of(forge.answer) as forge.url:
                where = {"kind": "gitea", "apiURL": forge.url, "repository": "acme/app"}
                town = Town(tmp_path, None, utc_now, triggers=(), forge=where)
                town.waits = store = Waiting(town.local)
                store.waiting = waiting
                async with serving(town, store, reviews=INTERVAL) as port:
                    await scenario(forge, town, f"http://127.0.0.1:{port}/hooks/app")

        asyncio.run(run())

    return served


def marks(town):
    """What the rig says of its pull requests."""
    (rig,) = town.local.rigs.listening()
    return rig.status.events.pulls if rig.status.events else ()


def test_a_thousand_cost_one_list_an_interval(serve):
    """Nothing is asked of each; what one looks like changes when somebody did something to it, and when it is gone."""

    async def scenario(forge, town, _):
        await until(lambda: len(forge.lists) >= 3)
        whole = len(forge.lists) - 1
        assert whole * MANY // PAGE <= len(forge.pages) <= (whole + 1) * MANY // PAGE
        assert sorted(forge.others) == ["/repos/acme/app", "/user"]
        gaps = [later - earlier for earlier, later in zip(forge.lists, forge.lists[1:], strict=False)]
        assert min(gaps) >= INTERVAL
        before = set(marks(town))
        assert len(before) == MANY
        forge.updated[7] = "2026-11-01T11:00:00Z"
        del forge.updated[8]
        # A list whose pages move while it is read may miss another one, once: that costs a look.
        await until(lambda: {each.partition("-")[0] for each in before - set(marks(town))} == {"7", "8"})

    serve(scenario)


def test_nobody_is_asked_where_nobody_waits(serve):
    """Two signs of life later the forge has heard nothing."""

    async def scenario(forge, _, __):
        await asyncio.sleep(3 * INTERVAL)
        assert (forge.pages, forge.others) == ([], [])

    serve(scenario, waiting=0)


def test_a_forge_that_asks_for_rest_gets_it(serve):
    """What Retry-After says, and not what the interval says."""

    async def scenario(forge, town, _):
        forge.resting = 3
        await until(lambda: forge.lists)
        forge.resting = 0
        await until(lambda: len(marks(town)) == MANY)
        assert forge.lists[1] - forge.lists[0] >= 3

    serve(scenario)


def test_any_signed_delivery_has_them_listed(serve):
    """Forges tell of reviews, merges and pushes in a dozen forms: each is reason enough, and none for more than one list in a while."""

    async def scenario(forge, town, url):
        await until(lambda: len(marks(town)) == MANY)
        body = json.dumps({"action": "reviewed", "repository": {"id": 1}}).encode()
        before = len(forge.lists)
        async with aiohttp.ClientSession() as session:
            for _ in range(20):
                headers = signed(body, "pull_request_approved", delivery="d").headers
                async with session.post(url, data=body, headers=headers) as answer:
                    assert answer.status == 200
        await until(lambda: len(forge.lists) > before)

    serve(scenario)


@pytest.mark.parametrize(
    ("told", "looks"),
    [
        pytest.param({"sha": f"{7:040x}", "state": "success", "context": "ci"}, True, id="a status"),
        pytest.param({"check_run": {"head_sha": f"{7:040x}"}}, True, id="a check run"),
        pytest.param({"object_attributes": {"sha": f"{7:040x}"}}, True, id="a pipeline"),
        pytest.param(
            {"review": {"type": "approved"}, "pull_request": {"head": {"sha": f"{7:040x}"}}},
            True,
            id="a review",
        ),
        pytest.param(
            {"sha": f"{7:040x}", "state": "success", "context": "gastown/gates"}, False, id="our own"
        ),
    ],
)
def test_what_was_judged_stands_in_the_lists(serve, told, looks):
    """No list shows checks, nor a review in the second of another change: when it was told stands behind the mark, in later lists too."""

    async def scenario(forge, town, url):
        await until(lambda: len(marks(town)) == MANY)
        before, began = set(marks(town)), int(time.time())
        body = json.dumps({**told, "repository": {"id": 1}}).encode()
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=signed(body, "status").headers) as answer,
        ):
            assert answer.status in {200, 400}
        lists = len(forge.lists)
        await until(lambda: len(forge.lists) >= lists + 3)
        judged = [each.partition("@") for each in marks(town) if "@" in each]
        assert looks == bool(judged)
        assert len(marks(town)) == MANY
        for mark, _, when in judged:
            assert mark.startswith("7-")
            assert mark in before
            assert began <= int(when) <= time.time()

    serve(scenario)


def test_a_judgement_before_anybody_waits_is_kept(serve):
    """A merge that looked before it came waits after it came."""

    async def scenario(forge, town, url):
        body = json.dumps(
            {"sha": f"{7:040x}", "context": "ci", "state": "success", "repository": {"id": 1}}
        ).encode()
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body, headers=signed(body, "status").headers) as answer,
        ):
            assert answer.status == 200
        await asyncio.sleep(2 * INTERVAL)
        assert forge.lists == []
        town.waits.waiting = MANY
        await until(lambda: any("@" in each for each in marks(town)))

    serve(scenario, waiting=0)
