"""What people try, by accident or not: each ends as it should, and says why where `trigger explain` reads it."""

import asyncio

import pytest

from events.model import Reason


def reasons(decisions):
    """What became of each."""
    return [each.reason for each in decisions]


def explained(town):
    """Reason and sentence of the newest decision that the rig remembers."""
    newest = max(asyncio.run(town.rig()).status.events.recent, key=lambda each: each.at)
    return newest.reason, newest.message


@pytest.mark.parametrize("change", [{"body": "evil"}, {"title": "evil"}], ids=["body", "title"])
@pytest.mark.parametrize("by", ["webhook", "poll"])
def test_a_text_that_changed_after_the_label_is_not_worked(town, forge, clock, change, by):
    """Nor what it was: the label is asked for again."""
    forge.open()
    clock.pass_(10)
    sent = forge.label(1)
    clock.pass_(10)
    forge.edit(1, **change)
    assert reasons(town.take(sent) if by == "webhook" else town.poll()) == [Reason.CHANGED]
    assert explained(town) == (
        "ChangedSince",
        "the issue's text was changed, or may have been, since this was asked for; read it and ask again",
    )
    clock.pass_(10)
    forge.label(1, added=False)
    again = forge.label(1)
    assert Reason.SLUNG in reasons(town.take(again))


def test_a_comment_that_was_deleted_slings_nothing(town, forge):
    """It was there when the delivery was sent."""
    forge.open()
    sent = forge.comment(1, "/sling")
    forge.comments.clear()
    assert reasons(town.take(sent)) == [Reason.CHANGED]
    assert explained(town) == ("ChangedSince", "the comment was deleted")


@pytest.mark.parametrize("by", ["webhook", "poll"])
def test_a_comment_that_was_edited_slings_nothing(town, forge, clock, by):
    """What it said at first is not known to a poll, and is not what it says now to a webhook."""
    forge.open()
    sent = forge.comment(1, "/sling nicely")
    clock.pass_(10)
    forge.edit_comment(sent.content["comment"]["id"], "/sling evil")
    assert reasons(town.take(sent) if by == "webhook" else town.poll()) == [Reason.CHANGED]
    assert explained(town) == ("ChangedSince", "the comment was edited; write a new one")


def test_a_label_that_a_person_took_off_is_no_wish(town, forge):
    """A poll after both finds nothing to do."""
    forge.open()
    sent = forge.label(1)
    forge.label(1, added=False)
    assert reasons(town.take(sent)) == [Reason.CHANGED]
    assert explained(town) == ("ChangedSince", "the label was taken off again")


def test_a_bot_that_answers_with_the_command_talks_to_nobody(town, forge):
    """Our own account, whatever it writes; and its other comments are no events at all."""
    forge.open()
    assert reasons(town.take(forge.comment(1, "/sling", who="bot"))) == [Reason.OWN]
    assert reasons(town.poll()) == [Reason.OWN]
    assert explained(town) == ("OwnEvent", "bot did it itself")
    assert town.take(forge.comment(1, "Not slung: write `/sling` again", who="bot")) == []


def test_a_renamed_account_keeps_its_right(town, forge):
    """The forge is asked for the account, not for the name."""
    forge.open()
    sent = forge.comment(1, "/sling")
    forge.people["renamed"] = forge.people.pop("writer")
    forge.writers.add("renamed")
    assert reasons(town.take(sent)) == [Reason.SLUNG]


def test_who_takes_over_the_name_of_a_renamed_account_may_nothing(town, forge):
    """Another account bears the name that may write."""
    forge.open()
    forge.people |= {"renamed": forge.people["writer"], "writer": 99}
    forge.writers = {"renamed"}
    assert reasons(town.take(forge.comment(1, "/sling"))) == [Reason.MAY_NOT_WRITE]
    assert explained(town) == ("MayNotWrite", "writer may not write to the repository")


def test_an_actor_is_the_account_that_bore_the_name_first(make, forge, clock):
    """Names in actors are pinned to the account at its first event."""
    town = make(triggers=[{"name": "c", "event": "Comment", "command": "/sling", "actors": ["Writer"]}])
    forge.open()
    assert reasons(town.take(forge.comment(1, "/sling"))) == [Reason.SLUNG]
    forge.people |= {"renamed": 3, "writer": 99}
    clock.pass_(10)
    assert reasons(town.take(forge.comment(1, "/sling"))) == [Reason.OTHER_ACCOUNT]
    told = "writer is another account (99) than when the name first triggered (3)"
    assert explained(town) == ("OtherAccount", told)
    clock.pass_(10)
    assert reasons(town.take(forge.comment(1, "/sling", who="renamed"))) == [Reason.NOT_AN_ACTOR]
    assert explained(town) == ("NotAnActor", "renamed is not among the actors of c")


def test_a_thousand_issues_by_one_account_make_as_many_convoys_as_the_rate(make, forge):
    """Its right is asked for once, the reason stands there, and others go on."""
    opened = {"name": "o", "event": "IssueOpened", "rate": {"max": 3, "per": "1h"}}
    town = make(triggers=[opened])
    for number in range(1000):
        forge.open(f"Issue {number}", who="writer")
    forge.open("Other", who="owner")
    found = town.poll()
    assert reasons(found).count(Reason.SENDER_RATE) == 997
    assert len(town.convoys()) == 4
    assert sum("/assignees" in each for each in forge.asked) == 2
    assert len(asyncio.run(town.rig()).status.events.recent) <= 200
    town.start()
    assert Reason.SLUNG not in reasons(town.poll())
    assert explained(town) == ("SenderRate", "writer triggered 3 convoys in 1h")


def test_a_rate_holds_in_whatever_order_webhooks_come(make, forge):
    """The newest first, as a forge that works off a queue may send them."""
    opened = {"name": "o", "event": "IssueOpened", "rate": {"max": 3, "per": "1h"}}
    town = make(triggers=[opened])
    sent = [forge.open(f"Issue {number}", who="writer") for number in range(20)]
    found = reasons(town.take(*reversed(sent)))
    assert (found.count(Reason.SLUNG), found.count(Reason.SENDER_RATE)) == (3, 17)
    assert reasons(town.take(forge.open("Other", who="owner"))) == [Reason.SLUNG]
