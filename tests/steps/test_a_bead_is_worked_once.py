"""A bead is worked by one convoy at a time, whichever town it is of; a dead one's claim runs out; the same words later are new work."""

import json
import shutil
import signal
import sys

import pytest

from workflows import refs
from workflows.entries import STARTS, Entry
from workflows.exits import Reason
from workflows.orders import PullOrders, TaskOrders
from workflows.steps.claim import ASKS, LASTS, SKEW, STARTING, WAIT, Claims, Holder
from workflows.steps.errors import STOPPED_CODE, AwaitingClaim, Claimed, TryAgain
from workflows.steps.git.command import Git
from workflows.steps.heartbeat import BEAT, Heartbeat

CLAIM = refs.claim("gt-1")
STEP = (sys.executable, "-m", "workflows.steps")
OTHER = "2026-02-02T00:00:00Z"


class Clock:
    """Time that passes where somebody sleeps, and lets others act meanwhile."""

    def __init__(self, *events):
        self.now = 1000.0
        self._events = [*events]
        self._pace = 0.0

    def then(self, *events, pace):
        """What happens in the sleeps to come, each of which takes `pace` seconds or longer."""
        self._events, self._pace = [*events], pace

    def __call__(self):
        """The time."""
        return self.now

    def sleep(self, seconds):
        """Pass, and let the next thing happen."""
        self.now += max(seconds, self._pace)
        if self._events:
            self._events.pop(0)()


@pytest.fixture
def claims(town, tmp_path):
    """The claim of gt-1, as the convoy of a name and creation sees it."""
    town.git("init", "--quiet", "--bare", tmp_path / "own.git", cwd=tmp_path)
    train, task = town.train, town.tasks

    def of(convoy="cv", created="2026-01-01T00:00:00Z", clock=None, patience=300.0, **orders):
        git = Git.of(town.environ, {}).having(GIT_DIR=tmp_path / "own.git")
        clock = clock or Clock()
        told = train._replace(convoy=convoy, created=created, **orders)
        one = TaskOrders.load(task, "gt-1")
        return Claims(git, told, one, patience, clock=clock, monotonic=clock, sleep=clock.sleep)

    return of


def test_nothing_is_left_of_a_claim(town):
    """It is there while the agent works, and gone at its end."""
    town.script(f'git -C {town.origin} cat-file blob {CLAIM} > "{town.root}/seen"; echo work > file')
    assert town.polecat().code == 0
    seen = Holder.load((town.root / "seen").read_text())
    assert ("cv/2026-01-01T00:00:00Z", STARTING) == (seen.owner, seen.lasts)
    assert CLAIM not in town.refs()


@pytest.mark.parametrize(
    ("agent", "code"),
    [
        pytest.param("true", Reason.NO_CHANGES, id="nothing to do"),
        pytest.param('echo what > "$GASTOWN_ESCALATE"', Reason.ESCALATED, id="a person is needed"),
    ],
)
def test_an_end_that_is_final_frees_the_bead(town, agent, code):
    """Whoever slings it next need not wait."""
    town.script(agent)
    assert code.value == town.polecat().code
    assert CLAIM not in town.refs()


def test_a_polecat_without_credentials_frees_the_bead(town):
    """Nobody works it until somebody has logged in, which may be never; another convoy's agent may have its own."""
    town.script("echo 'Invalid API key' >&2; exit 1", agent={"auth_patterns": ("Invalid API key",)})
    assert Reason.CREDENTIALS_EXPIRED.value == town.polecat().code
    assert CLAIM not in town.refs()


def test_a_polecat_that_is_stopped_frees_the_bead(town, until):
    """Whoever stopped it may sling the bead anew at once."""
    town.script("sleep 30")
    assert town.step("clone").code == 0
    assert CLAIM in town.refs()
    publish = town.start(*STEP, "publish")
    until((town.workspace() / "run" / "guarded").exists)
    publish.send_signal(signal.SIGTERM)
    assert publish.wait(20) == STOPPED_CODE, publish.communicate()
    publish.communicate()
    assert CLAIM not in town.refs()


def test_another_attempt_goes_on_with_its_claim(town):
    """A pod that was killed after its clone comes back at once."""
    town.script("echo work > file")
    assert town.step("clone").code == 0
    assert CLAIM in town.refs()
    assert town.polecat().code == 0
    assert CLAIM not in town.refs()


