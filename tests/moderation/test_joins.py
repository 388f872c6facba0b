"""What came before its conversation belongs to that conversation's owner once joined: it is sealed, and erased, with them."""

import hashlib
import hmac
import json

import pytest

from conversations import vault
from conversations.models import Feedback, MessageSignal, ReceivedEvent
from moderation.actions.receipts import open_salt
from moderation.models import Appeal
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def parked(ground):
    """Feedback, an appeal and a message that came before their conversation."""
    event = make.ended()
    early = {
        "feedback": make.about("feedback.given", event, thumbs="down", text="I was joking."),
        "appeal": make.about("appeal.filed", event, text="Look again.", contact="ref-1"),
        "message": make.about("message.accepted", event),
    }
    receipts = {name: make.send(one).receipt for name, one in early.items()}
    return event, early, receipts


def contact(appeal):
    return vault.unseal_text(appeal.subject_id, bytes(appeal.sealed_contact), f"appeal-contact|{appeal.id}")


def test_parked_words_are_joined_and_sealed_under_the_owners_key(parked):
    event, _, _ = parked
    stand_in = Feedback.objects.get().subject
    assert stand_in.pseudonym == f"?{event['data']['conversation']['id']}"
    make.send(event)
    feedback, appeal = Feedback.objects.get(), Appeal.objects.get()
    owner = feedback.branch.conversation.subject
    assert owner.pseudonym == event["data"]["conversation"]["user"]
    assert feedback.subject == appeal.subject == owner
    assert (feedback.text(), appeal.text(), contact(appeal)) == ("I was joking.", "Look again.", "ref-1")
    assert MessageSignal.objects.get().branch == feedback.branch
    vault.store().destroy(stand_in.id)
    assert feedback.text() == "I was joking."


def test_erasing_the_owner_erases_what_was_parked(parked):
    event, _, receipts = parked
    make.send(event)
    feedback, appeal = Feedback.objects.get(), Appeal.objects.get()
    vault.store().destroy(feedback.subject_id)
    for read in (feedback.text, appeal.text, lambda: contact(appeal)):
        with pytest.raises(vault.Erased):
            read()
    for name in ("feedback", "appeal"):
        with pytest.raises(vault.Erased):
            open_salt(receipts[name]["entry_id"], make.make_surface())


def test_the_salt_still_opens_the_commitment_after_the_join(parked):
    event, early, receipts = parked
    before = {name: open_salt(one["entry_id"], make.make_surface()).salt for name, one in receipts.items()}
    make.send(event)
    for name, receipt in receipts.items():
        opened = open_salt(receipt["entry_id"], make.make_surface())
        assert opened.salt == before[name]
        assert hmac.new(opened.salt, json.dumps(early[name]).encode(), hashlib.sha256).hexdigest() == receipt["commit"]


def test_what_was_erased_before_the_join_stays_erased(parked):
    event, _, receipts = parked
    vault.store().destroy(Feedback.objects.get().subject_id)
    make.send(event)
    feedback = Feedback.objects.get()
    assert feedback.branch is not None
    assert feedback.text() == ""
    with pytest.raises(vault.Erased):
        open_salt(receipts["feedback"]["entry_id"], make.make_surface())
    assert ReceivedEvent.objects.count() == 4
