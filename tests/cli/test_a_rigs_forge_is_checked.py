"""`doctor` asks each rig's forge: the token, its rights, how work may land, and the webhook; what is wrong has its fix."""

import pytest

ROOT = "/api/v1/repos/acme/app"
ALLOWED = {"allow_merge_commits": True, "allow_squash_merge": True, "allow_rebase": True}
REPOSITORY = {
    "id": 7,
    "full_name": "acme/app",
    "html_url": "http://git.test/acme/app",
    "clone_url": "http://git.test/acme/app.git",
    "default_branch": "main",
    "permissions": {"admin": True, "push": True, "pull": True},
    **ALLOWED,
}
BRANCH = {"name": "main", "commit": {"id": "a" * 40}, "protected": False}
REVIEWED = BRANCH | {"protected": True, "required_approvals": 1}
PING = ("POST", f"{ROOT}/hooks/3/tests")


class Gitea:
    """Answers as Gitea does to what `rig connect` and `doctor` ask; `told` puts other answers in, by method and path."""

    def __init__(self, server):
        self._server = server
        server.answer = self.answer
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.asked, self.hooks = [], []
        self.told = {
            ("GET", "/api/v1/user"): {"id": 2, "login": "bot"},
            ("GET", ROOT): REPOSITORY,
            ("GET", f"{ROOT}/branches/main"): BRANCH,
            ("GET", f"{ROOT}/issues"): [],
            PING: {},
            ("GET", "/hooks/app"): 405,
        }

    def answer(self, asked):
        """What it answers."""
        self.asked.append((asked.method, asked.path))
        if asked.path == f"{ROOT}/hooks" and (asked.method, asked.path) not in self.told:
            return 200, self._hook(asked.method)
        told = self.told.get((asked.method, asked.path), 404)
        return (told, "{}") if isinstance(told, int) else (200, told)

    def _hook(self, method):
        made = {"id": 3, "active": True, "events": ["issues"], "config": {"url": f"{self.url}/hooks/app"}}
        if method == "POST":
            self.hooks = [made]
            return made
        return self.hooks


@pytest.fixture
def gitea(listening):
    """A forge on this machine, which also answers where the webhook posts to."""
    return Gitea(listening)


@pytest.fixture
def connected(gitea, gastown, here):
    """A rig that `rig connect` has connected to it, with a webhook."""
    assert gastown.rig().code == 0
    (gastown.root / "token").write_text("secret")
    line = ("rig", "connect", "app", "--forge", "gitea", "--api-url", gitea.url, "--token-file", "token")

    def connect(*more):
        told = here(*line, "--repository", "acme/app", *more)
        assert told.code == 0, told.err
        return told

    connect("--url", gitea.url)
    gitea.asked.clear()
    return connect


def _checks(here):
    found = here("doctor", "-o", "json")
    lines = {each["what"].removeprefix("rig app: "): each for each in found.json}
    return lines, found.code


@pytest.mark.usefixtures("connected")
def test_all_is_well_and_nothing_is_changed(gitea, here):
    """Token, right, branch, issues and webhook are named; every request is a question."""
    checks, code = _checks(here)
    assert {"good"} == {each["health"] for each in checks.values()}
    assert 0 == code
    assert "gitea acme/app answers, signed in as bot" == checks["forge"]["seen"]
    assert "work is pushed to main" == checks["landing"]["seen"]
    assert "labelled, commanded: issues can be read" == checks["triggers"]["seen"]
    assert f"posts to {gitea.url}/hooks/app, which answers" == checks["webhook"]["seen"]
    assert {"GET"} == {method for method, _ in gitea.asked}