def test_the_second_is_told_who_works_it(claims):
    """As soon as the first is heard of."""
    first = claims()
    held = first.take("")
    clock = Clock(lambda: None, lambda: first.renew(held))
    with pytest.raises(Claimed, match=r"being worked by convoy cv on .* until 1970-01-01 .* stop it"):
        claims("other", clock=clock).take(held)
    assert clock.now < 1000 + BEAT


def test_the_second_is_told_when_the_first_ends(claims):
    """It must not start on work that was published this moment."""
    first = claims()
    held = first.take("")
    with pytest.raises(Claimed, match=r"has just ended its work on gt-1"):
        claims("other", clock=Clock(lambda: first.release(held))).take(held)


def test_new_words_wait_for_the_end_of_the_first(claims):
    """However long it is heard of; then they look at what it made."""
    clock = Clock()
    first = claims(clock=clock)
    held = [first.take("")]
    clock.then(*[lambda: held.append(first.renew(held[-1]))] * 2, lambda: first.release(held[-1]), pace=LASTS)
    assert claims("other", clock=clock, waits=True).take(held[0]) is None
    assert clock.now >= 1000 + 2 * LASTS


def test_new_words_take_over_from_a_dead_owner(town, claims):
    """As everybody does."""
    first = claims()
    held = first.renew(first.take(""))
    clock = Clock()
    taken = claims("other", clock=clock, waits=True).take(held)
    assert LASTS <= clock.now - 1000 <= LASTS + 2
    assert town.refs()[CLAIM] == taken


def test_a_pod_is_not_held_for_ever(claims):
    """Its step is run again later."""
    clock = Clock()
    first = claims(clock=clock)
    held = [first.take("")]
    clock.then(*[lambda: held.append(first.renew(held[-1]))] * int(3 * WAIT / LASTS), pace=LASTS / 2)
    with pytest.raises(AwaitingClaim, match="is being worked by convoy cv"):
        claims("other", clock=clock, waits=True).take(held[0])
    assert clock.now >= 1000 + WAIT


def test_two_towns_with_the_same_names_are_two(claims):
    """A convoy's name is a function of its words; its creation is not."""
    held = claims().take("")
    with pytest.raises(TryAgain, match="is being worked by convoy cv"):
        claims("cv", OTHER, patience=5.0).take(held)


def test_a_dead_owners_claim_runs_out(town, claims):
    """By the clock of the one who waits: nobody's clock is believed."""
    first = claims()
    held = first.renew(first.take(""))
    clock = Clock()
    taken = claims("other", clock=clock).take(held)
    assert LASTS <= clock.now - 1000 <= LASTS + 2
    assert town.refs()[CLAIM] == taken
    with pytest.raises(
        Claimed, match=r"^the claim of gt-1 was taken over, .*: gt-1 is being worked by convoy other"
    ):
        first.renew(held)


def test_one_of_two_at_once_is_first(town, claims):
    """Compare-and-swap: the other looks again."""
    one, two = claims(), claims("other", OTHER)
    assert one.take("")
    assert two.take("") is None
    assert one.holder(town.refs()[CLAIM]).convoy == "cv"


def test_a_renewal_without_an_answer_loses_no_claim(town, claims):
    """The server has it, and whoever made it never heard so."""
    first = claims()
    held = first.take("")
    first.renew(held)
    assert first.renew(held) == town.refs()[CLAIM] != held


def test_a_lost_claim_is_not_taken_back(town, claims):
    """Whoever lost it gives way."""
    clock = Clock()
    first = claims(clock=clock)
    heartbeat = Heartbeat(first, first.take(""))
    theirs = json.dumps(Holder("x/1", "x", "there", 5.0, LASTS)._asdict())
    blob = town.git("hash-object", "-w", "--stdin", text=theirs)
    town.git("update-ref", CLAIM, blob)
    clock.now += BEAT + 1
    with pytest.raises(Claimed, match="being worked by convoy x on there"):
        heartbeat.beat()
    heartbeat.end()
    assert blob == town.refs()[CLAIM]


