"""Issues, labels, comments and reactions on the real Gitea."""

from datetime import UTC, datetime
from time import sleep

import pytest
from harness.gitea import Gitea
from harness.place import Place, new_place

from forges.errors import NoRight, NotFound, TokenRefused, Unavailable
from forges.model import CommentId, IssueNumber, Permission, Reaction
from forges.registry import credentials
from forges.transports.blocking import Blocking

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def test_the_tokens_account_is_named(place: Place) -> None:
    """By id and by name."""
    me = place.run(place.forge.accounts.me())
    assert (me.name, me.bot) == ("bot", False)
    assert int(me.id) > 0


@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
def test_who_may_write_is_asked_by_id(site: Gitea, tmp_path, *, private: bool) -> None:
    """A token that may only write finds out, of everybody."""
    place = new_place(site, tmp_path, private=private)
    found = {who: place.run(place.forge.accounts.permission(place.account(who))) for who in site.tokens}
    able = {who for who, permission in found.items() if permission >= Permission.WRITE}
    assert able == {"admin", "owner", "bot", "writer"}


def test_a_member_of_a_team_may_write(place: Place) -> None:
    """Rights that come by a team count."""
    team = place.site.ask(
        "admin",
        "POST",
        "orgs/acme/teams",
        {
            "name": f"t{place.name[-12:]}",
            "permission": "write",
            "units": ["repo.code", "repo.issues", "repo.pulls"],
        },
    )["id"]
    place.site.ask("admin", "PUT", f"teams/{team}/members/stranger")
    place.site.ask("admin", "PUT", f"teams/{team}/repos/{place.name}")
    assert place.run(place.forge.accounts.permission(place.account("stranger"))) is Permission.WRITE


def test_the_repository_says_what_the_token_may(place: Place) -> None:
    """Its id survives a rename, which the API follows."""
    found = place.run(place.forge.commits.repository())
    assert (found.name, found.default_branch, found.mine) == (place.name, "main", Permission.WRITE)
    place.site.ask("admin", "PATCH", f"repos/{place.name}", {"name": f"{place.name[5:]}-renamed"})
    again = place.run(place.forge.commits.repository())
    assert (again.id, again.name) == (found.id, f"{place.name}-renamed")


def test_an_issue_is_read_with_its_version(place: Place) -> None:
    """An edit of the body raises the version."""
    number = place.issue("Colour", "Make it *red*.")
    before = place.run(place.forge.issues.get(number))
    place.ask("stranger", "PATCH", f"issues/{number}", {"body": "Make it blue."})
    after = place.run(place.forge.issues.get(number))
    assert (before.title, before.body, before.author.name, before.open) == (
        "Colour",
        "Make it *red*.",
        "stranger",
        True,
    )
    assert (after.body, after.version != before.version) == ("Make it blue.", True)


def test_open_issues_come_over_pages_by_label_and_age(place: Place) -> None:
    """Closed ones and pull requests stay out."""
    label = place.label("gastown")
    numbers = [place.issue(f"number {each}") for each in range(53)]
    place.run(place.forge.issues.add_labels(numbers[7], [label]))
    place.ask("bot", "PATCH", f"issues/{numbers[3]}", {"state": "closed"})
    place.push("work", files={"a": "a"})
    place.run(place.forge.pulls.open(head="work", base="main", title="Work", body=""))
    every = place.run(place.forge.issues.all_open())
    labelled = place.run(place.forge.issues.all_open(label=label))
    assert {each.number for each in every} == {*numbers} - {numbers[3]}
    assert [(each.number, each.labels) for each in labelled] == [(numbers[7], (label,))]
    assert place.run(place.forge.issues.all_open(since=datetime(2099, 1, 1, tzinfo=UTC))) == ()