@pytest.mark.usefixtures("connected")
@pytest.mark.parametrize(
    ("what", "health", "words", "fix", "told"),
    [
        pytest.param(
            "forge", "bad", "make a new token", "`gastown rig connect app --token-file FILE`",
            {("GET", "/api/v1/user"): 401}, id="token refused",
        ),
        pytest.param(
            "forge", "bad", "GET", "--repository OWNER/NAME", {("GET", ROOT): 404}, id="no such repository"
        ),
        pytest.param(
            "forge", "bad", "bot may only read it", "`gastown rig connect app --token-file FILE`",
            {("GET", ROOT): REPOSITORY | {"permissions": {"admin": False, "push": False, "pull": True}}}, id="may only read",
        ),
        pytest.param(
            "forge", "bad", "archived", "at the forge", {("GET", ROOT): REPOSITORY | {"archived": True}}, id="archived"
        ),
        pytest.param(
            "forge", "bad", "", "--api-url URL", {("GET", "/api/v1/user"): "<html>log in</html>"}, id="another page"
        ),
        pytest.param(
            "landing", "doubtful", "main asks for reviews or checks", "--mode pr",
            {("GET", f"{ROOT}/branches/main"): REVIEWED}, id="protected",
        ),
        pytest.param(
            "triggers", "bad", "issues", "`gastown rig connect app --token-file FILE`",
            {("GET", f"{ROOT}/issues"): 403}, id="issues unseen",
        ),
        pytest.param(
            "webhook", "doubtful", "the token may not look at webhooks; none has come yet", "administer",
            {("GET", f"{ROOT}/hooks"): 403}, id="hooks unseen",
        ),
        pytest.param(
            "webhook", "bad", "switched off", "--url",
            {("GET", f"{ROOT}/hooks"): [{"id": 3, "active": False, "events": [], "config": {"url": "http://x/hooks/app"}}]},
            id="hook off",
        ),
        pytest.param(
            "webhook", "doubtful", "no receiver of Gas Town, seen from here: status 404", "events serve",
            {("GET", "/hooks/app"): 404}, id="hook leads elsewhere",
        ),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_fix(gitea, here, what, health, words, fix, told):
    """The words name the object, the fix is a command, and only what is wrong is bad."""
    gitea.told |= told
    checks, code = _checks(here)
    assert (health, True, True) == (
        checks[what]["health"],
        words in checks[what]["seen"],
        fix in checks[what]["fix"].replace("`rig", "`gastown rig"),
    ), checks[what]
    assert {what} == {each for each, seen in checks.items() if seen["health"] != "good"}
    assert (health == "bad") == (code == 1)


def test_a_forbidden_way_of_merging_is_told_before_it_fails(connected, gitea, here):
    """The repository and the rig are compared, and the fix that is named mends it."""
    connected("--mode", "pr")
    gitea.told["GET", ROOT] = REPOSITORY | {"allow_squash_merge": False, "allow_merge_commits": False}
    checks, code = _checks(here)
    assert ("acme/app forbids squash; it allows rebase", 1) == (checks["landing"]["seen"], code)
    assert "`rig connect app --token-file FILE --method rebase`" in checks["landing"]["fix"]
    connected("--method", "rebase")
    checks, code = _checks(here)
    assert ("pull requests into main, by rebase", 0) == (checks["landing"]["seen"], code)


@pytest.mark.usefixtures("connected")
def test_a_lost_token_is_named_with_its_place(gitea, gastown, here):
    """The forge is not asked without."""
    (kept,) = gastown.root.glob("**/secrets/app-forge/token")
    kept.unlink()
    checks, code = _checks(here)
    assert ("its token is not there: secret app-forge, key token", 1) == (checks["forge"]["seen"], code)
    assert [] == gitea.asked


@pytest.mark.usefixtures("connected")
def test_a_lost_secret_of_the_webhook_is_named(gastown, here):
    """Whatever the forge sends would be refused."""
    (kept,) = gastown.root.glob("**/secrets/app-forge/webhook-secret")
    kept.unlink()
    checks, _ = _checks(here)
    assert "bad" == checks["webhook"]["health"]
    assert "each delivery is refused" in checks["webhook"]["seen"]


@pytest.mark.usefixtures("connected")
def test_a_rig_that_is_polled_needs_no_webhook(gitea, here):
    """As on a laptop, which no forge reaches."""
    gitea.hooks = []
    checks, code = _checks(here)
    assert ("good", 0) == (checks["webhook"]["health"], code)
    assert "events poll" in checks["webhook"]["seen"]


@pytest.mark.usefixtures("connected")
def test_a_forge_that_does_not_answer_is_told_from_what_is_wrong_with_it(here, listening):
    """A port without a listener, as a forge that is down has it."""
    listening.answer = lambda _: (503, "{}")
    checks, code = _checks(here)
    assert ("bad", 1) == (checks["forge"]["health"], code)
    assert "see that the forge answers from here" in checks["forge"]["fix"]


@pytest.mark.usefixtures("connected")
def test_a_line_of_text_can_be_copied(gitea, here):
    """The program stands before each verb."""
    gitea.told["GET", "/api/v1/user"] = 401
    told = here("doctor")
    assert "`gastown rig connect app --token-file FILE`" in told.out