@pytest.mark.parametrize(
    "meanwhile",
    [
        pytest.param("update-ref -d {claim}", id="whose work has ended"),
        pytest.param(
            "update-ref {claim} $(echo '{held}' | git -C {origin} hash-object -w --stdin)", id="who works"
        ),
    ],
)
def test_who_lost_the_bead_publishes_nothing(town, meanwhile):
    """A machine that slept wakes up with finished work, and another has the bead: it is not done twice, and nothing of it is lost."""
    held = json.dumps(Holder("x/1", "x", "there", 5.0, LASTS)._asdict())
    git = meanwhile.format(claim=CLAIM, held=held, origin=town.origin)
    town.script(f"echo work > file; git add file; git commit -qm did; git -C {town.origin} {git}")
    done = town.polecat()
    assert Reason.CLAIMED.value == done.code, done.err
    there = town.refs()
    assert not {"refs/heads/polecat/gt-1", refs.queue("main", "gt-1")} & there.keys()
    [kept] = [ref for ref in there if ref.startswith("refs/gastown/kept/gt-1/")]
    assert f"the agent's work is kept as {kept}" in town.last_words()
    assert "work\n" == town.git("show", f"{kept}:file") + "\n"


def test_a_claim_that_makes_no_sense_is_replaced(town):
    """Whoever wrote it."""
    for text in (
        "",
        "[]",
        '{"owner": 1e999}',
        '{"owner":"a","convoy":"b","host":"c","beat":0,"lasts":1e999}',
    ):
        assert Holder.load(text) is None
        town.git("update-ref", CLAIM, town.git("hash-object", "-w", "--stdin", text=text))
        assert town.step("clone").code == 0


def test_a_repository_without_claims_is_told_once(town):
    """One sentence, and the work is done."""
    hook = town.origin / "hooks" / "update"
    hook.write_text('#!/bin/sh\ncase "$1" in refs/gastown/claim/*) echo no claims here; exit 1;; esac\n')
    hook.chmod(0o755)
    town.script("echo work > file")
    told = town.step("clone")
    assert (0, 1) == (told.code, told.err.count("takes no claims"))
    assert town.polecat().code == 0


@pytest.mark.parametrize("merge", ["direct", "none"])
def test_the_same_words_a_second_later_are_new_work(town, merge):
    """What a convoy of the same name did before is none of this one's; a retry of that convoy still finds its own work done."""
    first, second = "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"
    for created, written in ((first, "work"), (second, "work\nwork")):
        town.script("echo work >> file", created=created, merge=merge)
        shutil.rmtree(town.workspace(), ignore_errors=True)
        done = town.polecat()
        assert done.code == 0, done.err
        assert merge == "none" or town.step("merge").code == 0
        assert written == town.show("main" if merge == "direct" else "polecat/gt-1", "file")
    before = town.refs()
    town.script("echo work >> file", created=first, merge=merge)
    shutil.rmtree(town.workspace())
    assert town.polecat().code == 0
    assert before == town.refs()


@pytest.mark.parametrize(
    ("ref", "old", "words"),
    [
        pytest.param(refs.ask("main", "gt-1"), 1000.0, "merges it just now", id="its merge waits"),
        pytest.param(refs.queue("main", "gt-1"), 0.0, "merges it just now", id="its merge begins"),
        pytest.param("refs/heads/else", 0.0, "", id="its merge never comes"),
    ],
)
def test_published_work_is_left_to_its_merge(town, claims, ref, old, words):
    """For a while after its publication, and as long as its merge is heard of."""
    town.script("echo work > file")
    assert town.polecat().code == 0
    main, queued = town.refs()["refs/heads/main"], town.refs()[refs.queue("main", "gt-1")]
    if old:
        town.git("update-ref", ref, main)
    entry = Entry.load(town.git("cat-file", "tag", queued).partition("\n\n")[2])
    clock = Clock(lambda: None, lambda: town.git("update-ref", ref, town.refs()["refs/heads/polecat/gt-1"]))
    clock.now = entry.published + 5.0 + old
    other, begin = claims("other", clock=clock), clock.now
    if words:
        with pytest.raises(Claimed, match=words):
            other.let_merge(entry, queued)
    else:
        other.let_merge(entry, queued)
        assert STARTS <= clock.now - begin < STARTS + 2