def test_each_putting_on_of_a_label_is_an_event_of_its_own(place: Place) -> None:
    """On, off and on again are three events with three ids, by whoever did them."""
    label, number = place.label("gastown"), place.issue("Colour")
    place.run(place.forge.issues.add_labels(number, [label]), who="writer")
    place.run(place.forge.issues.add_labels(number, [label]))
    place.run(place.forge.issues.remove_label(number, label))
    place.run(place.forge.issues.remove_label(number, label))
    place.run(place.forge.issues.add_labels(number, [label]))
    events = place.run(place.forge.issues.label_events(number))
    assert [(each.label, each.added, each.actor.name) for each in events] == [
        (label, True, "writer"),
        (label, False, "bot"),
        (label, True, "bot"),
    ]
    assert len({each.id for each in events}) == 3
    assert place.run(place.forge.issues.label_events(number, since=datetime(2099, 1, 1, tzinfo=UTC))) == ()


def test_a_label_that_does_not_exist_is_refused(place: Place) -> None:
    """A label is never made by the way."""
    number = place.issue("Colour")
    with pytest.raises(NotFound, match="no label nosuch"):
        place.run(place.forge.issues.add_labels(number, ["nosuch"]))
    assert place.run(place.forge.issues.get(number)).labels == ()


def test_comments_of_the_repository_are_found_by_time(place: Place) -> None:
    """Those on pull requests say so."""
    issue = place.issue("Colour")
    place.push("work", files={"a": "a"})
    pull = place.run(place.forge.pulls.open(head="work", base="main", title="Work", body=""))
    on_issue = place.run(place.forge.issues.comment(issue, "first"))
    on_pull = place.run(place.forge.issues.comment(IssueNumber(pull.number), "second", on_pull=True))
    found = place.run(place.forge.issues.comments(since=LONG_AGO))
    assert [(each.id, each.number, each.body, each.on_pull) for each in found] == [
        (on_issue.id, issue, "first", False),
        (on_pull.id, pull.number, "second", True),
    ]
    assert place.run(place.forge.issues.comments_on(issue)) == (on_issue,)


def test_a_comment_is_edited_in_place(place: Place) -> None:
    """The same comment, another text."""
    number = place.issue("Colour")
    made = place.run(place.forge.issues.comment(number, "taken"))
    sleep(1.1)  # Gitea counts in seconds
    edited = place.run(place.forge.issues.edit(made, "merged"))
    assert (edited.id, edited.body) == (made.id, "merged")
    assert edited.updated > made.updated
    with pytest.raises(NoRight):
        place.run(place.forge.issues.edit(made, "mine"), who="reader")


def test_a_reaction_can_be_repeated(place: Place) -> None:
    """On an issue and on a comment."""
    number = place.issue("Colour")
    said = place.run(place.forge.issues.comment(number, "/sling"), who="writer")
    for _ in range(2):
        place.run(place.forge.issues.react(None, number, Reaction.EYES))
        place.run(place.forge.issues.react(CommentId(said.id), number, Reaction.EYES))
    assert len(place.ask("bot", "GET", f"issues/{number}/reactions")) == 1
    assert len(place.ask("bot", "GET", f"issues/comments/{said.id}/reactions")) == 1


def test_what_is_not_there_is_said(place: Place) -> None:
    """No such issue, no such repository, a wrong token, no server: each its own error."""
    with pytest.raises(NotFound, match="issues/4711"):
        place.run(place.forge.issues.get(IssueNumber(4711)))
    private = new_place(place.site, place.scratch, private=True)
    with pytest.raises(NotFound):
        place.run(private.forge.commits.repository(), who="stranger")
    with pytest.raises(TokenRefused, match="make a new token"):
        Blocking(credentials("0" * 40)).run(place.forge.accounts.me())
    gone = type(place)(
        site=type(place.site)(place.site.work, 1, place.site.tokens), name=place.name, scratch=place.scratch
    )
    with pytest.raises(Unavailable):
        gone.run(gone.forge.accounts.me())
