"""Where a branch stands and when it began, in whatever order its events come."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from conversations.models import Branch, Conversation
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ground")]


def ago(minutes):
    return (timezone.now() - timedelta(minutes=minutes)).isoformat(timespec="seconds")


def story():
    """Return an ending, the branch that followed from it, and the ending of that branch."""
    root = make.ended(time=ago(60))
    named = root["data"]["conversation"]
    edited = {**named, "branch": {"id": "edit", "parent_id": named["branch"]["id"], "forked_at_turn": 2}}
    began = make.cloud("conversation.branched", make.WEB, "began", ago(50), conversation=edited, transcript=[])
    return [root, began, make.ended(time=ago(40), conversation=edited, id="again")]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_branch_began_when_its_first_event_says_whatever_came_first(order):
    told = story()
    for index in order:
        make.send(told[index])
    edit = Branch.objects.get(external_id="edit")
    assert edit.began_at == datetime.fromisoformat(told[1]["time"])
    assert (edit.parent_external_id, edit.forked_at_turn) == (told[0]["data"]["conversation"]["branch"]["id"], 2)


def test_without_its_own_event_a_branch_began_with_its_first_own_turn():
    _, _, again = story()
    for turn in again["data"]["transcript"]:
        turn["at"] = ago(48 - turn["index"])
    make.send(again)
    assert Branch.objects.get(external_id="edit").began_at == datetime.fromisoformat(again["data"]["transcript"][2]["at"])


def test_a_parent_that_is_named_late_is_learnt():
    root, began, again = story()
    again["data"]["conversation"] = again["data"]["conversation"] | {"branch": {"id": "edit"}}
    for event in (again, began, root):
        make.send(event)
    edit = Branch.objects.get(external_id="edit")
    assert (edit.parent_external_id, edit.forked_at_turn) == (root["data"]["conversation"]["branch"]["id"], 2)
    assert edit.placed_at > edit.created_at


def test_a_conversation_is_a_thread_that_begins_with_the_first_sign_of_it():
    event = make.ended(time=ago(60), conversation=make.a_conversation(started_at=ago(65)))
    make.send(event)
    named = event["data"]["conversation"] | {"started_at": ago(70)}
    make.send(make.cloud("conversation.started", make.WEB, "began", ago(70), conversation=named, transcript=[]))
    conversation = Conversation.objects.get(external_id=named["id"])
    assert conversation.thread().started_at == datetime.fromisoformat(named["started_at"])
    assert len(conversation.thread().branches) == 1