def _published(town):
    """The entry of a bead that a polecat has just published, and what the queue's ref holds."""
    town.script("echo work > file")
    assert town.polecat().code == 0
    queued = town.refs()[refs.queue("main", "gt-1")]
    return Entry.load(town.git("cat-file", "tag", queued).partition("\n\n")[2]), queued


def test_new_words_for_a_pull_request_wait_for_no_merge(town, claims):
    """It waits for people, and may end only by what these words bring."""
    entry, queued = _published(town)
    clock = Clock()
    clock.now = begin = entry.published
    pulls = PullOrders("gitea", "o/r")
    assert claims("other", clock=clock, waits=True, pulls=pulls).let_merge(entry, queued)
    assert begin == clock.now


def test_new_words_for_published_work_wait_for_its_merge(town, claims):
    """However long it asks; then what it left is looked at."""
    entry, queued = _published(town)
    ask, place = refs.ask("main", "gt-1"), refs.queue("main", "gt-1")
    asks = [lambda: town.git("update-ref", ask, queued), lambda: town.git("update-ref", ask, "main")] * 4
    clock = Clock()
    clock.now = begin = entry.published
    clock.then(*asks, lambda: town.git("update-ref", "-d", place), pace=STARTS - 5)
    assert not claims("other", clock=clock, waits=True).let_merge(entry, queued)
    assert clock.now >= begin + 8 * (STARTS - 5)


def test_new_words_go_on_where_the_merge_is_heard_of_no_more(town, claims):
    """Whoever asked was killed."""
    entry, queued = _published(town)
    town.git("update-ref", refs.ask("main", "gt-1"), queued)
    clock = Clock()
    clock.now = begin = entry.published
    assert claims("other", clock=clock, waits=True).let_merge(entry, queued)
    assert begin + ASKS <= clock.now <= begin + ASKS + 2


def test_new_words_are_worked_after_the_merge(town):
    """The clone waits, and lays a tree that has what was merged meanwhile."""
    _published(town)
    town.script("echo more >> file", convoy="other", waits=True)
    later, place = shutil.copytree(town.tasks, town.root / "later"), town.root / "other"
    place.mkdir()
    clone = town.start(*STEP, "clone", GASTOWN_TASKS=str(later), GASTOWN_WORKSPACE=str(place))
    assert "waiting for its end" in clone.stderr.readline()
    town.script("echo work > file")
    assert town.step("merge").code == 0
    assert clone.wait(60) == 0, clone.communicate()
    clone.communicate()
    assert (place / "repo" / "file").read_text() == "work\n"
    assert town.refs()["refs/heads/main"] == town.git("rev-parse", "HEAD", cwd=place / "repo")


@pytest.mark.parametrize(
    ("off", "waits"), [(-SKEW, True), (SKEW, True), (-SKEW - 60, False), (SKEW + 60, False)]
)
def test_published_work_is_left_to_its_merge_by_any_clock(town, claims, off, waits):
    """The machine that published it may have another time than ours."""
    town.script("echo work > file")
    assert town.polecat().code == 0
    queued = town.refs()[refs.queue("main", "gt-1")]
    entry = Entry.load(town.git("cat-file", "tag", queued).partition("\n\n")[2])
    clock = Clock()
    clock.now = begin = entry.published + off
    claims("other", clock=clock).let_merge(entry, queued)
    assert waits == (clock.now >= begin + STARTS)


def test_work_branches_are_those_of_the_rig(town):
    """A step refuses what the adapter should never have let through."""
    for branch, globs, code in (
        ("release/1", (), Reason.REJECTED),
        ("feature/x", (), Reason.COMPLETED),
        ("feature/x", ("work/*",), Reason.REJECTED),
        ("work/x", ("work/*",), Reason.COMPLETED),
    ):
        town.bead(branch=branch)
        town.orders(branches=globs)
        assert code.value == town.step("clone").code, branch


def test_a_named_branch_outlives_its_merge(town):
    """It may have been there before: only branches below polecat/ are ours to delete."""
    town.bead(branch="feature/x")
    town.script("echo work > file")
    assert town.polecat().code == 0
    assert town.step("merge").code == 0
    assert "refs/heads/feature/x" in town.refs()
    assert refs.merged("cv", "gt-1") in town.refs()
