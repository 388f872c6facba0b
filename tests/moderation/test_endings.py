"""One ending from the event to the queue, by the actions alone."""

import pytest

from conversations import vault
from conversations.models import ConversationEnd, ReceivedEvent
from moderation import work
from moderation.audit.keys import verify_receipt
from moderation.decisions import decision
from moderation.models import AuditEntry, Classification, Kind, Review, Standing, Unit, Verdict, WorkItem
from moderation.states import Check, Lane, Outcome, ReviewState, WorkState
from tests import make

pytestmark = pytest.mark.django_db


def test_an_ending_is_stored_judged_and_queued(ground):
    event = make.ended()
    accepted = make.send(event)
    assert verify_receipt(accepted.receipt)
    ending = ConversationEnd.objects.get()
    assert ending.transcript.content().turns[0].content == make.HARM
    assert AuditEntry.objects.about("ending", ending.public_id).get().action == "ending.received"
    assert str(AuditEntry.objects.about("ending", ending.public_id).get().id) == accepted.receipt["entry_id"]
    assert WorkItem.objects.get().state == WorkState.READY

    make.judge_all()

    verdict = Verdict.objects.get()
    assert verdict.outcome == Outcome.JUSTIFIED, [(f.check_name, f.result, f.evidence) for f in verdict.findings.all()]
    assert Standing.objects.get().outcome == Outcome.JUSTIFIED
    assert Review.objects.get().state == ReviewState.OPEN
    assert WorkItem.objects.get(kind=Kind.JUDGE).state == WorkState.DONE


def test_the_transcript_is_nowhere_in_the_clear(ground):
    make.send(make.ended(("user", "a very particular sentence"), ("assistant", "so particular")))
    ending = ConversationEnd.objects.get()
    assert b"particular" not in bytes(ending.transcript.sealed)
    assert not AuditEntry.objects.filter(body__contains=b"particular").exists()


def test_the_same_event_twice_is_stored_once_and_answered_alike(ground):
    event = make.ended()
    first, second = make.send(event), make.send(event)
    assert (first.replayed, second.replayed) == (False, True)
    assert first.receipt == second.receipt
    assert ReceivedEvent.objects.count() == 1


def test_the_draw_is_fixed_at_ingest(ground):
    make.send(make.ended())
    unit = Unit.objects.get()
    assert len(bytes(unit.u)) == 32
    assert (unit.base_rate, unit.in_base, unit.stratum) == ("1", True, "ended")
    assert AuditEntry.objects.about("period", unit.period.period).get().entry["codes"]["key_sha256"] == unit.period.key_sha256


def test_a_refused_request_is_no_ending(ground):
    make.send(make.ended(allowed=False, failed_check="warned"))
    make.judge_all()
    assert not ConversationEnd.objects.exists()
    assert not Verdict.objects.exists()
    assert Classification.objects.count() == 1
    assert Unit.objects.get().kind == "refused"


def test_a_crisis_is_urgent(ground):
    ending = make.make_ending(
        ("user", "I want to kill myself tonight. I have no reason to live any more."),
        ("assistant", "I am ending this conversation now."),
    )
    assert Standing.objects.get(ending=ending).outcome == Outcome.CRISIS
    assert Review.objects.get(unit__branch=ending.branch).lane == Lane.URGENT


def test_a_message_taken_after_the_end_is_judged_again(ground):
    event = make.ended()
    make.send(event)
    make.judge_all()
    make.send(make.about("message.accepted", event))
    make.judge_all()
    newest = Verdict.objects.first()
    assert Verdict.objects.count() == 2
    assert newest.findings.get(check_name=Check.LOCK_HELD).result == "fail"


def test_feedback_that_comes_first_joins_its_ending(ground):
    event = make.ended()
    make.send(make.about("feedback.given", event, thumbs="down", text="I was joking"))
    make.send(event)
    make.judge_all()
    ending = ConversationEnd.objects.get()
    feedback = ending.branch.feedbacks.get()
    assert feedback.text() == "I was joking"
    assert Standing.objects.get().has_feedback


def test_feedback_with_words_makes_a_waiting_review_urgent(ground):
    event = make.ended()
    make.send(event)
    make.judge_all()
    assert Review.objects.get().lane == Lane.AUDIT
    make.send(make.about("feedback.given", event, thumbs="down", text="I was joking"))
    assert Review.objects.get().lane == Lane.URGENT


def test_a_complaint_that_came_first_makes_the_review_urgent(ground):
    event = make.ended()
    make.send(make.about("feedback.given", event, thumbs="down", text="I was joking"))
    make.send(event)
    make.judge_all()
    assert Review.objects.get().lane == Lane.URGENT


def test_a_later_transcript_of_the_branch_changes_nothing_of_its_end(ground):
    event = make.ended()
    make.send(event)
    conversation = event["data"]["conversation"]
    later = make.cloud(
        "conversation.branched", make.WEB, "later", event["time"], conversation=conversation, transcript=make.turns(("user", "hi"))
    )
    make.send(later)
    make.judge_all()
    assert Verdict.objects.get().outcome == Outcome.JUSTIFIED
    assert decision(Unit.objects.get()).transcript.version == 1


def test_the_decision_of_each_kind_of_unit(ground):
    events = {
        "ended": make.ended(at_turn=7),
        "refused": make.ended(at_turn=5, allowed=False),
        "continued": make.continued(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"), ("user", "e")),
    }
    found = {}
    for kind, event in events.items():
        make.send(event)
        unit = Unit.objects.get(branch__external_id=event["data"]["conversation"]["branch"]["id"])
        point = decision(unit)
        found[kind] = point.turn(point.transcript.content().turns)
    assert found == {"ended": 7, "refused": 5, "continued": 3}


def test_an_erased_transcript_is_not_judged_and_does_not_block(ground):
    make.send(make.ended())
    ending = ConversationEnd.objects.get()
    assert vault.store().destroy(ending.branch.conversation.subject_id)
    make.judge_all()
    assert WorkItem.objects.get().state == WorkState.DONE
    assert not Verdict.objects.exists()


def test_a_failing_item_gives_up_after_five_tries(ground, monkeypatch):
    make.send(make.ended())
    monkeypatch.setitem(work._workers, "judge", work.OneByOne(lambda _: 1 / 0))
    for _ in range(7):
        WorkItem.objects.update(not_before="2020-01-01T00:00:00Z")
        work.run()
    WorkItem.objects.update(not_before="2020-01-01T00:00:00Z")
    work.sweep()
    item = WorkItem.objects.get()
    assert (item.state, item.attempts, item.last_error) == (WorkState.DEAD, 5, "ZeroDivisionError")
    assert AuditEntry.objects.about("work", item.public_id).get().action == "work.died"
